//! Reports as pages: one file each, which needs nothing but itself.
//!
//! | module | what belongs there |
//! |---|---|
//! | `frame` | the frame of a page, and how text gets into it |
//! | `timeline` | what happened between two moments, as lanes and arrows |
//! | `wire` | an exchange as it crossed the wire, and the command that sends it again |

mod frame;
mod timeline;
mod wire;

pub(crate) use frame::{Text, frame};
pub use timeline::{Mark, timeline};
pub(crate) use wire::exchange;
pub use wire::repro;
