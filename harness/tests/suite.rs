//! How the suite judges: whose nodes they are, what they can do, and what becomes of panics.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use gauntlet::mutants;
use gauntlet::plan::Plan;
use gauntlet::rules::{self, Level};
use gauntlet::suite::{
    Case, End, Failure, Reporter, RunEvent, RunOptions, Status, Stop, Strictness, Suite, Tried,
    Twice, Whose, examine, run,
};
use gauntlet::world::Cast;

fn case(address: &str) -> Case {
    Suite::embedded().case(address)
}

/// Somebody else's nodes.
fn theirs(cast: Cast) -> Tried {
    Tried {
        cast,
        whose: Whose::Theirs,
        ..Tried::default()
    }
}

/// A mutant of a SHOULD alone, in one of its scenarios.
fn advised_against() -> (Cast, Case) {
    let level = |id: &str| {
        rules::all()
            .find(|rule| rule.id == id)
            .map(|rule| rule.level)
    };
    for mutant in mutants::all().filter(|of| level(of.killed_by) == Some(Level::Should)) {
        for scenario in mutant.scenarios {
            let options = RunOptions {
                tried: theirs(mutant.cast),
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
                return (mutant.cast, case);
            }
        }
    }
    panic!("every mutant of a SHOULD violates more than that");
}

#[test]
fn a_violated_should_is_a_warning_of_others_and_a_failure_of_ours() {
    let (cast, case) = advised_against();
    let status = |whose, strictness| {
        let options = RunOptions {
            tried: Tried {
                whose,
                ..theirs(cast)
            },
            strictness,
            ..RunOptions::default()
        };
        let report = examine(&case, &options);
        let counts = (report.failures().len(), report.warnings().len());
        (report.status(), report.exit().code(), counts)
    };
    let warned = (Status::Warned, 0, (0, 1));
    let failed = (Status::Failed, 1, (1, 0));
    assert_eq!(status(Whose::Theirs, Strictness::Lenient), warned);
    assert_eq!(status(Whose::Theirs, Strictness::Strict), failed);
    assert_eq!(status(Whose::Ours, Strictness::Lenient), failed);
}

#[test]
fn a_node_that_panics_is_a_finding_about_it() {
    let cast = Cast {
        config: |_| panic!("a node that cannot start"),
        ..Cast::honest()
    };
    for whose in [Whose::Ours, Whose::Theirs] {
        let options = RunOptions {
            tried: Tried {
                whose,
                ..theirs(cast)
            },
            ..RunOptions::default()
        };
        let report = examine(&case("get-payload/reply-at-201-ms"), &options);
        let [Failure::Panicked(what)] = report.failures() else {
            panic!("{:?}", report.end)
        };
        assert!(what.contains("a node that cannot start"), "{what}");
        assert_eq!(report.failures()[0].rule(), Some("nodes/never-panic"));
        assert_eq!(report.exit().code(), 1);
    }
}

#[test]
fn what_nodes_do_differently_is_broken_of_ours_and_a_finding_of_others() {
    static STARTED: AtomicU64 = AtomicU64::new(0);
    // Each run asks the builder at another time.
    let cast = Cast {
        config: |planned| {
            let started = STARTED.fetch_add(1, Ordering::Relaxed);
            gauntlet_sequencer::Config {
                import_budget: Duration::from_millis(300 + 10 * started),
                ..planned
            }
        },
        ..Cast::honest()
    };
    let examined = |whose| {
        let options = RunOptions {
            tried: Tried {
                whose,
                ..theirs(cast)
            },
            twice: Twice::Yes,
            ..RunOptions::default()
        };
        examine(&case("get-payload/reply-at-201-ms"), &options)
    };
    let ours = examined(Whose::Ours);
    assert!(
        matches!(ours.end, End::Stopped(Stop::Differs(_))),
        "{:?}",
        ours.end
    );
    assert_eq!(ours.exit().code(), 3);
    let theirs = examined(Whose::Theirs);
    assert!(
        matches!(theirs.failures(), [Failure::NotDeterministic(_)]),
        "{:?}",
        theirs.end
    );
    assert_eq!(theirs.exit().code(), 1);
}

#[test]
fn what_nodes_cannot_do_does_not_apply_to_them() {
    let honours = |plan: &Plan| match plan.title.contains("timeout") {
        true => Err("it has no clock".to_owned()),
        false => Ok(()),
    };
    let options = RunOptions {
        tried: Tried {
            honours,
            ..theirs(Cast::honest())
        },
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
