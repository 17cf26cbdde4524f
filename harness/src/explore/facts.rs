//! What was in the runs: how much of it, and how much trouble.

use std::collections::BTreeMap;

use gauntlet_sequencer::{Event, Fallback, Origin};

use crate::plan::{Direction, Fault};
use crate::rules::{Rule, Verdict};
use crate::trace::{Tampering, Trace, What};

/// What the change of a builder tuple is called.
const TUPLE_SET: &str = "the builder tuple is set";

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
    pub troubles: BTreeMap<String, Times>,
    /// How often the sequencer fell back to the local block, by cause.
    pub fallbacks: BTreeMap<String, Times>,
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
    pub fn of(trace: &Trace, verdicts: &[(&'static Rule, Verdict)], rechecked: bool) -> Self {
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
                happened(&mut facts.troubles, link_trouble(*direction));
            }
        }
        for entry in &trace.entries {
            facts.note(&entry.what);
        }
        // The first setting is the configuration's.
        if let Some(set) = facts.troubles.get_mut(TUPLE_SET) {
            set.times -= 1;
            set.runs = u64::from(set.times > 0);
        }
        facts.troubles.retain(|_, trouble| trouble.times > 0);
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

    fn note(&mut self, what: &What) {
        match what {
            What::Tampered { method, how, .. } => {
                let (message, how) = match how {
                    Tampering::Request(how) => ("", how),
                    Tampering::Reply(how) | Tampering::Delay(how) => (" reply", how),
                };
                let how = without_numbers(how);
                happened(&mut self.troubles, format!("{method}{message} {how}"));
            }
            What::Died => happened(&mut self.troubles, "the builder dies"),
            What::Back => happened(&mut self.troubles, "the builder is back"),
            What::Sequencer(event) => self.note_event(event),
            What::Wire(_) | What::Builder(_) | What::Impossible(_) => {}
        }
    }

    fn note_event(&mut self, event: &Event) {
        match event {
            Event::Published(published) => {
                match published.origin {
                    Origin::Builder => self.builder_blocks += 1,
                    Origin::Local => self.local_blocks += 1,
                }
                let deposit = |raw: &&alloy_primitives::Bytes| raw.first() == Some(&0x7e);
                let transactions = &published.payload.transactions;
                let deposits = transactions.iter().filter(deposit).count();
                self.transactions += (transactions.len() - deposits) as u64;
            }
            Event::FellBack { cause, .. } => happened(&mut self.fallbacks, fallback(cause)),
            Event::HeadReplaced { .. } => happened(&mut self.troubles, "the head is replaced"),
            Event::BuilderChanged { .. } => {
                happened(&mut self.troubles, TUPLE_SET);
            }
            Event::LocalFailed { .. } => happened(&mut self.troubles, "the local engine fails"),
            Event::Missed { .. } => happened(&mut self.troubles, "a block is missing"),
            Event::ForkChoiceScheduled { .. }
            | Event::LocalStarted { .. }
            | Event::LocalSealed { .. }
            | Event::Admitted { .. }
            | Event::Imported { .. }
            | Event::TransactionAccepted { .. }
            | Event::TransactionRefused { .. }
            | Event::Forwarded { .. }
            | Event::ForwardingFailed { .. }
            | Event::FeedFailed { .. } => {}
        }
    }
}

fn happened(to: &mut BTreeMap<String, Times>, what: impl Into<String>) {
    let times = to.entry(what.into()).or_default();
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

fn link_trouble(direction: Direction) -> &'static str {
    match direction {
        Direction::SequencerToBuilder => "a black hole from the sequencer to the builder",
        Direction::BuilderToSequencer => "a black hole from the builder to the sequencer",
        Direction::Both => "a partition",
    }
}

fn fallback(cause: &Fallback) -> String {
    match cause {
        Fallback::TimedOut => "timed out".to_owned(),
        Fallback::Failed(cause) => without_numbers(cause),
        Fallback::Error { code, .. } => format!("error {code}"),
        Fallback::Rejected(rejection) => {
            // The variant names the cause, the rest tells the one case.
            let rejection = format!("{rejection:?}");
            let is_name = |c: &char| c.is_ascii_alphanumeric();
            let cause: String = rejection.chars().take_while(is_name).collect();
            format!("rejected: {cause}")
        }
        Fallback::HeadMoved => "the head moved".to_owned(),
        Fallback::OutOfTime => "out of time".to_owned(),
    }
}

/// The text with `N` in place of each number, decimal or hexadecimal.
fn without_numbers(text: &str) -> String {
    let word = |word: &str| {
        let end = word.trim_end_matches([',', '.', ';', ')']);
        let digits = end.strip_prefix("0x").unwrap_or(end);
        let is_number = digits.strip_prefix('-').unwrap_or(digits);
        let is_hexadecimal = end.starts_with("0x");
        let numeric = !is_number.is_empty()
            && is_number
                .chars()
                .all(|c| c.is_ascii_digit() || (is_hexadecimal && c.is_ascii_hexdigit()));
        if numeric {
            format!("N{}", &word[end.len()..])
        } else {
            word.to_owned()
        }
    };
    let words: Vec<String> = text.split(' ').map(word).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_texts_without_their_numbers() {
        for (text, kind) in [
            ("replaced by HTTP status 503", "replaced by HTTP status N"),
            ("replaced by error -32000", "replaced by error N"),
            (
                "dripping, 7 bytes every 20 ms",
                "dripping, N bytes every N ms",
            ),
            ("at 0x5a5a, and 9)", "at N, and N)"),
            ("a forged deposit", "a forged deposit"),
        ] {
            assert_eq!(without_numbers(text), kind);
        }
    }

    #[test]
    fn facts_add_up() {
        let mut one = Facts {
            runs: 1,
            builder_blocks: 3,
            ..Facts::default()
        };
        happened(&mut one.troubles, "a partition");
        happened(&mut one.troubles, "a partition");
        let mut sum = one.clone();
        sum.add(&one);
        assert_eq!((sum.runs, sum.builder_blocks), (2, 6));
        assert_eq!(sum.troubles["a partition"], Times { runs: 2, times: 4 });
        assert!((sum.builder_share() - 100.0).abs() < 1e-9);
    }
}
