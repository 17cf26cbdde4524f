//! What a session showed of a builder: by rule, by case, and whether it is certified.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::choice::Tier;
use super::declared::Declared;
use super::measures::Measures;
use super::session::Session;
use crate::dialect::Said;
use crate::rules::{self, Evidence, Found, Level, Rule, Subject};
use crate::trace::{Act, Trace, What};
use crate::view::View;

/// What became of a rule, or of a case, in the order in which they weigh: of several the last counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It was put to the test and held.
    Pass,
    /// What is advised against was done.
    Warn,
    /// It does not apply, as is declared.
    NotApplicable,
    /// Nothing put it to the test.
    NotExercised,
    /// Nothing can be concluded.
    Inconclusive,
    /// The builder says that it has no such method.
    Unimplemented,
    /// It failed, as is declared.
    KnownFailure,
    /// It did not fail, though that is declared.
    UnexpectedPass,
    /// It failed.
    Fail,
}

impl Verdict {
    /// Every one.
    pub const ALL: [Self; 9] = [
        Self::Pass,
        Self::Warn,
        Self::NotApplicable,
        Self::NotExercised,
        Self::Inconclusive,
        Self::Unimplemented,
        Self::KnownFailure,
        Self::UnexpectedPass,
        Self::Fail,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::NotApplicable => "not applicable",
            Self::NotExercised => "not exercised",
            Self::Inconclusive => "inconclusive",
            Self::Unimplemented => "unimplemented",
            Self::KnownFailure => "known failure",
            Self::UnexpectedPass => "unexpected pass",
            Self::Fail => "fail",
        }
    }

    /// Whether a session with it is a failure.
    #[must_use]
    pub const fn fails(self) -> bool {
        matches!(self, Self::Fail | Self::UnexpectedPass)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What became of a rule in a case, or beside all cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// The rule's id.
    pub rule: String,
    /// What became of it.
    pub verdict: Verdict,
    /// How often it held.
    pub held: u64,
    /// How often nothing could be concluded.
    pub inconclusive: u64,
    /// Where it was violated, in microseconds since the session began, and how.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<(u64, String)>,
    /// Why it does not apply, or is known to fail, if that is declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseResult {
    /// Its address; `-` for what was sent beside all cases.
    pub case: String,
    /// What it is.
    pub title: String,
    /// The tier that it is of.
    pub tier: Tier,
    /// What became of it.
    pub verdict: Verdict,
    /// When its first message was sent and its last one answered, in microseconds since the session
    /// began.
    pub from_us: u64,
    /// When its last message was answered.
    pub to_us: u64,
    /// Whether anything was sent, if there is something to send.
    pub was_sent: bool,
    /// How many of its requests were not answered.
    pub unanswered: u64,
    /// The exchanges of its probes.
    pub exchanges: Vec<u64>,
    /// What became of the rules that were put to the test in it.
    pub rules: Vec<Cell>,
}

/// What became of a rule in all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleResult {
    /// Its id.
    pub rule: String,
    /// How strongly it is said.
    pub level: String,
    /// The line of the specification.
    pub line: u32,
    /// The specification's words, or what it derives from.
    pub source: String,
    /// Whether a case of the tier is for it, so that it must be put to the test.
    pub is_wanted: bool,
    /// What became of it.
    pub verdict: Verdict,
    /// How often it held.
    pub held: u64,
    /// How often nothing could be concluded.
    pub inconclusive: u64,
    /// How often it was violated.
    pub violated: u64,
}

/// What a session showed of a builder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// What was tried.
    pub tier: Tier,
    /// Whether it was ended before its end: nothing is certified then.
    pub is_partial: bool,
    /// What speaks against the builder; nothing if nothing does.
    pub reasons: Vec<String>,
    /// Why the session cannot certify anybody: what it left out.
    pub limits: Vec<String>,
    /// Rules, in their order.
    pub rules: Vec<RuleResult>,
    /// Cases, in the order in which they were played.
    pub cases: Vec<CaseResult>,
    /// What was measured.
    pub measures: Measures,
    /// Rules for Gauntlet's own sequencer and engine that were violated meanwhile: it is at fault,
    /// or the machine that it runs on.
    pub own: Vec<String>,
}

impl Certificate {
    /// Judges a session by its trace.
    #[must_use]
    pub fn of(session: &Session, tier: Tier, trace: &Trace, declared: &Declared) -> Self {
        let view = View::of(trace);
        let sent = Sent::of(session, trace, &view);
        let mut cells: BTreeMap<(Option<usize>, &str), Cell> = BTreeMap::new();
        let mut own = Vec::new();
        for (rule, notes) in rules::notes(&view) {
            let Ok(notes) = notes else { continue };
            if rule.subject != Subject::Builder {
                let violated = notes.iter().find_map(|(at_us, found)| match found {
                    Found::Violated(what) => Some(format!("{} at {at_us} us: {what}", rule.id)),
                    Found::Held | Found::Inconclusive => None,
                });
                own.extend(violated);
                continue;
            }
            let mut of_rule: BTreeMap<Option<usize>, Cell> = BTreeMap::new();
            for (at_us, found) in notes {
                let cell = of_rule.entry(sent.case_at(session, at_us));
                note(cell.or_insert_with(|| Cell::of(rule)), at_us, found);
            }
            for (case, mut cell) in of_rule {
                let address = case.map(|at| &*session.cases[at].address);
                let is_lacking = case.is_some_and(|at| sent.unimplemented.contains(&at));
                cell.weigh(rule, address, declared, is_lacking);
                cells.insert((case, rule.id), cell);
            }
        }
        let cases = cases(session, &sent, &cells);
        let rules = rule_results(session, &cells, declared);
        let measures = Measures::of(&view);
        let is_partial = view.slots.len() < session.plan.slots.len();
        let mut certificate = Self {
            tier,
            is_partial,
            reasons: Vec::new(),
            limits: Vec::new(),
            rules,
            cases,
            measures,
            own,
        };
        certificate.reasons = certificate.shortcomings(session);
        certificate.limits = certificate.limits(session);
        certificate
    }

    /// Whether the builder is certified.
    #[must_use]
    pub fn is_certified(&self) -> bool {
        self.conforms() && self.limits.is_empty()
    }

    /// Whether nothing speaks against the builder.
    #[must_use]
    pub fn conforms(&self) -> bool {
        self.reasons.is_empty()
    }

    /// How many cases came to this.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.cases.iter().filter(|it| it.verdict == verdict).count()
    }

    /// The rules that cases of the tier are for.
    pub fn wanted(&self) -> impl Iterator<Item = &RuleResult> {
        self.rules.iter().filter(|rule| rule.is_wanted)
    }

    /// What became of them, in a few words.
    #[must_use]
    pub fn played(&self) -> String {
        let of = |verdicts: &[Verdict]| {
            let of = self
                .wanted()
                .filter(|rule| verdicts.contains(&rule.verdict));
            of.count()
        };
        format!(
            "{} held, {} failed, {} inconclusive, {} not applicable",
            of(&[Verdict::Pass, Verdict::Warn]),
            of(&[Verdict::Fail, Verdict::Unimplemented, Verdict::KnownFailure]),
            of(&[Verdict::Inconclusive, Verdict::NotExercised]),
            of(&[Verdict::NotApplicable]),
        )
    }

    /// Why the session certifies nobody.
    fn limits(&self, session: &Session) -> Vec<String> {
        let limits = [
            (self.is_partial, "the session was ended before its end"),
            (!session.is_whole, "cases were chosen"),
            (
                self.tier == Tier::Wire,
                "no certificate without the tier `build`",
            ),
        ];
        let limits = limits.into_iter().filter(|(is_so, _)| *is_so);
        limits.map(|(_, why)| why.to_owned()).collect()
    }

    /// What speaks against the builder.
    fn shortcomings(&self, session: &Session) -> Vec<String> {
        let mut reasons = Vec::new();
        for rule in &self.rules {
            let is_against = match rule.verdict {
                Verdict::Pass | Verdict::Warn | Verdict::NotApplicable => false,
                Verdict::NotExercised | Verdict::Inconclusive => rule.is_wanted,
                Verdict::Unimplemented
                | Verdict::KnownFailure
                | Verdict::UnexpectedPass
                | Verdict::Fail => true,
            };
            if is_against {
                let (id, level, verdict) = (&rule.rule, &rule.level, rule.verdict);
                reasons.push(format!("{id} ({level}): {verdict}"));
            }
        }
        for case in &self.cases {
            if !case.was_sent {
                reasons.push(format!("{} was not sent", case.case));
            }
            if case.verdict == Verdict::Fail && case.rules.iter().all(|it| !it.verdict.fails()) {
                reasons.push(format!("{} was not answered", case.case));
            }
        }
        reasons.extend(self.measures.shortcomings(session.plan.slots.len()));
        reasons
    }
}

impl Cell {
    fn of(rule: &Rule) -> Self {
        Self {
            rule: rule.id.to_owned(),
            verdict: Verdict::Pass,
            held: 0,
            inconclusive: 0,
            violations: Vec::new(),
            reason: None,
        }
    }

    fn weigh(&mut self, rule: &Rule, case: Option<&str>, declared: &Declared, is_lacking: bool) {
        let is_violated = !self.violations.is_empty();
        let known = declared.known(rule.id, case);
        let not_applicable = declared.not_applicable(rule.id, case);
        let (verdict, reason) = match (not_applicable, known) {
            (Some(reason), _) => (Verdict::NotApplicable, Some(reason)),
            (None, Some(known)) if is_violated => (Verdict::KnownFailure, Some(&*known.reason)),
            (None, Some(known)) if known.case.is_some() && self.held > 0 => {
                (Verdict::UnexpectedPass, Some(&*known.reason))
            }
            _ if is_violated && is_lacking => (Verdict::Unimplemented, None),
            _ if is_violated && rule.level == Level::Should => (Verdict::Warn, None),
            _ if is_violated => (Verdict::Fail, None),
            _ if self.held > 0 => (Verdict::Pass, None),
            _ => (Verdict::Inconclusive, None),
        };
        self.verdict = verdict;
        self.reason = reason.map(str::to_owned);
    }
}

fn note(cell: &mut Cell, at_us: u64, found: Found) {
    match found {
        Found::Held => cell.held += 1,
        Found::Inconclusive => cell.inconclusive += 1,
        Found::Violated(what) => cell.violations.push((at_us, what)),
    }
}

/// What was sent for which case, and when.
struct Sent {
    /// The exchanges of each case's probes.
    exchanges: Vec<Vec<u64>>,
    /// The case of what happened at a time.
    at: BTreeMap<u64, usize>,
    /// From when to when each case lasted.
    spans: Vec<(u64, u64)>,
    /// How many requests of each case were not answered.
    unanswered: Vec<u64>,
    /// The cases in which the builder said that it has no such method.
    unimplemented: BTreeSet<usize>,
}

impl Sent {
    fn of(session: &Session, trace: &Trace, view: &View<'_>) -> Self {
        let mut of_exchange = BTreeMap::new();
        let mut sent = Self {
            exchanges: vec![Vec::new(); session.cases.len()],
            at: BTreeMap::new(),
            spans: vec![(u64::MAX, 0); session.cases.len()],
            unanswered: vec![0; session.cases.len()],
            unimplemented: BTreeSet::new(),
        };
        for entry in &trace.entries {
            if let What::Did(Act::Probe {
                exchange, number, ..
            }) = &entry.what
                && let Some(case) = session.of_probe(*number)
            {
                of_exchange.insert(*exchange, case);
                sent.exchanges[case].push(*exchange);
                sent.last(case, entry.at_us);
            }
        }
        for exchange in &view.exchanges {
            let Some(case) = of_exchange.get(&exchange.number).copied() else {
                continue;
            };
            let given = exchange.given.as_ref();
            let times = [
                exchange.passed.as_ref().map(|it| it.at_us),
                given.map(|it| it.at_us),
                exchange.failed.map(|(at_us, _)| at_us),
            ];
            for at_us in times.into_iter().flatten() {
                sent.at.entry(at_us).or_insert(case);
                sent.last(case, at_us);
            }
            sent.unanswered[case] += u64::from(given.is_none());
            // -32601 under JSON-RPC: "The method does not exist / is not available."
            if given.is_some_and(|it| Said::of(it.reply).code() == Some(-32601)) {
                sent.unimplemented.insert(case);
            }
        }
        let slot_us = session.plan.chain.block_time_ms * 1000;
        for (case, played) in session.cases.iter().enumerate() {
            if played.has_slots() {
                sent.last(case, played.slots.start as u64 * slot_us);
                sent.last(case, played.slots.end as u64 * slot_us);
            }
        }
        sent
    }

    fn last(&mut self, case: usize, at_us: u64) {
        let (from_us, to_us) = &mut self.spans[case];
        *from_us = at_us.min(*from_us);
        *to_us = at_us.max(*to_us);
    }

    /// The case that something belongs to: whose probe it is of, or whose slot it is in.
    fn case_at(&self, session: &Session, at_us: u64) -> Option<usize> {
        let of_probe = self.at.get(&at_us).copied();
        of_probe.or_else(|| session.of_time(at_us))
    }
}

fn cases(
    session: &Session,
    sent: &Sent,
    cells: &BTreeMap<(Option<usize>, &str), Cell>,
) -> Vec<CaseResult> {
    let of = |case: Option<usize>| -> Vec<Cell> {
        let cells = cells.iter().filter(|((of, _), _)| *of == case);
        cells.map(|(_, cell)| cell.clone()).collect()
    };
    let mut results: Vec<_> = session
        .cases
        .iter()
        .enumerate()
        .map(|(at, played)| {
            let rules = of(Some(at));
            // Of some there is nothing to send, such as a deposit of a block that has none.
            let was_sent = played.probes.is_empty() || !sent.exchanges[at].is_empty();
            let is_for = |cell: &&Cell| played.rules.contains(&cell.rule);
            let is_tried = rules.iter().filter(is_for).any(|cell| cell.held > 0);
            let unanswered = sent.unanswered[at];
            let least = match (was_sent, is_tried) {
                (false, _) => Verdict::Inconclusive,
                (true, true) => Verdict::Pass,
                // What a builder does not answer is its own doing.
                (true, false) if unanswered > 0 => Verdict::Fail,
                (true, false) => Verdict::NotExercised,
            };
            // What is not concluded of other rules is no matter of this case.
            let counts = |cell: &&Cell| {
                cell.verdict != Verdict::Inconclusive || played.rules.contains(&cell.rule)
            };
            let found = rules.iter().filter(counts).map(|cell| cell.verdict).max();
            let (from_us, to_us) = sent.spans[at];
            CaseResult {
                case: played.address.clone(),
                title: played.title.clone(),
                tier: played.tier,
                verdict: found.map_or(least, |found| found.max(least)),
                from_us: from_us.min(to_us),
                to_us,
                was_sent,
                unanswered,
                exchanges: sent.exchanges[at].clone(),
                rules,
            }
        })
        .collect();
    let rules = of(None);
    let found = concluded(rules.iter()).max();
    results.push(CaseResult {
        case: BESIDE.to_owned(),
        title: "What the sequencer sends in slots in which nothing happens".to_owned(),
        tier: Tier::Wire,
        verdict: found.unwrap_or(Verdict::NotExercised),
        from_us: 0,
        to_us: session.plan.slots.len() as u64 * session.plan.chain.block_time_ms * 1000,
        was_sent: true,
        unanswered: 0,
        exchanges: Vec::new(),
        rules,
    });
    results
}

/// What was concluded in these.
fn concluded<'c>(cells: impl Iterator<Item = &'c Cell>) -> impl Iterator<Item = Verdict> {
    let verdicts = cells.map(|cell| cell.verdict);
    verdicts.filter(|it| *it != Verdict::Inconclusive)
}

/// What stands for the address of what was sent beside all cases.
pub const BESIDE: &str = "-";

fn rule_results(
    session: &Session,
    cells: &BTreeMap<(Option<usize>, &str), Cell>,
    declared: &Declared,
) -> Vec<RuleResult> {
    let wanted: BTreeSet<&str> = session
        .cases
        .iter()
        .flat_map(|case| case.rules.iter().map(String::as_str))
        .collect();
    let of_builders = rules::all().filter(|rule| rule.subject == Subject::Builder);
    let is_seen = |rule: &&Rule| !needs_testimony(rule);
    of_builders
        .filter(is_seen)
        .map(|rule| {
            let of_rule = || {
                let cells = cells.iter().filter(|((_, id), _)| *id == rule.id);
                cells.map(|(_, cell)| cell)
            };
            let sum = |of: fn(&Cell) -> u64| of_rule().map(of).sum();
            let (held, inconclusive) = (sum(|it| it.held), sum(|it| it.inconclusive));
            let violated = sum(|it| it.violations.len() as u64);
            let found = concluded(of_rule()).max();
            let verdict = match found {
                Some(Verdict::Pass) if declared.known(rule.id, None).is_some() => {
                    Verdict::UnexpectedPass
                }
                Some(verdict) => verdict,
                None if declared.not_applicable(rule.id, None).is_some() => Verdict::NotApplicable,
                None if inconclusive > 0 => Verdict::Inconclusive,
                None => Verdict::NotExercised,
            };
            RuleResult {
                rule: rule.id.to_owned(),
                level: rule.level.to_string(),
                line: rule.line,
                source: rule.quote.or(rule.source).unwrap_or_default().to_owned(),
                is_wanted: wanted.contains(rule.id),
                verdict,
                held,
                inconclusive,
                violated,
            }
        })
        .collect()
}

/// Whether a rule is judged by what no stranger shows.
fn needs_testimony(rule: &Rule) -> bool {
    let unseen = [
        Evidence::Testimony,
        Evidence::Log,
        Evidence::Tasks,
        Evidence::Panics,
    ];
    rule.evidence.iter().any(|it| unseen.contains(it))
}
