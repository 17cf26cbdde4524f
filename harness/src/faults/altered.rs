//! Payloads with one member false, each twice: re-sealed, with the block hash of what they say now,
//! so that only the local view or execution can tell; and unsealed, with the block hash of what the
//! builder said.

use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, B256, Bytes, U256};
use gauntlet_protocol::ExecutionPayloadV2;

use super::forge::{Forge, flipped};
use super::forgeries::FORGERY;
use super::{Fault, How};

/// Changes a payload; nothing if that cannot be.
type Change = fn(&Forge<'_>, &mut ExecutionPayloadV2) -> Option<()>;

/// The rules that a payload tests which says false things of itself.
const RESEALED: &[&str] = &[
    "get-payload/local-view",
    "failsafe/lives-through-invalid-payload",
];

/// The rules that a payload tests whose hash is that of another one.
const UNSEALED: &[&str] = &[
    "new-payload/block-hash",
    "get-payload/local-view",
    "failsafe/lives-through-invalid-payload",
];

const fn changed(id: &'static str, sentence: &'static str, how: How) -> Fault {
    Fault {
        id,
        sentence,
        how,
        ..FORGERY
    }
}

fn resealed(
    forge: &Forge<'_>,
    honest: &ExecutionPayloadV2,
    change: Change,
) -> Option<ExecutionPayloadV2> {
    let forged = unsealed(forge, honest, change)?;
    forge.resealed(&forged, |_| {})
}

fn unsealed(
    forge: &Forge<'_>,
    honest: &ExecutionPayloadV2,
    change: Change,
) -> Option<ExecutionPayloadV2> {
    let mut forged = honest.clone();
    change(forge, &mut forged)?;
    (forged != *honest).then_some(forged)
}

/// Two faults of each change: a word, what is false, and the change.
macro_rules! altered {
    ($($word:literal, $what:literal, $change:expr;)+) => {
        /// Re-sealed ones.
        pub(super) const ALTERED: &[Fault] = &[$(
            Fault {
                rules: RESEALED,
                ..changed(
                    concat!("reply/resealed-", $word),
                    concat!("the payload has ", $what, ", re-sealed"),
                    How::ForgePayload(|forge, honest| resealed(forge, honest, $change)),
                )
            },
            Fault {
                rules: UNSEALED,
                ..changed(
                    concat!("reply/unsealed-", $word),
                    concat!("the payload has ", $what, ", and the block hash that it had"),
                    How::ForgePayload(|forge, honest| unsealed(forge, honest, $change)),
                )
            },
        )+];
    };
}

altered! {
    "parent-hash", "a parent that nobody knows",
        |_, of| { of.parent_hash = flipped(of.parent_hash); Some(()) };
    "fee-recipient", "the builder as its fee recipient",
        |forge, of| { of.fee_recipient = forge.keys.builder; Some(()) };
    "fee-recipient-zero", "nobody as its fee recipient",
        |_, of| { of.fee_recipient = Address::ZERO; Some(()) };
    "state-root", "a state root whose first byte is another",
        |_, of| { of.state_root.0[0] ^= 1; Some(()) };
    "state-root-zero", "a state root of zeros",
        |_, of| { of.state_root = B256::ZERO; Some(()) };
    "state-root-of-parent", "its parent's state root",
        |forge, of| {
            of.state_root = forge.engine.block(of.parent_hash)?.header().state_root;
            Some(())
        };
    "receipts-root", "a receipts root whose first byte is another",
        |_, of| { of.receipts_root.0[0] ^= 1; Some(()) };
    "receipts-root-zero", "a receipts root of zeros",
        |_, of| { of.receipts_root = B256::ZERO; Some(()) };
    "logs-bloom", "another bit in its logs bloom",
        |_, of| { of.logs_bloom.0.0[255] ^= 1; Some(()) };
    "logs-bloom-full", "each bit set in its logs bloom",
        |_, of| { of.logs_bloom.0.0 = [0xff; 256]; Some(()) };
    "prev-randao", "another prevRandao",
        |_, of| { of.prev_randao = flipped(of.prev_randao); Some(()) };
    "prev-randao-zero", "a prevRandao of zeros",
        |_, of| { of.prev_randao = B256::ZERO; Some(()) };
    "number-plus-one", "the number of the block after it",
        |_, of| { of.block_number += 1; Some(()) };
    "number-minus-one", "the number of its parent",
        |_, of| { of.block_number -= 1; Some(()) };
    "gas-limit-plus-one", "a gas limit that is one more",
        |_, of| { of.gas_limit += 1; Some(()) };
    "gas-limit-minus-one", "a gas limit that is one less",
        |_, of| { of.gas_limit -= 1; Some(()) };
    "gas-used-plus-one", "one more gas used than it uses",
        |_, of| { of.gas_used += 1; Some(()) };
    "gas-used-minus-one", "one less gas used than it uses",
        |_, of| { of.gas_used -= 1; Some(()) };
    "gas-used-zero", "no gas used",
        |_, of| { of.gas_used = 0; Some(()) };
    "gas-used-above-limit", "more gas used than its limit",
        |_, of| { of.gas_used = of.gas_limit + 1; Some(()) };
    "timestamp-plus-one", "a timestamp of a second later",
        |_, of| { of.timestamp += 1; Some(()) };
    "timestamp-minus-one", "a timestamp of a second earlier",
        |_, of| { of.timestamp -= 1; Some(()) };
    "timestamp-of-parent", "its parent's timestamp",
        |forge, of| {
            of.timestamp = forge.engine.block(of.parent_hash)?.timestamp();
            Some(())
        };
    "extra-data-none", "no extra data",
        |_, of| { of.extra_data = Bytes::new(); Some(()) };
    "extra-data-8-bytes", "extra data of 8 bytes",
        |_, of| { of.extra_data = Bytes::from_static(&[0, 0, 0, 0, 250, 0, 0, 0]); Some(()) };
    "extra-data-10-bytes", "extra data of 10 bytes",
        |_, of| {
            of.extra_data = Bytes::from_static(&[0, 0, 0, 0, 250, 0, 0, 0, 6, 0]);
            Some(())
        };
    "extra-data-32-bytes", "extra data of 32 bytes",
        |_, of| { of.extra_data = Bytes::from_static(&[0; 32]); Some(()) };
    "extra-data-33-bytes", "extra data of 33 bytes",
        |_, of| { of.extra_data = Bytes::from_static(&[0; 33]); Some(()) };
    "extra-data-version-one", "extra data of version 1",
        |_, of| {
            of.extra_data = Bytes::from_static(&[1, 0, 0, 0, 250, 0, 0, 0, 6]);
            Some(())
        };
    "denominator-zero", "an EIP-1559 denominator of 0",
        |_, of| { of.extra_data = Bytes::from_static(&[0, 0, 0, 0, 0, 0, 0, 0, 6]); Some(()) };
    "elasticity-zero", "an EIP-1559 elasticity of 0",
        |_, of| { of.extra_data = Bytes::from_static(&[0, 0, 0, 0, 250, 0, 0, 0, 0]); Some(()) };
    "denominator-plus-one", "an EIP-1559 denominator that is one more",
        |_, of| { of.extra_data = Bytes::from_static(&[0, 0, 0, 0, 251, 0, 0, 0, 6]); Some(()) };
    "elasticity-plus-one", "an EIP-1559 elasticity that is one more",
        |_, of| { of.extra_data = Bytes::from_static(&[0, 0, 0, 0, 250, 0, 0, 0, 7]); Some(()) };
    "params-zero", "EIP-1559 parameters of zero, as attributes may have them",
        |_, of| { of.extra_data = Bytes::from_static(&[0; 9]); Some(()) };
    "base-fee-plus-one", "a base fee that is one wei more",
        |_, of| { of.base_fee_per_gas += U256::ONE; Some(()) };
    "base-fee-minus-one", "a base fee that is one wei less",
        |_, of| { of.base_fee_per_gas -= U256::ONE; Some(()) };
    "base-fee-of-parent", "its parent's base fee",
        |forge, of| {
            let parent = forge.engine.block(of.parent_hash)?;
            of.base_fee_per_gas = U256::from(parent.header().base_fee_per_gas?);
            Some(())
        };
    "base-fee-zero", "no base fee",
        |_, of| { of.base_fee_per_gas = U256::ZERO; Some(()) };
    "withdrawal", "a withdrawal",
        |forge, of| {
            of.withdrawals = Some(vec![Withdrawal {
                index: 0,
                validator_index: 0,
                address: forge.keys.builder,
                amount: 1,
            }]);
            Some(())
        };
    "blob-gas-used", "blob gas used",
        |_, of| { of.blob_gas_used = Some(131_072); Some(()) };
    "blob-gas-used-one", "a blob gas used of 1",
        |_, of| { of.blob_gas_used = Some(1); Some(()) };
    "excess-blob-gas", "an excess blob gas of 1",
        |_, of| { of.excess_blob_gas = Some(1); Some(()) };
}

/// What has no block hash of its own.
pub(super) const UNSEALABLE: &[Fault] = &[
    Fault {
        rules: UNSEALED,
        ..changed(
            "reply/unsealed-base-fee-above-64-bits",
            "the payload has a base fee of 2^64 and its own, and the block hash that it had",
            How::ForgePayload(|forge, honest| {
                unsealed(forge, honest, |_, of| {
                    of.base_fee_per_gas += U256::from(1_u128 << 64);
                    Some(())
                })
            }),
        )
    },
    Fault {
        rules: UNSEALED,
        ..changed(
            "reply/block-hash-flipped",
            "the payload's block hash has another bit",
            How::ForgePayload(|forge, honest| {
                unsealed(forge, honest, |_, of| {
                    of.block_hash = flipped(of.block_hash);
                    Some(())
                })
            }),
        )
    },
    Fault {
        rules: UNSEALED,
        ..changed(
            "reply/block-hash-zero",
            "the payload's block hash is zero",
            How::ForgePayload(|forge, honest| {
                unsealed(forge, honest, |_, of| {
                    of.block_hash = B256::ZERO;
                    Some(())
                })
            }),
        )
    },
    Fault {
        rules: UNSEALED,
        ..changed(
            "reply/block-hash-of-parent",
            "the payload's block hash is its parent's",
            How::ForgePayload(|forge, honest| {
                unsealed(forge, honest, |_, of| {
                    of.block_hash = of.parent_hash;
                    Some(())
                })
            }),
        )
    },
    Fault {
        rules: &[
            "structures/reply-withdrawals",
            "failsafe/lives-through-invalid-payload",
        ],
        ..changed(
            "reply/withdrawals-null",
            "the payload's withdrawals are null",
            How::ForgePayload(|forge, honest| {
                unsealed(forge, honest, |_, of| {
                    of.withdrawals = None;
                    Some(())
                })
            }),
        )
    },
];
