//! Cases: found, run in parallel, checked, and handed over in order.
//!
//! | module | what belongs there |
//! |---|---|
//! | `find` | the suite: which scenarios there are, in a folder or in the library |
//! | `file` | a scenario file, and the cases in it |
//! | `select` | what a person may ask for: files, folders, addresses, rules, the standard input |
//! | `suggest` | what a person may have meant |
//! | `case` | what there is to run |
//! | `run` | cases, run in parallel |
//! | `queue` | the scheduler, which mutants and seeds share |
//! | `halt` | how whoever waits ends many runs early |
//! | `event` | what happens meanwhile, and who listens |
//! | `examine` | a case, run and checked |
//! | `check` | whether a run did what its plan says |
//! | `failure` | what is wrong with a run |
//! | `verify` | transcripts, judged from the files alone, and by a second court if there is one |
//! | `geneses` | the chains that transcripts are of |
//! | `report` | what became of a case |
//! | `summary` | what many cases come to |
//! | `exit` | what a command comes to: the exit codes |
//! | `stopwatch` | the time that passes for whoever waits |
//!
//! Nothing here writes to a stream or knows how anything is shown: a [`Reporter`] listens.
//!
//! ```
//! use gauntlet::suite::{self, Reporter, RunEvent, RunOptions, Suite};
//!
//! /// Writes down what did not pass.
//! #[derive(Default)]
//! struct Complaints(Vec<String>);
//!
//! impl Reporter for Complaints {
//!     fn event(&mut self, event: &RunEvent) {
//!         if let RunEvent::CaseFinished(report) = event {
//!             let address = &report.address;
//!             let of_it = |failure| format!("{address}: {failure}");
//!             self.0.extend(report.failures().iter().map(of_it));
//!         }
//!     }
//! }
//!
//! let mut complaints = Complaints::default();
//! let cases = Suite::embedded().below("mempool");
//! let summary = suite::run(&cases, &RunOptions::default(), &mut complaints);
//! assert_eq!(summary.total(), cases.len());
//! assert!(complaints.0.is_empty());
//! ```

mod case;
mod check;
mod event;
mod examine;
mod exit;
mod failure;
mod file;
mod find;
mod geneses;
mod halt;
mod queue;
mod report;
mod run;
mod select;
mod stopwatch;
mod suggest;
mod summary;
mod verify;

pub use case::{BadInput, Case, Input, UnknownScenario};
pub use check::{Outcome, Profile, Undecided, check, check_view};
pub use event::{Reporter, RunEvent};
pub use examine::{Keep, RunOptions, Strictness, Twice, examine};
pub use exit::Exit;
pub use failure::Failure;
pub use find::Suite;
pub use geneses::{Genesis, geneses};
pub use halt::Halt;
pub use queue::{cores, in_order};
pub use report::{End, Ran, Report, Status, Stop};
pub use run::run;
pub use summary::{Standing, Summary};
pub use verify::{
    SecondCourt, TRANSCRIPT_ENDING, Verified, VerifyError, found, verify, verify_each,
    write_transcript,
};

#[cfg(feature = "cli")]
pub(crate) use suggest::did_you_mean;
pub(crate) use {examine::judged, stopwatch::Stopwatch};
