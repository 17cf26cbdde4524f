//! What somebody else sends to the builder in a slot: `probes`.

use std::borrow::Cow;

use toml::Spanned;

use super::keys::PROBE;
use super::limits::PROBE_TIMES;
use super::problem::Problem;
use super::section::Section;
use super::settings::Timing;
use super::slots::within_slot;
use crate::plan::ProbePlan;
use crate::probes::{self, Probe};

const EXAMPLE: &str = "probes = [{ send = \"call\", at_ms = 700 }]";

/// Reads the probes of a slot.
pub(super) fn read(slot: &Section<'_>, timing: Option<&Timing>) -> Vec<ProbePlan> {
    let sections = slot.sections("probes", &PROBE);
    sections
        .iter()
        .filter_map(|section| probe(section, timing))
        .collect()
}

fn probe(section: &Section<'_>, timing: Option<&Timing>) -> Option<ProbePlan> {
    section.require("send", EXAMPLE);
    section.require("at_ms", EXAMPLE);
    let choices = probes::all().map(|probe| (probe.id, probe)).collect();
    let said: Option<Spanned<&'static Probe>> = section.choice("send", choices);
    let at = section.number("at_ms", 0..=u64::MAX);
    if let Some(at) = &at {
        within_slot(section, "at_ms", at.span(), *at.get_ref(), timing);
    }
    let times = section.number_or("times", PROBE_TIMES, 1);
    let said = *said?.get_ref();
    let member = one_of(section, "member", said, said.members);
    let written = one_of(section, "written", said, said.written);
    Some(ProbePlan {
        member: member.map(Cow::Borrowed),
        written: written.map(Cow::Borrowed),
        times,
        ..ProbePlan::of(said.id, at?.into_inner())
    })
}

/// Reads one of the words that a probe has for this key, if it has any.
fn one_of(
    section: &Section<'_>,
    key: &str,
    said: &Probe,
    words: &[&'static str],
) -> Option<&'static str> {
    if words.is_empty() {
        if let Some(span) = section.key_span(key) {
            section.report(|| {
                Problem::at(
                    span,
                    format!("`{}` has no `{key}`", said.id),
                    "does not go with it",
                )
                .advise(format!("leave `{key}` out"))
            });
        }
        return None;
    }
    let choices = words.iter().map(|word| (*word, *word)).collect();
    section.choice(key, choices).map(Spanned::into_inner)
}
