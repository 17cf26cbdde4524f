//! What became of scenarios, told for a person or for a machine.
//!
//! | module | what belongs there |
//! |---|---|
//! | `summary` | what many reports come to |
//! | [`text`] | reports for a person |
//! | [`json`] | reports for a machine |
//!
//! Nothing here writes to a stream or reads a clock.

pub mod json;
pub mod text;

pub(crate) mod style;
mod summary;

pub use summary::{Standing, Summary};
