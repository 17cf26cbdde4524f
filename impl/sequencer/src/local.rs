//! The local engine, as slots use it: every block that leaves the sequencer was built, judged and
//! made the head by it. It is a part, so that a run can have one that does not do what it is asked.

use std::fmt::Debug;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_engine::Block;
use gauntlet_node::{Chain, Draft};

use crate::produce::LocalFailure;

/// The local engine, as slots use it.
pub trait LocalEngine: Debug + Send + Sync {
    /// Ends a draft's growth and returns its block.
    fn build(&self, draft: Arc<Draft>) -> BoxFuture<'static, Result<Arc<Block>, LocalFailure>> {
        async move {
            draft.stop().await;
            let sealed = draft.sealed().await;
            sealed.map_err(|error| LocalFailure(error.to_string()))
        }
        .boxed()
    }

    /// Whether it is syncing: it does not know then whether a payload is valid. DECISION: syncing.
    fn is_syncing(&self) -> bool {
        false
    }

    /// Makes a block the head. Returns nothing if it cannot be.
    fn import(&self, chain: &Chain, block: Arc<Block>) -> Option<Arc<Block>> {
        chain.import(block)
    }
}

/// An engine that does what it is asked.
#[derive(Clone, Copy, Debug)]
pub struct Healthy;

impl LocalEngine for Healthy {}
