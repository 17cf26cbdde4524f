//! A whole file: its syntax, what stands at its top, and the order in which the rest is read.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::TOP;
use super::limits::FILE_BYTES;
use super::matrix::{MAX_BYTES, MAX_SLOTS, Matrix};
use super::nearest::{listed, nearest, short};
use super::problem::{CellProblems, Problem, Problems, ScenarioError};
use super::section::Section;
use super::settings::{self, Timing};
use super::{faults, l1, slots};
use crate::plan::Plan;

/// A scenario of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What follows the address of the file, as `[arrives_at_ms=199]`; nothing if the file has no
    /// matrix.
    pub address: String,
    /// The plan.
    pub plan: Plan,
}

/// Reads a scenario file that stands for one scenario. The name is what messages call the file; the
/// rules are those that `for` may name.
///
/// # Errors
///
/// Returns everything that is wrong with the text, or that it is a matrix.
pub fn parse(name: &str, text: &str, known_rules: &[&str]) -> Result<Plan, ScenarioError> {
    let mut cells = parse_all(name, text, known_rules)?;
    match (cells.pop(), cells.is_empty()) {
        (Some(Cell { plan, .. }), true) => Ok(plan),
        (_, _) => Err(ScenarioError::of_file(
            name,
            Problem::of_file("the file is a matrix, and one scenario is wanted")
                .advise("name one of its cells, as `get-payload/reply[arrives_at_ms=199]`"),
        )),
    }
}

/// Reads a scenario file: its one scenario, or those of its matrix, of which there is at least one.
///
/// # Errors
///
/// Returns everything that is wrong with the text.
pub fn parse_all(name: &str, text: &str, known_rules: &[&str]) -> Result<Vec<Cell>, ScenarioError> {
    if let Some(problem) = too_large(text.len()) {
        return Err(ScenarioError::of_file(name, problem));
    }
    let problems = Problems::default();
    let (root, syntax) = DeTable::parse_recoverable(text);
    if let Some(problem) = broken_syntax(&syntax, "a scenario is a TOML file") {
        return Err(ScenarioError::of_problem(name, text, problem));
    }
    let mut keys = BTreeMap::new();
    if !syntax.is_empty() {
        collect_keys(root.get_ref(), &mut keys);
    }
    for error in syntax {
        let span = error.span().unwrap_or(0..0);
        problems.add(|| duplicate(&keys, text, span));
    }
    let first_line = 0..text.find('\n').unwrap_or(text.len());
    let of = |table: &DeTable<'_>, problems: &Problems| {
        let top = Section::new(table, first_line.clone(), &TOP, problems);
        read(&top, known_rules, problems)
    };
    let plans = match Matrix::read(root.get_ref(), &problems) {
        None => vec![Cell {
            address: String::new(),
            plan: of(root.get_ref(), &problems),
        }],
        // What is wrong with the matrix shows in each of its cells.
        Some(_) if problems.count() > 0 => Vec::new(),
        Some(matrix) => {
            let cells = matrix.cells();
            let mut found = CellProblems::of(cells.len());
            let mut plans = Vec::new();
            let mut slots = 0;
            for cell in &cells {
                let (address, own) = (cell.address(), Problems::default());
                let plan = of(&cell.of(root.get_ref()), &own);
                slots += plan.slots.len();
                if slots > MAX_SLOTS || cells.len() * text.len() > MAX_BYTES {
                    problems.add(|| matrix.too_large());
                    break;
                }
                found.add(&address, own);
                plans.push(Cell { address, plan });
            }
            found.tell(&problems);
            plans
        }
    };
    match ScenarioError::of_text(name, text, problems) {
        Some(error) => Err(error),
        None => Ok(plans),
    }
}

fn read(top: &Section<'_>, known_rules: &[&str], problems: &Problems) -> Plan {
    let title = title(top);
    let exercises = exercises(top, known_rules);
    let seed = top.number_or("seed", 0..=u64::MAX, 0);

    let before = problems.count();
    let chain = settings::chain(top);
    let l1 = l1::l1(top, &chain);
    let network = settings::network(top);
    let traffic = settings::traffic(top);
    let sequencer = settings::sequencer(top, &chain);
    let builder = settings::builder(top);
    // A wrong block time or latency would make times elsewhere look wrong that are not.
    let timing = (problems.count() == before)
        .then(|| Timing::new(&chain, &network, &sequencer, &builder, &traffic));

    let slots = slots::read(top, timing.as_ref());
    let end_ms = timing.map(|timing| slots.len() as u64 * timing.block_time_ms);
    let faults = faults::read(top, end_ms);
    Plan {
        title,
        exercises,
        seed,
        chain,
        l1,
        network,
        traffic,
        sequencer,
        builder,
        faults,
        slots,
    }
}

fn title(top: &Section<'_>) -> String {
    top.require("title", "title = \"The builder never answers\"");
    let Some(title) = top.text("title") else {
        return String::new();
    };
    if title.get_ref().trim().is_empty() || title.get_ref().contains('\n') {
        top.report(|| {
            Problem::at(
                title.span(),
                "`title` is no sentence",
                "expected a sentence on one line",
            )
            .advise("say what the run shows, as `title = \"The builder never answers\"`")
        });
    }
    (*title.get_ref()).to_owned()
}

fn exercises(top: &Section<'_>, known_rules: &[&str]) -> Vec<String> {
    let rules = top.texts("for");
    let mut named: BTreeMap<&str, &Spanned<&str>> = BTreeMap::new();
    for rule in &rules {
        if !known_rules.contains(rule.get_ref()) {
            top.report(|| unknown_rule(rule, known_rules));
        } else if let Some(first) = named.get(rule.get_ref()) {
            top.report(|| {
                Problem::at(
                    rule.span(),
                    format!("rule `{}` is named twice", rule.get_ref()),
                    "again",
                )
                .beside(first.span(), "first here")
                .advise("name each rule once")
            });
        } else {
            named.insert(rule.get_ref(), rule);
        }
    }
    rules
        .iter()
        .map(|rule| (*rule.get_ref()).to_owned())
        .collect()
}

fn unknown_rule(rule: &Spanned<&str>, known_rules: &[&str]) -> Problem {
    let name = *rule.get_ref();
    let problem = Problem::at(
        rule.span(),
        format!("unknown rule `{}`", short(name)),
        "no rule has this id",
    );
    let known = || known_rules.iter().copied();
    let section = name.split_once('/').map_or(name, |(section, _)| section);
    let siblings: Vec<&str> = known()
        .filter(|rule| rule.split_once('/').is_some_and(|(of, _)| of == section))
        .collect();
    let meant = known()
        .find(|rule| rule.split_once('/').is_some_and(|(_, short)| short == name))
        .or_else(|| nearest(name, known()));
    let problem = match meant {
        Some(meant) => problem.advise(format!("did you mean `{meant}`?")),
        None => problem,
    };
    if siblings.is_empty() {
        let mut sections: Vec<&str> = known().filter_map(|rule| rule.split('/').next()).collect();
        sections.dedup();
        problem.advise(listed(
            "an id is `section/name`; the sections are",
            sections,
        ))
    } else {
        problem.advise(listed(&format!("the rules of {section} are"), siblings))
    }
}

/// The first mistake after which the parser has to guess, so that no other is worth telling. A key
/// that stands twice is none: it hides nothing else.
pub(super) fn broken_syntax(errors: &[toml::de::Error], what_it_is: &str) -> Option<Problem> {
    let error = errors
        .iter()
        .filter(|error| error.message() != DUPLICATE)
        .min_by_key(|error| error.span().map_or(0, |span| span.start))?;
    let span = error.span().unwrap_or(0..0);
    let (message, expected) = match error.message().split_once(", expected ") {
        Some((message, expected)) => (message, format!("expected {expected}")),
        None => (error.message(), String::new()),
    };
    Some(match message {
        // The parser takes whatever it does not know for a string without its quotes.
        "string values must be quoted" if span.is_empty() => {
            Problem::at(span, "a value is missing", "expected a value")
                .advise("for example `seed = 7`, or leave the key out")
        }
        "string values must be quoted" => Problem::at(span, message, "a string without quotes")
            .advise("a string stands in quotes, as `\"honest\"`"),
        _ => Problem::at(span, message, expected).advise(what_it_is),
    })
}

/// What the parser says of a key that stands twice.
const DUPLICATE: &str = "duplicate key";

/// Where the keys of a file end, and where they begin, by their names.
pub(super) type Places<'a> = BTreeMap<&'a str, BTreeMap<usize, usize>>;

pub(super) fn duplicate(keys: &Places<'_>, text: &str, span: Range<usize>) -> Problem {
    let name = text.get(span.clone()).unwrap_or_default();
    let problem = Problem::at(
        span.clone(),
        format!("duplicate key `{}`", short(name)),
        "stands here again",
    );
    let before = keys
        .get(name)
        .and_then(|places| places.range(..=span.start).next_back());
    match before {
        Some((end, start)) => problem.beside(*start..*end, "first here"),
        None => problem,
    }
    .advise("a key stands once in its table; `[[slot]]` and `[[fault]]` begin a new one")
}

pub(super) fn collect_keys<'a>(table: &'a DeTable<'_>, keys: &mut Places<'a>) {
    for (key, value) in table {
        let span = key.span();
        let places = keys.entry(key.get_ref().as_ref()).or_default();
        places.insert(span.end, span.start);
        if let DeValue::Table(table) = value.get_ref() {
            collect_keys(table, keys);
        } else if let DeValue::Array(array) = value.get_ref() {
            for element in array.iter() {
                if let DeValue::Table(table) = element.get_ref() {
                    collect_keys(table, keys);
                }
            }
        }
    }
}

/// What is wrong with a file of so many bytes, if it has too many.
pub(super) fn too_large(bytes: usize) -> Option<Problem> {
    (bytes as u64 > FILE_BYTES).then(|| {
        Problem::of_file("the scenario file is too large").advise(format!(
            "a scenario has at most {} KiB; `slots = 5000` needs no `[[slot]]` for each of them",
            FILE_BYTES / 1024
        ))
    })
}
