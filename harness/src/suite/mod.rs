//! Cases: run in parallel, checked, and handed over in order.
//!
//! | module | what belongs there |
//! |---|---|
//! | `check` | whether a run did what its plan says |
//! | `run` | a case, run and checked |
//! | `queue` | works on items in parallel and hands over the results in order |
//! | `exit` | what a command comes to: the exit codes |

mod check;
mod exit;
mod queue;
mod run;

pub use check::{Failure, Outcome, check};
pub use exit::Exit;
pub use queue::in_order;
pub use run::{
    BadInput, Case, End, Input, Keep, Ran, Report, RunOptions, Twice, UnknownScenario, examine,
};
