//! What must hold, and whether it did. A rule observes a trace and never steers.
//!
//! A family of rules is a section of the specification and a file here: `get-payload/no-retry` is
//! in `get_payload`, its scenarios are in `scenarios/get-payload`, its snapshots in
//! `snapshots/get-payload`. Above each check stands the sentence that it is.

mod answers;
mod configuration;
mod failsafe;
mod forward_transaction;
mod get_payload;
mod interaction;
mod mempool;
mod new_payload;
mod request;
mod structures;
mod tally;

use std::fmt;

use crate::trace::{Trace, View};

use tally::Tally;

/// How strongly the specification says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// MUST, written in the specification.
    Must,
    /// SHOULD, written in the specification.
    Should,
    /// A declarative sentence of the specification.
    Declared,
    /// Derived from a document that the specification builds on.
    Derived,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
            Self::Declared => "declared",
            Self::Derived => "derived",
        })
    }
}

/// Whose conduct a rule judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The sequencer's.
    Sequencer,
    /// The builder's.
    Builder,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sequencer => "sequencer",
            Self::Builder => "builder",
        })
    }
}

/// A rule.
#[derive(Clone, Copy)]
pub struct Rule {
    /// Its address: the section and the name.
    pub id: &'static str,
    /// How strongly it is said.
    pub level: Level,
    /// Whose conduct it judges.
    pub subject: Subject,
    /// The line of `builder-api.md` that says it, or that it derives from.
    pub line: u32,
    /// The words that say it, or the document and section it derives from.
    pub quote: &'static str,
    check: fn(&View<'_>, &mut Tally),
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({})", self.id)
    }
}

impl Rule {
    /// Judges a trace.
    #[must_use]
    pub fn judge(&self, view: &View<'_>) -> Verdict {
        let mut tally = Tally::default();
        (self.check)(view, &mut tally);
        tally.verdict()
    }
}

/// What became of a rule in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It held, so many times.
    Held(u64),
    /// It was violated, here.
    Violated(Vec<Violation>),
    /// Nothing in the run put it to the test.
    NotExercised,
}

/// Where a rule was violated, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// When, in microseconds since the run began.
    pub at_us: u64,
    /// What happened, and what should have.
    pub what: String,
}

/// Every rule, by family.
pub fn all() -> impl Iterator<Item = &'static Rule> + Clone {
    [
        interaction::RULES,
        request::RULES,
        failsafe::RULES,
        mempool::RULES,
        configuration::RULES,
        structures::RULES,
        get_payload::RULES,
        new_payload::RULES,
        forward_transaction::RULES,
    ]
    .into_iter()
    .flatten()
}

/// The ids of every rule.
#[must_use]
pub fn ids() -> Vec<&'static str> {
    all().map(|rule| rule.id).collect()
}

/// Judges a trace by every rule.
#[must_use]
pub fn judge(trace: &Trace) -> Vec<(&'static Rule, Verdict)> {
    let view = trace.view();
    all().map(|rule| (rule, rule.judge(&view))).collect()
}

/// When the last thing happened: what takes longer was still under way.
fn ends_us(view: &View<'_>) -> u64 {
    view.trace.entries.last().map_or(0, |entry| entry.at_us)
}
