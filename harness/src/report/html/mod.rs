//! Reports as pages: one file each, which needs nothing but itself.
//!
//! | module | what belongs there |
//! |---|---|
//! | `page` | the frame of a page, and how text gets into it |
//! | `timeline` | what happened between two moments, as lanes and arrows |
//! | `certificate` | what a certification came to |
//! | `wire` | an exchange as it crossed the wire, and the command that sends it again |

mod certificate;
mod page;
mod timeline;
mod wire;

pub use certificate::certificate;
pub use timeline::{Mark, timeline};
pub use wire::repro;
