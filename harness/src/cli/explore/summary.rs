//! What an exploration found and what was in it.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::explore::{Facts, Times};
use crate::report::style::{BAD, GOOD, HEADING};
use crate::suite::Exit;

/// What an exploration found and what was in it.
#[derive(Debug)]
pub(super) struct Summary<'a> {
    pub(super) facts: &'a Facts,
    pub(super) examined: u64,
    /// How many seeds were not examined, since somebody ended it early.
    pub(super) not_run: u64,
    pub(super) failed: u64,
    pub(super) broken: u64,
    pub(super) discarded: &'a BTreeMap<u64, String>,
    pub(super) took: Duration,
}

impl Summary<'_> {
    /// How the exploration ends.
    pub(super) fn exit(&self) -> Exit {
        match (self.failed, self.broken) {
            _ if self.not_run > 0 => Exit::Interrupted,
            (0, 0) => Exit::Conforms,
            (_, 0) => Exit::Violation,
            _ => Exit::Broken,
        }
    }

    /// The summary for a machine.
    pub(super) fn json(&self) -> Value {
        let facts = self.facts;
        let mut json = json!({
            "type": "summary",
            "seeds": self.examined,
            "failed": self.failed,
            "broken": self.broken,
            "discarded": self.discarded.keys().collect::<Vec<_>>(),
            "rechecked": facts.rechecked,
            "slots": facts.slots,
            "events": facts.events,
            "virtual_ms": facts.virtual_ms,
            "took_ms": u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
            "builder_blocks": facts.builder_blocks,
            "local_blocks": facts.local_blocks,
            "transactions": facts.transactions,
            "troubles": times_json(&facts.troubles),
            "fallbacks": times_json(&facts.fallbacks),
            "rules": times_json(&facts.rules),
        });
        if self.not_run > 0 {
            json["not_run"] = self.not_run.into();
        }
        json
    }

    fn found(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let seeds = self.examined;
        if self.not_run > 0 {
            let (missing, all) = (self.not_run, seeds + self.not_run);
            writeln!(
                f,
                "{BAD}ended early{BAD:#}: {missing} of {all} seeds were not run"
            )?;
        }
        match (self.failed, self.broken) {
            (0, 0) => write!(f, "{GOOD}{seeds} seeds, no violation{GOOD:#}")?,
            (failed, 0) => write!(f, "{BAD}{failed} of {seeds} seeds failed{BAD:#}")?,
            (failed, broken) => write!(
                f,
                "{BAD}{failed} of {seeds} seeds failed, {broken} were not the same twice or have \
                 no trace{BAD:#}"
            )?,
        }
        write!(f, "; {} run twice and the same", self.facts.rechecked)?;
        match self.discarded.len() {
            0 => writeln!(f),
            discarded => writeln!(f, "; {discarded} discarded as impossible"),
        }
    }

    fn speed(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let seconds = self.took.as_secs_f64().max(1e-9);
        let virtual_s = self.facts.virtual_ms as f64 / 1000.0;
        writeln!(
            f,
            "{:.1} s, {:.1} seeds/s; {virtual_s:.0} s of virtual time, {:.0} x real time",
            seconds,
            self.examined as f64 / seconds,
            virtual_s / seconds,
        )
    }

    fn blocks(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let facts = self.facts;
        let share = facts.builder_share();
        writeln!(
            f,
            "{} slots: {} blocks of the builder ({share:.1} %), {} local ({:.1} %); {} \
             transactions, {} events",
            facts.slots,
            facts.builder_blocks,
            facts.local_blocks,
            100.0 - share,
            facts.transactions,
            facts.events,
        )
    }
}

impl Display for Summary<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let facts = self.facts;
        table(f, "trouble", facts.troubles.iter())?;
        table(f, "fell back", facts.fallbacks.iter())?;
        table(f, "rule put to the test", facts.rules.iter())?;
        for (seed, why) in self.discarded {
            writeln!(f, "seed {seed} discarded: {why}")?;
        }
        self.blocks(f)?;
        self.speed(f)?;
        self.found(f)
    }
}

/// The width of a table's first column.
const WIDTH: usize = 72;

fn table<'a, K: Display + 'a>(
    f: &mut Formatter<'_>,
    title: &str,
    rows: impl Iterator<Item = (&'a K, &'a Times)>,
) -> fmt::Result {
    writeln!(
        f,
        "{HEADING}{title:<WIDTH$} {:>8} {:>9}{HEADING:#}",
        "runs", "times"
    )?;
    for (what, Times { runs, times }) in rows {
        writeln!(f, "{:<WIDTH$} {runs:>8} {times:>9}", what.to_string())?;
    }
    writeln!(f)
}

fn times_json<K: Display>(rows: &BTreeMap<K, Times>) -> Value {
    let rows = rows.iter().map(|(what, Times { runs, times })| {
        let counts = json!({ "runs": runs, "times": times });
        (what.to_string(), counts)
    });
    Value::Object(rows.collect::<Map<_, _>>())
}
