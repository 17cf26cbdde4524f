//! What is told of each transcript, and of all.

use serde::Serialize;

use super::court::Court;
use crate::cli::console::Console;
use crate::report::devnet::verdicts;
use crate::report::style::{BAD, GOOD, HEADING, QUIET};
use crate::report::{Output, json, text};
use crate::rules::{Count, Difference, SECOND_OPINION, differences};
use crate::suite::{Exit, Stopwatch, Verified, VerifyError};

/// What was told so far.
pub(super) struct Told {
    json: bool,
    with_rules: bool,
    since: Stopwatch,
    exit: Exit,
    sound: u64,
    altered: u64,
    failed: u64,
    count: Count,
}

impl Told {
    /// Nothing yet; as JSON, or with the verdict of each rule.
    pub(super) fn new(json: bool, with_rules: bool) -> Self {
        Self {
            json,
            with_rules,
            since: Stopwatch::start(),
            exit: Exit::Conforms,
            sound: 0,
            altered: 0,
            failed: 0,
            count: Count::default(),
        }
    }

    /// What there is to say of a transcript that is as it was written.
    pub(super) fn verified(&mut self, verified: &Verified) -> String {
        self.sound += 1;
        if !verified.outcome.failures.is_empty() {
            self.failed += 1;
            self.exit = self.exit.max(Exit::Violation);
        }
        if let Some(count) = &verified.heard {
            self.count.add(count);
        }
        match self.json {
            true => line(verified),
            false => told(verified, self.with_rules),
        }
    }

    /// A transcript cannot be judged.
    pub(super) fn error(&mut self, error: &VerifyError) {
        self.altered += u64::from(matches!(error, VerifyError::Read { .. }));
        self.exit = self.exit.max(Exit::BadInput);
    }

    /// What all come to.
    pub(super) fn end(self, court: Option<&Court>, console: &mut Console) -> Exit {
        if self.json {
            console.line(&self.summary(court));
        } else {
            let told = format!(
                "{}: as written, {} with violations; {} not as written\n",
                text::plural(self.sound, "transcript"),
                self.failed,
                self.altered
            );
            console.paragraph(&told);
            if let Some(court) = court {
                console.out(&self.second(court));
            }
        }
        self.exit
    }

    /// What a second court came to.
    fn second(&self, court: &Court) -> String {
        let Count {
            known,
            disputed,
            unjudged,
            ..
        } = &self.count;
        let style = if *disputed == 0 { GOOD } else { BAD };
        let mut told = format!(
            "{}: {} judged by {} too, in {:.1} s; {style}{disputed} disputed{style:#}\n",
            SECOND_OPINION.id,
            text::plural(self.count.judged(), "payload"),
            court.client(),
            self.since.elapsed().as_secs_f64()
        );
        for difference in differences() {
            let id = difference.id;
            told += &match known.get(id) {
                Some(times) => format!(
                    "  {HEADING}{id}{HEADING:#}: {times} × a known difference, on payloads {}\n",
                    difference.about
                ),
                None => format!("  {QUIET}{id}: a known difference that did not show{QUIET:#}\n"),
            };
        }
        if *unjudged > 0 {
            told += &format!(
                "  {} not judged, since the parent is not known\n",
                text::plural(*unjudged, "payload")
            );
        }
        if court.others() > 0 {
            told += &format!(
                "  {} left out, being of other chains than the client's: `gauntlet genesis --of`\n",
                text::plural(court.others(), "transcript")
            );
        }
        told
    }

    fn summary(&self, court: Option<&Court>) -> String {
        let second_opinion = court.map(|court| SecondMember {
            client: court.client(),
            wall_ms: u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX),
            transcripts_left_out: court.others(),
            count: CountMember::of(&self.count),
        });
        json::to_line(&SummaryLine {
            summary: SummaryMember {
                transcripts: self.sound,
                with_violations: self.failed,
                not_as_written: self.altered,
                second_opinion,
                exit_code: self.exit.code(),
            },
        })
    }
}

fn told(verified: &Verified, with_rules: bool) -> String {
    let outcome = &verified.outcome;
    let word = match outcome.failures.is_empty() {
        true => format!("{GOOD}ok  {GOOD:#}"),
        false => format!("{BAD}FAIL{BAD:#}"),
    };
    let heard = match &verified.heard {
        Some(count) => format!(", {} judged twice", text::plural(count.judged(), "payload")),
        None => String::new(),
    };
    let mut told = format!(
        "{word}  {}  {} events{heard}, digest {}\n",
        verified.path.display(),
        verified.trace.entries.len(),
        verified.trace.digest()
    );
    if with_rules {
        told += &verdicts(&outcome.verdicts);
    }
    for failure in &outcome.failures {
        told += &format!("        {failure}\n");
    }
    told
}

/// A transcript as a line of JSON.
fn line(verified: &Verified) -> String {
    let outcome = &verified.outcome;
    let second_opinion = verified.heard.as_ref().map(CountMember::of);
    let line = json::to_line(&Line {
        transcript: verified.path.display().to_string(),
        events: verified.trace.entries.len(),
        digest: verified.trace.digest().to_string(),
        passed: outcome.failures.is_empty(),
        rules: json::verdicts(&outcome.verdicts),
        failures: outcome.failures.iter().map(ToString::to_string).collect(),
        second_opinion,
    });
    line + "\n"
}

#[derive(Serialize)]
struct Line<'a> {
    transcript: String,
    events: usize,
    digest: String,
    passed: bool,
    rules: Vec<json::RuleMember<'a>>,
    failures: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    second_opinion: Option<CountMember>,
}

#[derive(Serialize)]
struct SummaryLine<'a> {
    summary: SummaryMember<'a>,
}

#[derive(Serialize)]
struct SummaryMember<'a> {
    transcripts: u64,
    with_violations: u64,
    not_as_written: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    second_opinion: Option<SecondMember<'a>>,
    exit_code: u8,
}

#[derive(Serialize)]
struct SecondMember<'a> {
    client: &'a str,
    wall_ms: u64,
    transcripts_left_out: u64,
    count: CountMember,
}

#[derive(Serialize)]
struct CountMember {
    judged: u64,
    disputed: u64,
    unjudged: u64,
    /// The known differences, each with how often it showed.
    differences: Vec<DifferenceMember>,
}

#[derive(Serialize)]
struct DifferenceMember {
    id: &'static str,
    payloads: u64,
}

impl CountMember {
    fn of(count: &Count) -> Self {
        let of = |difference: &'static Difference| DifferenceMember {
            id: difference.id,
            payloads: count.known.get(difference.id).copied().unwrap_or_default(),
        };
        Self {
            judged: count.judged(),
            disputed: count.disputed,
            unjudged: count.unjudged,
            differences: differences().map(of).collect(),
        }
    }
}
