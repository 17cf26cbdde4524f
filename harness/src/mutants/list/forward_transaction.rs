//! Mutants of `builder_forwardTransactionV1`.

use std::time::Duration;

use gauntlet_sequencer::Parts;

use super::{Mutant, Subject, at_the_door, builder, sequencer};
use crate::dialect::FORWARD_TRANSACTION;
use crate::mutants::parts::{builder as parts, forward, porter};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "strips-the-prefix",
        about: "The transaction is written without 0x.",
        subject: Subject::Sequencer,
        killed_by: "forward-transaction/encoding",
        variant: sequencer(|_| Parts {
            forward: forward::written(forward::without_prefix),
            ..Parts::default()
        }),
        scenarios: &["forward-transaction/first-attempt-succeeds"],
    },
    Mutant {
        id: "forwards-for-a-second",
        about: "An attempt may take a second.",
        subject: Subject::Sequencer,
        killed_by: "forward-transaction/gives-up-at-200-ms",
        variant: sequencer(|_| Parts {
            forward: forward::timeout(Duration::from_secs(1)),
            ..Parts::default()
        }),
        scenarios: &[
            "forward-transaction/no-answer",
            "history/h12-permanent-errors-are-retried",
        ],
    },
    Mutant {
        id: "hangs-in-forwarding",
        about: "An attempt has no timeout (as in rollup-boost 294).",
        subject: Subject::Sequencer,
        killed_by: "forward-transaction/gives-up-at-200-ms",
        variant: sequencer(|_| Parts {
            forward: forward::timeout(Duration::from_secs(u64::from(u32::MAX))),
            ..Parts::default()
        }),
        scenarios: &["forward-transaction/no-answer"],
    },
    Mutant {
        id: "believes-http-status-200",
        about: "An error in a reply of HTTP status 200 counts as stored.",
        subject: Subject::Sequencer,
        killed_by: "forward-transaction/retries-unless-200",
        variant: sequencer(|_| Parts {
            forward: forward::stored_if(forward::is_http_200),
            ..Parts::default()
        }),
        scenarios: &["forward-transaction/error-with-status-200"],
    },
    Mutant {
        id: "believes-any-result",
        about: "Any result counts as stored.",
        subject: Subject::Sequencer,
        killed_by: "forward-transaction/retries-unless-200",
        variant: sequencer(|_| Parts {
            forward: forward::stored_if(Result::is_ok),
            ..Parts::default()
        }),
        scenarios: &["forward-transaction/result-500"],
    },
    Mutant {
        id: "never-retries",
        about: "A transaction is sent once, whatever comes of it.",
        subject: Subject::Sequencer,
        killed_by: "forward-transaction/retries-unless-200",
        variant: sequencer(|_| Parts {
            forward: forward::stored_if(|_| true),
            ..Parts::default()
        }),
        scenarios: &["forward-transaction/connection-reset"],
    },
    Mutant {
        id: "stops-after-4-retries",
        about: "Five attempts are made in all.",
        subject: Subject::Sequencer,
        killed_by: "forward-transaction/five-retries",
        variant: sequencer(|_| Parts {
            forward: forward::count(5),
            ..Parts::default()
        }),
        scenarios: &["forward-transaction/all-retries-fail"],
    },
    Mutant {
        id: "retries-six-times",
        about: "Seven attempts are made in all.",
        subject: Subject::Sequencer,
        killed_by: "forward-transaction/five-retries",
        variant: sequencer(|_| Parts {
            forward: forward::count(7),
            ..Parts::default()
        }),
        scenarios: &["forward-transaction/all-retries-fail"],
    },
    Mutant {
        id: "sends-what-is-stored",
        about: "A transaction is sent again although it was stored.",
        subject: Subject::Sequencer,
        killed_by: "forward-transaction/stops-at-200",
        variant: sequencer(|_| Parts {
            forward: forward::stored_if(|_| false),
            ..Parts::default()
        }),
        scenarios: &["forward-transaction/first-attempt-succeeds"],
    },
    Mutant {
        id: "alters-what-it-retries",
        about: "One bit of the transaction is another when it is tried again.",
        subject: Subject::Sequencer,
        killed_by: "forward-transaction/same-bytes",
        variant: sequencer(|_| Parts {
            forward: forward::written(forward::altered_on_retry),
            ..Parts::default()
        }),
        scenarios: &["forward-transaction/third-retry-succeeds"],
    },
    Mutant {
        id: "keeps-quiet",
        about: "Nothing is logged when all retries fail.",
        subject: Subject::Sequencer,
        killed_by: "forward-transaction/loud-log",
        variant: sequencer(|_| Parts {
            forward: forward::quiet(),
            ..Parts::default()
        }),
        scenarios: &["forward-transaction/all-retries-fail"],
    },
    Mutant {
        id: "refuses-duplicates",
        about: "A transaction that the builder has is refused.",
        subject: Subject::Builder,
        killed_by: "forward-transaction/duplicates-harmless",
        variant: builder(|| gauntlet_builder::Parts {
            accept: parts::refuse_known,
            ..gauntlet_builder::Parts::default()
        }),
        scenarios: &["forward-transaction/no-answer"],
    },
    Mutant {
        id: "takes-deposits-that-it-knows",
        about: "Whatever the chain has is answered as stored, deposits too.",
        subject: Subject::Builder,
        killed_by: "forward-transaction/reads-encoding",
        variant: builder(|| gauntlet_builder::Parts {
            accept: parts::store_known,
            ..gauntlet_builder::Parts::default()
        }),
        scenarios: &["forward-transaction/deposits-of-the-chain"],
    },
    at_the_door(
        "blames-the-parameters",
        "A transaction that is not stored is refused as if its parameters did not read.",
        "forward-transaction/error",
        || {
            porter::says_to_call(FORWARD_TRANSACTION, |_, response| {
                if response["error"]["code"] == -32000 {
                    response["error"]["code"] = (-32602).into();
                }
            })
        },
        &["forward-transaction/transactions-of-every-kind"],
    ),
    at_the_door(
        "replaces-none-of-many",
        "A sender of whom 64 transactions wait can replace none of them.",
        "forward-transaction/result",
        porter::replaces_none_of_many,
        &["forward-transaction/many-of-one-sender"],
    ),
];
