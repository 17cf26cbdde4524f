//! Mutants of how the builder reads requests and writes responses.

use gauntlet_protocol::constants::GET_PAYLOAD;
use serde_json::Value;

use super::{Mutant, Subject, porter};
use crate::mutants::parts::porter as parts;

pub(super) const MUTANTS: &[Mutant] = &[Mutant {
    id: "has-no-result",
    about: "The result of a payload request is null.",
    subject: Subject::Builder,
    killed_by: "structures/response-shape",
    variant: porter(|| parts::says_result(GET_PAYLOAD, |result| *result = Value::Null)),
    scenarios: &["structures/request-and-response"],
}];
