//! Plans from seeds, and runs of many of them.
//!
//! | module | what belongs there |
//! |---|---|
//! | `generate` | the plan of a seed |
//! | `seeds` | which seeds to explore |
//! | `run` | runs of many seeds, by several threads |
//! | `facts`, `kinds` | what was in the runs, counted by kind |

mod facts;
mod generate;
mod kinds;
mod run;
mod seeds;

pub use facts::{Facts, Times};
pub use generate::plan;
pub use kinds::{Cause, Failed, Trouble};
pub use run::{Examined, Finding, Settings, explore};
pub use seeds::{Seeds, SeedsError};
