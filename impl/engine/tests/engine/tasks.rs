//! Tasks: building and validating without the engine, and stopping them.

use std::cell::Cell;
use std::sync::Arc;

use alloy_primitives::{B256, Bytes};
use gauntlet_engine::{
    Assembly, Block, Cut, Engine, Import, Imported, Invalid, Limits, Payload, PayloadVerdict,
    Stopped, Validation, never,
};

use crate::common::{GWEI, attributes, engine, grow, make_head, reseal, sign, transfer};

/// An engine with a block, and transfers of so many users that wait, the best first.
fn scene(users: u8) -> Engine {
    let mut engine = engine();
    grow(&mut engine);
    for user in 1..=users {
        let tip = GWEI * u128::from(30 - user);
        engine
            .add_transaction(&sign(transfer(0, tip), user))
            .unwrap();
    }
    engine
}

fn assembly(engine: &Engine) -> Assembly {
    let attributes = attributes(engine.head());
    let assembly = engine.assembly(engine.head().hash(), Arc::new(attributes));
    assembly.unwrap()
}

/// Says to go on so many times.
fn after(count: u32) -> impl Fn() -> bool {
    let left = Cell::new(count);
    move || left.replace(left.get().saturating_sub(1)) == 0
}

fn users(block: &Block) -> usize {
    block.transactions().len() - 1
}

#[test]
fn tasks_are_owned_and_can_be_sent() {
    fn is_task<T: Send + Sync + 'static>() {}
    is_task::<Assembly>();
    is_task::<Validation>();
    is_task::<Import>();
    is_task::<Imported>();
    is_task::<Block>();
}

#[test]
fn an_assembly_builds_what_the_engine_builds() {
    let engine = scene(3);
    let built = engine
        .build(engine.head().hash(), &attributes(engine.head()))
        .unwrap();
    let assembly = assembly(&engine);
    assert_eq!(assembly.parent().hash(), engine.head().hash());
    assert_eq!(**assembly.attributes(), attributes(engine.head()));
    let filled = std::thread::spawn(move || assembly.filled(&Limits::NONE).unwrap());
    let filled = filled.join().unwrap();
    assert_eq!(filled.block.hash(), built.hash());
    assert_eq!((users(&filled.block), filled.cut), (3, None));
}

#[test]
fn the_forced_block_is_complete_and_has_nothing_else() {
    let mut engine = scene(3);
    let forced = assembly(&engine).forced().unwrap();
    assert_eq!(users(&forced), 0);
    assert!(engine.validate(&forced.payload()).is_ok());
    let forced = engine.insert(forced);
    make_head(&mut engine, &forced);
    assert_eq!(engine.pool_len(), 3);
}

#[test]
fn an_assembly_sees_the_pool_of_its_time() {
    let mut engine = scene(2);
    let before = assembly(&engine);
    engine.add_transaction(&sign(transfer(0, GWEI), 9)).unwrap();
    let after = assembly(&engine);
    // The chain goes on, and leaves both as they are.
    grow(&mut engine);
    assert_eq!(users(&before.filled(&Limits::NONE).unwrap().block), 2);
    assert_eq!(users(&after.filled(&Limits::NONE).unwrap().block), 3);
}

#[test]
fn a_block_is_cut_where_it_is_stopped() {
    let engine = scene(5);
    let assembly = assembly(&engine);
    for count in 0..=6 {
        let stop = after(count);
        let limits = Limits {
            gas: None,
            stop: &stop,
        };
        let filled = assembly.filled(&limits).unwrap();
        let count = usize::try_from(count).unwrap();
        assert_eq!(users(&filled.block), count.min(5));
        let cut = (count < 5).then_some(Cut::Stopped);
        assert_eq!(filled.cut, cut, "{count} times");
        assert!(engine.validate(&filled.block.payload()).is_ok());
    }
}

#[test]
fn the_gas_of_the_pool_is_bounded_and_smaller_ones_still_fit() {
    let mut engine = scene(2);
    let mut small = transfer(0, GWEI);
    small.gas_limit = 21_000;
    engine.add_transaction(&sign(small, 7)).unwrap();
    let assembly = assembly(&engine);
    let filled = |gas| {
        let limits = Limits {
            gas: Some(gas),
            ..Limits::NONE
        };
        let filled = assembly.filled(&limits).unwrap();
        (users(&filled.block), filled.cut)
    };
    // The gas limit counts before, what was used after: two transfers use 21,000 of 100,000 each.
    assert_eq!(filled(142_000), (3, None));
    assert_eq!(filled(121_000), (3, None));
    assert_eq!(
        filled(120_999),
        (2, Some(Cut::Gas)),
        "the second is too wide"
    );
    assert_eq!(filled(99_999), (1, Some(Cut::Gas)), "the small one alone");
    assert_eq!(filled(20_999), (0, Some(Cut::Gas)));
    assert_eq!(filled(0), (0, Some(Cut::Gas)));
}

#[test]
fn what_no_pool_may_add_to_is_never_cut() {
    let engine = scene(2);
    let mut attributes = attributes(engine.head());
    attributes.no_tx_pool = true;
    let head = engine.head().hash();
    let assembly = engine.assembly(head, Arc::new(attributes)).unwrap();
    let limits = Limits {
        gas: Some(0),
        stop: &|| true,
    };
    let filled = assembly.filled(&limits).unwrap();
    assert_eq!((users(&filled.block), filled.cut), (0, None));
}

/// The payload of a block with three users' transactions.
fn payload(engine: &Engine) -> Payload {
    let block = assembly(engine).filled(&Limits::NONE).unwrap().block;
    assert_eq!(users(&block), 3);
    block.payload()
}

#[test]
fn a_validation_that_was_stopped_has_no_verdict() {
    let mut engine = scene(3);
    let good = payload(&engine);
    let mut bad = good.clone();
    bad.state_root = B256::repeat_byte(1);
    let bad = reseal(bad);
    // It is asked before each of the four is read, and before each is executed.
    for count in 0..8 {
        for payload in [&good, &bad] {
            let payload = Arc::new(payload.clone());
            let validation = engine.validation(Arc::clone(&payload));
            assert_eq!(validation.run(&after(count)).unwrap_err(), Stopped);
            let import = engine.prepare(payload, &[]);
            assert_eq!(import.run(&after(count)).unwrap_err(), Stopped);
        }
    }
    let validation = engine.validation(Arc::new(good.clone()));
    assert_eq!(
        validation.run(&after(8)).unwrap().unwrap().hash(),
        good.block_hash
    );
    assert!(engine.block(good.block_hash).is_none());
    // Nothing is remembered of what was stopped.
    let verdict = engine.new_payload(&good, &[]);
    assert!(matches!(verdict, PayloadVerdict::Valid(_)), "{verdict:?}");
}

#[test]
fn an_import_is_concluded_on_an_engine_that_went_on() {
    let mut engine = scene(3);
    let payload = payload(&engine);
    let import = engine.prepare(Arc::new(payload.clone()), &[]);
    let other = grow(&mut engine);
    let imported = import.run(&never).unwrap();
    let PayloadVerdict::Valid(block) = engine.conclude(imported) else {
        panic!("a sibling of the head is valid");
    };
    assert_eq!(block.hash(), payload.block_hash);
    assert_eq!(block.parent_hash(), other.parent_hash());
    // What is known by now is known without execution.
    let again = engine.prepare(Arc::new(payload), &[]).run(&never).unwrap();
    let PayloadVerdict::Valid(known) = engine.conclude(again) else {
        panic!("a verdict is final");
    };
    assert!(Arc::ptr_eq(&known, &block));
}

#[test]
fn a_refused_import_is_remembered_once_concluded() {
    let mut engine = scene(3);
    let mut bad = payload(&engine);
    bad.transactions.push(Bytes::new());
    let bad = reseal(bad);
    let imported = engine.prepare(Arc::new(bad.clone()), &[]).run(&never);
    let parent = Some(bad.parent_hash);
    let refused = |verdict| {
        let PayloadVerdict::Invalid {
            reason,
            latest_valid_hash,
        } = verdict
        else {
            panic!("{verdict:?}");
        };
        (reason, latest_valid_hash)
    };
    let (reason, latest) = refused(engine.conclude(imported.unwrap()));
    assert_eq!(reason, Invalid::EmptyTransaction { index: 4 });
    assert_eq!(latest, parent);
    // Once it is remembered nothing is executed, so that nothing can stop it.
    let again = engine.prepare(Arc::new(bad.clone()), &[]).run(&|| true);
    assert_eq!(refused(engine.conclude(again.unwrap())), (reason, parent));
    let mut child = bad.clone();
    child.parent_hash = bad.block_hash;
    let child = reseal(child);
    let imported = engine.prepare(Arc::new(child), &[]).run(&|| true);
    let reason = Invalid::InvalidParent(bad.block_hash);
    assert_eq!(
        refused(engine.conclude(imported.unwrap())),
        (reason, parent)
    );
}
