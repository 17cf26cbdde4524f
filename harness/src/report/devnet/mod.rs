//! A devnet: where it is reached, its blocks as they come, and what it came to.
//!
//! | module | what belongs there |
//! |---|---|
//! | `opening` | where it is reached, and with which keys |
//! | `ticker` | its blocks as they come |
//! | `summary` | what it came to |
//! | `verdicts` | what became of each rule |

mod opening;
mod summary;
mod ticker;
mod verdicts;

pub use opening::opening;
pub use summary::{Summary, followers};
pub use ticker::Ticker;
pub use verdicts::verdicts;
