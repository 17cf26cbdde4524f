//! Mutants of `builder_getPayloadV1`: what the sequencer makes of a reply.

use gauntlet_sequencer::Parts;

use super::{Mutant, Subject, sequencer};
use crate::mutants::parts::{admission, produce, publish};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "stops-without-a-payload",
        about: "There is no block when the response has no executionPayload.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/payload-present",
        variant: sequencer(|_| Parts {
            produce: produce::nothing_if_malformed,
            ..Parts::default()
        }),
        scenarios: &["get-payload/payload-missing"],
    },
    Mutant {
        id: "skips-the-pubkey-check",
        about: "The response's pubKey is not looked at.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/pubkey-matches",
        variant: sequencer(|_| Parts {
            admission: admission::without(&["pubkey-matches"]),
            ..Parts::default()
        }),
        scenarios: &["get-payload/wrong-pubkey"],
    },
    Mutant {
        id: "believes-the-state-root",
        about: "The state after the block is taken for the one that the payload claims.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/simulate-transactions",
        variant: sequencer(|_| Parts {
            admission: admission::executed_by(admission::trust_state_root),
            ..Parts::default()
        }),
        scenarios: &["get-payload/wrong-state-root"],
    },
    Mutant {
        id: "accepts-any-parent",
        about: "The payload may build on any block (as in mev-boost 661).",
        subject: Subject::Sequencer,
        killed_by: "get-payload/simulate-on-parent",
        variant: sequencer(|_| Parts {
            admission: admission::without(&["parent-is-requested", "number-is-requested"]),
            settle: publish::whatever_it_is(),
            ..Parts::default()
        }),
        scenarios: &["get-payload/stale-parent"],
    },
    Mutant {
        id: "accepts-any-fee-recipient",
        about: "The payload may pay the fees to anyone.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/local-view",
        variant: sequencer(|_| Parts {
            admission: admission::without(&["fee-recipient-is-local"]),
            ..Parts::default()
        }),
        scenarios: &["get-payload/wrong-fee-recipient"],
    },
    Mutant {
        id: "accepts-any-timestamp",
        about: "The payload may have any later timestamp (lighthouse 3316 had a wrong one).",
        subject: Subject::Sequencer,
        killed_by: "get-payload/local-view",
        variant: sequencer(|_| Parts {
            admission: admission::without(&["timestamp-is-local"]),
            ..Parts::default()
        }),
        scenarios: &[
            "get-payload/wrong-timestamp",
            "history/3316-timestamp-of-the-parent",
        ],
    },
    Mutant {
        id: "accepts-any-gas-limit",
        about: "The payload may have any gas limit (as in mev-boost 271).",
        subject: Subject::Sequencer,
        killed_by: "get-payload/local-view",
        variant: sequencer(|_| Parts {
            admission: admission::without(&["gas-limit-is-requested"]),
            ..Parts::default()
        }),
        scenarios: &[
            "get-payload/wrong-gas-limit",
            "history/271-gas-over-the-limit",
        ],
    },
    Mutant {
        id: "accepts-any-prev-randao",
        about: "The payload may have any prevRandao.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/local-view",
        variant: sequencer(|_| Parts {
            admission: admission::without(&["prev-randao-is-local"]),
            ..Parts::default()
        }),
        scenarios: &["get-payload/wrong-prev-randao"],
    },
    Mutant {
        id: "uses-an-answer-again",
        about: "A block that is known is taken as the answer to any request (as from source, h7).",
        subject: Subject::Sequencer,
        killed_by: "get-payload/bound-to-request",
        variant: sequencer(|_| Parts {
            admission: admission::known_is_valid(),
            settle: publish::whatever_it_is(),
            ..Parts::default()
        }),
        scenarios: &["get-payload/previous-payload", "history/661-previous-head"],
    },
];
