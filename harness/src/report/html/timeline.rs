//! What happened between two moments, as lanes and arrows: who sent what to whom, and when.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::frame::Text;
use crate::trace::{Act, What, time};
use crate::view::{Exchange, View};

/// The lanes, from left to right, with their places.
const LANES: [(&str, u32); 4] = [
    ("users", 90),
    ("sequencer", 330),
    ("builder", 570),
    ("follower", 810),
];

const WIDTH: u32 = 900;
const TOP: u32 = 40;
const ROW: u32 = 22;

/// How many arrows are drawn: what is more is said.
const MAX_ARROWS: usize = 60;

/// A moment that is marked, such as that of a violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When, in microseconds since the run began.
    pub at_us: u64,
    /// What.
    pub what: String,
}

/// A message, or a moment.
struct Line {
    at_us: u64,
    /// From which lane to which; a moment of all lanes if none.
    way: Option<(usize, usize)>,
    text: String,
    is_marked: bool,
}

/// Draws what happened from one moment to another, in microseconds since the run began, in the order
/// of time, with marks where something is wrong.
#[must_use]
pub fn timeline(view: &View<'_>, from_us: u64, to_us: u64, marks: &[Mark]) -> String {
    let is_in = |line: &Line| (from_us..=to_us).contains(&line.at_us);
    let mut lines: Vec<Line> = Vec::new();
    let probes = view.probes();
    for exchange in &view.exchanges {
        lines.extend(of_exchange(exchange, &probes).into_iter().filter(is_in));
    }
    for call in &view.users {
        let line = arrow(call.sent_us, (0, 1), call.meaning.name().to_owned());
        lines.extend(Some(line).filter(is_in));
    }
    for published in &view.published {
        let number = published.block.payload.block_number;
        let line = arrow(published.at_us, (1, 3), format!("block {number}"));
        lines.extend(Some(line).filter(is_in));
    }
    for slot in &view.slots {
        let due = format!("slot {}: the payload request is due", slot.number);
        let ends = format!("slot {} ends", slot.number);
        let moments = [moment(slot.request_due_us, due), moment(slot.ends_us, ends)];
        lines.extend(moments.into_iter().filter(is_in));
    }
    for entry in &view.trace.entries {
        let what = match &entry.what {
            What::Interfered { deed, .. } => format!("fault: {}", crate::faults::sentence(deed)),
            What::Did(Act::ReplaceHead) => "L1 replaces the head".to_owned(),
            What::Died => format!("fault: {} dies", entry.host),
            What::Back => format!("fault: {} is back", entry.host),
            What::Crossed { .. }
            | What::Published(_)
            | What::Restored(_)
            | What::Followed(_)
            | What::Did(_)
            | What::Says(_)
            | What::Logs(_)
            | What::Impossible(_)
            | What::Panicked(_)
            | What::Tasks(_) => continue,
        };
        lines.extend(Some(moment(entry.at_us, what)).filter(is_in));
    }
    for mark in marks {
        lines.push(Line {
            is_marked: true,
            ..moment(mark.at_us, format!("✗ {}", mark.what))
        });
    }
    lines.sort_by_key(|line| (line.at_us, line.is_marked));
    drawn(&lines)
}

fn of_exchange(exchange: &Exchange<'_>, probes: &BTreeMap<u64, &str>) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(passed) = &exchange.passed {
        lines.push(arrow(
            passed.at_us,
            (1, 2),
            View::name(probes, exchange.number, Some(&passed.meaning)),
        ));
    }
    match (&exchange.given, exchange.failed) {
        (Some(given), _) => {
            let text = format!(
                "HTTP {}, {} bytes",
                given.reply.status,
                given.reply.body.len()
            );
            lines.push(arrow(given.at_us, (2, 1), text));
        }
        (None, Some((at_us, failure))) => {
            lines.push(arrow(at_us, (2, 1), format!("no reply: {failure:?}")));
        }
        (None, None) => {}
    }
    lines
}

fn arrow(at_us: u64, way: (usize, usize), text: String) -> Line {
    Line {
        at_us,
        way: Some(way),
        text,
        is_marked: false,
    }
}

fn moment(at_us: u64, text: String) -> Line {
    Line {
        at_us,
        way: None,
        text,
        is_marked: false,
    }
}

fn drawn(lines: &[Line]) -> String {
    let shown = &lines[..lines.len().min(MAX_ARROWS)];
    let rows = u32::try_from(shown.len()).unwrap_or(u32::MAX);
    let height = TOP + ROW * (rows + 1) + 10;
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"what happened, in the order of time\">\n\
         <defs><marker id=\"a\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" fill=\"currentColor\"/></marker></defs>\n"
    );
    for (name, x) in LANES {
        let _infallible = writeln!(
            svg,
            "<text x=\"{x}\" y=\"16\" text-anchor=\"middle\" fill=\"currentColor\" font-weight=\"bold\">{name}</text>\
             <line x1=\"{x}\" y1=\"24\" x2=\"{x}\" y2=\"{}\" stroke=\"currentColor\" stroke-opacity=\".35\"/>",
            height - 6
        );
    }
    for (row, line) in (0..).zip(shown) {
        let y = TOP + ROW * (row + 1);
        let at = time(line.at_us);
        let (at, text) = (Text(&at), Text(&line.text));
        let _infallible = match line.way {
            Some((from, to)) => {
                let (from, to) = (LANES[from].1, LANES[to].1);
                writeln!(
                    svg,
                    "<line x1=\"{from}\" y1=\"{y}\" x2=\"{to}\" y2=\"{y}\" stroke=\"currentColor\" marker-end=\"url(#a)\"/>\
                     <text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"currentColor\">{at} {text}</text>",
                    u32::midpoint(from, to),
                    y - 4
                )
            }
            None => {
                let dash = if line.is_marked { "1 0" } else { "4 4" };
                let weight = if line.is_marked { "bold" } else { "normal" };
                writeln!(
                    svg,
                    "<line x1=\"10\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\" stroke=\"currentColor\" stroke-opacity=\".5\" \
                     stroke-dasharray=\"{dash}\"/><text x=\"12\" y=\"{}\" fill=\"currentColor\" \
                     font-weight=\"{weight}\">{at} {text}</text>",
                    WIDTH - 10,
                    y - 4
                )
            }
        };
    }
    svg += "</svg>\n";
    if lines.len() > shown.len() {
        let more = lines.len() - shown.len();
        let _infallible = writeln!(svg, "<p>and {more} messages more</p>");
    }
    svg
}
