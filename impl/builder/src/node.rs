//! The builder as a whole: its state and its methods.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alloy_primitives::{Address, B256, TxHash, U256, keccak256};
use alloy_rpc_types_engine::{
    ForkchoiceState, ForkchoiceUpdated, PayloadId, PayloadStatus, PayloadStatusEnum,
};
use gauntlet_engine::{Engine, ForkChoice, PayloadVerdict, PoolError};
use gauntlet_protocol::constants::codes;
use gauntlet_protocol::{
    BuilderPayloadV1, ExecutionPayloadV2, ForwardTransactionParams, GetPayloadParams, RpcError,
    SigningDomain, Status,
};
use gauntlet_rpc::RpcModule;
use op_alloy_rpc_types_engine::OpPayloadAttributes;
use serde_json::Value;
use tokio::time::{Instant, sleep_until};

use crate::jobs::Jobs;
use crate::{Event, Job, Observer, api};

/// The settings of a builder.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address that stands in its responses.
    pub pubkey: Address,
    /// The sequencer whose requests it answers. DECISION: request-pubkey.
    pub sequencer: Address,
    /// How long it computes, from the attributes until it has a payload.
    pub build: Duration,
}

/// Verifies a request and its signature.
pub type Verify = fn(&GetPayloadParams, &SigningDomain, Address) -> Result<(), RpcError>;

/// Answers a forwarded transaction.
pub type Accept = fn(Stored) -> Result<Status, RpcError>;

/// Writes the answer to a payload request.
pub type Respond = fn(&BuilderPayloadV1) -> Value;

/// What became of a forwarded transaction.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Whether it waited, or was included, before.
    pub was_known: bool,
    /// Its hash, or why the pool does not take it.
    pub added: Result<TxHash, PoolError>,
}

/// Selects the job of a request.
pub type Select = fn(&Jobs, &GetPayloadParams) -> Option<Job>;

/// The parts of a builder; the honest ones are the default.
#[derive(Clone)]
pub struct Parts {
    /// Verifies requests.
    pub verify: Verify,
    /// Selects the job of a request.
    pub select: Select,
    /// Writes the answers to payload requests.
    pub respond: Respond,
    /// Answers forwarded transactions.
    pub accept: Accept,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            verify,
            select,
            respond,
            accept,
        }
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parts")
    }
}

/// A builder, cheap to clone.
#[derive(Clone, Debug)]
pub struct Builder(Arc<Node>);

#[derive(Debug)]
struct Node {
    config: Config,
    parts: Parts,
    domain: SigningDomain,
    observer: Observer,
    engine: Mutex<Engine>,
    jobs: Mutex<Jobs>,
}

impl Builder {
    /// Makes a builder of an engine at genesis.
    #[must_use]
    pub fn new(config: Config, parts: Parts, engine: Engine, observer: Observer) -> Self {
        let domain = SigningDomain::builder(engine.spec().chain_id());
        let (engine, jobs) = (Mutex::new(engine), Mutex::default());
        Self(Arc::new(Node {
            config,
            parts,
            domain,
            observer,
            engine,
            jobs,
        }))
    }

    /// What the builder serves.
    #[must_use]
    pub fn api(&self) -> RpcModule<()> {
        api::module(self)
    }

    /// The execution engine.
    pub fn engine(&self) -> MutexGuard<'_, Engine> {
        self.0.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The job for a block, if there is one.
    #[must_use]
    pub fn job(&self, parent: B256, number: u64) -> Option<Job> {
        self.jobs().select(parent, number).cloned()
    }

    /// `builder_getPayloadV1`.
    pub(crate) async fn get_payload(&self, params: GetPayloadParams) -> Result<Value, RpcError> {
        let node = &self.0;
        (node.parts.verify)(&params, &node.domain, node.config.sequencer)?;
        let job = (node.parts.select)(&self.jobs(), &params).ok_or_else(|| {
            let message = format!(
                "no job for block {} on {}",
                params.payload.block_number, params.payload.parent_hash
            );
            RpcError::new(codes::UNKNOWN_PARENT, message)
        })?;
        agrees(&params, &job.attributes)?;
        sleep_until(job.ready_at).await;
        let mut engine = self.engine();
        let built = engine.build(job.parent, &job.attributes);
        let block = built.map_err(|error| RpcError::new(codes::SERVER_ERROR, error.to_string()))?;
        let block = engine.insert(block);
        drop(engine);
        node.observer.observe(Event::Sealed {
            number: block.number(),
            hash: block.hash(),
            transactions: block.transactions().len(),
        });
        Ok((node.parts.respond)(&BuilderPayloadV1 {
            execution_payload: block.payload(),
            pub_key: node.config.pubkey,
            value: block.value(),
        }))
    }

    /// `builder_forwardTransactionV1`.
    pub(crate) fn forward_transaction(
        &self,
        params: &ForwardTransactionParams,
    ) -> Result<Status, RpcError> {
        let mut engine = self.engine();
        let hash = keccak256(&params.transaction);
        let was_known = engine.pool_contains(hash) || engine.receipt(hash).is_some();
        let added = engine.add_transaction(&params.transaction);
        drop(engine);
        self.0.observer.observe(match &added {
            Ok(hash) => Event::TransactionStored { hash: *hash },
            Err(error) => Event::TransactionRefused {
                reason: error.to_string(),
            },
        });
        (self.0.parts.accept)(Stored { was_known, added })
    }

    /// `engine_forkchoiceUpdatedV3`.
    pub(crate) fn fork_choice_updated(
        &self,
        state: ForkchoiceState,
        attributes: Option<OpPayloadAttributes>,
    ) -> Result<ForkchoiceUpdated, RpcError> {
        let node = &self.0;
        let mut engine = self.engine();
        let (head, safe) = (state.head_block_hash, state.safe_block_hash);
        let chosen = engine.fork_choice_updated(head, safe, state.finalized_block_hash);
        let number = engine.block(head).map(|block| block.number());
        drop(engine);
        match chosen {
            Ok(ForkChoice::Valid { .. }) => {}
            Ok(ForkChoice::Syncing) => {
                node.observer.observe(Event::Behind { head });
                return Ok(updated(PayloadStatusEnum::Syncing, None, None));
            }
            Ok(ForkChoice::Invalid { latest_valid_hash }) => {
                let validation_error = "the head is invalid".to_owned();
                let invalid = PayloadStatusEnum::Invalid { validation_error };
                return Ok(updated(invalid, latest_valid_hash, None));
            }
            Err(error) => {
                let code = codes::INVALID_FORK_CHOICE_STATE;
                return Err(RpcError::new(code, error.to_string()));
            }
        }
        let number = number.unwrap_or_default();
        node.observer
            .observe(Event::HeadFollowed { number, hash: head });
        let payload_id = attributes.map(|attributes| self.start(head, number + 1, attributes));
        Ok(updated(PayloadStatusEnum::Valid, Some(head), payload_id))
    }

    /// `engine_newPayloadV3`.
    pub(crate) fn new_payload(
        &self,
        payload: &ExecutionPayloadV2,
        versioned_hashes: &[B256],
        parent_beacon_block_root: B256,
    ) -> PayloadStatus {
        let verdict =
            self.engine()
                .new_payload(payload, versioned_hashes, parent_beacon_block_root);
        match verdict {
            PayloadVerdict::Valid(block) => {
                PayloadStatus::new(PayloadStatusEnum::Valid, Some(block.hash()))
            }
            PayloadVerdict::Syncing => PayloadStatus::from_status(PayloadStatusEnum::Syncing),
            PayloadVerdict::Invalid {
                reason,
                latest_valid_hash,
            } => {
                let validation_error = reason.to_string();
                let invalid = PayloadStatusEnum::Invalid { validation_error };
                PayloadStatus::new(invalid, latest_valid_hash)
            }
        }
    }

    pub(crate) fn observe(&self, event: Event) {
        self.0.observer.observe(event);
    }

    fn start(&self, parent: B256, number: u64, attributes: OpPayloadAttributes) -> PayloadId {
        let id = attributes.payload_id(&parent, 3);
        let ready_at = Instant::now() + self.0.config.build;
        let job = Job {
            parent,
            number,
            attributes: Arc::new(attributes),
            ready_at,
        };
        if self.jobs().start(job) {
            self.observe(Event::JobStarted { number, parent });
        }
        id
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.0.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// "`secp256k1` signature over `payload`" (line 94): it is the configured sequencer's, and so is
/// the request's `pubKey`. DECISION: request-pubkey.
///
/// # Errors
///
/// The signature is malformed, or another's.
pub fn verify(
    params: &GetPayloadParams,
    domain: &SigningDomain,
    sequencer: Address,
) -> Result<(), RpcError> {
    let refused = |reason: String| RpcError::new(codes::INVALID_SIGNATURE, reason);
    let signer = params
        .signature()
        .and_then(|signature| signature.signer(domain.digest(&params.payload)))
        .map_err(|error| refused(error.to_string()))?;
    if signer != params.payload.pub_key {
        return Err(refused(format!(
            "pubKey is not the signer's address {signer}"
        )));
    }
    if signer != sequencer {
        return Err(refused(format!("{signer} is not the configured sequencer")));
    }
    Ok(())
}

/// The job of the request's parent and number. DECISION: nothing-to-give.
#[must_use]
pub fn select(jobs: &Jobs, params: &GetPayloadParams) -> Option<Job> {
    let number = u64::try_from(params.payload.block_number).ok()?;
    jobs.select(params.payload.parent_hash, number).cloned()
}

/// A transaction that is stored, or was before, is answered with 200. DECISION: duplicate-forward.
///
/// # Errors
///
/// The pool's reason not to store it.
pub fn accept(stored: Stored) -> Result<Status, RpcError> {
    stored
        .added
        .map(|_| Status::OK)
        .map_err(|error| RpcError::new(codes::SERVER_ERROR, error.to_string()))
}

/// The three members of `BuilderPayloadV1` (lines 75 to 79).
#[must_use]
pub fn respond(payload: &BuilderPayloadV1) -> Value {
    serde_json::to_value(payload).expect("a payload has string keys and can always be written")
}

/// The request and the attributes say the same of the block.
fn agrees(params: &GetPayloadParams, attributes: &OpPayloadAttributes) -> Result<(), RpcError> {
    let request = &params.payload;
    let differs = |what: &str| {
        RpcError::new(
            codes::INVALID_PARAMS,
            format!("{what} is not that of the attributes"),
        )
    };
    if attributes.gas_limit.map(U256::from) != Some(request.gas_limit) {
        return Err(differs("gasLimit"));
    }
    let root = attributes.payload_attributes.parent_beacon_block_root;
    if root != Some(request.parent_beacon_block_root) {
        return Err(differs("parentBeaconBlockRoot"));
    }
    Ok(())
}

fn updated(
    status: PayloadStatusEnum,
    latest_valid_hash: Option<B256>,
    payload_id: Option<PayloadId>,
) -> ForkchoiceUpdated {
    let payload_status = PayloadStatus::new(status, latest_valid_hash);
    ForkchoiceUpdated {
        payload_status,
        payload_id,
    }
}
