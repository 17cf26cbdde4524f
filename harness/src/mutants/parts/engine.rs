//! What is made of a local engine that does not do what it is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::FutureExt;
use futures::future::{BoxFuture, join};
use gauntlet_engine::{Block, Engine, Senders};
use gauntlet_sequencer::{
    LocalView, Origin, Produced, Prongs, Rejection, Settle, Submission, concurrently, execute,
    import_then_publish,
};

/// Both ways, and no block at all if there is no local one.
pub(in crate::mutants) fn nothing_without_a_local_block(
    prongs: Prongs,
) -> BoxFuture<'static, Produced> {
    async move {
        let asked = async move {
            match prongs.builder {
                Some(builder) => builder.await.ok(),
                None => None,
            }
        };
        match join(asked, prongs.local).await {
            (_, Err(_)) => Produced::Nothing,
            (Some(block), Ok(_)) => Produced::Block(block, Origin::Builder),
            (None, Ok(block)) => Produced::Block(block, Origin::Local),
        }
    }
    .boxed()
}

/// Both ways; that there is no local block is not expected.
pub(in crate::mutants) fn expect_local(prongs: Prongs) -> BoxFuture<'static, Produced> {
    let local = prongs.local;
    concurrently(Prongs {
        local: async move { Ok(local.await.expect("the engine gives an id of a payload")) }.boxed(),
        ..prongs
    })
}

/// Waits for the local block before the builder's is looked at, however long that takes.
pub(in crate::mutants) fn wait_for_local(prongs: Prongs) -> BoxFuture<'static, Produced> {
    async move {
        let (builder, local) = join(
            async move {
                match prongs.builder {
                    Some(builder) => builder.await.ok(),
                    None => None,
                }
            },
            prongs.local,
        )
        .await;
        match (builder, local) {
            (Some(block), _) => Produced::Block(block, Origin::Builder),
            (None, Ok(block)) => Produced::Block(block, Origin::Local),
            (None, Err(_)) => Produced::Nothing,
        }
    }
    .boxed()
}

/// Takes a payload that the engine says nothing of, as it is syncing, for valid.
pub(in crate::mutants) fn syncing_is_valid(
    view: &LocalView,
    submission: &Submission<'_>,
) -> Result<Block, Rejection> {
    match execute(view, submission) {
        Err(Rejection::Syncing) => {
            let parent = view.block(submission.request.parent_hash);
            let mut engine = Engine::new(view.spec(), Senders::default());
            engine.insert(parent.ok_or(Rejection::Syncing)?);
            let believed = engine.validate(&submission.payload());
            believed.map_err(Rejection::Invalid)
        }
        outcome => outcome,
    }
}

/// Imports and publishes, until an import fails; then nothing more is imported.
pub(in crate::mutants) fn until_an_import_fails() -> Settle {
    let has_failed = AtomicBool::new(false);
    Arc::new(move |desk, block| {
        if has_failed.load(Ordering::Relaxed) {
            return None;
        }
        let head = import_then_publish(desk, block);
        has_failed.fetch_or(head.is_none(), Ordering::Relaxed);
        head
    })
}
