//! How the builder follows the head: each canonical block, and the attributes of the next one.
//!
//! A task of its own sends one message after another, so that block production never waits for it.
//! DECISION: head-feed: a lost update costs that slot's builder block, nothing more; it is not
//! sent again.

use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::B256;
use alloy_rpc_types_engine::{ForkchoiceState, ForkchoiceUpdated, PayloadStatus};
use gauntlet_engine::Block;
use gauntlet_protocol::ExecutionPayloadV2;
use gauntlet_protocol::constants::{FORK_CHOICE_UPDATED, NEW_PAYLOAD};
use op_alloy_rpc_types_engine::OpPayloadAttributes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

use crate::link::{Link, to_params};
use crate::node::Node;
use crate::{Event, Feeds};

/// How many messages may wait; when the builder is so far behind, the newest are dropped, and the
/// builder catches up with the next it gets.
const MAX_WAITING: usize = 16;

/// How long a message may take at the most; less where slots are shorter.
const MAX_TIMEOUT: Duration = Duration::from_secs(1);

/// How many blocks a builder that fell behind is handed at once.
const MAX_CATCH_UP: usize = 1024;

/// What the builder is to be told.
#[derive(Debug)]
pub(crate) enum News {
    /// There is a new head.
    Head(Arc<Block>),
    /// A block is to be built on the head.
    Attributes(Arc<Block>, Arc<OpPayloadAttributes>),
}

/// The sending end of a builder's feed; the feed ends with it.
#[derive(Debug)]
pub(crate) struct Feed {
    news: mpsc::Sender<News>,
}

impl Feed {
    /// Starts to feed a builder.
    pub(crate) fn start(node: Arc<Node>, link: Arc<Link>) -> Self {
        let (news, mut waiting) = mpsc::channel(MAX_WAITING);
        tokio::spawn(async move {
            let feeder = Feeder { node, link };
            while let Some(news) = waiting.recv().await {
                feeder.tell(news).await;
            }
        });
        Self { news }
    }

    /// Tells the builder, as soon as what came before is told.
    pub(crate) fn tell(&self, feeds: Feeds, news: News) {
        let wanted = match news {
            News::Head(_) => feeds.heads,
            News::Attributes(..) => feeds.attributes,
        };
        if wanted {
            // A full queue means a builder that does not answer: it loses this update.
            let _dropped_if_full = self.news.try_send(news);
        }
    }
}

struct Feeder {
    node: Arc<Node>,
    link: Arc<Link>,
}

impl Feeder {
    async fn tell(&self, news: News) {
        match news {
            News::Head(head) => {
                if self.hand_over(&head).await {
                    self.update(&head, None).await;
                }
            }
            News::Attributes(head, attributes) => {
                let followed = self.update(&head, Some(&attributes)).await;
                if followed == Some(false) && self.hand_over(&head).await {
                    self.update(&head, Some(&attributes)).await;
                }
            }
        }
    }

    /// Hands over a block and whatever the builder lacks before it. Returns whether it has it all.
    async fn hand_over(&self, head: &Arc<Block>) -> bool {
        let mut lacking = vec![head.clone()];
        while let Some(block) = lacking.last() {
            match self.new_payload(block).await {
                None => return false,
                Some(true) => {
                    lacking.pop();
                }
                Some(false) => match self.node.engine().block(block.parent_hash()) {
                    Some(parent) if lacking.len() < MAX_CATCH_UP => lacking.push(parent.clone()),
                    Some(_) | None => return false,
                },
            }
        }
        true
    }

    /// Sends a block. Returns whether the builder finds it valid, or nothing if it did not say.
    async fn new_payload(&self, block: &Block) -> Option<bool> {
        let payload = ExecutionPayloadV2 {
            blob_gas_used: Some(0),
            excess_blob_gas: Some(0),
            ..block.payload()
        };
        let versioned_hashes: [B256; 0] = [];
        let params = (payload, versioned_hashes, block.parent_beacon_block_root());
        let status: PayloadStatus = self.call(NEW_PAYLOAD, &params).await?;
        Some(status.is_valid())
    }

    /// Sends a fork choice update. Returns whether the builder follows, or nothing if it did not
    /// say.
    async fn update(&self, head: &Block, attributes: Option<&OpPayloadAttributes>) -> Option<bool> {
        // Nothing is safe or final before it is on L1: the zero hash says so.
        let state = ForkchoiceState {
            head_block_hash: head.hash(),
            safe_block_hash: B256::ZERO,
            finalized_block_hash: B256::ZERO,
        };
        let updated: ForkchoiceUpdated =
            self.call(FORK_CHOICE_UPDATED, &(state, attributes)).await?;
        Some(updated.payload_status.is_valid())
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &impl Serialize,
    ) -> Option<T> {
        let timeout = self.node.config.block_time.min(MAX_TIMEOUT);
        let reply = self
            .link
            .engine
            .call(method, to_params(params), timeout)
            .await;
        let failed = |cause: String| {
            self.node
                .observer
                .observe(Event::FeedFailed { method, cause });
        };
        match reply {
            Ok(result) => serde_json::from_str(result.get())
                .inspect_err(|error| failed(format!("malformed result: {error}")))
                .ok(),
            Err(error) => {
                failed(error.to_failure().message.to_string());
                None
            }
        }
    }
}
