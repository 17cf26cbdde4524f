//! A second court: an execution client of somebody else's that is asked what it makes of every
//! payload of a trace.

use std::collections::BTreeSet;
use std::sync::Arc;

use alloy_primitives::B256;
use alloy_rpc_types_engine::PayloadStatusEnum;
use futures::{StreamExt, TryStreamExt, stream};
use gauntlet_protocol::constants::codes::{INVALID_PARAMS, UNSUPPORTED_FORK};
use gauntlet_rpc::CallError;
use tokio::sync::Mutex;

use super::engine_client::{EngineClient, EngineClientConfig, EngineError};
use crate::oracle::{Docket, Item};
use crate::trace::{Opinion, Opinions, PayloadId};

/// How many payloads on one parent are with the client at the same time.
const AT_ONCE: usize = 4;

/// An execution client that is asked.
#[derive(Debug)]
pub struct SecondOpinion {
    client: EngineClient,
    genesis: B256,
    // One trace after the other: the client has one head.
    asked: Mutex<Asked>,
}

/// What the client was asked already.
#[derive(Debug)]
struct Asked {
    opinions: Opinions,
    /// The blocks that it finds valid.
    valid: BTreeSet<B256>,
    head: B256,
}

impl SecondOpinion {
    /// Begins to talk to a client.
    ///
    /// # Errors
    ///
    /// It is not there, does not take the secret, or is no execution client.
    pub async fn open(config: EngineClientConfig) -> Result<Self, EngineError> {
        let client = EngineClient::new(config, AT_ONCE);
        let genesis = client.genesis().await?;
        let asked = Asked {
            opinions: Opinions::new(),
            valid: BTreeSet::from([genesis]),
            head: genesis,
        };
        Ok(Self {
            client,
            genesis,
            asked: Mutex::new(asked),
        })
    }

    /// The client's URL.
    #[must_use]
    pub fn client(&self) -> &str {
        self.client.name()
    }

    /// The hash of its genesis block.
    #[must_use]
    pub const fn genesis(&self) -> B256 {
        self.genesis
    }

    /// Asks what the client makes of each payload of a trace, parents first. What it said of another
    /// trace's payloads it is not asked again.
    ///
    /// # Errors
    ///
    /// It does not answer any more, or not as the Engine API says.
    pub async fn hear(&self, docket: &Docket) -> Result<Opinions, EngineError> {
        let mut asked = self.asked.lock().await;
        let mut opinions = Opinions::new();
        let mut new = Vec::new();
        for item in &docket.items {
            match asked.opinions.get(&item.id) {
                Some(opinion) => drop(opinions.insert(item.id, opinion.clone())),
                None => new.push(item),
            }
        }
        new.sort_by_key(|item| {
            let payload = &item.block.payload;
            (payload.block_number, payload.parent_hash)
        });
        for siblings in new.chunk_by(|one, other| parent(one) == parent(other)) {
            let heard = self.siblings(siblings, &mut asked).await?;
            opinions.extend(heard);
        }
        Ok(opinions)
    }

    /// Asks about payloads on one parent, which is made the head before.
    async fn siblings(
        &self,
        siblings: &[&Item],
        asked: &mut Asked,
    ) -> Result<Vec<(PayloadId, Opinion)>, EngineError> {
        let parent = siblings.first().map(|item| parent(item));
        if let Some(parent) = parent.filter(|it| *it != asked.head && asked.valid.contains(it)) {
            // A client need not keep the state of a block that never was its head.
            self.client.update(parent).await?;
            asked.head = parent;
        }
        let ask = |item| async move { Ok((item, self.opinion(item).await?)) };
        let heard: Vec<(&Item, Opinion)> = stream::iter(siblings.iter().copied())
            .map(ask)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        let mut opinions = Vec::with_capacity(heard.len());
        for (item, opinion) in heard {
            if opinion == Opinion::Valid {
                asked.valid.insert(item.block.payload.block_hash);
            }
            // The parent that it lacks may come.
            if !matches!(opinion, Opinion::CannotJudge(_)) {
                asked.opinions.insert(item.id, opinion.clone());
            }
            opinions.push((item.id, opinion));
        }
        Ok(opinions)
    }

    async fn opinion(&self, item: &Item) -> Result<Opinion, EngineError> {
        match self.client.new_payload(&item.block).await {
            Ok(PayloadStatusEnum::Valid) => Ok(Opinion::Valid),
            Ok(PayloadStatusEnum::Invalid { validation_error }) => {
                Ok(Opinion::Invalid(validation_error.into()))
            }
            Ok(status @ (PayloadStatusEnum::Syncing | PayloadStatusEnum::Accepted)) => {
                Ok(Opinion::CannotJudge(status.to_string().into()))
            }
            Err(EngineError::Call {
                source: CallError::Rpc(error),
                ..
            }) if [INVALID_PARAMS, UNSUPPORTED_FORK]
                .map(i64::from)
                .contains(&error.code) =>
            {
                let told = format!("{}: {}", error.code, error.message);
                Ok(Opinion::Refused(Arc::from(told)))
            }
            Err(error) => Err(error),
        }
    }
}

fn parent(item: &Item) -> B256 {
    item.block.payload.parent_hash
}
