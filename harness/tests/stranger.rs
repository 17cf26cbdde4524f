//! Subjects that are not Gauntlet's own.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::BoxFuture;
use gauntlet::report::text::Listing;
use gauntlet::suite::{self, Exit, Failure, Reporter, RunEvent, RunOptions, Suite};
use gauntlet::world::{Berth, HonestBuilder, Players, Role, Setup, Subject};

/// A builder that gives another key each time that it is started: no two of its runs are the same.
#[derive(Debug, Default)]
struct Fickle {
    was_started: AtomicBool,
}

impl Subject for Fickle {
    fn role(&self) -> Role {
        Role::Builder
    }

    fn start(&self, mut berth: Berth) -> BoxFuture<'static, io::Result<()>> {
        if let Setup::Builder(setup) = &mut berth.setup
            && self.was_started.fetch_xor(true, Ordering::Relaxed)
        {
            setup.pubkey.0[0] ^= 1;
        }
        HonestBuilder::default().start(berth)
    }
}

/// Notes what is wrong.
#[derive(Default)]
struct Found(Vec<Failure>);

impl Reporter for Found {
    fn event(&mut self, event: &RunEvent) {
        if let RunEvent::CaseFinished(report) = event {
            self.0.extend_from_slice(report.failures());
        }
    }
}

#[test]
fn a_stranger_that_does_not_do_the_same_twice_is_found() {
    let options = RunOptions {
        players: Players::with(Arc::new(Fickle::default())),
        ..RunOptions::default()
    };
    let cases = Suite::embedded().below("interaction/healthy-slots");
    assert_eq!(cases.len(), 1);
    let (mut found, mut told) = (Found::default(), String::new());
    let mut listing = Listing::new(&mut told);
    let mut both: Vec<&mut dyn Reporter> = vec![&mut found, &mut listing];
    let summary = suite::run(&cases, &options, &mut both);

    let [Failure::NotDeterministic(difference)] = &found.0[..] else {
        panic!("{:?}", found.0)
    };
    let (Some(first), Some(second)) = (&difference.first, &difference.second) else {
        panic!("both runs go on: {difference:?}")
    };
    // The first event that differs is the first reply with a key in it.
    for event in [first, second] {
        assert!(event.contains("pubKey"), "{event}");
    }
    assert_ne!(first, second);
    assert_eq!(summary.exit(), Exit::Violation);
    assert_eq!(summary.exit().code(), 1);
    let part = format!("two runs part at event {}", difference.index);
    assert!(told.contains(&part), "{told}");
}
