//! Mutants of `builder_getPayloadV1`: the signature, the time, and what the builder says.

use std::sync::Arc;

use alloy_primitives::{Address, B256, U256};
use gauntlet_protocol::{BuilderTuple, PayloadRequestV1, SigningDomain};
use gauntlet_sequencer::{Attempts, Config, Parts};

use super::{Mutant, Subject, Variant, builder, sequencer};
use crate::mutants::parts::{ask, builder as parts, produce};
use crate::world::SequencerSetup;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "signs-for-no-chain",
        about: "The chain id is left out of what is signed.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/signature-scheme",
        variant: sequencer(|_| Parts {
            sign: |key, _, request| key.sign(SigningDomain::builder(0).digest(request)),
            ..Parts::default()
        }),
        scenarios: &["get-payload/signature"],
    },
    Mutant {
        id: "signs-the-same-for-all",
        about: "The signature is over a constant.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/signature-binds-request",
        variant: sequencer(|_| Parts {
            sign: |key, _, _| key.sign(B256::repeat_byte(1)),
            ..Parts::default()
        }),
        scenarios: &["get-payload/signature"],
    },
    Mutant {
        id: "signs-the-number-before",
        about: "The signature is that of a request for the block before.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/signature-binds-request",
        variant: sequencer(|_| Parts {
            sign: |key, domain, request| {
                let block_number = request.block_number - U256::from(1);
                key.sign(domain.digest(&PayloadRequestV1 {
                    block_number,
                    ..request.clone()
                }))
            },
            ..Parts::default()
        }),
        scenarios: &["get-payload/signature"],
    },
    Mutant {
        id: "answers-whoever-asks",
        about: "The signature is not looked at.",
        subject: Subject::Builder,
        killed_by: "get-payload/bad-signature-refused",
        variant: builder(|| gauntlet_builder::Parts {
            verify: |_, _, _| Ok(()),
            ..gauntlet_builder::Parts::default()
        }),
        scenarios: &["get-payload/signature-flipped"],
    },
    Mutant {
        id: "believes-who-is-named",
        about: "The pubKey of the request is taken for the signer.",
        subject: Subject::Builder,
        killed_by: "get-payload/bad-signature-refused",
        variant: builder(|| gauntlet_builder::Parts {
            verify: parts::believe_pubkey,
            ..gauntlet_builder::Parts::default()
        }),
        scenarios: &["get-payload/signed-by-another"],
    },
    Mutant {
        id: "gives-up-at-199-ms",
        about: "The timeout ends a millisecond early (lodestar 7151 rejected a timely reply).",
        subject: Subject::Sequencer,
        killed_by: "get-payload/waits-200-ms",
        variant: sequencer(|_| Parts {
            ask: ask::timeout_ms(199),
            ..Parts::default()
        }),
        scenarios: &[
            "get-payload/reply-at-199-ms",
            "history/7151-reply-in-the-last-millisecond",
        ],
    },
    Mutant {
        id: "gives-up-at-150-ms",
        about: "The timeout is 150 ms.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/waits-200-ms",
        variant: sequencer(|_| Parts {
            ask: ask::timeout_ms(150),
            ..Parts::default()
        }),
        scenarios: &["get-payload/reply-at-199-ms"],
    },
    Mutant {
        id: "gives-up-at-250-ms",
        about: "The timeout is 250 ms.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/gives-up-at-200-ms",
        variant: sequencer(|_| Parts {
            ask: ask::timeout_ms(250),
            ..Parts::default()
        }),
        scenarios: &[
            "get-payload/reply-at-201-ms",
            "history/817-sum-crosses-the-timeout",
        ],
    },
    Mutant {
        id: "reads-a-reply-at-200-ms",
        about: "A reply in the instant of the timeout is in time.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/gives-up-at-200-ms",
        variant: sequencer(|_| Parts {
            ask: ask::timeout_ms(201),
            ..Parts::default()
        }),
        scenarios: &[
            "get-payload/reply-at-200-ms",
            "history/h2-in-the-same-instant",
        ],
    },
    Mutant {
        id: "answers-after-300-ms",
        about: "The builder computes for another 300 ms when it is asked.",
        subject: Subject::Builder,
        killed_by: "get-payload/answers-within-200-ms",
        variant: builder(|| gauntlet_builder::Parts {
            select: parts::late_job,
            ..gauntlet_builder::Parts::default()
        }),
        scenarios: &["get-payload/answers-at-once"],
    },
    Mutant {
        id: "retries-once",
        about: "The payload request is tried again.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/no-retry",
        variant: sequencer(|_| Parts {
            ask: Arc::new(Attempts {
                count: 2,
                ..Attempts::GET_PAYLOAD
            }),
            ..Parts::default()
        }),
        scenarios: &["failsafe/http-500"],
    },
    Mutant {
        id: "asks-twice-at-once",
        about: "Two payload requests are sent, and the first reply is taken.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/no-retry",
        variant: sequencer(|_| Parts {
            ask: Arc::new(ask::Twice),
            ..Parts::default()
        }),
        scenarios: &["interaction/healthy-slots"],
    },
    Mutant {
        id: "stops-after-a-timeout",
        about: "There is no block when the builder does not answer.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/local-block-on-timeout",
        variant: sequencer(|_| Parts {
            produce: produce::nothing_after_a_timeout,
            ..Parts::default()
        }),
        scenarios: &["failsafe/never"],
    },
    Mutant {
        id: "stops-after-an-error",
        about: "There is no block when the builder answers with an error.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/local-block-on-error",
        variant: sequencer(|_| Parts {
            produce: produce::nothing_after_an_error,
            ..Parts::default()
        }),
        scenarios: &["get-payload/error-reply"],
    },
    Mutant {
        id: "gives-up-at-500-ms",
        about: "The timeout is 500 ms, and a reply at 300 ms is used (from source, h14).",
        subject: Subject::Sequencer,
        killed_by: "get-payload/late-reply-discarded",
        variant: sequencer(|_| Parts {
            ask: ask::timeout_ms(500),
            ..Parts::default()
        }),
        scenarios: &["history/h14-default-timeout-of-500-ms"],
    },
    Mutant {
        id: "calls-without-a-key",
        about: "The builder is called although builderPubkey is not set (from source, h13).",
        subject: Subject::Sequencer,
        killed_by: "get-payload/no-call-when-unset",
        variant: Variant {
            config: with_the_zero_key,
            ..Variant::honest()
        },
        scenarios: &["configuration/no-pubkey", "history/h13-empty-key"],
    },
    Mutant {
        id: "forwards-without-a-key",
        about: "The builder is handed transactions although builderPubkey is not set.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/no-call-when-unset",
        variant: Variant {
            config: with_the_zero_key,
            ..sequencer(|_| Parts {
                calls: |_| false,
                ..Parts::default()
            })
        },
        scenarios: &["configuration/no-pubkey"],
    },
    Mutant {
        id: "finds-no-job",
        about: "No request finds the block that the builder works on (as in rollup-boost 482).",
        subject: Subject::Builder,
        killed_by: "get-payload/result",
        variant: builder(|| gauntlet_builder::Parts {
            select: |_, _| None,
            ..gauntlet_builder::Parts::default()
        }),
        scenarios: &[
            "get-payload/answers-at-once",
            "history/206-request-overtakes-the-update",
            "history/482-silent-fallback",
            "history/op-rbuilder-185-request-at-the-edge",
            "history/op-rbuilder-342-update-at-the-target-time",
            "history/rbuilder-606-request-within-a-millisecond",
        ],
    },
    Mutant {
        id: "answers-with-another-block",
        about: "A request for an unknown block is answered with the latest one.",
        subject: Subject::Builder,
        killed_by: "get-payload/error",
        variant: builder(|| gauntlet_builder::Parts {
            select: parts::any_job,
            ..gauntlet_builder::Parts::default()
        }),
        scenarios: &["get-payload/unknown-parent"],
    },
];

/// Where no builder is set, the builder of the network with the zero address for its key.
fn with_the_zero_key(mut planned: Config, setup: &SequencerSetup) -> Config {
    planned.builder.get_or_insert_with(|| BuilderTuple {
        pubkey: Address::ZERO,
        url: setup.builder_url.clone(),
    });
    planned
}
