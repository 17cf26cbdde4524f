//! Deposits as the harness writes them itself, after the OP Stack's specification of deposited
//! transactions and of the L1 attributes: what nodes put into blocks is compared with these, and no
//! node's encoder is asked.

use alloy_primitives::{Address, B256, Bytes, U256, address, keccak256};
use gauntlet_engine::{L1Attributes, UserDeposit};

use crate::plan::DepositPlan;

/// Who deposits.
const DEPOSITOR: Address = address!("0x00000000000000000000000000000000000d0e05");

/// Who gets what is deposited plainly.
const RECIPIENT: Address = address!("0x000000000000000000000000000000000000d00d");

/// Who has nothing but what is deposited for it.
const SPENDER: Address = address!("0x0000000000000000000000000000000000005e2d");

/// The contract that counts its calls.
const COUNTER: Address = address!("0x00000000000000000000000000000000000c0de1");

/// Who sends the deposit of the L1 attributes (OP Stack, deposits).
const ATTRIBUTES_DEPOSITOR: Address = address!("0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001");

/// The predeploy that it calls.
const L1_BLOCK: Address = address!("0x4200000000000000000000000000000000000015");

/// How much it may use since Regolith.
const ATTRIBUTES_GAS: u64 = 1_000_000;

/// What is deposited at a time, in wei.
const AMOUNT: u64 = 1_000_000_000_000_000;

/// Code that makes a contract of one byte: it returns what it wrote to memory.
const DEPLOYS: &[u8] = &[0x60, 0x01, 0x5f, 0x53, 0x60, 0x01, 0x5f, 0xf3];

/// Code that reverts.
const REVERTS: &[u8] = &[0x5f, 0x5f, 0xfd];

/// What a user deposits, as the log of this index in this L1 block.
pub(super) fn user_deposit(plan: DepositPlan, l1_block_hash: B256, log_index: u64) -> UserDeposit {
    let of = UserDeposit {
        from: DEPOSITOR,
        to: Some(RECIPIENT),
        mint: 0,
        value: U256::ZERO,
        gas_limit: 100_000,
        data: Bytes::new(),
        l1_block_hash,
        log_index,
    };
    let amount = u128::from(AMOUNT);
    match plan {
        DepositPlan::Plain => UserDeposit {
            mint: amount + u128::from(log_index),
            value: U256::from(AMOUNT),
            ..of
        },
        DepositPlan::Mints => UserDeposit {
            mint: 3 * amount,
            ..of
        },
        DepositPlan::Zero => of,
        DepositPlan::Funds => UserDeposit {
            to: Some(SPENDER),
            mint: 2 * amount,
            value: U256::from(2 * amount),
            ..of
        },
        DepositPlan::Spends => UserDeposit {
            from: SPENDER,
            value: U256::from(2 * amount),
            ..of
        },
        DepositPlan::Counts => UserDeposit {
            to: Some(COUNTER),
            data: Bytes::from_static(&[1, 2, 3, 0]),
            ..of
        },
        DepositPlan::OutOfGas => UserDeposit {
            to: Some(COUNTER),
            mint: amount,
            gas_limit: 22_000,
            ..of
        },
        DepositPlan::Deploys => UserDeposit {
            to: None,
            data: Bytes::from_static(DEPLOYS),
            ..of
        },
        DepositPlan::Reverts => UserDeposit {
            to: None,
            mint: amount,
            data: Bytes::from_static(REVERTS),
            ..of
        },
    }
}

/// The deposited transaction of a user's deposit. "A deposit has the following fields, `rlp` encoded
/// in the order of" appearance: sourceHash, from, to, mint, value, gas, isSystemTx, data; and a
/// source hash of domain 0.
pub(super) fn of_user(deposit: &UserDeposit) -> Bytes {
    let place = deposit.log_index;
    let to = deposit.to.as_ref().map_or(&[][..], |to| to.as_slice());
    transaction(&[
        text(source_hash(0, deposit.l1_block_hash, place).as_slice()),
        text(deposit.from.as_slice()),
        text(to),
        number(U256::from(deposit.mint)),
        number(deposit.value),
        number(U256::from(deposit.gas_limit)),
        number(U256::ZERO),
        text(&deposit.data),
    ])
}

/// The deposited transaction of the L1 attributes: a source hash of domain 1, and a call whose packed
/// arguments take 164 bytes with its selector (Ecotone).
pub(super) fn of_attributes(l1: &L1Attributes) -> Bytes {
    let selector = &keccak256("setL1BlockValuesEcotone()")[..4];
    let data = [
        selector,
        &l1.base_fee_scalar.to_be_bytes(),
        &l1.blob_base_fee_scalar.to_be_bytes(),
        &l1.sequence_number.to_be_bytes(),
        &l1.timestamp.to_be_bytes(),
        &l1.number.to_be_bytes(),
        &l1.base_fee.to_be_bytes::<32>(),
        &l1.blob_base_fee.to_be_bytes::<32>(),
        l1.hash.as_slice(),
        l1.batcher_hash.as_slice(),
    ]
    .concat();
    transaction(&[
        text(source_hash(1, l1.hash, l1.sequence_number).as_slice()),
        text(ATTRIBUTES_DEPOSITOR.as_slice()),
        text(L1_BLOCK.as_slice()),
        number(U256::ZERO),
        number(U256::ZERO),
        number(U256::from(ATTRIBUTES_GAS)),
        number(U256::ZERO),
        text(&data),
    ])
}

/// `keccak256(bytes32(uint256(domain)), keccak256(hash, bytes32(uint256(place))))`.
fn source_hash(domain: u64, hash: B256, place: u64) -> B256 {
    let word = |number: u64| U256::from(number).to_be_bytes::<32>();
    let id = keccak256([hash.as_slice(), &word(place)].concat());
    keccak256([&word(domain)[..], id.as_slice()].concat())
}

/// The type, and the list of the fields.
fn transaction(fields: &[Vec<u8>]) -> Bytes {
    let fields = fields.concat();
    [&[0x7e][..], &head(0xc0, fields.len()), &fields]
        .concat()
        .into()
}

/// A byte string in RLP.
fn text(bytes: &[u8]) -> Vec<u8> {
    match bytes {
        [byte] if *byte < 0x80 => vec![*byte],
        _ => [&head(0x80, bytes.len()), bytes].concat(),
    }
}

/// A number in RLP: without leading zeros.
fn number(number: U256) -> Vec<u8> {
    text(&number.to_be_bytes_trimmed_vec())
}

/// What stands before so many bytes in RLP.
fn head(kind: u8, length: usize) -> Vec<u8> {
    match u8::try_from(length) {
        Ok(short) if short < 56 => vec![kind + short],
        _ => {
            let length = U256::from(length).to_be_bytes_trimmed_vec();
            let size = u8::try_from(length.len()).unwrap_or(u8::MAX);
            [&[kind + 55 + size], &length[..]].concat()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two encoders that do not know of one another write the same.
    #[test]
    fn the_engine_writes_deposits_in_the_same_way() {
        for plan in DepositPlan::ALL {
            for index in [0, 1, 0x7f, 0x80, 0x1234] {
                let deposit = user_deposit(plan, B256::repeat_byte(0x5a), index);
                assert_eq!(of_user(&deposit), deposit.bytes(), "{plan:?} {index}");
            }
        }
        let long = UserDeposit {
            data: vec![7; 300].into(),
            ..user_deposit(DepositPlan::Counts, B256::ZERO, 0)
        };
        assert_eq!(of_user(&long), long.bytes());
        let l1 = L1Attributes {
            number: 1_000_007,
            timestamp: 1_700_000_000,
            base_fee: U256::from(7_000_000_000u64),
            blob_base_fee: U256::from(3),
            hash: B256::repeat_byte(9),
            sequence_number: 5,
            batcher_hash: B256::with_last_byte(0xba),
            base_fee_scalar: 1368,
            blob_base_fee_scalar: 810_949,
        };
        assert_eq!(of_attributes(&l1), l1.deposit());
    }
}
