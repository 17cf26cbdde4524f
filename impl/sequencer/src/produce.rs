//! The two ways to a block, and how they are run until one is chosen.

use std::fmt;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_engine::Block;
use thiserror::Error;

use crate::choice::{Choice, Offer, Prong, Selection, choose};
use crate::event::{Fallback, Origin};

/// Runs the two ways to a block until one is chosen.
pub type Produce = fn(Prongs) -> BoxFuture<'static, Produced>;

/// The two ways to a block (line 52). Neither has begun; each begins when it is first polled.
pub struct Prongs {
    /// The builder's, if one is asked.
    pub builder: Option<BoxFuture<'static, Result<Arc<Block>, Fallback>>>,
    /// The local engine's.
    pub local: BoxFuture<'static, Result<Arc<Block>, LocalFailure>>,
    /// Which block is taken when there are both.
    pub selection: Selection,
}

impl fmt::Debug for Prongs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prongs")
            .field("selection", &self.selection)
            .finish_non_exhaustive()
    }
}

/// Why the local engine has no block.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct LocalFailure(pub String);

/// What the two ways led to.
#[derive(Debug)]
pub enum Produced {
    /// A block, and whose it is.
    Block(Arc<Block>, Origin),
    /// No block.
    Nothing,
}

/// "This process concurrently executes a builder API request to the Buidler alongside a local block
/// production request through its local execution engine" (MUST, line 52).
#[must_use]
pub fn concurrently(prongs: Prongs) -> BoxFuture<'static, Produced> {
    async move {
        let mut builder = prongs.builder.map_or(Way::Failed, Way::Pending);
        let mut local = Way::Pending(prongs.local);
        loop {
            match choose(prongs.selection, builder.prong(), local.prong()) {
                Choice::Builder => return builder.taken(Origin::Builder),
                Choice::Local => return local.taken(Origin::Local),
                Choice::Nothing => return Produced::Nothing,
                Choice::Wait => {
                    tokio::select! {
                        biased;
                        () = builder.advance(), if builder.is_pending() => {}
                        () = local.advance(), if local.is_pending() => {}
                    }
                }
            }
        }
    }
    .boxed()
}

/// How far one way has come.
enum Way<E> {
    Pending(BoxFuture<'static, Result<Arc<Block>, E>>),
    Ready(Arc<Block>),
    Failed,
}

impl<E> Way<E> {
    fn is_pending(&self) -> bool {
        matches!(self, Self::Pending(_))
    }

    async fn advance(&mut self) {
        if let Self::Pending(block) = self {
            *self = match block.await {
                Ok(block) => Self::Ready(block),
                Err(_) => Self::Failed,
            };
        }
    }

    fn prong(&self) -> Prong {
        match self {
            Self::Pending(_) => Prong::Pending,
            Self::Failed => Prong::Failed,
            Self::Ready(block) => Prong::Ready(Offer {
                value: block.value(),
                gas_used: block.header().gas_used,
            }),
        }
    }

    fn taken(self, origin: Origin) -> Produced {
        match self {
            Self::Ready(block) => Produced::Block(block, origin),
            Self::Pending(_) | Self::Failed => Produced::Nothing,
        }
    }
}
