//! What was in the runs: how much of it, and how much trouble.

use std::collections::BTreeMap;

use super::kinds::{Cause, Trouble};
use crate::faults;
use crate::plan::Fault;
use crate::rules::{Rule, Verdict};
use crate::trace::{Act, Testimony, What};
use crate::view::View;

/// What was in a run, or in many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// How many runs.
    pub runs: u64,
    /// How many of them were run twice and were the same.
    pub rechecked: u64,
    /// How many slots.
    pub slots: u64,
    /// How much time passed in the simulations.
    pub virtual_ms: u64,
    /// How many events the traces have.
    pub events: u64,
    /// How many published blocks are the builder's.
    pub builder_blocks: u64,
    /// How many published blocks are the local engine's.
    pub local_blocks: u64,
    /// How many transactions of users the published blocks have, of the sequencer and the builder.
    pub transactions: u64,
    /// How often each kind of trouble took place.
    pub troubles: BTreeMap<Trouble, Times>,
    /// How often the sequencer fell back to the local block, by cause.
    pub fallbacks: BTreeMap<Cause, Times>,
    /// How often each rule was put to the test.
    pub rules: BTreeMap<&'static str, Times>,
}

/// How often something took place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// In how many runs.
    pub runs: u64,
    /// How often in all of them together.
    pub times: u64,
}

impl Facts {
    /// What was in one run.
    #[must_use]
    pub fn of(view: &View<'_>, verdicts: &[(&'static Rule, Verdict)], rechecked: bool) -> Self {
        let trace = view.trace;
        let mut facts = Self {
            runs: 1,
            rechecked: rechecked.into(),
            slots: trace.plan.slots.len() as u64,
            virtual_ms: trace.plan.duration_ms(),
            events: trace.entries.len() as u64,
            ..Self::default()
        };
        for fault in &trace.plan.faults {
            if let Fault::BlackHole { direction, .. } = fault {
                happened(&mut facts.troubles, Trouble::Link(*direction));
            } else if let Some(of) =
                faults::of_surroundings(fault).filter(|_| !fault.is_of_process())
            {
                happened(&mut facts.troubles, Trouble::Fault(of.id.to_owned()));
            }
        }
        facts.count_blocks(view);
        for entry in &trace.entries {
            facts.note(view, entry.at_us, &entry.what);
        }
        for (rule, verdict) in verdicts {
            let times = match verdict {
                Verdict::Held(times) => *times,
                Verdict::Violated(violations) => violations.len() as u64,
                Verdict::NotExercised | Verdict::NotObservable(_) | Verdict::Inconclusive(_) => 0,
            };
            let runs = (times > 0).into();
            facts.rules.insert(rule.id, Times { runs, times });
        }
        facts
    }

    /// Adds what was in other runs.
    pub fn add(&mut self, other: &Self) {
        self.runs += other.runs;
        self.rechecked += other.rechecked;
        self.slots += other.slots;
        self.virtual_ms += other.virtual_ms;
        self.events += other.events;
        self.builder_blocks += other.builder_blocks;
        self.local_blocks += other.local_blocks;
        self.transactions += other.transactions;
        add(&mut self.troubles, &other.troubles);
        add(&mut self.fallbacks, &other.fallbacks);
        add(&mut self.rules, &other.rules);
    }

    /// The builder's share of the published blocks, in percent.
    #[must_use]
    pub fn builder_share(&self) -> f64 {
        let blocks = self.builder_blocks + self.local_blocks;
        self.builder_blocks as f64 * 100.0 / blocks.max(1) as f64
    }

    fn count_blocks(&mut self, view: &View<'_>) {
        let blocks: usize = view.slots.iter().map(|slot| slot.published.len()).sum();
        self.builder_blocks = view.builder_blocks();
        self.local_blocks = blocks as u64 - self.builder_blocks;
        self.transactions = view.transactions_without_deposits();
    }

    fn note(&mut self, view: &View<'_>, at_us: u64, what: &What) {
        match what {
            What::Interfered { deed, .. } => happened(&mut self.troubles, Trouble::of(deed)),
            What::Died => happened(&mut self.troubles, Trouble::Died),
            What::Back => happened(&mut self.troubles, Trouble::Back),
            What::Did(Act::ReplaceHead) => happened(&mut self.troubles, Trouble::HeadReplaced),
            What::Did(Act::SetBuilder(_)) => happened(&mut self.troubles, Trouble::TupleSet),
            What::Did(Act::Probe { .. }) => happened(&mut self.troubles, Trouble::Probed),
            What::Says(Testimony::FellBack { cause, .. }) => {
                let last = view
                    .payload_requests()
                    .take_while(|it| it.begun_us <= at_us)
                    .last();
                happened(&mut self.fallbacks, Cause::of(cause, last.as_ref()));
            }
            What::Says(Testimony::LocalFailed { .. }) => {
                happened(&mut self.troubles, Trouble::LocalFailed);
            }
            What::Says(Testimony::Missed { .. }) => {
                happened(&mut self.troubles, Trouble::BlockMissing);
            }
            What::Crossed { .. }
            | What::Published(_)
            | What::Restored(_)
            | What::Says(_)
            | What::Logs(_)
            | What::Followed(_)
            | What::Impossible(_)
            | What::Panicked(_)
            | What::Tasks(_) => {}
        }
    }
}

fn happened<K: Ord>(to: &mut BTreeMap<K, Times>, what: K) {
    let times = to.entry(what).or_default();
    times.runs = 1;
    times.times += 1;
}

fn add<K: Clone + Ord>(to: &mut BTreeMap<K, Times>, other: &BTreeMap<K, Times>) {
    for (key, other) in other {
        let times = to.entry(key.clone()).or_default();
        times.runs += other.runs;
        times.times += other.times;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Direction;

    #[test]
    fn facts_add_up() {
        let mut one = Facts {
            runs: 1,
            builder_blocks: 3,
            ..Facts::default()
        };
        let partition = Trouble::Link(Direction::Both);
        happened(&mut one.troubles, partition.clone());
        happened(&mut one.troubles, partition.clone());
        let mut sum = one.clone();
        sum.add(&one);
        assert_eq!((sum.runs, sum.builder_blocks), (2, 6));
        assert_eq!(sum.troubles[&partition], Times { runs: 2, times: 4 });
        assert!((sum.builder_share() - 100.0).abs() < 1e-9);
    }
}
