//! Which seeds to explore.

use std::fmt;
use std::num::ParseIntError;
use std::ops::Range;
use std::str::FromStr;

use thiserror::Error;

/// A range of seeds that is not empty: `0..5000`, `10..=20`, or `7` alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeds(Range<u64>);

/// Why a text is no range of seeds.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SeedsError {
    /// One of its numbers is none.
    #[error("no seeds, {0}: expected `0..5000`, `10..=20` or `7`")]
    Number(#[from] ParseIntError),
    /// It ends before it begins.
    #[error("no seeds: the end of `A..B` is greater than its beginning")]
    Empty,
    /// It includes the last of all seeds, which an exclusive end cannot.
    #[error("the seeds end before {}", u64::MAX)]
    TooLarge,
}

impl Seeds {
    /// The seeds.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        self.0.clone()
    }

    /// How many they are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.end - self.0.start
    }
}

impl FromStr for Seeds {
    type Err = SeedsError;

    fn from_str(text: &str) -> Result<Self, SeedsError> {
        let after = |last: u64| last.checked_add(1).ok_or(SeedsError::TooLarge);
        let range = if let Some((first, last)) = text.split_once("..=") {
            seed(first)?..after(seed(last)?)?
        } else if let Some((first, end)) = text.split_once("..") {
            seed(first)?..seed(end)?
        } else {
            let only = seed(text)?;
            only..after(only)?
        };
        if range.is_empty() {
            return Err(SeedsError::Empty);
        }
        Ok(Self(range))
    }
}

impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.0.start, self.0.end)
    }
}

fn seed(text: &str) -> Result<u64, SeedsError> {
    Ok(text.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> Range<u64> {
        text.parse::<Seeds>().unwrap().range()
    }

    fn error(text: &str) -> String {
        text.parse::<Seeds>().unwrap_err().to_string()
    }

    #[test]
    fn seeds_are_written_like_ranges_of_rust() {
        assert_eq!(range("0..5000"), 0..5000);
        assert_eq!(range("10..=20"), 10..21);
        assert_eq!(range("7"), 7..8);
        assert_eq!("10..=20".parse::<Seeds>().unwrap().to_string(), "10..21");
        assert_eq!("10..=20".parse::<Seeds>().unwrap().count(), 11);
    }

    #[test]
    fn what_is_no_range_is_told_with_what_would_be() {
        let examples = "expected `0..5000`, `10..=20` or `7`";
        for text in [
            "many", "5..", "..5", "-1..5", "1..2..3", "0 .. 5", "1e3", "",
        ] {
            let error = error(text);
            assert!(error.ends_with(examples), "`{text}`: {error}");
        }
        for text in ["5..5", "9..7", "9..=7"] {
            insta::allow_duplicates! {
                insta::assert_snapshot!(
                    error(text),
                    @"no seeds: the end of `A..B` is greater than its beginning"
                );
            }
        }
        insta::assert_snapshot!(
            error("18446744073709551615"),
            @"the seeds end before 18446744073709551615"
        );
    }
}
