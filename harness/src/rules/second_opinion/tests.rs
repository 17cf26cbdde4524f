//! What two courts come to.

use std::collections::BTreeSet;
use std::sync::Arc;

use alloy_primitives::{Address, B256, Bloom, Bytes, U256};
use gauntlet_protocol::ExecutionPayloadV2;

use super::*;
use crate::oracle::Place;
use crate::trace::{PayloadId, PublishedBlock};

fn payload() -> ExecutionPayloadV2 {
    ExecutionPayloadV2 {
        parent_hash: B256::repeat_byte(1),
        fee_recipient: Address::ZERO,
        state_root: B256::ZERO,
        receipts_root: B256::ZERO,
        logs_bloom: Bloom::ZERO,
        prev_randao: B256::ZERO,
        block_number: 7,
        gas_limit: 30_000_000,
        gas_used: 0,
        timestamp: 14,
        extra_data: Bytes::from_static(&[0, 0, 0, 0, 250, 0, 0, 0, 6]),
        base_fee_per_gas: U256::ONE,
        block_hash: B256::repeat_byte(2),
        transactions: Vec::new(),
        withdrawals: Some(Vec::new()),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
    }
}

fn item(payload: ExecutionPayloadV2, ours: Judgement) -> Item {
    let block = PublishedBlock {
        payload: Arc::new(payload),
        parent_beacon_block_root: B256::ZERO,
    };
    Item {
        id: PayloadId::of(&block),
        block,
        ours,
        at_us: 5,
        places: BTreeSet::from([Place::Offered, Place::Published]),
    }
}

fn invalid() -> Judgement {
    Judgement::Invalid("it".to_owned())
}

/// What becomes of one payload: agreed, known, disputed, unjudged.
fn counts(item: Item, opinion: Option<Opinion>) -> [u64; 4] {
    let opinions = opinion
        .map(|opinion| (item.id, opinion))
        .into_iter()
        .collect();
    let docket = Docket { items: vec![item] };
    let hearing = Hearing {
        client: "it",
        docket: &docket,
        opinions: &opinions,
    };
    let count = hearing.count();
    let known = count.known.values().sum();
    assert_eq!(count.judged(), count.agreed + known + count.disputed);
    [count.agreed, known, count.disputed, count.unjudged]
}

#[test]
fn what_is_valid_for_one_and_not_for_the_other_is_disputed() {
    let word = || Arc::from("it");
    for (ours, theirs, expected) in [
        (Judgement::Valid, Opinion::Valid, [1, 0, 0, 0]),
        (Judgement::Valid, Opinion::Invalid(word()), [0, 0, 1, 0]),
        (Judgement::Valid, Opinion::Refused(word()), [0, 0, 1, 0]),
        (invalid(), Opinion::Valid, [0, 0, 1, 0]),
        (invalid(), Opinion::Invalid(word()), [1, 0, 0, 0]),
        (invalid(), Opinion::Refused(word()), [1, 0, 0, 0]),
        // Neither can say anything of what it cannot judge.
        (Judgement::Valid, Opinion::CannotJudge(word()), [0, 0, 0, 1]),
        (invalid(), Opinion::CannotJudge(word()), [0, 0, 0, 1]),
        (Judgement::UnknownParent, Opinion::Valid, [0, 0, 0, 1]),
    ] {
        let told = format!("{ours:?}, {theirs:?}");
        let item = item(payload(), ours);
        assert_eq!(counts(item, Some(theirs)), expected, "{told}");
    }
    assert_eq!(
        counts(item(payload(), Judgement::Valid), None),
        [0, 0, 0, 1]
    );
}

#[test]
fn a_dispute_names_the_block_and_what_each_said() {
    let item = item(payload(), invalid());
    let (hash, said) = (item.block.payload.block_hash, Opinion::Valid);
    assert_eq!(
        told(&item, &said, "http://client"),
        format!(
            "block 7 {hash}, published and offered: our engine says INVALID: it; http://client \
             says VALID"
        )
    );
}

#[test]
fn every_known_difference_says_something() {
    let ids: BTreeSet<_> = differences().map(|it| it.id).collect();
    assert_eq!(ids.len(), differences().count(), "an id stands twice");
    for difference in differences() {
        assert!(difference.why.ends_with('.'), "{}", difference.id);
        assert!(!(difference.applies)(&payload()), "{}", difference.id);
    }
}
