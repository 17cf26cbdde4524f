//! `report.json`: all that a certification says, and what one has to know to say it again from the
//! transcript.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::certificate::{Certificate, Verdict};
use super::choice::Tier;
use super::declared::Declared;
use super::session::{Played, Session};
use super::target::SubjectSection;
use crate::trace::Trace;

/// The version of the format that is written, and the only one that is read.
pub const RECORD_VERSION: u32 = 1;

/// The specification that the rules are of, as git names its text.
pub const SPECIFICATION: &str = "builder-api.md, git blob 66363049902ffdca2659280e22aad3ba8a5a78d0";

/// All that a certification says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The version of the format.
    pub gauntlet_certificate: u32,
    /// The version of Gauntlet.
    pub gauntlet: String,
    /// The specification.
    pub specification: String,
    /// Which names its methods have.
    pub dialect: String,
    /// The forks that its chain has been through.
    pub forks: String,
    /// Whether a violated SHOULD is a failure.
    pub is_strict: bool,
    /// Who was tried.
    pub subject: SubjectSection,
    /// Where.
    pub url: String,
    /// What the builder calls itself, if it does.
    pub client_version: Option<String>,
    /// What was tried.
    pub tier: Tier,
    /// What was drawn from: the order of cases, and what L1 says.
    pub seed: u64,
    /// Within so many microseconds of a bound nothing was concluded.
    pub guard_us: u64,
    /// What was declared of it.
    pub declared: Declared,
    /// Whether they are all that the tier has.
    pub is_whole: bool,
    /// The cases, as they were played.
    pub session: Vec<Played>,
    /// Those that were not, and why.
    pub left_out: Vec<(String, String)>,
    /// Whether it is certified.
    pub is_certified: bool,
    /// What it showed.
    pub certificate: Certificate,
}

impl Record {
    /// The session of a trace that is said to be of this record.
    #[must_use]
    pub fn session_of(&self, trace: &Trace) -> Session {
        Session {
            plan: trace.plan.as_ref().clone(),
            cases: self.session.clone(),
            is_whole: self.is_whole,
            left_out: Vec::new(),
        }
    }

    /// What a trace says otherwise than this record: nothing if all follows from it.
    #[must_use]
    pub fn differences(&self, trace: &Trace) -> Vec<String> {
        let session = self.session_of(trace);
        let again = Certificate::of(&session, self.tier, trace, &self.declared);
        let said = &self.certificate;
        let mut found = Vec::new();
        let mut differ = |what: &str, said: Option<Verdict>, found_again: Option<Verdict>| {
            if said != found_again {
                let name = |of: Option<Verdict>| of.map_or("nothing", Verdict::name);
                let (said, again) = (name(said), name(found_again));
                found.push(format!(
                    "{what}: the report says {said}, the transcript {again}"
                ));
            }
        };
        for at in 0..said.rules.len().max(again.rules.len()) {
            let (one, other) = (said.rules.get(at), again.rules.get(at));
            let what = one.or(other).map(|it| it.rule.clone()).unwrap_or_default();
            differ(&what, one.map(|it| it.verdict), other.map(|it| it.verdict));
        }
        for at in 0..said.cases.len().max(again.cases.len()) {
            let (one, other) = (said.cases.get(at), again.cases.get(at));
            let what = one.or(other).map(|it| it.case.clone()).unwrap_or_default();
            differ(&what, one.map(|it| it.verdict), other.map(|it| it.verdict));
        }
        // Figures, times and texts count as well.
        if found.is_empty() && *said != again {
            found.push("the report says something else than the transcript".to_owned());
        }
        if self.is_certified != again.is_certified() {
            let word = |is: bool| if is { "certified" } else { "not certified" };
            found.push(format!(
                "the report says {}, the transcript {}",
                word(self.is_certified),
                word(again.is_certified())
            ));
        }
        if *trace.plan.title != *self.title() || trace.plan.seed != self.seed {
            found.push("the transcript is of another session".to_owned());
        }
        found
    }

    fn title(&self) -> Arc<str> {
        Session::title(self.tier).into()
    }
}
