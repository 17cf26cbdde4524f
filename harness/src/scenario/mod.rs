//! Scenario files: TOML to [`Plan`] and back.
//!
//! A file is read in one pass over the syntax tree with its spans, so that every mistake in it is
//! reported at once, each with its line, a caret and what would have been right:
//!
//! - `keys`: which keys there are, and where;
//! - `words`: the words of the format and the values of the plan that they stand for;
//! - `deeds`: the words and parameters of the catalogue's faults;
//! - `limits`: the bounds of the numbers;
//! - `section`: a table being read: types, ranges, words, unknown keys;
//! - `file`, `settings`, `l1`, `slots`, `replies`, `probes`, `faults`: the tables, each with its
//!   semantic checks;
//! - `matrix`: a file that stands for many scenarios;
//! - `flat`: a file of settings, which is one table of plain values;
//! - `overlaps`: whether two faults befall the same thing at the same time;
//! - `problem`: what is wrong with a file, and how that is shown;
//! - `print`: the shortest file that parses back to the same plan.
//!
//! Nothing outside this module names `toml`.

mod deeds;
mod faults;
mod file;
#[cfg(feature = "cli")]
mod flat;
mod keys;
mod l1;
mod limits;
mod load;
mod matrix;
mod nearest;
mod overlaps;
mod print;
mod probes;
mod problem;
mod replies;
mod section;
mod settings;
mod slots;
mod words;

#[cfg(test)]
mod tests;

pub use file::{Cell, parse, parse_all};
#[cfg(feature = "cli")]
pub(crate) use flat::{Setting, Takes, settings as flat_settings};
pub use load::{load, load_all, read_all};
pub(crate) use nearest::distance;
pub use print::print;
pub use problem::{Problem, ScenarioError};

#[cfg(doc)]
use crate::plan::Plan;
