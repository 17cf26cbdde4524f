//! What became of scenarios: run in parallel, told in order, for a person or for a machine.
//!
//! | module | what belongs there |
//! |---|---|
//! | `exit` | what a command comes to: the exit codes |
//! | `queue` | works on items in parallel and hands over the results in order |
//! | `run` | a scenario, run and checked |
//! | `summary` | what many reports come to |
//! | [`text`] | reports for a person |
//! | [`json`] | reports for a machine |
//!
//! Nothing here writes to a stream or reads a clock.

pub mod json;
pub mod text;

mod exit;
mod queue;
mod run;
pub(crate) mod style;
mod summary;

pub use exit::Exit;
pub use queue::in_order;
pub use run::{
    BadInput, Case, End, Input, Keep, Ran, Report, RunOptions, Twice, UnknownScenario, examine,
};
pub use summary::{Standing, Summary};
