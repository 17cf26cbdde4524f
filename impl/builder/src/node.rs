//! The builder as a whole: its state and its methods.

use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alloy_primitives::{B256, U256, keccak256};
use alloy_rpc_types_engine::{
    ForkchoiceState, ForkchoiceUpdated, PayloadId, PayloadStatus, PayloadStatusEnum,
};
use gauntlet_engine::{Attributes, Engine, ForkChoice, Payload, PayloadVerdict};
use gauntlet_node::{Chain, Draft};
use gauntlet_protocol::constants::codes;
use gauntlet_protocol::{
    BuilderPayloadV1, ForwardTransactionParams, GetPayloadParams, RpcError, SigningDomain, Status,
};
use op_alloy_rpc_types_engine::OpPayloadAttributes;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::{Instant, sleep_until};

use crate::config::Config;
use crate::event::{Event, Observer};
use crate::jobs::{Job, Jobs};
use crate::parts::{Parts, Stored};

/// A builder, cheap to clone.
#[derive(Clone, Debug)]
pub struct Builder(Arc<Node>);

#[derive(Debug)]
struct Node {
    config: Config,
    parts: Parts,
    domain: SigningDomain,
    observer: Observer,
    chain: Arc<Chain>,
    jobs: Mutex<Jobs>,
}

impl Builder {
    /// Makes a builder of an engine at genesis.
    #[must_use]
    pub fn new(config: Config, parts: Parts, engine: Engine, observer: Observer) -> Self {
        let domain = SigningDomain::builder(engine.spec().chain_id());
        let chain = Arc::new(Chain::new(engine, config.compute.workers.clone()));
        Self(Arc::new(Node {
            config,
            parts,
            domain,
            observer,
            chain,
            jobs: Mutex::default(),
        }))
    }

    /// The execution engine.
    pub fn engine(&self) -> MutexGuard<'_, Engine> {
        self.0.chain.engine()
    }

    /// The last job for a block, if there is one.
    #[must_use]
    pub fn job(&self, parent: B256, number: u64) -> Option<Job> {
        self.jobs().of(parent, number).next().cloned()
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
        let built = job.draft.sealed().await;
        let block = built.map_err(|error| RpcError::new(codes::SERVER_ERROR, error.to_string()))?;
        let block = self.engine().insert(block);
        node.observer.observe(Event::Sealed {
            number: block.number(),
            hash: block.hash(),
            transactions: block.transactions().len(),
        });
        Ok((node.parts.respond)(&BuilderPayloadV1 {
            execution_payload: block.payload().to_v2(),
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

    /// `engine_forkchoiceUpdatedV3`. The attributes are read only once the head has moved: whatever
    /// is wrong with them, "the `forkchoiceState` update MUST NOT be rolled back" (execution-apis,
    /// cancun).
    pub(crate) fn fork_choice_updated(
        &self,
        state: ForkchoiceState,
        attributes: Option<&RawValue>,
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
        self.jobs().follow(number);
        node.observer
            .observe(Event::HeadFollowed { number, hash: head });
        let payload_id = attributes
            .map(|attributes| self.start(head, number + 1, attributes))
            .transpose()?;
        Ok(updated(PayloadStatusEnum::Valid, Some(head), payload_id))
    }

    /// `engine_newPayloadV3`.
    pub(crate) async fn new_payload(
        &self,
        payload: Payload,
        versioned_hashes: &[B256],
    ) -> PayloadStatus {
        let verdict = self
            .0
            .chain
            .new_payload(Arc::new(payload), versioned_hashes);
        match verdict.await {
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

    /// Starts the job of these attributes, as they were sent, if a block on the head can have them.
    fn start(
        &self,
        parent: B256,
        number: u64,
        attributes: &RawValue,
    ) -> Result<PayloadId, RpcError> {
        let wire: OpPayloadAttributes =
            serde_json::from_str(attributes.get()).map_err(invalid_attributes)?;
        let attributes = Arc::new(Attributes::from_wire(&wire).map_err(invalid_attributes)?);
        self.engine()
            .check_attributes(parent, &attributes)
            .map_err(|error| RpcError::new(error.error_code(), error.to_string()))?;
        self.start_job(parent, number, attributes);
        Ok(wire.payload_id(&parent, 3))
    }

    fn start_job(&self, parent: B256, number: u64, attributes: Arc<Attributes>) {
        let node = &self.0;
        let pace = node.config.compute.pace;
        let draft = Draft::begin(node.chain.clone(), pace, parent, attributes.clone());
        let job = Job {
            parent,
            number,
            attributes,
            ready_at: Instant::now() + node.config.build,
            draft: Arc::new(draft),
        };
        if (node.parts.begin)(&mut self.jobs(), job) {
            self.observe(Event::JobStarted { number, parent });
        }
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.0.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The request and the attributes say the same of the block.
fn agrees(params: &GetPayloadParams, attributes: &Attributes) -> Result<(), RpcError> {
    let request = &params.payload;
    let differs = |what: &str| {
        RpcError::new(
            codes::INVALID_PARAMS,
            format!("{what} is not that of the attributes"),
        )
    };
    if U256::from(attributes.gas_limit) != request.gas_limit {
        return Err(differs("gasLimit"));
    }
    if attributes.parent_beacon_block_root != request.parent_beacon_block_root {
        return Err(differs("parentBeaconBlockRoot"));
    }
    Ok(())
}

/// "`-38003: Invalid payload attributes`" (execution-apis, paris and cancun).
fn invalid_attributes(why: impl Display) -> RpcError {
    RpcError::new(codes::INVALID_PAYLOAD_ATTRIBUTES, why.to_string())
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
