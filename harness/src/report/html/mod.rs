//! Reports as pages: one file each, which needs nothing but itself.
//!
//! | module | what belongs there |
//! |---|---|
//! | `frame` | the frame of a page, and how text gets into it |
//! | `timeline` | what happened between two moments, as lanes and arrows |
//! | `scenario` | what became of a scenario, and the list of all |
//! | `wire` | an exchange as it crossed the wire, and the command that sends it again |

mod frame;
mod scenario;
mod timeline;
mod wire;

pub(crate) use frame::{Text, frame};
pub use scenario::{Entry, index, scenario};
pub use timeline::{Mark, timeline};
pub(crate) use wire::exchange;
pub use wire::repro;
