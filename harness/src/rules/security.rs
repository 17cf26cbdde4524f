//! What the builder, or whoever sits on the way to it, must not be able to make the sequencer do.

use super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::dialect::Meaning;
use crate::view::Exchange;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "security/ssrf",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 60,
        quote: None,
        source: Some(
            "lines 60 and 96: a builder is at its builderUrl; an answer to a payload request sends \
             the sequencer nowhere else",
        ),
        evidence: &[Evidence::Wire],
        check: |record, tally| {
            stays(record, tally, |meaning| {
                matches!(meaning, Meaning::PayloadRequest(_))
            });
        },
    },
    Rule {
        id: "security/priv",
        level: Level::Derived,
        subject: Subject::Sequencer,
        line: 56,
        quote: None,
        source: Some(
            "lines 56 and 60: users' transactions go to the builder at its builderUrl, and to \
             nobody else",
        ),
        evidence: &[Evidence::Wire],
        check: |record, tally| {
            stays(record, tally, |meaning| {
                matches!(meaning, Meaning::ForwardedTransaction(_))
            });
        },
    },
];

/// Nothing is sent to where a redirect leads.
fn stays(record: &Record<'_>, tally: &mut Tally, is_it: fn(&Meaning) -> bool) {
    for exchange in &record.view.exchanges {
        let (Some(meaning), Some(reply)) = (exchange.meaning(), &exchange.reply) else {
            continue;
        };
        let location = location(exchange);
        let Some(location) = location.filter(|_| is_it(meaning)) else {
            continue;
        };
        let mut later = record.view.exchanges.iter().filter_map(|it| {
            let arrived = it.arrived.as_ref()?;
            (arrived.at_us >= reply.at_us).then_some(arrived)
        });
        let goes = later.any(|arrived| location.ends_with(&*arrived.request.path));
        tally.note(reply.at_us, !goes, || {
            format!("the sequencer went where it was sent: {location}")
        });
    }
}

/// Where a reply leads, if it is a redirect to another path.
fn location<'a>(exchange: &'a Exchange<'_>) -> Option<&'a str> {
    let reply = exchange.reply.as_ref()?.reply;
    let mut headers = reply.headers.iter();
    let (_, location) = headers.find(|(name, _)| **name == *"location")?;
    let own = &exchange.arrived.as_ref()?.request.path;
    let leads = (300..400).contains(&reply.status) && !location.ends_with(&**own);
    leads.then_some(location)
}
