//! The chain: heads, reorganisations, forks, verdicts, and that all of it is deterministic.

use std::sync::Arc;

use alloy_primitives::{Address, B256, U256};
use gauntlet_engine::{
    Block, Engine, Fork, ForkChoice, ForkChoiceError, Invalid, PayloadVerdict, Senders,
};
use rstest::rstest;

use crate::common::{
    GWEI, attributes, count, devnet, engine, grow, grow_with, import, key, make_head, reseal, sign,
    transfer,
};

/// Another block on the same parent: it pays somebody else.
fn sibling(engine: &mut Engine, parent: &Block) -> Arc<Block> {
    let mut attributes = attributes(parent);
    attributes.fee_recipient = Address::repeat_byte(0xbb);
    attributes.no_tx_pool = true;
    let block = engine.build(parent.hash(), &attributes).unwrap();
    engine.insert(block)
}

#[test]
fn a_reorganisation_returns_transactions_to_the_pool() {
    let mut engine = engine();
    let first = grow(&mut engine);
    let stays = engine.add_transaction(&sign(transfer(0, GWEI), 1)).unwrap();
    let second = grow(&mut engine);
    let leaves = engine.add_transaction(&sign(transfer(1, GWEI), 1)).unwrap();
    let third = grow(&mut engine);
    assert_eq!(engine.pool_len(), 0);
    let other = sibling(&mut engine, &second);
    assert_ne!(other.hash(), third.hash());

    let choice = engine.fork_choice_updated(other.hash(), first.hash(), first.hash());
    assert_eq!(
        choice,
        Ok(ForkChoice::Valid {
            reverted: vec![third.hash()],
            adopted: vec![other.hash()],
        })
    );
    assert_eq!(engine.head().hash(), other.hash());
    assert_eq!(engine.canonical(3).unwrap().hash(), other.hash());
    assert_eq!(engine.safe().unwrap().hash(), first.hash());
    assert!(engine.block(third.hash()).is_some(), "a side block is kept");
    assert_eq!(engine.receipt(stays).unwrap().block_hash, second.hash());
    assert!(engine.receipt(leaves).is_none() && engine.pool_contains(leaves));

    let fourth = grow(&mut engine);
    assert_eq!(engine.receipt(leaves).unwrap().block_hash, fourth.hash());
    assert_eq!(engine.pool_len(), 0);
    make_head(&mut engine, &third);
    assert_eq!(engine.receipt(leaves).unwrap().block_hash, third.hash());
    assert_eq!(engine.canonical(4).map(|block| block.hash()), None);
    assert_eq!(engine.pool_len(), 0);
}

#[test]
fn the_head_can_be_an_ancestor() {
    let mut engine = engine();
    let first = grow(&mut engine);
    let hash = engine.add_transaction(&sign(transfer(0, GWEI), 1)).unwrap();
    let second = grow(&mut engine);
    make_head(&mut engine, &first);
    assert!(engine.pool_contains(hash));
    assert_eq!(grow(&mut engine).transactions().len(), 2);
    make_head(&mut engine, &second);
    assert_eq!(engine.pool_len(), 0);
}

#[test]
fn safe_and_finalized_are_ancestors_of_the_head() {
    let mut engine = engine();
    let genesis = engine.head().hash();
    let first = grow(&mut engine);
    let second = grow(&mut engine);
    let other = sibling(&mut engine, &first);
    let (first, second, other) = (first.hash(), second.hash(), other.hash());
    let before = engine.head().hash();
    let mut state = |head, safe, finalized| engine.fork_choice_updated(head, safe, finalized);
    assert_eq!(
        state(second, other, genesis),
        Err(ForkChoiceError::Safe(other))
    );
    assert_eq!(
        state(second, first, other),
        Err(ForkChoiceError::Finalized(other))
    );
    assert_eq!(
        state(other, second, genesis),
        Err(ForkChoiceError::Safe(second))
    );
    assert_eq!(
        state(second, first, second),
        Err(ForkChoiceError::Finalized(second))
    );
    let nowhere = B256::repeat_byte(9);
    assert_eq!(state(nowhere, first, genesis), Ok(ForkChoice::Syncing));
    assert_eq!(engine.head().hash(), before);
    assert!(engine.safe().is_none());
    assert!(engine.fork_choice_updated(other, other, first).is_ok());
    assert_eq!(engine.finalized().unwrap().hash(), first);
}

#[test]
fn a_verdict_is_final() {
    let mut engine = engine();
    grow(&mut engine);
    let parent = engine.head().hash();
    let block = engine.build(parent, &attributes(engine.head())).unwrap();
    let mut wrong = block.payload();
    wrong.state_root = B256::repeat_byte(1);
    let wrong = reseal(wrong);
    let mut on_wrong = block.payload();
    on_wrong.parent_hash = wrong.block_hash;
    on_wrong.block_number += 1;
    let on_wrong = reseal(on_wrong);

    assert!(matches!(
        engine.new_payload(&on_wrong, &[]),
        PayloadVerdict::Syncing
    ));
    let refused = |engine: &mut Engine, payload| {
        let verdict = engine.new_payload(payload, &[]);
        let PayloadVerdict::Invalid {
            reason,
            latest_valid_hash,
        } = verdict
        else {
            panic!("{verdict:?}");
        };
        assert_eq!(latest_valid_hash, Some(parent));
        reason
    };
    for _ in 0..2 {
        assert!(matches!(
            refused(&mut engine, &wrong),
            Invalid::StateRoot { .. }
        ));
        let reason = refused(&mut engine, &on_wrong);
        assert_eq!(reason, Invalid::InvalidParent(wrong.block_hash));
    }
    let choice = engine.fork_choice_updated(wrong.block_hash, B256::ZERO, B256::ZERO);
    let invalid = ForkChoice::Invalid {
        latest_valid_hash: Some(parent),
    };
    assert_eq!(choice, Ok(invalid));
    assert!(
        engine.block(wrong.block_hash).is_none(),
        "an invalid block surfaced"
    );

    let imported = import(&mut engine, &block);
    let mut unsealed = block.payload();
    unsealed.gas_used += 1;
    assert!(matches!(
        engine.new_payload(&unsealed, &[]),
        PayloadVerdict::Invalid {
            reason: Invalid::BlockHash { .. },
            latest_valid_hash: None,
        }
    ));
    assert!(matches!(
        engine.new_payload(&block.payload(), &[]),
        PayloadVerdict::Valid(known) if Arc::ptr_eq(&known, &imported)
    ));
    assert!(matches!(
        refused(&mut engine, &wrong),
        Invalid::StateRoot { .. }
    ));
}

/// DECISION: fork-of. Blocks have the form of the fork of their own timestamp.
#[test]
fn holocene_begins_in_mid_chain() {
    let genesis = devnet().genesis().timestamp();
    let spec = devnet().as_ref().clone();
    let spec = Arc::new(
        spec.with_fork_time(Fork::Holocene, Some(genesis + 6))
            .unwrap(),
    );
    assert_ne!(spec.genesis_hash(), devnet().genesis_hash());
    let mut builder = Engine::new(Arc::clone(&spec), Senders::default());
    let mut sequencer = Engine::new(spec, Senders::default());
    for number in 1..=5u64 {
        let mut attributes = attributes(builder.head());
        let holocene = number >= 3;
        if !holocene {
            let parent = builder.head().hash();
            assert!(
                builder.build(parent, &attributes).is_err(),
                "parameters before Holocene"
            );
            attributes.eip1559_params = None;
        }
        let block = grow_with(&mut builder, &attributes);
        assert_eq!(
            block.header().extra_data.len(),
            if holocene { 9 } else { 0 }
        );
        let mut mutant = block.payload();
        mutant.extra_data = if holocene {
            alloy_primitives::Bytes::new()
        } else {
            vec![0, 0, 0, 0, 250, 0, 0, 0, 6].into()
        };
        let invalid = sequencer.validate(&reseal(mutant)).unwrap_err();
        assert_eq!(invalid.name(), "extra-data");
        import(&mut sequencer, &block);
    }
}

/// The base fee after a Holocene block follows from that block's own parameters.
#[test]
fn the_parent_rules_the_base_fee() {
    let mut engine = engine();
    let next = |params: [u8; 8]| {
        let mut engine = engine.clone();
        let mut attributes = attributes(engine.head());
        attributes.eip1559_params = Some(params.into());
        let block = grow_with(&mut engine, &attributes);
        engine
            .spec()
            .next_base_fee(block.header(), block.timestamp() + 2)
    };
    let of_chain = next([0; 8]);
    assert_eq!(of_chain, next([0, 0, 0, 250, 0, 0, 0, 6]));
    assert!(next([0, 0, 0, 8, 0, 0, 0, 2]) < of_chain);
    grow(&mut engine);
    assert_eq!(
        grow(&mut engine)
            .header()
            .base_fee_per_gas
            .map(|fee| fee < 1_000_000_000),
        Some(true)
    );
}

#[rstest]
#[case::before_ecotone(Fork::Ecotone, 3, &[false, false, true, true])]
#[case::from_isthmus(Fork::Isthmus, 3, &[true, true, false, false])]
fn other_forms_are_unsupported_forks(
    #[case] fork: Fork,
    #[case] after: u64,
    #[case] supported: &[bool],
) {
    let genesis = devnet().genesis().timestamp();
    let times = Fork::ALL
        .iter()
        .filter(|later| **later >= fork && **later != Fork::Isthmus);
    let mut times: Vec<_> = times.map(|later| (*later, Some(genesis + after))).collect();
    if fork == Fork::Isthmus {
        times.push((fork, Some(genesis + after)));
    }
    let spec = Arc::new(devnet().as_ref().clone().with_fork_times(times).unwrap());
    let engine = Engine::new(Arc::clone(&spec), Senders::default());
    let good = crate::common::engine();
    for (seconds, supported) in (1..).zip(supported) {
        let mut attributes = attributes(engine.head());
        attributes.timestamp = genesis + seconds;
        let built = engine.build(engine.head().hash(), &attributes);
        assert_eq!(
            built.is_ok(),
            *supported,
            "{seconds} s after genesis: {built:?}"
        );
        let other = good.build(good.head().hash(), &attributes).unwrap();
        let verdict = engine.validate(&other.payload());
        let code = verdict.err().and_then(|invalid| invalid.error_code());
        assert_eq!(
            code,
            (!supported).then_some(-38005),
            "{seconds} s after genesis"
        );
    }
}

/// A run of a chain: every hash, value and balance that came of it.
fn run(order: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<(B256, B256, U256)> {
    let mut engine = engine();
    let mut trace = Vec::new();
    for round in 0..5u64 {
        for user in order((1..=10).collect()) {
            let tip = GWEI * u128::from(user);
            engine
                .add_transaction(&sign(count(round, tip), user))
                .unwrap();
        }
        let block = grow(&mut engine);
        assert_eq!(block.transactions().len(), 11);
        trace.push((block.hash(), block.state().root(), block.value()));
    }
    trace
}

#[test]
fn the_same_inputs_give_the_same_chain() {
    let forwards = run(|users| users);
    assert_eq!(forwards, run(|users| users));
    assert_eq!(
        forwards,
        run(|users| users.into_iter().rev().collect()),
        "the order of arrival decides only between equal tips"
    );
}

#[test]
fn old_blocks_are_forgotten_and_their_hashes_are_not() {
    let mut engine = engine().with_retained_blocks(5);
    let mut hashes = vec![engine.head().hash()];
    let mut transactions = Vec::new();
    for nonce in 0..12 {
        transactions.push(
            engine
                .add_transaction(&sign(transfer(nonce, GWEI), 1))
                .unwrap(),
        );
        let block = grow(&mut engine);
        hashes.push(block.hash());
    }
    for (number, hash) in (0u64..).zip(&hashes) {
        assert_eq!(engine.canonical_hash(number), Some(*hash));
        let kept = number == 0 || number >= 7;
        assert_eq!(engine.canonical(number).is_some(), kept, "block {number}");
    }
    assert!(engine.receipt(transactions[5]).is_none());
    assert!(engine.receipt(transactions[6]).is_some());
    assert_eq!(engine.account(key(1).address()).unwrap().nonce, 12);
}

#[test]
fn side_blocks_are_bounded() {
    let mut engine = engine();
    let parent = grow(&mut engine);
    let mut first = None;
    for byte in 0..=255u8 {
        for other in [0, 1] {
            let mut attributes = attributes(&parent);
            attributes.fee_recipient =
                Address::from_word(B256::from(U256::from(u16::from_be_bytes([other, byte]))));
            let block = engine.build(parent.hash(), &attributes).unwrap();
            let block = engine.insert(block);
            first.get_or_insert(block.hash());
        }
    }
    assert!(engine.block(first.unwrap()).is_none());
    assert!(
        engine.block(parent.hash()).is_some(),
        "the canonical chain is kept"
    );
}
