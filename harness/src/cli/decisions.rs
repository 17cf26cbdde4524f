//! `gauntlet decisions`: what the specification leaves open, and what Gauntlet does there.

use std::process::ExitCode;

use serde::Serialize;

use super::console::Console;
use super::layout::wrapped;
use crate::decisions::{self, Decision};
use crate::report::style::{HEADING, QUIET};
use crate::report::{Output, json, text};
use crate::suite::{Exit, did_you_mean};

/// Lists what Gauntlet decides where the specification is silent or contradicts itself
///
/// Reports name the decisions that a run used, by these ids.
/// The sources are marked with `DECISION: <id>` where one is carried out.
/// Numbers in parentheses are lines of `builder-api.md`.
#[derive(Clone, Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  gauntlet decisions                       every decision, by topic
  gauntlet decisions timeout-tie           one: the question, the answer and why

Exit codes:
  0  listed
  2  there is no such decision"
)]
pub struct DecisionsArgs {
    /// A decision such as `timeout-tie`
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// A line of JSON for each decision
    #[arg(long)]
    pub json: bool,
}

/// Lists.
#[must_use]
pub(super) fn run(args: &DecisionsArgs) -> ExitCode {
    let mut console = Console::new();
    let one = match &args.id {
        None => None,
        Some(id) => match decisions::find(id) {
            Some(decision) => Some(decision),
            None => {
                let ids = decisions::all().map(|decision| decision.id);
                let help: Vec<_> = did_you_mean(id, ids).into_iter().collect();
                let message = format!("there is no decision `{id}`");
                console.error(&text::error(&message, &help));
                return console.end(Exit::BadInput);
            }
        },
    };
    match (one, args.json) {
        (Some(decision), true) => console.line(&line(decision)),
        (None, true) => decisions::all().for_each(|decision| console.line(&line(decision))),
        (Some(decision), false) => console.out(&page(decision)),
        (None, false) => console.out(&list()),
    }
    console.end(Exit::Conforms)
}

fn list() -> String {
    let mut list = String::new();
    for (topic, decisions) in decisions::topics() {
        list += &format!("{HEADING}{topic}{HEADING:#}\n\n");
        for Decision {
            id,
            question,
            default,
            ..
        } in decisions
        {
            list += &format!("  {HEADING}{id}{HEADING:#}\n");
            let question = wrapped(question, 4);
            list += &format!("{QUIET}{question}{QUIET:#}");
            list += &wrapped(default, 4);
            list += "\n";
        }
    }
    list + &format!(
        "{}; `gauntlet decisions <ID>` says why\n",
        text::plural(decisions::all().count() as u64, "decision")
    )
}

fn page(decision: &Decision) -> String {
    let mut page = format!("{HEADING}{}{HEADING:#}\n", decision.id);
    let mut section = |name: &str, text: &str| {
        page += &format!("\n  {QUIET}{name}{QUIET:#}\n{}", wrapped(text, 4));
    };
    section("question", decision.question);
    section("answer", decision.default);
    section("why", decision.why);
    if !decision.options.is_empty() {
        section("options", &decision.options.join("; "));
    }
    if let Some(why) = decision.unmarked {
        section("not marked in the sources", why);
    }
    page
}

fn line(decision: &Decision) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        id: &'a str,
        question: &'a str,
        default: &'a str,
        why: &'a str,
        options: &'a [&'a str],
        unmarked: Option<&'a str>,
    }
    json::to_line(&Line {
        id: decision.id,
        question: decision.question,
        default: decision.default,
        why: decision.why,
        options: decision.options,
        unmarked: decision.unmarked,
    })
}
