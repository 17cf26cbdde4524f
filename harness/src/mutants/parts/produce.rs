//! How the two ways to a block are run.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::{BoxFuture, join};
use gauntlet_engine::Block;
use gauntlet_sequencer::{Fallback, LocalFailure, Origin, Produced, Prongs, Rejection};

type FromBuilder = BoxFuture<'static, Result<Arc<Block>, Fallback>>;

/// The builder, and the local engine only if there is no block of the builder.
pub(in crate::mutants) fn local_as_last_resort(prongs: Prongs) -> BoxFuture<'static, Produced> {
    async move {
        match ask(prongs.builder).await {
            Some(Ok(block)) => of_builder(block),
            Some(Err(_)) | None => of_local(prongs.local.await),
        }
    }
    .boxed()
}

/// Both, and the builder's block whatever the policy.
pub(in crate::mutants) fn builder_by_any_policy(prongs: Prongs) -> BoxFuture<'static, Produced> {
    nothing_after(prongs, |_| false)
}

/// Both, and the local block whatever the policy.
pub(in crate::mutants) fn local_by_any_policy(prongs: Prongs) -> BoxFuture<'static, Produced> {
    async move {
        let (_, local) = join(ask(prongs.builder), prongs.local).await;
        of_local(local)
    }
    .boxed()
}

/// The builder, and then the local engine.
pub(in crate::mutants) fn builder_first(prongs: Prongs) -> BoxFuture<'static, Produced> {
    async move {
        let builder = ask(prongs.builder).await;
        let local = prongs.local.await;
        chosen(builder, local)
    }
    .boxed()
}

/// The local engine, and then the builder.
pub(in crate::mutants) fn local_first(prongs: Prongs) -> BoxFuture<'static, Produced> {
    async move {
        let local = prongs.local.await;
        let builder = ask(prongs.builder).await;
        chosen(builder, local)
    }
    .boxed()
}

/// Both, and no block at all after a timeout.
pub(in crate::mutants) fn nothing_after_a_timeout(prongs: Prongs) -> BoxFuture<'static, Produced> {
    nothing_after(prongs, |cause| *cause == Fallback::TimedOut)
}

/// Both, and no block at all if the builder could not be reached.
pub(in crate::mutants) fn nothing_after_an_outage(prongs: Prongs) -> BoxFuture<'static, Produced> {
    nothing_after(prongs, |cause| matches!(cause, Fallback::Failed(_)))
}

/// Both, and no block at all if the builder answered with an error.
pub(in crate::mutants) fn nothing_after_an_error(prongs: Prongs) -> BoxFuture<'static, Produced> {
    nothing_after(prongs, |cause| matches!(cause, Fallback::Error { .. }))
}

/// Both, and no block at all if what the builder sent does not read.
pub(in crate::mutants) fn nothing_if_malformed(prongs: Prongs) -> BoxFuture<'static, Produced> {
    nothing_after(prongs, |cause| {
        matches!(cause, Fallback::Rejected(Rejection::Malformed(_)))
    })
}

/// Both, and no block at all if the builder's is invalid.
pub(in crate::mutants) fn nothing_if_invalid(prongs: Prongs) -> BoxFuture<'static, Produced> {
    nothing_after(prongs, |cause| {
        matches!(cause, Fallback::Rejected(Rejection::Invalid(_)))
    })
}

fn nothing_after(prongs: Prongs, gives_up: fn(&Fallback) -> bool) -> BoxFuture<'static, Produced> {
    async move {
        let (builder, local) = join(ask(prongs.builder), prongs.local).await;
        match builder {
            Some(Err(cause)) if gives_up(&cause) => Produced::Nothing,
            builder => chosen(builder, local),
        }
    }
    .boxed()
}

async fn ask(builder: Option<FromBuilder>) -> Option<Result<Arc<Block>, Fallback>> {
    Some(builder?.await)
}

fn chosen(
    builder: Option<Result<Arc<Block>, Fallback>>,
    local: Result<Arc<Block>, LocalFailure>,
) -> Produced {
    match builder {
        Some(Ok(block)) => of_builder(block),
        Some(Err(_)) | None => of_local(local),
    }
}

fn of_builder(block: Arc<Block>) -> Produced {
    Produced::Block(block, Origin::Builder)
}

fn of_local(block: Result<Arc<Block>, LocalFailure>) -> Produced {
    match block {
        Ok(block) => Produced::Block(block, Origin::Local),
        Err(_) => Produced::Nothing,
    }
}
