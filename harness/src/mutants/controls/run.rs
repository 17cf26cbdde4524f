//! Which cases the controls pass.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::Control;
use crate::rules::{self, Subject};
use crate::suite::{Case, Halt, RunOptions, examine, in_order, judged};
use crate::world::Players;

/// What a control passes.
#[derive(Clone, Debug)]
pub struct Passes {
    /// The control.
    pub control: &'static Control,
    /// How many cases it was tried in.
    pub cases: usize,
    /// The addresses of those in which no rule is violated, nor left unexercised that the case is
    /// for: there must be none.
    pub passed: Vec<String>,
}

/// The cases that say something of a builder: each is for a rule for builders, and the honest one
/// gives a payload in it. They are run, so many at the same time, to learn that.
#[must_use]
pub fn positive<'c>(cases: &'c [Case], jobs: NonZeroUsize, halt: &Halt) -> Vec<&'c Case> {
    let is_for = |case: &&Case| {
        let mut of_builders = rules::all().filter(|rule| rule.subject == Subject::Builder);
        of_builders.any(|rule| case.is_for(rule.id))
    };
    let mut positive = Vec::new();
    in_order(
        jobs,
        halt.until(cases.iter().filter(is_for)),
        |case| (case, gives_a_payload(case)),
        |_, ready| {
            positive.extend(ready.into_iter().filter(|(_, gives)| *gives));
            ControlFlow::Continue(())
        },
    );
    positive.into_iter().map(|(case, _)| case).collect()
}

fn gives_a_payload(case: &Case) -> bool {
    let Ok(plan) = &case.input else { return false };
    let gives = judged(plan, &RunOptions::default(), |view, _| {
        view.payload_requests()
            .any(|request| request.given().is_some())
    });
    gives.unwrap_or(false)
}

/// Tries controls in these cases, so many at the same time. Hands over what each passes, in order,
/// and how many runs have finished; once the halt is requested, no further one is begun.
pub fn run_all(
    controls: &[&'static Control],
    cases: &[&Case],
    jobs: NonZeroUsize,
    halt: &Halt,
    mut look: impl FnMut(usize, Vec<Passes>),
) {
    let builders: Vec<_> = controls.iter().map(|control| control.builder()).collect();
    let all = builders
        .iter()
        .flat_map(|builder| cases.iter().map(move |case| (builder, *case)));
    let none = |control: &&'static Control| Passes {
        control,
        cases: 0,
        passed: Vec::new(),
    };
    let mut of_controls = controls.iter().map(none);
    let mut current = of_controls.next();
    in_order(
        jobs,
        halt.until(all),
        |(builder, case)| {
            let options = RunOptions {
                players: Players::with(Arc::clone(builder)),
                ..RunOptions::default()
            };
            let report = examine(case, &options);
            // What a scenario expects besides is of no stranger's run.
            let mut failures = report.failures().iter();
            (case, !failures.any(|failure| failure.rule().is_some()))
        },
        |finished, ready| {
            let mut whole = Vec::new();
            for (case, has_passed) in ready {
                let Some(passes) = &mut current else { break };
                passes.cases += 1;
                passes
                    .passed
                    .extend(has_passed.then(|| case.address.clone()));
                if passes.cases == cases.len() {
                    whole.extend(current.take());
                    current = of_controls.next();
                }
            }
            look(finished, whole);
            ControlFlow::Continue(())
        },
    );
}
