//! What is made of what L1 says, and what the local engine builds from.

use std::sync::Arc;

use alloy_primitives::{Address, B64, B256};
use gauntlet_engine::{Attributes, L1Attributes};
use gauntlet_sequencer::{Derivation, Parts, derive};

/// A sequencer that derives attributes otherwise.
pub(in crate::mutants) fn deriving(otherwise: fn(&Derivation, u64) -> Attributes) -> Parts {
    Parts {
        derive: otherwise,
        ..Parts::default()
    }
}

/// A sequencer whose local engine builds from other attributes than the builder is told.
pub(in crate::mutants) fn building(otherwise: fn(&Arc<Attributes>) -> Arc<Attributes>) -> Parts {
    Parts {
        local: otherwise,
        ..Parts::default()
    }
}

/// The users' deposits from the last to the first.
pub(in crate::mutants) fn reversed(from: &Derivation, timestamp: u64) -> Attributes {
    let mut from = from.clone();
    from.user_deposits.reverse();
    derive(&from, timestamp)
}

/// The users' deposits before the one of the L1 attributes.
pub(in crate::mutants) fn l1_last(from: &Derivation, timestamp: u64) -> Attributes {
    let mut attributes = derive(from, timestamp);
    attributes.transactions.rotate_left(1);
    attributes
}

/// The L1 attributes with another sequence number: always the first block of its origin.
pub(in crate::mutants) fn always_first_of_its_origin(
    from: &Derivation,
    timestamp: u64,
) -> Attributes {
    let origin = L1Attributes {
        sequence_number: 0,
        ..from.origin
    };
    with_origin(from, timestamp, origin)
}

/// The L1 attributes with the two fees of L1 in each other's place.
pub(in crate::mutants) fn with_fees_swapped(from: &Derivation, timestamp: u64) -> Attributes {
    let origin = L1Attributes {
        base_fee: from.origin.blob_base_fee,
        blob_base_fee: from.origin.base_fee,
        ..from.origin
    };
    with_origin(from, timestamp, origin)
}

fn with_origin(from: &Derivation, timestamp: u64, origin: L1Attributes) -> Attributes {
    let from = Derivation {
        origin,
        ..from.clone()
    };
    derive(&from, timestamp)
}

/// The randomness is left out.
pub(in crate::mutants) fn without_randao(from: &Derivation, timestamp: u64) -> Attributes {
    Attributes {
        prev_randao: B256::ZERO,
        ..derive(from, timestamp)
    }
}

/// The EIP-1559 parameters are the chain's own, whatever L1 says.
pub(in crate::mutants) fn with_own_parameters(from: &Derivation, timestamp: u64) -> Attributes {
    let attributes = derive(from, timestamp);
    Attributes {
        eip1559_params: attributes.eip1559_params.map(|_| B64::ZERO),
        ..attributes
    }
}

/// Another gas limit, and no more than that.
pub(in crate::mutants) fn gas_limit(of: &Arc<Attributes>) -> Arc<Attributes> {
    changed(of, |attributes| attributes.gas_limit = 30_000_000)
}

/// No beacon block root.
pub(in crate::mutants) fn beacon_root(of: &Arc<Attributes>) -> Arc<Attributes> {
    changed(of, |attributes| {
        attributes.parent_beacon_block_root = B256::ZERO;
    })
}

/// The chain's own EIP-1559 parameters.
pub(in crate::mutants) fn extra_data(of: &Arc<Attributes>) -> Arc<Attributes> {
    changed(of, |attributes| {
        attributes.eip1559_params = attributes.eip1559_params.map(|_| B64::ZERO);
    })
}

/// Of the forced transactions only the first.
pub(in crate::mutants) fn first_forced(of: &Arc<Attributes>) -> Arc<Attributes> {
    changed(of, |attributes| attributes.transactions.truncate(1))
}

/// What waits in the pool too, although the attributes say noTxPool.
pub(in crate::mutants) fn pool(of: &Arc<Attributes>) -> Arc<Attributes> {
    changed(of, |attributes| attributes.no_tx_pool = false)
}

/// Nothing of the pool.
pub(in crate::mutants) fn nothing_of_the_pool(of: &Arc<Attributes>) -> Arc<Attributes> {
    changed(of, |attributes| attributes.no_tx_pool = true)
}

/// The fees to nobody.
pub(in crate::mutants) fn fee_recipient(of: &Arc<Attributes>) -> Arc<Attributes> {
    changed(of, |attributes| {
        attributes.fee_recipient = Address::ZERO;
    })
}

/// A second later.
pub(in crate::mutants) fn a_second_late(of: &Arc<Attributes>) -> Arc<Attributes> {
    changed(of, |attributes| attributes.timestamp += 1)
}

fn changed(of: &Arc<Attributes>, change: fn(&mut Attributes)) -> Arc<Attributes> {
    let mut attributes = Attributes::clone(of);
    change(&mut attributes);
    Arc::new(attributes)
}
