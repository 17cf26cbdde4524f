//! How the builder follows the head: each canonical block, and the attributes of the next one.
//!
//! A task of its own sends the messages, so that block production never waits for it. A message
//! does not wait for those before it either, which may be lost: only one at a time hands blocks
//! over. DECISION: head-feed: a lost update costs that slot's builder block, nothing more; it is
//! not sent again.

use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::B256;
use alloy_rpc_types_engine::{ForkchoiceState, ForkchoiceUpdated, PayloadStatus};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use gauntlet_engine::{Attributes, Block};
use gauntlet_node::Chain;
use gauntlet_protocol::constants::{FORK_CHOICE_UPDATED, NEW_PAYLOAD};
use gauntlet_rpc::Client;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{Mutex, mpsc};

use super::ids::PayloadIds;
use super::params::to_params;
use crate::event::{Event, Observer};

/// How much news may be under way; when the builder is so far behind, the newest is dropped, and
/// the builder catches up with the next it gets.
const MAX_UNDER_WAY: usize = 16;

/// After how many blocks a builder that catches up is told to follow: it keeps only so many that
/// are not of its chain.
const STRETCH: usize = 128;

/// What the builder is told of the head. DECISION: head-feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feeds {
    /// Whether it gets the fork choice update with the attributes of the next block.
    pub attributes: bool,
    /// Whether it gets each new head.
    pub heads: bool,
    /// Whether it gets heads that are blocks of the local engine.
    pub local_heads: bool,
    /// Whether it gets heads that took the place of others.
    pub replaced_heads: bool,
    /// Whether it gets the attributes again once it has caught up.
    pub attributes_again: bool,
    /// How many blocks it is handed at once at the most, if it gets no more than that.
    pub at_once: Option<u64>,
}

impl Default for Feeds {
    /// Everything.
    fn default() -> Self {
        Self {
            attributes: true,
            heads: true,
            local_heads: true,
            replaced_heads: true,
            attributes_again: true,
            at_once: None,
        }
    }
}

/// How a block came to be the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NewHead {
    /// It is a slot's block, and the builder's.
    Builders,
    /// It is a slot's block, and the local engine's.
    Local,
    /// It took the place of another one.
    Sibling,
}

/// What the builder is to be told.
#[derive(Debug)]
pub(crate) enum News {
    /// There is a new head, which came about so.
    Head(Arc<Block>, NewHead),
    /// A block is to be built on the head.
    Attributes(Arc<Block>, Arc<Attributes>),
    /// The builder is registered from now on, and this is the head.
    ///
    /// DECISION: late-registration. The update names the head and has no attributes: the builder is
    /// asked from the next slot on, whose own update has that slot's. A job that nobody will ask
    /// for is not started.
    Registered(Arc<Block>),
}

/// The sending end of a builder's feed; the feed ends with it.
#[derive(Debug)]
pub(super) struct Feed {
    news: mpsc::Sender<News>,
    feeds: Feeds,
}

impl Feed {
    /// Starts to feed a builder.
    pub(super) fn start(feeder: Feeder) -> Self {
        let (news, waiting) = mpsc::channel(MAX_UNDER_WAY);
        let feeds = feeder.feeds;
        tokio::spawn(async move { Feeding::by(feeder).run(waiting).await });
        Self { news, feeds }
    }

    /// Tells the builder.
    pub(super) fn tell(&self, news: News) {
        let feeds = self.feeds;
        let wanted = match news {
            News::Head(_, NewHead::Builders) | News::Registered(_) => feeds.heads,
            News::Head(_, NewHead::Local) => feeds.heads && feeds.local_heads,
            News::Head(_, NewHead::Sibling) => feeds.heads && feeds.replaced_heads,
            News::Attributes(..) => feeds.attributes,
        };
        if wanted {
            // A full queue means a builder that does not answer: it loses this update.
            let _dropped_if_full = self.news.try_send(news);
        }
    }
}

/// What a builder is fed with.
#[derive(Debug)]
pub(super) struct Feeder {
    /// The blocks.
    pub(super) chain: Arc<Chain>,
    /// What the builder is told.
    pub(super) feeds: Feeds,
    /// The builder's `engine_*` endpoint.
    pub(super) client: Client,
    /// How long a message may take.
    pub(super) timeout: Duration,
    /// Where the ids of payloads are noted.
    pub(super) payload_ids: Arc<PayloadIds>,
    /// Who is told what fails.
    pub(super) observer: Observer,
}

/// A feed that runs.
struct Feeding {
    feeder: Feeder,
    /// Whose turn it is to hand blocks over.
    turn: Mutex<()>,
}

impl Feeding {
    fn by(feeder: Feeder) -> Self {
        let turn = Mutex::default();
        Self { feeder, turn }
    }

    /// Tells what comes until nothing more comes and everything is told.
    async fn run(&self, mut waiting: mpsc::Receiver<News>) {
        let mut under_way = FuturesUnordered::new();
        let mut is_fed = true;
        while is_fed || !under_way.is_empty() {
            tokio::select! {
                biased;
                news = waiting.recv(), if is_fed => {
                    assert!(
                        waiting.len() <= MAX_UNDER_WAY && under_way.len() <= MAX_UNDER_WAY,
                        "no more than {MAX_UNDER_WAY} pieces of news wait, or are under way"
                    );
                    match news {
                        Some(news) if under_way.len() < MAX_UNDER_WAY => {
                            under_way.push(self.tell(news));
                        }
                        // The builder loses this update.
                        Some(_) => {}
                        None => is_fed = false,
                    }
                }
                Some(()) = under_way.next() => {}
            }
        }
    }

    async fn tell(&self, news: News) {
        match news {
            News::Head(head, _) => {
                // An update to a head that is none any more would lead the builder back.
                if self.hand_over(&head).await && self.is_head(&head) {
                    self.update(&head, None).await;
                }
            }
            News::Attributes(head, attributes) => self.lead(&head, Some(&attributes)).await,
            News::Registered(head) => self.lead(&head, None).await,
        }
    }

    /// Sends an update, and again after the blocks, if it is those that the builder lacks.
    async fn lead(&self, head: &Arc<Block>, attributes: Option<&Attributes>) {
        let followed = self.update(head, attributes).await;
        let attributes = attributes.filter(|_| self.feeder.feeds.attributes_again);
        if followed == Some(false) && self.hand_over(head).await && self.is_head(head) {
            self.update(head, attributes).await;
        }
    }

    fn is_head(&self, block: &Block) -> bool {
        self.feeder.chain.is_head(block)
    }

    /// Hands over a block and whatever the builder lacks before it. Returns whether it has it all.
    async fn hand_over(&self, head: &Arc<Block>) -> bool {
        let _turn = match self.turn.try_lock() {
            Ok(turn) => turn,
            Err(_) => {
                let turn = self.turn.lock().await;
                // Whoever hands over the head that there is now hands over what is before it too.
                if !self.is_head(head) {
                    return false;
                }
                turn
            }
        };
        let mut lacking = vec![head.clone()];
        let mut handed_over = 0;
        while let Some(block) = lacking.last() {
            match self.new_payload(block).await {
                None => return false,
                Some(true) => {
                    handed_over += 1;
                    if handed_over % STRETCH == 0 && lacking.len() > 1 {
                        self.update(block, None).await;
                    }
                    lacking.pop();
                }
                Some(false) => match self.before(block, lacking.len()) {
                    Some(parent) => lacking.push(parent),
                    None => return false,
                },
            }
        }
        true
    }

    /// The block before one that the builder lacks, with so many already. A builder that fell behind
    /// is handed as many blocks at once as the engine keeps.
    fn before(&self, block: &Block, lacking: usize) -> Option<Arc<Block>> {
        let engine = self.feeder.chain.engine();
        let at_once = self.feeder.feeds.at_once;
        let is_too_far = lacking as u64 >= at_once.unwrap_or(engine.retained_blocks());
        let parent = engine.block(block.parent_hash())?;
        (!is_too_far).then(|| parent.clone())
    }

    /// Sends a block. Returns whether the builder finds it valid, or nothing if it did not say.
    async fn new_payload(&self, block: &Block) -> Option<bool> {
        let payload = block.payload();
        let (versioned_hashes, root): ([B256; 0], _) = ([], payload.parent_beacon_block_root);
        let params = (payload.to_v3(), versioned_hashes, root);
        let status: PayloadStatus = self.call(NEW_PAYLOAD, &params).await?;
        Some(status.is_valid())
    }

    /// Sends a fork choice update. Returns whether the builder follows, or nothing if it did not
    /// say.
    async fn update(&self, head: &Block, attributes: Option<&Attributes>) -> Option<bool> {
        // Nothing is safe or final before it is on L1: the zero hash says so.
        let state = ForkchoiceState {
            head_block_hash: head.hash(),
            safe_block_hash: B256::ZERO,
            finalized_block_hash: B256::ZERO,
        };
        let wire = attributes.map(Attributes::to_wire);
        let updated: ForkchoiceUpdated = self.call(FORK_CHOICE_UPDATED, &(state, wire)).await?;
        if attributes.is_some() {
            let ids = &self.feeder.payload_ids;
            ids.note(head.hash(), updated.payload_id);
        }
        Some(updated.payload_status.is_valid())
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &impl Serialize,
    ) -> Option<T> {
        let Feeder {
            client,
            timeout,
            observer,
            ..
        } = &self.feeder;
        let reply = client.call(method, to_params(params), *timeout).await;
        let failed = |cause: String| observer.observe(Event::FeedFailed { method, cause });
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
