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

use crate::trace::Trace;
use crate::view::View;

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

/// What a trace can hold of a run, for rules to judge by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// What crossed the link between sequencer and builder, on both faces of the proxy.
    Wire,
    /// What users sent and what they were answered.
    Users,
    /// The blocks that a follower got.
    Blocks,
    /// What the operator and L1 did.
    Stimulus,
    /// What a node said of itself.
    Testimony,
    /// What a node logged.
    Log,
    /// The order of what happened within an instant.
    Order,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Wire => "wire",
            Self::Users => "users",
            Self::Blocks => "blocks",
            Self::Stimulus => "stimulus",
            Self::Testimony => "testimony",
            Self::Log => "log",
            Self::Order => "order",
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
    /// The specification's own words, if they say it.
    pub quote: Option<&'static str>,
    /// What it derives from, if the specification does not say it in words.
    pub source: Option<&'static str>,
    /// What must have been observed for the rule to be judged.
    pub evidence: &'static [Evidence],
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
    /// The trace lacks this evidence.
    NotObservable(Evidence),
    /// So many times it was put to the test within the guard band of a real clock, and never
    /// outside it.
    Inconclusive(u64),
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
    let view = View::of(trace);
    all().map(|rule| (rule, rule.judge(&view))).collect()
}

/// When the last thing happened: what takes longer was still under way.
fn ends_us(view: &View<'_>) -> u64 {
    view.trace.entries.last().map_or(0, |entry| entry.at_us)
}
