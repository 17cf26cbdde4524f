//! Mutants: the honest nodes with one part swapped, each of which breaks a rule.
//!
//! A rule that no mutant violates is a check that cannot fail; a mutant that survives is a fault
//! that would go unseen. A mutant is data, a [`Variant`] and the scenarios that expose it: nothing in
//! the nodes knows of it.
//!
//! | module | what belongs there |
//! |---|---|
//! | `list` | the mutants, a file for each family of rules |
//! | `parts` | the parts that are swapped in, a file for each kind of part |
//! | `run` | runs mutants and tells what became of them |
//! | [`controls`] | builders that do nothing that one must, and that must pass nothing |
//! | `coverage` | what there is for each rule |

pub mod controls;
mod coverage;
mod list;
mod parts;
mod run;

use crate::rules::Subject;
use crate::world::Variant;

pub use coverage::{Coverage, Lack, coverage};
pub use run::{Cases, Kill, Outcome, cases, run, run_all};

/// A variant of the honest nodes that breaks a rule.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    /// Its name.
    pub id: &'static str,
    /// What it does, and the public bug that it mirrors if there is one.
    pub about: &'static str,
    /// Which node is the variant.
    pub subject: Subject,
    /// The id of the rule that it breaks.
    pub killed_by: &'static str,
    /// The nodes.
    pub variant: Variant,
    /// The addresses of the scenarios that expose it, such as `failsafe/http-500`.
    pub scenarios: &'static [&'static str],
}

/// Every mutant, in the order of the rules.
pub fn all() -> impl Iterator<Item = &'static Mutant> + Clone {
    list::FAMILIES.iter().copied().flatten()
}

/// The mutant of a name.
#[must_use]
pub fn find(id: &str) -> Option<&'static Mutant> {
    all().find(|mutant| mutant.id == id)
}
