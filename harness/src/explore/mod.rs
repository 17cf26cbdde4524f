//! Plans from seeds.

mod generate;
mod keyed;

pub use generate::plan;
pub use keyed::Keyed;
