//! Payloads with one thing false, so that only execution or the local view can tell.

use alloy_primitives::{Address, B64, B256, Bytes, U256};
use gauntlet_engine::{Attributes, Block, Engine, Payload, UserDeposit, block_hash};
use gauntlet_protocol::{BuilderPayloadV1, ExecutionPayloadV2};
use serde_json::{Value, json};

use crate::chain::Keys;
use crate::plan::Malice;

/// What a payload is made false with.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    /// An engine that has the payload's parent.
    pub(super) engine: &'a Engine,
    /// The attributes that the honest payload was built with.
    pub(super) attributes: &'a Attributes,
    /// The beacon block root that the sequencer will judge with.
    pub(super) parent_beacon_block_root: B256,
    /// Who is who.
    pub(super) keys: &'a Keys,
    /// The payload of the block before.
    pub(super) previous: Option<&'a BuilderPayloadV1>,
}

/// Makes one thing false in an honest response; nothing if that cannot be done here.
pub(super) fn corrupt(
    malice: Malice,
    honest: BuilderPayloadV1,
    scene: &Scene<'_>,
) -> Option<Value> {
    let payload = &honest.execution_payload;
    let forged: ExecutionPayloadV2 = match malice {
        Malice::WrongPubkey => {
            let pub_key = scene.keys.another_builder;
            return to_json(&BuilderPayloadV1 { pub_key, ..honest });
        }
        Malice::PayloadMissing => {
            let mut response = to_json(&honest)?;
            response["executionPayload"] = Value::Null;
            return Some(response);
        }
        Malice::PreviousPayload => return to_json(scene.previous?),
        Malice::WrongStateRoot => scene.resealed(ExecutionPayloadV2 {
            state_root: flipped(payload.state_root),
            ..payload.clone()
        })?,
        Malice::SplicedBlockHash => {
            let other = scene.built_with(payload.parent_hash, |attributes| {
                attributes.fee_recipient = scene.keys.builder;
            })?;
            ExecutionPayloadV2 {
                block_hash: other.hash(),
                ..payload.clone()
            }
        }
        Malice::ForgedDeposit => scene
            .built_with(payload.parent_hash, |attributes| {
                let forged = forged_deposit(scene.keys.builder);
                attributes.transactions.push(forged);
            })?
            .payload()
            .to_v2(),
        Malice::WrongFeeRecipient => scene
            .built_with(payload.parent_hash, |attributes| {
                attributes.fee_recipient = scene.keys.builder;
            })?
            .payload()
            .to_v2(),
        Malice::StaleParent => {
            let grandparent = scene.engine.block(payload.parent_hash)?.parent_hash();
            scene.built_with(grandparent, |_| {})?.payload().to_v2()
        }
        Malice::WrongGasLimit => scene
            .built_with(payload.parent_hash, |attributes| {
                attributes.gas_limit += 1;
            })?
            .payload()
            .to_v2(),
        Malice::WrongTimestamp => scene
            .built_with(payload.parent_hash, |attributes| {
                attributes.timestamp += 1;
            })
            .map(|block| block.payload().to_v2())
            // The next second may be of another fork, whose attributes these are not.
            .or_else(|| {
                let timestamp = payload.timestamp + 1;
                scene.resealed(ExecutionPayloadV2 {
                    timestamp,
                    ..payload.clone()
                })
            })?,
        Malice::WrongPrevRandao => scene
            .built_with(payload.parent_hash, |attributes| {
                attributes.prev_randao = flipped(attributes.prev_randao);
            })?
            .payload()
            .to_v2(),
        Malice::WrongExtraData => scene
            .built_with(payload.parent_hash, |attributes| {
                let params = &mut attributes.eip1559_params;
                *params = params.map(|_| B64::new([0, 0, 0, 77, 0, 0, 0, 7]));
            })
            .map(|block| block.payload().to_v2())
            .filter(|forged| forged.extra_data != payload.extra_data)
            .or_else(|| {
                let extra_data = Bytes::from_static(b"gauntlet");
                scene.resealed(ExecutionPayloadV2 {
                    extra_data,
                    ..payload.clone()
                })
            })?,
        Malice::WrongBeaconRoot => scene
            .built_with(payload.parent_hash, |attributes| {
                let root = &mut attributes.parent_beacon_block_root;
                *root = flipped(*root);
            })?
            .payload()
            .to_v2(),
    };
    to_json(&BuilderPayloadV1 {
        execution_payload: forged,
        ..honest
    })
}

impl Scene<'_> {
    /// A valid block of other attributes.
    fn built_with(&self, parent: B256, change: impl FnOnce(&mut Attributes)) -> Option<Block> {
        let mut attributes = self.attributes.clone();
        change(&mut attributes);
        self.engine.build(parent, &attributes).ok()
    }

    /// A payload with the block hash of its own fields.
    fn resealed(&self, payload: ExecutionPayloadV2) -> Option<ExecutionPayloadV2> {
        let claim = Payload::from_wire(&payload, self.parent_beacon_block_root);
        let block_hash = block_hash(&claim).ok()?;
        Some(ExecutionPayloadV2 {
            block_hash,
            ..payload
        })
    }
}

fn flipped(hash: B256) -> B256 {
    hash ^ B256::with_last_byte(1)
}

fn forged_deposit(to: Address) -> Bytes {
    UserDeposit {
        from: to,
        to: Some(to),
        mint: 1_000_000_000_000_000_000,
        value: U256::ZERO,
        gas_limit: 50_000,
        data: Bytes::new(),
        l1_block_hash: B256::repeat_byte(0xf0),
        log_index: 0,
    }
    .bytes()
}

fn to_json(response: &BuilderPayloadV1) -> Option<Value> {
    serde_json::to_value(response)
        .ok()
        .filter(|value| *value != json!(null))
}

impl Malice {
    /// What is false, in words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::WrongPubkey => "the wrong pubKey",
            Self::WrongStateRoot => "the wrong state root",
            Self::ForgedDeposit => "a forged deposit",
            Self::WrongFeeRecipient => "the wrong fee recipient",
            Self::StaleParent => "a stale parent",
            Self::SplicedBlockHash => "a spliced block hash",
            Self::WrongGasLimit => "the wrong gas limit",
            Self::WrongTimestamp => "the wrong timestamp",
            Self::WrongPrevRandao => "the wrong prevRandao",
            Self::WrongExtraData => "the wrong extra data",
            Self::WrongBeaconRoot => "the wrong beacon block root",
            Self::PreviousPayload => "the previous payload",
            Self::PayloadMissing => "no executionPayload",
        }
    }
}
