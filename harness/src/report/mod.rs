//! What became of cases, told for a person or for a machine. Reporters listen to what happens in a
//! run of the suite; what they write goes to an [`Output`].
//!
//! | module | what belongs there |
//! |---|---|
//! | [`text`] | reports for a person |
//! | [`json`] | reports for a machine, an object a line |
//! | [`story`] | a trace, told |
//! | [`devnet`] | a run in real time, told as it goes |
//! | [`html`] | reports as pages |
//! | [`perfetto`] | runs as events that Perfetto and Chrome show |
//! | [`junit`] | reports for whoever collects the results of tests |
//!
//! Nothing here reads a clock, or writes to a stream.
//!
//! ```
//! use gauntlet::report::text::Listing;
//! use gauntlet::suite::{self, RunOptions, Suite};
//!
//! let mut told = String::new();
//! let cases = Suite::embedded().below("mempool");
//! suite::run(&cases, &RunOptions::default(), &mut Listing::new(&mut told));
//! assert!(told.contains("mempool/"));
//! ```

pub mod devnet;
pub mod html;
pub mod json;
pub mod junit;
pub mod perfetto;
pub mod story;
pub mod text;

mod output;
pub(crate) mod style;

pub use output::Output;
