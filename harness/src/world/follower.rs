//! A follower of the harness: it gets what a sequencer publishes. Publishing is handing a block to
//! it, and nothing else is.

use std::sync::Arc;

use alloy_primitives::B256;
use gauntlet_protocol::ExecutionPayloadV2;

use crate::trace::{Host, PublishedBlock, Recorder, What};

/// A follower, cheap to clone.
#[derive(Clone, Debug)]
pub struct Follower {
    recorder: Recorder,
}

impl Follower {
    /// A follower that tells this recorder what it gets.
    #[must_use]
    pub fn new(recorder: Recorder) -> Self {
        Self { recorder }
    }

    /// Gets a block, as the Engine API writes it, and the beacon block root that belongs to it.
    pub fn publish(&self, payload: ExecutionPayloadV2, parent_beacon_block_root: B256) {
        let block = PublishedBlock {
            payload: Arc::new(payload),
            parent_beacon_block_root,
        };
        self.recorder.record(Host::Follower, What::Published(block));
    }
}
