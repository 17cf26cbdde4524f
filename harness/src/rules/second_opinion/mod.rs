//! Whether an execution client of somebody else's finds the same payloads valid as Gauntlet's
//! engine does, which its nodes and its oracle share.
//!
//! | module | what belongs there |
//! |---|---|
//! | `differences` | where the two are known to differ, and why |

mod differences;

use std::collections::BTreeMap;

use super::{Evidence, Level, Record, Rule, Subject, Tally, Verdict};
use crate::oracle::{Docket, Findings, Item};
use crate::trace::{Judgement, Opinion, Opinions};
use crate::view::View;

pub use differences::{Difference, Side, differences};

/// The rule. It is none of [`all`](super::all): nothing in a trace decides it, but what a client
/// says that is asked about it.
pub static SECOND_OPINION: Rule = Rule {
    id: "chain/second-opinion",
    level: Level::Derived,
    subject: Subject::Engine,
    line: 108,
    quote: None,
    source: Some(
        "execution-apis paris, payload validation: whether a payload is VALID follows from the \
         rules of its chain alone, so that any two execution clients agree on it",
    ),
    evidence: &[Evidence::Blocks],
    check,
};

/// A case before a second court: the payloads of a trace, and what a client makes of them.
#[derive(Clone, Copy, Debug)]
pub struct Hearing<'a> {
    /// Which client: its URL.
    pub client: &'a str,
    /// The payloads.
    pub docket: &'a Docket,
    /// What the client makes of them.
    pub opinions: &'a Opinions,
}

/// What became of the payloads of a hearing, or of several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// On so many both agree.
    pub agreed: u64,
    /// On so many they differ as it is known of them, by the ids of the differences.
    pub known: BTreeMap<&'static str, u64>,
    /// On so many they differ otherwise.
    pub disputed: u64,
    /// So many the client or the oracle cannot judge: it does not know the parent.
    pub unjudged: u64,
}

impl Count {
    /// How many payloads both judged.
    #[must_use]
    pub fn judged(&self) -> u64 {
        self.agreed + self.known.values().sum::<u64>() + self.disputed
    }

    /// Counts those of another hearing too.
    pub fn add(&mut self, other: &Self) {
        self.agreed += other.agreed;
        self.disputed += other.disputed;
        self.unjudged += other.unjudged;
        for (id, times) in &other.known {
            *self.known.entry(id).or_default() += times;
        }
    }
}

impl Hearing<'_> {
    /// What became of the payloads.
    #[must_use]
    pub fn count(&self) -> Count {
        let mut count = Count::default();
        for item in &self.docket.items {
            match self.weigh(item) {
                Weight::Agreed => count.agreed += 1,
                Weight::Known(difference) => *count.known.entry(difference.id).or_default() += 1,
                Weight::Disputed(_) => count.disputed += 1,
                Weight::Unjudged => count.unjudged += 1,
            }
        }
        count
    }

    fn weigh<'o>(&'o self, item: &Item) -> Weight<'o> {
        let Some(opinion) = self.opinions.get(&item.id) else {
            return Weight::Unjudged;
        };
        let ours = match item.ours {
            Judgement::Valid => Side::Valid,
            Judgement::Invalid(_) => Side::Invalid,
            Judgement::UnknownParent => return Weight::Unjudged,
        };
        let theirs = match opinion {
            Opinion::Valid => Side::Valid,
            // What is no payload by its form is as little a block as one that is invalid.
            Opinion::Invalid(_) | Opinion::Refused(_) => Side::Invalid,
            Opinion::CannotJudge(_) => return Weight::Unjudged,
        };
        if ours == theirs {
            return Weight::Agreed;
        }
        let known = differences().find(|it| it.ours == ours && (it.applies)(&item.block.payload));
        known.map_or(Weight::Disputed(opinion), Weight::Known)
    }
}

/// What two courts come to.
enum Weight<'o> {
    /// The same.
    Agreed,
    /// Not the same, as it is known of them.
    Known(&'static Difference),
    /// Not the same; what the client says.
    Disputed(&'o Opinion),
    /// One of them cannot judge.
    Unjudged,
}

/// Judges by what a client said.
#[must_use]
pub fn judge_hearing(
    view: &View<'_>,
    findings: &Findings,
    hearing: Hearing<'_>,
) -> (&'static Rule, Verdict) {
    let asked = super::Asked::of(view);
    let grounds = super::Grounds::of(view, &asked);
    let record = Record {
        hearing: Some(hearing),
        ..grounds.record(view, findings)
    };
    (&SECOND_OPINION, SECOND_OPINION.judge(&record))
}

/// Both find a payload valid, or neither does.
fn check(record: &Record<'_>, tally: &mut Tally) {
    let Some(hearing) = record.hearing else {
        return;
    };
    for item in &hearing.docket.items {
        match hearing.weigh(item) {
            Weight::Agreed => tally.note(item.at_us, true, String::new),
            Weight::Disputed(opinion) => {
                tally.note(item.at_us, false, || told(item, opinion, hearing.client));
            }
            Weight::Known(_) | Weight::Unjudged => {}
        }
    }
}

/// Which block, and what each said.
fn told(item: &Item, opinion: &Opinion, client: &str) -> String {
    let places: Vec<_> = item.places.iter().map(ToString::to_string).collect();
    let ours = match &item.ours {
        Judgement::Valid => "VALID".to_owned(),
        Judgement::Invalid(why) => format!("INVALID: {why}"),
        Judgement::UnknownParent => "SYNCING".to_owned(),
    };
    let payload = &item.block.payload;
    format!(
        "block {} {}, {}: our engine says {ours}; {client} says {opinion}",
        payload.block_number,
        payload.block_hash,
        places.join(" and "),
    )
}

#[cfg(test)]
mod tests;
