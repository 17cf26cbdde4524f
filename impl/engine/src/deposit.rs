//! Deposits: what the sequencer must put first into its blocks.

use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, address};
use op_alloy_consensus::{L1InfoDepositSource, TxDeposit, UserDepositSource};

/// Who sends the deposit of the L1 attributes.
pub const L1_ATTRIBUTES_DEPOSITOR: Address = address!("0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001");

/// The predeploy that keeps the L1 attributes.
pub const L1_BLOCK: Address = address!("0x4200000000000000000000000000000000000015");

/// The first bytes of the call that sets the L1 attributes from Ecotone on:
/// `setL1BlockValuesEcotone()`.
pub const SET_L1_BLOCK_VALUES_ECOTONE: [u8; 4] = [0x44, 0x0a, 0x5e, 0x20];

/// How much gas the deposit of the L1 attributes has since Regolith.
const L1_ATTRIBUTES_GAS: u64 = 1_000_000;
/// The length of the packed arguments of [`SET_L1_BLOCK_VALUES_ECOTONE`], with its four bytes.
const ECOTONE_CALLDATA: usize = 164;

/// What L2 is told of its L1 origin, and what L1 charges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct L1Attributes {
    /// The number of the L1 origin.
    pub number: u64,
    /// The timestamp of the L1 origin in seconds.
    pub timestamp: u64,
    /// The base fee of the L1 origin in wei.
    pub base_fee: U256,
    /// The blob base fee of the L1 origin in wei.
    pub blob_base_fee: U256,
    /// The hash of the L1 origin.
    pub hash: B256,
    /// How many L2 blocks of this L1 origin came before.
    pub sequence_number: u64,
    /// Who may post batches to L1: an address, padded on the left.
    pub batcher_hash: B256,
    /// By how much the L1 base fee counts, in millionths.
    pub base_fee_scalar: u32,
    /// By how much the L1 blob base fee counts, in millionths.
    pub blob_base_fee_scalar: u32,
}

impl L1Attributes {
    /// The L1 attributes deposited transaction, as it is from Ecotone to Holocene: type 0x7e, and a
    /// source hash of domain 1.
    #[must_use]
    pub fn deposit(&self) -> Bytes {
        let source = L1InfoDepositSource::new(self.hash, self.sequence_number);
        let deposit = TxDeposit {
            source_hash: source.source_hash(),
            from: L1_ATTRIBUTES_DEPOSITOR,
            to: TxKind::Call(L1_BLOCK),
            mint: 0,
            value: U256::ZERO,
            gas_limit: L1_ATTRIBUTES_GAS,
            is_system_transaction: false,
            input: self.calldata(),
        };
        deposit.encoded_2718().into()
    }

    /// The call that the deposit makes.
    fn calldata(&self) -> Bytes {
        let mut data = Vec::with_capacity(ECOTONE_CALLDATA);
        data.extend(SET_L1_BLOCK_VALUES_ECOTONE);
        data.extend(self.base_fee_scalar.to_be_bytes());
        data.extend(self.blob_base_fee_scalar.to_be_bytes());
        data.extend(self.sequence_number.to_be_bytes());
        data.extend(self.timestamp.to_be_bytes());
        data.extend(self.number.to_be_bytes());
        data.extend(self.base_fee.to_be_bytes::<32>());
        data.extend(self.blob_base_fee.to_be_bytes::<32>());
        data.extend(self.hash);
        data.extend(self.batcher_hash);
        data.into()
    }

    /// Reads the call that such a deposit makes, if it is one.
    #[must_use]
    pub fn from_calldata(data: &[u8]) -> Option<Self> {
        fn take<const N: usize>(data: &mut &[u8]) -> Option<[u8; N]> {
            let (taken, rest) = data.split_first_chunk()?;
            *data = rest;
            Some(*taken)
        }
        let rest = &mut data.strip_prefix(&SET_L1_BLOCK_VALUES_ECOTONE)?;
        let attributes = Self {
            base_fee_scalar: u32::from_be_bytes(take(rest)?),
            blob_base_fee_scalar: u32::from_be_bytes(take(rest)?),
            sequence_number: u64::from_be_bytes(take(rest)?),
            timestamp: u64::from_be_bytes(take(rest)?),
            number: u64::from_be_bytes(take(rest)?),
            base_fee: U256::from_be_bytes::<32>(take(rest)?),
            blob_base_fee: U256::from_be_bytes::<32>(take(rest)?),
            hash: take(rest)?.into(),
            batcher_hash: take(rest)?.into(),
        };
        rest.is_empty().then_some(attributes)
    }
}

/// A deposit that a user made on L1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserDeposit {
    /// Who sends it on L2.
    pub from: Address,
    /// Whom it calls, or nothing if it creates a contract.
    pub to: Option<Address>,
    /// How much the sender gets on L2 for what was paid on L1, in wei.
    pub mint: u128,
    /// How much it sends, in wei.
    pub value: U256,
    /// How much gas it may use.
    pub gas_limit: u64,
    /// What it calls with.
    pub data: Bytes,
    /// The L1 block that logged the deposit.
    pub l1_block_hash: B256,
    /// The place of the log in that block.
    pub log_index: u64,
}

impl UserDeposit {
    /// The deposited transaction: type 0x7e, and a source hash of domain 0.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        let source = UserDepositSource::new(self.l1_block_hash, self.log_index);
        let deposit = TxDeposit {
            source_hash: source.source_hash(),
            from: self.from,
            to: self.to.map_or(TxKind::Create, TxKind::Call),
            mint: self.mint,
            value: self.value,
            gas_limit: self.gas_limit,
            is_system_transaction: false,
            input: self.data.clone(),
        };
        deposit.encoded_2718().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Senders, Transaction};
    use alloy_consensus::Transaction as _;
    use alloy_primitives::keccak256;

    #[test]
    fn l1_attributes_round_trip() {
        let attributes = L1Attributes {
            number: 0x0102,
            timestamp: 0x0304,
            base_fee: U256::from(5),
            blob_base_fee: U256::from(6),
            hash: B256::repeat_byte(7),
            sequence_number: 8,
            batcher_hash: B256::repeat_byte(9),
            base_fee_scalar: 10,
            blob_base_fee_scalar: 11,
        };
        let transaction = Transaction::decode(&attributes.deposit(), &Senders::default()).unwrap();
        assert!(transaction.is_l1_attributes());
        assert!(!transaction.is_system_deposit());
        let data = transaction.envelope().input();
        assert_eq!(data.len(), ECOTONE_CALLDATA);
        assert_eq!(L1Attributes::from_calldata(data), Some(attributes));
        assert_eq!(L1Attributes::from_calldata(&data[..163]), None);
        let domain = [B256::with_last_byte(1).0, {
            let mut source = [0; 64];
            source[..32].copy_from_slice(attributes.hash.as_slice());
            source[63] = 8;
            keccak256(source).0
        }]
        .concat();
        let deposit = transaction.envelope().as_deposit().unwrap();
        assert_eq!(deposit.source_hash, keccak256(domain));
        assert_eq!(
            SET_L1_BLOCK_VALUES_ECOTONE[..],
            keccak256("setL1BlockValuesEcotone()")[..4]
        );
    }

    #[test]
    fn user_deposits_round_trip() {
        let deposit = UserDeposit {
            from: Address::repeat_byte(1),
            to: None,
            mint: 5,
            value: U256::from(4),
            gas_limit: 60_000,
            data: Bytes::from_static(&[1, 2, 3]),
            l1_block_hash: B256::repeat_byte(2),
            log_index: 3,
        };
        let transaction = Transaction::decode(&deposit.bytes(), &Senders::default()).unwrap();
        assert!(transaction.is_deposit() && !transaction.is_l1_attributes());
        assert_eq!(transaction.sender(), deposit.from);
        let decoded = transaction.envelope().as_deposit().unwrap();
        assert_eq!(decoded.to, TxKind::Create);
        assert_eq!((decoded.mint, decoded.value), (5, U256::from(4)));
        let domain = [B256::ZERO.0, {
            let mut source = [0; 64];
            source[..32].copy_from_slice(deposit.l1_block_hash.as_slice());
            source[63] = 3;
            keccak256(source).0
        }]
        .concat();
        assert_eq!(decoded.source_hash, keccak256(domain));
    }
}
