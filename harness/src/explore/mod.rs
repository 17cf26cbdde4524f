//! Plans from seeds, and runs of many of them.
//!
//! | module | what belongs there |
//! |---|---|
//! | `keyed` | randomness by key instead of by sequence |
//! | `generate` | the plan of a seed |
//! | `seeds` | which seeds to explore |
//! | `run` | runs of many seeds, by several threads |
//! | `facts` | what was in the runs |
//! | `difference` | where two traces part |

mod difference;
mod facts;
mod generate;
mod keyed;
mod run;
mod seeds;

pub use difference::Difference;
pub use facts::{Facts, Times};
pub use generate::plan;
pub use keyed::Keyed;
pub use run::{Examined, Finding, Settings, explore};
pub use seeds::{Seeds, SeedsError};
