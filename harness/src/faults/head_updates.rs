//! What becomes of the fork choice update with a slot's attributes.

use super::{Arrival, Fault, How, On};

pub(super) const HEAD_UPDATES: &[Fault] = &[Fault {
    id: "head-update/lost",
    on: On::HeadUpdate,
    sentence: "the fork choice update with the slot's attributes is lost on its way",
    rules: &[
        "interaction/fork-choice-propagated",
        "get-payload/local-block-on-error",
    ],
    parameters: &[],
    needs: &[],
    arrival: Arrival::Never,
    weight: 1,
    how: How::Swallow,
}];
