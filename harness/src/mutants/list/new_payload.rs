//! Mutants of what "the same specification as `engine_newPayloadV3`" expands to.

use gauntlet_sequencer::Parts;

use super::{Mutant, Subject, sequencer};
use crate::mutants::parts::{admission, publish};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "trusts-the-claimed-block-hash",
        about: "The block hash is not compared with that of the fields (from source, h4).",
        subject: Subject::Sequencer,
        killed_by: "new-payload/block-hash",
        variant: sequencer(|_| Parts {
            admission: admission::executed_by(admission::trust_block_hash),
            ..Parts::default()
        }),
        scenarios: &["new-payload/spliced-block-hash", "history/h4-spliced-hash"],
    },
    Mutant {
        id: "accepts-forged-deposits",
        about: "The payload may have other forced transactions than the attributes.",
        subject: Subject::Sequencer,
        killed_by: "new-payload/forced-transactions-first",
        variant: sequencer(|_| Parts {
            admission: admission::without(&["forced-transactions-are-first"]),
            ..Parts::default()
        }),
        scenarios: &["new-payload/forged-deposit"],
    },
    Mutant {
        id: "accepts-any-extra-data",
        about: "The payload may carry other EIP-1559 parameters than the attributes.",
        subject: Subject::Sequencer,
        killed_by: "new-payload/extra-data",
        variant: sequencer(|_| Parts {
            admission: admission::executed_by(admission::execute_only),
            ..Parts::default()
        }),
        scenarios: &["new-payload/wrong-extra-data"],
    },
    Mutant {
        id: "publishes-before-validating",
        about: "Payloads are published before they are executed (from source, h1; optimism 22585).",
        subject: Subject::Sequencer,
        killed_by: "new-payload/invalid-never-surfaced",
        variant: sequencer(|setup| {
            let early = publish::Early::new(&setup.follower);
            Parts {
                admission: early.before_execution(),
                settle: early.settle(),
                ..Parts::default()
            }
        }),
        scenarios: &["new-payload/spliced-block-hash"],
    },
];
