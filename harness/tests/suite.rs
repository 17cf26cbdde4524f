//! How the suite judges: whose nodes they are, what they can do, and what becomes of panics.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use gauntlet::mutants;
use gauntlet::plan::Plan;
use gauntlet::rules::{self, Level};
use gauntlet::suite::{
    Case, End, Failure, Reporter, RunEvent, RunOptions, Status, Stop, Strictness, Suite, Twice,
    examine, run,
};
use gauntlet::world::{Berth, Players, Role, Subject, Variant};

fn case(address: &str) -> Case {
    Suite::embedded().case(address)
}

/// Somebody else's node, which behaves as another does.
#[derive(Debug)]
struct Theirs {
    node: Arc<dyn Subject>,
    declines: fn(&Plan) -> Option<String>,
}

impl Subject for Theirs {
    fn role(&self) -> Role {
        self.node.role()
    }

    fn declines(&self, plan: &Plan) -> Option<String> {
        (self.declines)(plan)
    }

    fn start(&self, berth: Berth) -> BoxFuture<'static, io::Result<()>> {
        self.node.start(berth)
    }
}

/// The same nodes, the sequencer as somebody else's.
fn theirs(variant: Variant, declines: fn(&Plan) -> Option<String>) -> Players {
    let ours = variant.players();
    Players {
        sequencer: Arc::new(Theirs {
            node: ours.sequencer,
            declines,
        }),
        builder: ours.builder,
    }
}

/// A mutant of a SHOULD alone, in one of its scenarios or where nobody ever answers.
fn advised_against() -> (Variant, Case) {
    let level = |id: &str| {
        rules::all()
            .find(|rule| rule.id == id)
            .map(|rule| rule.level)
    };
    for mutant in mutants::all().filter(|of| level(of.killed_by) == Some(Level::Should)) {
        for scenario in mutant.scenarios.iter().chain(&["failsafe/never"]) {
            let options = RunOptions {
                players: theirs(mutant.variant, |_| None),
                ..RunOptions::default()
            };
            let mut case = case(scenario);
            let plan = case.input.as_mut().expect("a plan");
            // What the scenario expects besides is not what this is about.
            plan.exercises.clear();
            for slot in &mut plan.slots {
                slot.expect = Default::default();
            }
            if examine(&case, &options).status() == Status::Warned {
                return (mutant.variant, case);
            }
        }
    }
    panic!("every mutant of a SHOULD violates more than that");
}

#[test]
fn a_violated_should_is_a_warning_of_others_and_a_failure_of_ours() {
    let (variant, case) = advised_against();
    let status = |players, strictness| {
        let options = RunOptions {
            players,
            strictness,
            ..RunOptions::default()
        };
        let report = examine(&case, &options);
        let counts = (report.failures().len(), report.warnings().len());
        (report.status(), report.exit().code(), counts)
    };
    let warned = (Status::Warned, 0, (0, 1));
    let failed = (Status::Failed, 1, (1, 0));
    let theirs = theirs(variant, |_| None);
    assert_eq!(status(theirs.clone(), Strictness::Lenient), warned);
    assert_eq!(status(theirs, Strictness::Strict), failed);
    assert_eq!(status(variant.players(), Strictness::Lenient), failed);
}

#[test]
fn a_node_that_panics_violates_a_rule() {
    let variant = Variant {
        config: |_, _| panic!("a node that cannot start"),
        ..Variant::honest()
    };
    for players in [variant.players(), theirs(variant, |_| None)] {
        let options = RunOptions {
            players,
            ..RunOptions::default()
        };
        let report = examine(&case("get-payload/reply-at-201-ms"), &options);
        let rule = "failsafe/sequencer-never-panics";
        let mut failures = report.failures().iter();
        let Some(Failure::Violated(_, violations)) = failures.find(|it| it.rule() == Some(rule))
        else {
            panic!("{:?}", report.end)
        };
        let what = &violations[0].what;
        assert!(what.contains("a node that cannot start"), "{what}");
        assert_eq!(report.exit().code(), 1);
    }
}

#[test]
fn what_nodes_do_differently_is_broken_of_ours_and_a_finding_of_others() {
    static STARTED: AtomicU64 = AtomicU64::new(0);
    // Each run asks the builder at another time.
    let variant = Variant {
        config: |planned, _| {
            let started = STARTED.fetch_add(1, Ordering::Relaxed);
            gauntlet_sequencer::Config {
                import_budget: Duration::from_millis(300 + 10 * started),
                ..planned
            }
        },
        ..Variant::honest()
    };
    let examined = |players| {
        let options = RunOptions {
            players,
            twice: Twice::Yes,
            ..RunOptions::default()
        };
        examine(&case("get-payload/reply-at-201-ms"), &options)
    };
    let ours = examined(variant.players());
    assert!(
        matches!(ours.end, End::Stopped(Stop::Differs(_))),
        "{:?}",
        ours.end
    );
    assert_eq!(ours.exit().code(), 3);
    let theirs = examined(theirs(variant, |_| None));
    assert!(
        matches!(theirs.failures(), [Failure::NotDeterministic(_)]),
        "{:?}",
        theirs.end
    );
    assert_eq!(theirs.exit().code(), 1);
}

#[test]
fn what_nodes_cannot_do_does_not_apply_to_them() {
    let players = theirs(Variant::honest(), |plan| {
        let needs_clock = plan.title.contains("timeout");
        needs_clock.then(|| "it has no clock".to_owned())
    });
    let options = RunOptions {
        players,
        ..RunOptions::default()
    };
    let report = examine(&case("get-payload/reply-at-201-ms"), &options);
    assert_eq!(report.status(), Status::NotApplicable);
    assert_eq!(report.reservations(), ["it has no clock"]);
    assert_eq!(report.exit().code(), 0);
}

/// Each hears the same: the start, every case in order, and the end.
#[test]
fn several_reporters_listen() {
    #[derive(Default)]
    struct Heard(Vec<String>);
    impl Reporter for Heard {
        fn event(&mut self, event: &RunEvent) {
            match event {
                RunEvent::Started(addresses) => self.0.push(addresses.join(" ")),
                RunEvent::Advanced(_) => {}
                RunEvent::CaseFinished(report) => self.0.push(report.address.clone()),
                RunEvent::Finished(summary) => self.0.push(summary.total().to_string()),
            }
        }
    }
    let cases = Suite::embedded().below("mempool");
    let addresses: Vec<_> = cases.iter().map(|case| case.address.clone()).collect();
    let (mut first, mut second) = (Heard::default(), Heard::default());
    let mut both: Vec<&mut dyn Reporter> = vec![&mut first, &mut second];
    run(&cases, &RunOptions::default(), &mut both);
    let mut expected = vec![addresses.join(" ")];
    expected.extend(addresses.clone());
    expected.push(addresses.len().to_string());
    assert_eq!(first.0, expected);
    assert_eq!(second.0, expected);
}
