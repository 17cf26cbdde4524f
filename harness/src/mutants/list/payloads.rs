//! Mutants of what false payloads lead to, and of which valid ones are used.

use gauntlet_sequencer::Parts;

use super::{Mutant, Subject, sequencer};
use crate::mutants::parts::{admission, payloads, produce, publish};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "believes-the-gas-used",
        about: "The gas used is not compared with that of execution.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/local-view",
        variant: sequencer(|_| Parts {
            admission: payloads::mended(payloads::gas_used),
            ..Parts::default()
        }),
        scenarios: &["get-payload/altered-and-resealed[lie=resealed-gas-used-plus-one]"],
    },
    Mutant {
        id: "believes-the-receipts-root",
        about: "The receipts root is not compared with that of the receipts.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/simulate-transactions",
        variant: sequencer(|_| Parts {
            admission: payloads::mended(payloads::receipts_root),
            ..Parts::default()
        }),
        scenarios: &["get-payload/altered-and-resealed[lie=resealed-receipts-root]"],
    },
    Mutant {
        id: "believes-the-logs-bloom",
        about: "The logs bloom is not compared with that of the logs.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/local-view",
        variant: sequencer(|_| Parts {
            admission: payloads::mended(payloads::logs_bloom),
            ..Parts::default()
        }),
        scenarios: &["get-payload/altered-and-resealed[lie=resealed-logs-bloom]"],
    },
    Mutant {
        id: "believes-the-base-fee",
        about: "The base fee is not compared with what follows from the parent.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/local-view",
        variant: sequencer(|_| Parts {
            admission: payloads::mended(payloads::base_fee),
            ..Parts::default()
        }),
        scenarios: &["get-payload/altered-and-resealed[lie=resealed-base-fee-minus-one]"],
    },
    Mutant {
        id: "passes-over-withdrawals",
        about: "Withdrawals are not looked at.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/local-view",
        variant: sequencer(|_| Parts {
            admission: payloads::mended(payloads::withdrawals),
            ..Parts::default()
        }),
        scenarios: &["get-payload/altered-and-resealed[lie=resealed-withdrawal]"],
    },
    Mutant {
        id: "passes-over-blob-gas",
        about: "The blob gas of a payload is not looked at.",
        subject: Subject::Sequencer,
        killed_by: "new-payload/no-blobs",
        variant: sequencer(|_| Parts {
            admission: payloads::mended(payloads::blob_gas),
            ..Parts::default()
        }),
        scenarios: &["new-payload/entries[lie=resealed-excess-blob-gas]"],
    },
    Mutant {
        id: "passes-over-transactions",
        about: "What cannot be executed is left out, and the rest is published.",
        subject: Subject::Sequencer,
        killed_by: "new-payload/used-as-it-is",
        variant: sequencer(|_| Parts {
            admission: payloads::mended(payloads::transactions),
            ..Parts::default()
        }),
        scenarios: &["get-payload/transactions-that-cannot-be[lie=nonce-ahead]"],
    },
    Mutant {
        id: "takes-the-root-that-fits",
        about: "The beacon block root is that with which the block hash is right (from source, h15).",
        subject: Subject::Sequencer,
        killed_by: "new-payload/beacon-root",
        variant: sequencer(|_| Parts {
            admission: payloads::mended(payloads::beacon_root),
            ..Parts::default()
        }),
        scenarios: &[
            "new-payload/entries[lie=beacon-root-zero]",
            "history/h15-beacon-root-overwritten",
        ],
    },
    Mutant {
        id: "publishes-empty-entries",
        about: "A payload with an empty entry is published before it is executed.",
        subject: Subject::Sequencer,
        killed_by: "new-payload/transaction-length",
        variant: sequencer(|setup| {
            let early = publish::Early::new(&setup.follower);
            Parts {
                admission: early.before_execution_of(payloads::has_empty_entry),
                settle: early.settle(),
                ..Parts::default()
            }
        }),
        scenarios: &["new-payload/entries[lie=empty-transaction]"],
    },
    Mutant {
        id: "publishes-without-withdrawals",
        about: "A payload without withdrawals is published before it is executed.",
        subject: Subject::Sequencer,
        killed_by: "structures/reply-withdrawals",
        variant: sequencer(|setup| {
            let early = publish::Early::new(&setup.follower);
            Parts {
                admission: early.before_execution_of(payloads::has_no_withdrawals),
                settle: early.settle(),
                ..Parts::default()
            }
        }),
        scenarios: &["new-payload/entries[lie=withdrawals-null]"],
    },
    Mutant {
        id: "believes-what-comes-twice",
        about: "What is offered a second time is published at once.",
        subject: Subject::Sequencer,
        killed_by: "new-payload/verdict-is-final",
        variant: sequencer(|setup| {
            let early = publish::Early::new(&setup.follower);
            Parts {
                admission: early.before_execution_again(),
                settle: early.settle(),
                ..Parts::default()
            }
        }),
        scenarios: &["new-payload/offered-again[lie=resealed-state-root]"],
    },
    Mutant {
        id: "wants-true-claims",
        about: "A valid payload is refused for what it claims to be worth.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/valid-payload-used",
        variant: sequencer(|_| Parts {
            admission: admission::executed_by(payloads::of_true_claims),
            ..Parts::default()
        }),
        scenarios: &["get-payload/odd-and-right[form=value-zero,when=early]"],
    },
    Mutant {
        id: "wants-version-2",
        about: "A valid payload is refused for the two members of version 3.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/valid-payload-used",
        variant: sequencer(|_| Parts {
            admission: admission::executed_by(payloads::of_version_2),
            ..Parts::default()
        }),
        scenarios: &["get-payload/odd-and-right[form=in-the-form-of-v3,when=early]"],
    },
    Mutant {
        id: "wants-users",
        about: "A valid payload is refused since it has nothing but deposits.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/valid-payload-used",
        variant: sequencer(|_| Parts {
            admission: admission::executed_by(payloads::of_users),
            ..Parts::default()
        }),
        scenarios: &["get-payload/odd-and-right[form=empty-block,when=early]"],
    },
    Mutant {
        id: "knows-no-policy",
        about: "The builder's block is taken though the local one is worth more.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/value",
        variant: sequencer(|_| Parts {
            produce: produce::builder_by_any_policy,
            ..Parts::default()
        }),
        scenarios: &["get-payload/value[policy=value,offer=empty-block-of-great-value]"],
    },
    Mutant {
        id: "never-takes-the-builders",
        about: "The local block is taken whatever the builder's is worth.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/valid-payload-used",
        variant: sequencer(|_| Parts {
            produce: produce::local_by_any_policy,
            ..Parts::default()
        }),
        scenarios: &["get-payload/value[policy=value,offer=value-overstated]"],
    },
];
