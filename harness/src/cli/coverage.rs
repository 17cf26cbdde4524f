//! `gauntlet rules --coverage`: what there is for each rule.

use serde::Serialize;

use super::layout::width;
use crate::mutants::{Coverage, Lack};
use crate::report::json::to_line;
use crate::report::style::{BAD, HEADING, QUIET};
use crate::report::text;

/// A table: a rule, how strongly it is said, and how many cases and mutants there are for it.
pub(super) fn table(rows: &[&Coverage]) -> String {
    let names = width(rows.iter().map(|row| row.rule.id));
    let mut told = format!(
        "{QUIET}{:<names$}  {:<8}  {:>5}  {:>7}  {:>6}  {:>7}{QUIET:#}\n",
        "rule", "level", "cases", "held in", "times", "mutants"
    );
    for row in rows {
        let Coverage {
            rule,
            cases,
            standing,
            mutants,
        } = row;
        let lacks: String = row
            .lacks()
            .iter()
            .map(|lack| format!("  {BAD}{lack}{BAD:#}"))
            .collect();
        told += &format!(
            "{HEADING}{:<names$}{HEADING:#}  {:<8}  {:>5}  {:>7}  {:>6}  {:>7}{lacks}\n",
            rule.id,
            rule.level,
            cases.len(),
            standing.held_in,
            standing.held,
            mutants.len(),
        );
    }
    let lacking = rows.iter().filter(|row| !row.lacks().is_empty()).count() as u64;
    let all = text::plural(rows.len() as u64, "rule");
    let what = match lacking {
        0 => "none of which lacks a case or a mutant".to_owned(),
        lacking => format!("{BAD}{lacking} of which lack a case or a mutant{BAD:#}"),
    };
    told + &format!("\n{all}, {what}\n")
}

/// A line of JSON for a rule.
pub(super) fn line(row: &Coverage) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        id: &'a str,
        level: String,
        binds: bool,
        scenarios: &'a [String],
        held_in: u64,
        held: u64,
        mutants: &'a [&'static str],
        lacks: Vec<String>,
    }
    to_line(&Line {
        id: row.rule.id,
        level: row.rule.level.to_string(),
        binds: row.rule.level.binds(),
        scenarios: &row.cases,
        held_in: row.standing.held_in,
        held: row.standing.held,
        mutants: &row.mutants,
        lacks: row.lacks().iter().map(Lack::to_string).collect(),
    })
}
