//! What must hold, and whether it did. A rule observes a trace and never steers.
//!
//! A family of rules is a section of the specification and a file here: `get-payload/no-retry` is
//! in `get_payload`, its scenarios are in `scenarios/get-payload`, its snapshots in
//! `snapshots/get-payload`. Above each check stands the sentence that it is.

mod asked;
mod authentication;
mod builder;
mod chain;
mod configuration;
mod engine;
mod failsafe;
mod forward_transaction;
mod forwarded;
mod forwarding;
mod get_payload;
mod given;
mod growth;
mod interaction;
mod mempool;
mod new_payload;
mod reads;
mod record;
mod replies;
mod request;
mod second_opinion;
mod security;
mod sent;
mod signers;
mod structures;
mod tally;
mod transport;
mod users;
mod works;
mod worth;

use std::fmt;

use crate::oracle::{self, Findings};
use crate::trace::Trace;
use crate::view::View;

pub use crate::trace::Evidence;
pub use second_opinion::{
    Count, Difference, Hearing, SECOND_OPINION, Side, differences, judge_hearing,
};

use asked::Asked;
use record::Record;
use signers::Signers;
use tally::Tally;
use works::Works;

/// What shows on the wire and in blocks.
const WIRE_AND_BLOCKS: &[Evidence] = &[Evidence::Wire, Evidence::Blocks];
/// That, and what the harness did from outside.
const ALL_AROUND: &[Evidence] = &[Evidence::Wire, Evidence::Blocks, Evidence::Stimulus];

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

impl Level {
    /// Whether a rule of this level must hold, so that it needs cases in which it does and mutants
    /// that it kills. One that does not reports what it sees.
    #[must_use]
    pub const fn binds(self) -> bool {
        match self {
            Self::Must | Self::Should | Self::Declared | Self::Derived => true,
        }
    }
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
    /// That of the engine, which Gauntlet's nodes and its oracle share.
    Engine,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sequencer => "sequencer",
            Self::Builder => "builder",
            Self::Engine => "engine",
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
    check: fn(&Record<'_>, &mut Tally),
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({})", self.id)
    }
}

impl Rule {
    fn judge(&self, record: &Record<'_>) -> Verdict {
        match self.tally(record) {
            Ok(tally) => tally.verdict(),
            Err(lacking) => Verdict::NotObservable(lacking),
        }
    }

    /// What it found; the evidence that is lacking, if some is.
    fn tally(&self, record: &Record<'_>) -> Result<Tally, Evidence> {
        let holds = &record.view.trace.holds;
        if let Some(lacking) = self.evidence.iter().find(|it| !holds.contains(it)) {
            return Err(*lacking);
        }
        let mut tally = Tally::default();
        (self.check)(record, &mut tally);
        if self.evidence.contains(&Evidence::Wire) {
            tally.excuse(|at_us| record.view.is_untold(at_us));
        }
        Ok(tally)
    }
}

/// Each time that a rule was put to the test, in microseconds since the run began, and what was
/// found.
pub type Notes = Vec<(u64, Found)>;

/// What was found when a rule was put to the test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It held.
    Held,
    /// Nothing can be concluded.
    Inconclusive,
    /// It was violated: what happened, and what should have.
    Violated(String),
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
    /// So many times it was put to the test within the guard band of a real clock, or while more
    /// crossed the wire than is kept, and never otherwise.
    Inconclusive(u64),
}

impl Verdict {
    /// Whether the rule was violated.
    #[must_use]
    pub const fn is_violated(&self) -> bool {
        matches!(self, Self::Violated(_))
    }
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
        interaction::l1::RULES,
        interaction::feed::RULES,
        request::RULES,
        failsafe::RULES,
        failsafe::local_block::RULES,
        chain::RULES,
        chain::reverted::RULES,
        worth::RULES,
        engine::RULES,
        growth::RULES,
        mempool::RULES,
        configuration::RULES,
        structures::RULES,
        sent::RULES,
        replies::RULES,
        get_payload::RULES,
        new_payload::RULES,
        forward_transaction::RULES,
        reads::RULES,
        forwarded::RULES,
        given::RULES,
        builder::RULES,
        transport::RULES,
        authentication::RULES,
        forwarding::RULES,
        security::RULES,
        users::RULES,
    ]
    .into_iter()
    .flatten()
}

/// The ids of every rule.
#[must_use]
pub fn ids() -> Vec<&'static str> {
    all().map(|rule| rule.id).collect()
}

/// What rules judge by and is derived from a view once.
#[derive(Debug)]
struct Grounds<'a> {
    signers: Signers,
    asked: &'a [Asked<'a>],
    works: Works<'a>,
}

impl<'a> Grounds<'a> {
    /// Of a view, and what the builder was asked and answered in it.
    fn of(view: &'a View<'a>, asked: &'a [Asked<'a>]) -> Self {
        Self {
            signers: Signers::of(view),
            works: Works::of(view, asked),
            asked,
        }
    }

    fn record(&'a self, view: &'a View<'a>, findings: &'a Findings) -> Record<'a> {
        Record {
            view,
            findings,
            signers: &self.signers,
            hearing: None,
            asked: self.asked,
            works: &self.works,
        }
    }
}

/// Judges a trace by every rule.
#[must_use]
pub fn judge(trace: &Trace) -> Vec<(&'static Rule, Verdict)> {
    judge_view(&View::of(trace))
}

/// Judges the view of a trace by every rule.
#[must_use]
pub fn judge_view(view: &View<'_>) -> Vec<(&'static Rule, Verdict)> {
    judge_findings(view, &oracle::judge(view))
}

/// Judges the view of a trace by every rule, with what the oracle found in it.
#[must_use]
pub fn judge_findings(view: &View<'_>, findings: &Findings) -> Vec<(&'static Rule, Verdict)> {
    let asked = Asked::of(view);
    let grounds = Grounds::of(view, &asked);
    let record = grounds.record(view, findings);
    all().map(|rule| (rule, rule.judge(&record))).collect()
}

/// Judges the view of a trace by every rule, time by time.
#[must_use]
pub fn notes(view: &View<'_>) -> Vec<(&'static Rule, Result<Notes, Evidence>)> {
    let (asked, findings) = (Asked::of(view), oracle::judge(view));
    let grounds = Grounds::of(view, &asked);
    let record = grounds.record(view, &findings);
    all()
        .map(|rule| (rule, rule.tally(&record).map(Tally::notes)))
        .collect()
}
