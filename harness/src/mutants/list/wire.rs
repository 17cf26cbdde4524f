//! Mutants that take the wire too lightly.

use std::sync::Arc;
use std::time::Duration;

use gauntlet_sequencer::Parts;

use super::{Mutant, Subject, messenger, sequencer};
use crate::mutants::parts::messenger::RemembersRedirects;
use crate::mutants::parts::{ask, forward, lenient};

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        id: "takes-any-success",
        about: "A payload that comes with HTTP status 201 counts.",
        subject: Subject::Sequencer,
        killed_by: "get-payload/local-block-on-error",
        variant: messenger(lenient::status),
        scenarios: &[
            "get-payload/status[status=201]",
            "get-payload/status[status=206]",
        ],
    },
    Mutant {
        id: "takes-any-success-for-stored",
        about: "A transaction whose answer has HTTP status 201 counts as stored.",
        subject: Subject::Sequencer,
        killed_by: "forward-transaction/retries-unless-200",
        variant: messenger(lenient::status),
        scenarios: &["forward-transaction/status[status=201]"],
    },
    Mutant {
        id: "forwards-for-150-ms",
        about: "An attempt is given up after 150 ms.",
        subject: Subject::Sequencer,
        killed_by: "forward-transaction/waits-200-ms",
        variant: sequencer(|_| Parts {
            forward: forward::timeout(Duration::from_millis(150)),
            ..Parts::default()
        }),
        scenarios: &["forward-transaction/arrives-at[ms=199]"],
    },
    Mutant {
        id: "loses-its-turns",
        about: "Who fails in forwarding keeps its turn, of which there are 64.",
        subject: Subject::Sequencer,
        killed_by: "forward-transaction/none-is-lost",
        variant: sequencer(|_| Parts {
            forward: Arc::new(forward::KeepsTurns::default()),
            ..Parts::default()
        }),
        scenarios: &["forward-transaction/eighty-failures"],
    },
    Mutant {
        id: "leaves-calls-open",
        about: "A payload request that is given up goes on behind the sequencer's back.",
        subject: Subject::Sequencer,
        killed_by: "failsafe/no-leak",
        variant: sequencer(|_| Parts {
            ask: Arc::new(ask::Detached),
            ..Parts::default()
        }),
        scenarios: &["failsafe/wire[way=head-alone]"],
    },
    Mutant {
        id: "remembers-redirects",
        about: "Once it was redirected it asks elsewhere.",
        subject: Subject::Sequencer,
        killed_by: "security/ssrf",
        variant: messenger(|| Arc::new(RemembersRedirects::default())),
        scenarios: &["security/redirects[status=308]"],
    },
    Mutant {
        id: "forwards-to-where-it-is-sent",
        about: "Once it was redirected it hands transactions on elsewhere.",
        subject: Subject::Sequencer,
        killed_by: "security/priv",
        variant: messenger(|| Arc::new(RemembersRedirects::default())),
        scenarios: &["security/redirected-transactions[status=307]"],
    },
];
