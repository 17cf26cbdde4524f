//! Where two traces part.

use std::fmt;

use super::Trace;

/// The first event that two runs of the same plan do not share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its index in both traces, from 0.
    pub index: usize,
    /// The event in the first run, as its line of JSON; none where that trace is at its end.
    pub first: Option<String>,
    /// The event in the second run.
    pub second: Option<String>,
}

impl Difference {
    /// Compares two traces; nothing if they are the same.
    #[must_use]
    pub fn between(first: &Trace, second: &Trace) -> Option<Self> {
        if first.digest() == second.digest() {
            return None;
        }
        let (mut firsts, mut seconds) = (first.lines(), second.lines());
        (0..).find_map(|index| match (firsts.next(), seconds.next()) {
            (first, second) if first != second => Some(Some(Self {
                index,
                first,
                second,
            })),
            (None, None) => Some(None),
            _ => None,
        })?
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let event = |event: &Option<String>| match event {
            Some(line) => line.clone(),
            None => "the trace is at its end".to_owned(),
        };
        writeln!(f, "two runs part at event {}", self.index)?;
        writeln!(f, "  once:  {}", event(&self.first))?;
        write!(f, "  again: {}", event(&self.second))
    }
}
