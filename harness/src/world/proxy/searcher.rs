//! A flow of transactions that only the builder gets, so that its blocks differ from local ones and
//! can be told from them, whatever the nodes say.

use std::collections::BTreeMap;
use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use alloy_primitives::{B256, Bytes, U64};
use gauntlet_protocol::ForwardTransactionParams;
use gauntlet_protocol::constants::{FORK_CHOICE_UPDATED, FORWARD_TRANSACTION, NEW_PAYLOAD};
use http::{Request, header};
use http_body_util::Full;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::back::Back;
use super::{ProxyConfig, Supply, heads};
use crate::chain;
use crate::trace::{Face, Failure, Wire};

/// How many blocks behind the latest one a searcher remembers.
const MAX_BLOCKS: usize = 256;

/// Keeps one transaction of its own outstanding at the builder, until a canonical block has it.
///
/// It learns of canonical blocks from the messages that pass its proxy. Clones share what it knows,
/// which lasts beyond the death of the proxy and the builder.
#[derive(Clone)]
pub struct Searcher {
    chain_id: u64,
    known: Arc<Mutex<Known>>,
}

/// What a searcher knows of the chain.
#[derive(Default)]
struct Known {
    /// The hash of each canonical block, and how many of its transactions are on the chain then.
    blocks: BTreeMap<u64, (B256, u64)>,
    /// The transaction that is outstanding, and its nonce.
    outstanding: Option<(u64, Bytes)>,
}

impl Searcher {
    /// Makes a searcher on a chain at its genesis.
    #[must_use]
    pub fn new(chain_id: u64) -> Self {
        Self {
            chain_id,
            known: Arc::default(),
        }
    }

    /// Takes note of a message that the builder has taken; whether it is to get a transaction.
    fn notes(&self, body: &[u8]) -> bool {
        match Passed::read(body) {
            Some(Passed::Attributes) => true,
            Some(Passed::Block(block)) => self.known().extend(self.chain_id, block),
            None => false,
        }
    }

    /// The transaction that is outstanding.
    fn outstanding(&self) -> Bytes {
        let mut known = self.known();
        let nonce = known.included();
        known.transaction(self.chain_id, nonce)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Searcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Searcher")
    }
}

impl Known {
    /// How many of the searcher's transactions are on the chain.
    fn included(&self) -> u64 {
        self.blocks.last_key_value().map_or(0, |(_, (_, n))| *n)
    }

    fn transaction(&mut self, chain_id: u64, nonce: u64) -> Bytes {
        match &self.outstanding {
            Some((of, transaction)) if *of == nonce => transaction.clone(),
            Some(_) | None => {
                let transaction = chain::searcher_transaction(chain_id, nonce);
                self.outstanding = Some((nonce, transaction.clone()));
                transaction
            }
        }
    }

    /// Takes a block in the place of all that were known from its number on; whether another
    /// transaction is outstanding now.
    fn extend(&mut self, chain_id: u64, block: Block) -> bool {
        let number = block.block_number.to();
        if self
            .blocks
            .get(&number)
            .is_some_and(|(hash, _)| *hash == block.block_hash)
        {
            return false;
        }
        let before = self.included();
        self.blocks.split_off(&number);
        let mut included = self.included();
        while block
            .transactions
            .contains(&self.transaction(chain_id, included))
        {
            included += 1;
        }
        self.blocks.insert(number, (block.block_hash, included));
        if self.blocks.len() > MAX_BLOCKS {
            self.blocks.pop_first();
        }
        included != before
    }
}

/// A message that tells a searcher something.
enum Passed {
    /// A new block is to be built.
    Attributes,
    /// A canonical block.
    Block(Block),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Block {
    block_number: U64,
    block_hash: B256,
    transactions: Vec<Bytes>,
}

impl Passed {
    fn read(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Call<'a> {
            method: &'a str,
            #[serde(borrow)]
            params: Vec<&'a RawValue>,
        }
        let call: Call<'_> = serde_json::from_slice(body).ok()?;
        match call.method {
            FORK_CHOICE_UPDATED => {
                let attributes = call.params.get(1)?;
                (attributes.get() != "null").then_some(Self::Attributes)
            }
            NEW_PAYLOAD => serde_json::from_str(call.params.first()?.get())
                .ok()
                .map(Self::Block),
            _ => None,
        }
    }
}

/// Where the messages that pass a proxy reach its searcher.
#[derive(Clone)]
pub(super) struct Port {
    supply: Supply,
    wake: Arc<Notify>,
}

impl Port {
    pub(super) fn of(supply: Supply) -> Self {
        let wake = Arc::default();
        Self { supply, wake }
    }

    /// Takes note of a message that the builder has answered.
    pub(super) fn passed(&self, body: &[u8]) {
        if self.supply.searcher.notes(body) {
            self.wake.notify_one();
        }
    }

    /// Hands the builder the outstanding transaction whenever it is to get it.
    pub(super) async fn supply(self, config: Arc<ProxyConfig>) {
        let mut kept: Option<(u64, Back)> = None;
        loop {
            self.wake.notified().await;
            let (connection, back) = match kept.take() {
                Some((connection, back)) if !is_over(&back).await => (connection, back),
                Some(_) | None => {
                    let back = Back::new(self.supply.to.clone(), config.limits.max_body_bytes);
                    (config.numbers.connection(), back)
                }
            };
            let exchange = config.numbers.exchange();
            let handed = back.driven(self.hand(&config, connection, &back, exchange));
            match timeout(config.limits.reply_timeout, handed).await {
                Ok(Ok(())) => kept = Some((connection, back)),
                Ok(Err(failure)) => tell_failed(&config, exchange, failure),
                Err(_elapsed) => tell_failed(&config, exchange, Failure::GivenUp),
            }
        }
    }

    async fn hand(
        &self,
        config: &ProxyConfig,
        connection: u64,
        back: &Back,
        exchange: u64,
    ) -> Result<(), Failure> {
        back.open().await?;
        let params = ForwardTransactionParams {
            transaction: self.supply.searcher.outstanding(),
        };
        let body = json!({
            "jsonrpc": "2.0",
            "id": exchange,
            "method": FORWARD_TRANSACTION,
            "params": params,
        });
        let behind = &self.supply.to;
        let authority = behind.endpoint.authority();
        let request = Request::post(behind.endpoint.path.as_str())
            .header(
                header::HOST,
                behind.authority.as_deref().unwrap_or(&authority),
            )
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .body(bytes::Bytes::from(body.to_string()))
            .map_err(|_not_http| Failure::Malformed)?;
        let (head, body) = request.into_parts();
        let wire = Wire::Request {
            exchange,
            connection,
            begun_us: None,
            request: Some(heads::request(&head, body.clone())),
        };
        config.tap.tell(Face::Builder, wire);
        let request = Request::from_parts(head, Full::new(body));
        let (head, body) = back.exchange(request).await?.into_parts();
        let reply = Some(heads::reply(&head, body));
        config
            .tap
            .tell(Face::Builder, Wire::Reply { exchange, reply });
        Ok(())
    }
}

async fn is_over(back: &Back) -> bool {
    poll_fn(|cx| Poll::Ready(back.poll_over(cx).is_ready())).await
}

fn tell_failed(config: &ProxyConfig, exchange: u64, failure: Failure) {
    let failed = Wire::Failed { exchange, failure };
    config.tap.tell(Face::Builder, failed);
}
