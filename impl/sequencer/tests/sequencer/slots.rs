//! Slots that do not go as they should: one block each all the same, and on time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use alloy_primitives::{Address, Bytes, U256};
use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_engine::{Block, Engine, Senders};
use gauntlet_node::Compute;
use gauntlet_protocol::{BuilderPayloadV1, BuilderTuple};
use gauntlet_rpc::Dial;
use gauntlet_sequencer::{
    Admission, Ask, Clock, Config, Derivation, Event, Execute, Fallback, L1, Observer, Origin,
    Parts, PayloadCall, RawReply, Rejection, Sequencer, Setup, concurrently, derive, execute,
    import_then_publish,
};
use tokio::time::{Instant, sleep};

use crate::common::{NoDeposits, Notes, setup};

const SLOT: Duration = Duration::from_secs(1);

const PUBKEY: Address = Address::repeat_byte(7);

/// Asks a builder that builds on genesis and answers so long after.
#[derive(Clone, Debug)]
struct Answers {
    block: Arc<Block>,
    after: Duration,
}

impl Answers {
    fn after_ms(ms: u64) -> Self {
        let engine = Engine::new(crate::common::spec(), Senders::default());
        let genesis = engine.head().clone();
        let timestamp = genesis.timestamp() + 1;
        let mut derivation = NoDeposits.derive(1, timestamp);
        // So that it is another block than the local one.
        derivation.gas_limit = 30_000_000;
        let attributes = derive(&derivation, timestamp);
        let block = engine.build(genesis.hash(), &attributes);
        Self {
            block: Arc::new(block.expect("a block")),
            after: Duration::from_millis(ms),
        }
    }
}

impl Ask for Answers {
    fn timeout(&self) -> Duration {
        Duration::from_millis(200)
    }

    fn ask(&self, _call: PayloadCall) -> BoxFuture<'static, RawReply> {
        let response = BuilderPayloadV1 {
            execution_payload: self.block.payload().to_v2(),
            pub_key: PUBKEY,
            value: U256::ZERO,
        };
        let reply = serde_json::to_string(&response).expect("it can be written");
        let answer = sleep(self.after).map(|()| Ok(reply));
        let timeout = self.timeout();
        async move {
            let answer = tokio::time::timeout(timeout, answer).await;
            answer.unwrap_or(Err(gauntlet_rpc::CallError::TimedOut))
        }
        .boxed()
    }
}

/// What a sequencer said, and when.
type Said = Notes<(Duration, Event)>;

/// Makes a sequencer with a builder, whose clock shows this.
fn begin(elapsed: Duration, change: impl FnOnce(Setup) -> Setup) -> (Said, Sequencer, Clock) {
    let clock = Clock::showing(elapsed);
    let said = Said::new();
    let heard = said.clone();
    let setup = setup(Dial::new(|_| {
        async { Err(std::io::ErrorKind::ConnectionRefused.into()) }.boxed()
    }));
    let setup = change(Setup {
        observer: Observer::new(move |event| heard.note((clock.elapsed(), event))),
        config: Config {
            builder: BuilderTuple::of(Some(PUBKEY), Some("http://builder:9545/".to_owned())),
            ..setup.config
        },
        ..setup
    });
    (said, Sequencer::new(setup).expect("a sequencer"), clock)
}

/// Runs one, to its end.
async fn run(elapsed: Duration, change: impl FnOnce(Setup) -> Setup) -> (Said, Clock) {
    let (said, sequencer, clock) = begin(elapsed, change);
    sequencer.run(clock).await;
    (said, clock)
}

/// When which block was published, and whose it was.
fn published(said: &Said) -> Vec<(Duration, u64, Origin)> {
    let mut blocks = Vec::new();
    for (at, event) in said.all() {
        if let Event::Published(block) = event {
            blocks.push((at, block.payload.block_number, block.origin));
        }
    }
    blocks
}

fn fallbacks(said: &Said) -> Vec<Fallback> {
    let mut causes = Vec::new();
    for (_, event) in said.all() {
        if let Event::FellBack { cause, .. } = event {
            causes.push(cause);
        }
    }
    causes
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// An L1 of which the sequencer cannot make a block at first.
#[derive(Debug)]
struct ClearsUp {
    is_clear: AtomicBool,
    in_slot: u64,
}

impl L1 for ClearsUp {
    fn derive(&self, slot: u64, timestamp: u64) -> Derivation {
        let mut derivation = NoDeposits.derive(slot, timestamp);
        if slot == self.in_slot && !self.is_clear.swap(true, Ordering::Relaxed) {
            derivation.user_deposits.push(Bytes::from_static(&[0x7e]));
        }
        derivation
    }

    fn replacement(&self, slot: u64, timestamp: u64) -> Derivation {
        NoDeposits.replacement(slot, timestamp)
    }
}

/// DECISION: catch-up.
#[tokio::test(start_paused = true)]
async fn a_slot_without_a_block_is_made_up_for_when_the_next_begins() {
    let (said, _) = run(Duration::ZERO, |setup| Setup {
        config: Config {
            slots: Some(4),
            builder: None,
            ..setup.config
        },
        l1: Arc::new(ClearsUp {
            is_clear: AtomicBool::new(false),
            in_slot: 2,
        }),
        ..setup
    })
    .await;
    let missed = said.all().into_iter();
    let missed: Vec<_> = missed
        .filter(|(_, event)| matches!(event, Event::Missed { .. }))
        .collect();
    assert_eq!(missed, [(ms(1700), Event::Missed { number: 2 })]);
    let made = [(700, 1), (2001, 2), (2700, 3), (3700, 4)];
    let made = made.map(|(at, number)| (ms(at), number, Origin::Local));
    assert_eq!(published(&said), made);
    let mut timestamps = Vec::new();
    for (_, event) in said.all() {
        if let Event::Published(block) = event {
            timestamps.push(block.payload.timestamp);
        }
    }
    let genesis = crate::common::spec().genesis().timestamp();
    let expected = [1, 2, 3, 4].map(|number| genesis + number);
    assert_eq!(timestamps, expected);
}

/// DECISION: catch-up.
#[tokio::test(start_paused = true)]
async fn a_late_start_reaches_the_clock_at_once() {
    let (said, _) = run(ms(5500), |setup| Setup {
        config: Config {
            slots: Some(6),
            ..setup.config
        },
        ..setup
    })
    .await;
    let made = [
        (5500, 1),
        (5500, 2),
        (5500, 3),
        (5500, 4),
        (5500, 5),
        (5700, 6),
    ];
    let made = made.map(|(at, number)| (ms(at), number, Origin::Local));
    assert_eq!(published(&said), made);
    // Only the slot that is not over is the builder's matter.
    let asked = fallbacks(&said);
    assert!(
        matches!(asked.as_slice(), [Fallback::Failed(_)]),
        "{asked:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_block_of_the_builder_that_cannot_be_imported_leaves_the_local_one() {
    let is_first = Arc::new(AtomicBool::new(true));
    let (said, _) = run(Duration::ZERO, |setup| Setup {
        parts: Parts {
            ask: Arc::new(Answers::after_ms(10)),
            settle: Arc::new(move |desk, block| {
                if is_first.swap(false, Ordering::Relaxed) {
                    return None;
                }
                import_then_publish(desk, block)
            }),
            ..Parts::default()
        },
        ..setup
    })
    .await;
    assert_eq!(fallbacks(&said), [Fallback::HeadMoved]);
    assert_eq!(published(&said), [(ms(710), 1, Origin::Local)]);
}

/// Executes a payload as it should be, and takes a long time for it.
fn slowly(until: impl Fn() + Send + Sync + 'static) -> Admission {
    let slow: Execute = Arc::new(move |view, submission| {
        until();
        execute(view, submission)
    });
    Admission {
        execute: slow,
        ..Admission::default()
    }
}

/// In place nothing can end an execution: the clock is looked at when it has ended.
#[tokio::test]
async fn a_verdict_that_comes_after_the_slot_is_none_in_place() {
    let began = Instant::now();
    let (said, _) = run(Duration::ZERO, |setup| Setup {
        parts: Parts {
            ask: Arc::new(Answers::after_ms(0)),
            admission: slowly(move || while began.elapsed() < SLOT + ms(10) {}),
            ..Parts::default()
        },
        ..setup
    })
    .await;
    assert_eq!(fallbacks(&said), [Fallback::OutOfTime]);
    assert!(matches!(published(&said)[..], [(_, 1, Origin::Local)]));
}

/// On threads of its own an execution holds up nobody: the local block is there by the end.
#[tokio::test]
async fn a_verdict_that_does_not_come_costs_no_time_on_threads() {
    let (go, waits) = mpsc::sync_channel::<()>(0);
    let waits = std::sync::Mutex::new(waits);
    let until = move || {
        let waits = waits.lock().expect("nobody else has it");
        let _gone = waits.recv();
    };
    let (said, clock) = run(Duration::ZERO, |setup| Setup {
        config: Config {
            import_budget: ms(500),
            compute: Compute {
                // So that a busy machine is not late by more.
                margin: ms(300),
                ..Compute::real(SLOT)
            },
            ..setup.config
        },
        parts: Parts {
            ask: Arc::new(Answers::after_ms(0)),
            admission: slowly(until),
            ..Parts::default()
        },
        ..setup
    })
    .await;
    drop(go);
    assert_eq!(fallbacks(&said), [Fallback::OutOfTime]);
    let [(at, 1, Origin::Local)] = published(&said)[..] else {
        panic!("{:?}", published(&said));
    };
    assert!(at < SLOT, "published at {at:?}");
    assert!(clock.elapsed() >= SLOT);
}

/// DECISION: builder-change: the builder is unset while its payload is executed.
#[tokio::test]
async fn a_builder_that_is_unset_under_a_verdict_is_not_used() {
    let (go, waits) = mpsc::sync_channel::<()>(0);
    let waits = std::sync::Mutex::new(waits);
    let (begun, begins) = tokio::sync::oneshot::channel();
    let begun = std::sync::Mutex::new(Some(begun));
    let until = move || {
        if let Some(begun) = begun.lock().expect("nobody else has it").take() {
            let _heard = begun.send(());
        }
        let waits = waits.lock().expect("nobody else has it");
        let _gone = waits.recv();
    };
    let (said, sequencer, clock) = begin(Duration::ZERO, |setup| Setup {
        config: Config {
            import_budget: ms(500),
            compute: Compute::real(SLOT),
            ..setup.config
        },
        parts: Parts {
            ask: Arc::new(Answers::after_ms(0)),
            admission: slowly(until),
            ..Parts::default()
        },
        ..setup
    });
    let control = sequencer.control();
    let unset = async {
        begins.await.expect("an execution begins");
        control.set_builder(None).await.expect("none has no URL");
        drop(go);
    };
    tokio::join!(sequencer.run(clock), unset);
    let cause = Fallback::Rejected(Rejection::BuilderReplaced);
    assert_eq!(fallbacks(&said), [cause]);
    assert!(matches!(published(&said)[..], [(_, 1, Origin::Local)]));
}

/// Line 52: the reply is there after 100 ms, and is read then, whatever the local engine does in the
/// task of the slot.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_local_build_of_300_ms_makes_no_timely_reply_late() {
    let (said, _) = run(Duration::ZERO, |setup| Setup {
        config: Config {
            import_budget: ms(500),
            ..setup.config
        },
        parts: Parts {
            ask: Arc::new(Answers::after_ms(100)),
            produce: |mut prongs| {
                let local = prongs.local;
                prongs.local = async move {
                    let began = Instant::now();
                    while began.elapsed() < ms(300) {}
                    local.await
                }
                .boxed();
                concurrently(prongs)
            },
            ..Parts::default()
        },
        ..setup
    })
    .await;
    assert_eq!(fallbacks(&said), []);
    assert!(matches!(published(&said)[..], [(_, 1, Origin::Builder)]));
}
