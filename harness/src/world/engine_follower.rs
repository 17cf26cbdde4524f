//! An execution client of somebody else's that follows the chain: it gets every published block by
//! the Engine API, and what it says of each is told.
//!
//! Handing a block over never waits: a task of its own talks to the client. A client that is away
//! is asked again after a pause, and gets the blocks that it missed as far as they are kept.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alloy_primitives::B256;
use alloy_rpc_types_engine::PayloadStatusEnum;
use gauntlet_protocol::constants::NEW_PAYLOAD;
use tokio::sync::Notify;
use tokio::time::sleep;

use super::engine_client::{EngineClient, EngineClientConfig};
use crate::trace::{Followed, FollowerNews, Host, PublishedBlock, Recorder, What};

/// How long a client that is away is left in peace.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// How many blocks are kept for a client that is away.
const MAX_KEPT_BLOCKS: usize = 4096;

/// How many bytes of transactions the blocks have that are kept, at most.
const MAX_KEPT_BYTES: usize = 256 * 1024 * 1024;

/// An execution client that follows the chain, cheap to clone.
#[derive(Clone)]
pub struct EngineFollower(Arc<Shared>);

struct Shared {
    client: EngineClient,
    recorder: Recorder,
    blocks: Mutex<Blocks>,
    news: Notify,
}

impl EngineFollower {
    /// Makes a follower of a client that tells this recorder what the client says. Nothing is
    /// connected before it [runs](Self::run).
    #[must_use]
    pub fn new(config: EngineClientConfig, recorder: Recorder) -> Self {
        Self(Arc::new(Shared {
            client: EngineClient::new(config, 1),
            recorder,
            blocks: Mutex::default(),
            news: Notify::new(),
        }))
    }

    /// Takes a block that was published, and does not wait.
    pub fn publish(&self, block: PublishedBlock) {
        self.blocks().push(block);
        self.0.news.notify_one();
    }

    /// Hands the client block after block until it is dropped.
    pub async fn run(self) {
        let mut standing = Standing::default();
        loop {
            let Some((index, block)) = self.blocks().waiting() else {
                self.0.news.notified().await;
                continue;
            };
            match self.hand_over(&block, &mut standing).await {
                Ok(()) => {
                    standing.is_away = false;
                    self.blocks().handed(index);
                }
                Err(cause) => {
                    if !standing.is_away {
                        let cause = cause.into();
                        self.tell(FollowerNews::Away { cause });
                    }
                    standing.is_away = true;
                    sleep(RETRY_PAUSE).await;
                }
            }
        }
    }

    /// Hands over a block, and before it whatever the client lacks; and makes it the head.
    ///
    /// # Errors
    ///
    /// Why the client did not answer, if it did not: the block is handed over again.
    async fn hand_over(
        &self,
        block: &PublishedBlock,
        standing: &mut Standing,
    ) -> Result<(), String> {
        let mut lacking = vec![block.clone()];
        // The last block that it found valid.
        let mut had = None;
        while let Some(block) = lacking.last() {
            let (number, hash) = (block.payload.block_number, block.payload.block_hash);
            match self.new_payload(block).await? {
                PayloadStatusEnum::Valid => {
                    standing.lacks_blocks = false;
                    self.tell(FollowerNews::Valid { number, hash });
                    had = Some(hash);
                    let block = lacking.pop();
                    if let (Some(block), false) = (block, lacking.is_empty()) {
                        // It may know the block and have lost what came of it: as its head it
                        // is executed again.
                        self.update(&block).await?;
                    }
                }
                PayloadStatusEnum::Invalid { validation_error } => {
                    let reason = validation_error.into();
                    self.tell(FollowerNews::Invalid {
                        number,
                        hash,
                        reason,
                    });
                    return Ok(());
                }
                PayloadStatusEnum::Syncing | PayloadStatusEnum::Accepted => {
                    let parent = block.payload.parent_hash;
                    if had == Some(parent) {
                        return Err(format!(
                            "{NEW_PAYLOAD}: block {number} is not executed, though its parent is valid"
                        ));
                    }
                    let kept = match standing.lacks_blocks {
                        // They were looked for already, and none that is kept comes back.
                        true => None,
                        false => self.blocks().of_hash(parent),
                    };
                    if let Some(parent) = kept {
                        lacking.push(parent);
                        continue;
                    }
                    if !standing.lacks_blocks {
                        self.tell(FollowerNews::Lacks { parent });
                    }
                    standing.lacks_blocks = true;
                    break;
                }
            }
        }
        // A client that lacks blocks learns of the head too: it may have other peers.
        self.update(block).await
    }

    async fn new_payload(&self, block: &PublishedBlock) -> Result<PayloadStatusEnum, String> {
        let status = self.0.client.new_payload(block).await;
        status.map_err(|error| error.to_string())
    }

    /// Makes a block the client's head.
    async fn update(&self, head: &PublishedBlock) -> Result<(), String> {
        let (number, hash) = (head.payload.block_number, head.payload.block_hash);
        let status = self.0.client.update(hash).await;
        let status = status.map_err(|error| error.to_string())?;
        if let PayloadStatusEnum::Invalid { validation_error } = status {
            let reason = format!("as the head: {validation_error}").into();
            self.tell(FollowerNews::Invalid {
                number,
                hash,
                reason,
            });
        }
        Ok(())
    }

    fn tell(&self, news: FollowerNews) {
        let client = self.0.client.name().clone();
        let followed = Followed { client, news };
        let recorder = &self.0.recorder;
        recorder.record(Host::Follower, What::Followed(followed));
    }

    fn blocks(&self) -> MutexGuard<'_, Blocks> {
        self.0.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for EngineFollower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EngineFollower({})", self.0.client.name())
    }
}

/// How a client stands.
#[derive(Default)]
struct Standing {
    /// It did not answer last time.
    is_away: bool,
    /// It lacks blocks that are not kept any more.
    lacks_blocks: bool,
}

/// The blocks that are kept: those that wait to be handed over, and those before them, which a
/// client may have lost.
#[derive(Default)]
struct Blocks {
    kept: VecDeque<PublishedBlock>,
    /// How many bytes of transactions they have.
    bytes: usize,
    /// How many were kept before them.
    before: u64,
    /// How many were handed over, of all.
    handed: u64,
}

impl Blocks {
    fn push(&mut self, block: PublishedBlock) {
        self.bytes += bytes_of(&block);
        self.kept.push_back(block);
        while self.kept.len() > MAX_KEPT_BLOCKS || self.bytes > MAX_KEPT_BYTES {
            let Some(block) = self.kept.pop_front() else {
                break;
            };
            self.bytes -= bytes_of(&block);
            self.before += 1;
        }
        self.handed = self.handed.max(self.before);
    }

    /// The first block that waits, and its index among all.
    fn waiting(&self) -> Option<(u64, PublishedBlock)> {
        let index = usize::try_from(self.handed - self.before).ok()?;
        Some((self.handed, self.kept.get(index)?.clone()))
    }

    /// A block was handed over; by then it may be kept no longer.
    fn handed(&mut self, index: u64) {
        self.handed = self.handed.max(index + 1);
    }

    fn of_hash(&self, hash: B256) -> Option<PublishedBlock> {
        let mut latest_first = self.kept.iter().rev();
        latest_first
            .find(|block| block.payload.block_hash == hash)
            .cloned()
    }
}

fn bytes_of(block: &PublishedBlock) -> usize {
    let transactions = block.payload.transactions.iter();
    transactions.map(|raw| raw.len()).sum()
}
