//! Mutants of the sequencer's side of the interaction and the request, and of the structures.

use std::sync::Arc;

use alloy_primitives::{B256, U256};
use gauntlet_protocol::PayloadRequestV1;
use gauntlet_sequencer::{Feeds, Parts, translate};

use super::{Mutant, Subject, builder, sequencer};
use crate::mutants::parts::{admission, ask, builder as parts, forward, publish};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "never-tells-the-builder-of-the-head",
        about: "The builder gets no fork choice update.",
        subject: Subject::Sequencer,
        killed_by: "interaction/fork-choice-propagated",
        variant: sequencer(|_| Parts {
            feeds: Feeds {
                attributes: false,
                heads: false,
                ..Feeds::default()
            },
            ..Parts::default()
        }),
        scenarios: &["interaction/healthy-slots"],
    },
    Mutant {
        id: "requests-the-head-before",
        about: "A block is requested on the head of the request before (as in mev-boost 661).",
        subject: Subject::Sequencer,
        killed_by: "interaction/request-names-head",
        variant: sequencer(|_| Parts {
            translate: ask::of_the_head_before(),
            ..Parts::default()
        }),
        scenarios: &["interaction/healthy-slots"],
    },
    Mutant {
        id: "never-asks",
        about: "The builder is not asked for a block.",
        subject: Subject::Sequencer,
        killed_by: "request/triggered-by-fork-choice",
        variant: sequencer(|_| Parts {
            calls: |_| false,
            ..Parts::default()
        }),
        scenarios: &["interaction/healthy-slots"],
    },
    Mutant {
        id: "asks-for-a-fixed-block",
        about: "The builder is asked although the attributes say noTxPool.",
        subject: Subject::Sequencer,
        killed_by: "request/triggered-by-fork-choice",
        variant: sequencer(|_| Parts {
            calls: |_| true,
            ..Parts::default()
        }),
        scenarios: &["request/no-tx-pool"],
    },
    Mutant {
        id: "asks-for-a-gas-limit-of-its-own",
        about: "The request has the default gas limit, whatever the attributes say.",
        subject: Subject::Sequencer,
        killed_by: "request/attributes-translated",
        variant: sequencer(|_| Parts {
            translate: Arc::new(|from| PayloadRequestV1 {
                gas_limit: U256::from(30_000_000),
                ..translate(from)
            }),
            ..Parts::default()
        }),
        scenarios: &["request/another-gas-limit"],
    },
    Mutant {
        id: "asks-with-another-beacon-root",
        about: "The request has the zero hash for the beacon block root (as in lighthouse 4703).",
        subject: Subject::Sequencer,
        killed_by: "request/attributes-translated",
        variant: sequencer(|_| Parts {
            translate: Arc::new(|from| PayloadRequestV1 {
                parent_beacon_block_root: B256::ZERO,
                ..translate(from)
            }),
            ..Parts::default()
        }),
        scenarios: &[
            "interaction/no-transactions",
            "history/4703-wrong-beacon-root",
        ],
    },
    Mutant {
        id: "trusts-a-builder-that-was-right-once",
        about: "After one valid block, payloads are published before they are executed.",
        subject: Subject::Sequencer,
        killed_by: "request/payload-simulated",
        variant: sequencer(|setup| {
            let early = publish::Early::new(&setup.follower);
            Parts {
                admission: early.before_execution_once_trusted(),
                settle: early.settle(),
                ..Parts::default()
            }
        }),
        scenarios: &["request/invalid-after-valid"],
    },
    Mutant {
        id: "users-wait-for-the-builder",
        about: "Users are answered only when forwarding has ended.",
        subject: Subject::Sequencer,
        killed_by: "mempool/forwarding-isolated",
        variant: sequencer(|_| Parts {
            forward: Arc::new(forward::Awaited::default()),
            ..Parts::default()
        }),
        scenarios: &["mempool/forwarding-hangs"],
    },
    Mutant {
        id: "uses-a-replaced-builder",
        about: "A payload is used although its builder was replaced in the meantime.",
        subject: Subject::Sequencer,
        killed_by: "configuration/tuple-managed",
        variant: sequencer(|_| Parts {
            admission: admission::without(&["builder-is-registered"]),
            ..Parts::default()
        }),
        scenarios: &["configuration/key-changed-in-flight"],
    },
    Mutant {
        id: "writes-the-number-in-decimal",
        about: "blockNumber is a decimal number.",
        subject: Subject::Sequencer,
        killed_by: "structures/request-shape",
        variant: sequencer(|_| Parts {
            ask: Arc::new(ask::Written(ask::number_in_decimal)),
            ..Parts::default()
        }),
        scenarios: &["structures/request-and-response"],
    },
    Mutant {
        id: "adds-a-member-to-the-request",
        about: "The request has a sixth member.",
        subject: Subject::Sequencer,
        killed_by: "structures/request-shape",
        variant: sequencer(|_| Parts {
            ask: Arc::new(ask::Written(ask::with_another_member)),
            ..Parts::default()
        }),
        scenarios: &["structures/request-and-response"],
    },
    Mutant {
        id: "adds-a-member-to-the-response",
        about: "The response has a fourth member.",
        subject: Subject::Builder,
        killed_by: "structures/response-shape",
        variant: builder(|| gauntlet_builder::Parts {
            respond: parts::with_another_member,
            ..gauntlet_builder::Parts::default()
        }),
        scenarios: &["structures/request-and-response"],
    },
    Mutant {
        id: "leaves-out-the-value",
        about: "The response has no value.",
        subject: Subject::Builder,
        killed_by: "structures/response-shape",
        variant: builder(|| gauntlet_builder::Parts {
            respond: parts::without_value,
            ..gauntlet_builder::Parts::default()
        }),
        scenarios: &["structures/request-and-response"],
    },
];
