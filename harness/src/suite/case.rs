//! What there is to run.

use thiserror::Error;

use crate::plan::{Plan, Unrepeatable};
use crate::scenario::{Cell, ScenarioError};

/// What there is to run under an address.
///
/// ```
/// use gauntlet::plan::{Plan, SlotPlan};
/// use gauntlet::suite::{Case, RunOptions, Status, examine};
///
/// let case = Case {
///     address: "my/first-case".to_owned(),
///     input: Ok(Plan {
///         slots: vec![SlotPlan::default()],
///         ..Plan::default()
///     }),
/// };
/// assert_eq!(examine(&case, &RunOptions::default()).status(), Status::Passed);
/// ```
#[derive(Clone, Debug)]
pub struct Case {
    /// The address: the path below the folder of scenarios, without the ending, and which cell it is
    /// if the file has a matrix.
    pub address: String,
    /// The plan, or why there is none.
    pub input: Input,
}

/// A plan, or why there is none.
pub type Input = Result<Plan, BadInput>;

/// Why there is nothing to run.
#[derive(Clone, Debug, Error)]
pub enum BadInput {
    /// The scenario file cannot be read, or is no scenario.
    #[error(transparent)]
    File(#[from] ScenarioError),
    /// There is no such scenario.
    #[error(transparent)]
    Unknown(#[from] UnknownScenario),
    /// It is to be repeated, and cannot be.
    #[error("`{address}` cannot be repeated: {why}")]
    Unrepeatable {
        /// What is to be.
        address: String,
        /// Why it cannot.
        why: Unrepeatable,
    },
}

/// There is nothing of this name.
#[derive(Clone, Debug, Error)]
#[error("{message}")]
pub struct UnknownScenario {
    /// What there is not.
    pub message: String,
    /// What may have been meant.
    pub help: Vec<String>,
}

impl Case {
    /// The cases of the cells of a file with this address.
    pub(super) fn of_cells(address: &str, cells: Vec<Cell>) -> Vec<Self> {
        let case = |cell: Cell| Self {
            address: format!("{address}{}", cell.address),
            input: Ok(cell.plan),
        };
        cells.into_iter().map(case).collect()
    }

    /// A case that is not there, under the name that was asked for.
    pub(super) fn unknown(name: &str, message: String, help: Vec<String>) -> Self {
        Self {
            address: name.to_owned(),
            input: Err(UnknownScenario { message, help }.into()),
        }
    }

    /// The same, repeated until there are so many slots, if it can be.
    #[must_use]
    pub fn lasting(self, slots: usize) -> Self {
        let Self { address, input } = self;
        let input = input.and_then(|plan| {
            let lasting = plan.lasting(slots);
            lasting.map_err(|why| BadInput::Unrepeatable {
                address: address.clone(),
                why,
            })
        });
        Self { address, input }
    }

    /// Whether its plan is for a rule.
    #[must_use]
    pub fn is_for(&self, rule: &str) -> bool {
        let plan = self.input.as_ref();
        plan.is_ok_and(|plan| plan.exercises.iter().any(|id| id == rule))
    }
}
