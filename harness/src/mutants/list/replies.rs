//! Mutants that read replies too kindly.

use super::{Mutant, Subject, messenger};
use crate::dialect::Encoding;
use crate::mutants::parts::lenient;

/// One that reads a member of payload replies as what may be meant.
macro_rules! forgives {
    ($name:literal, $member:literal, $is:literal) => {
        Mutant {
            id: concat!("forgives-", $name),
            about: concat!("`", $member, "` is read as what may be meant by it."),
            subject: Subject::Sequencer,
            killed_by: concat!("structures/reply-", $name),
            variant: messenger(|| lenient::member($member)),
            scenarios: &[concat!("structures/reply-", $name, "[is=", $is, "]")],
        }
    };
}

pub(super) const MUTANTS: &[Mutant] = &[
    forgives!("pubkey", "pubKey", "capital-x"),
    forgives!("value", "value", "leading-zero"),
    forgives!("parent-hash", "parentHash", "no-prefix"),
    forgives!("fee-recipient", "feeRecipient", "space-before"),
    forgives!("state-root", "stateRoot", "capital-x"),
    forgives!("receipts-root", "receiptsRoot", "space-after"),
    forgives!("logs-bloom", "logsBloom", "two-prefixes"),
    forgives!("prev-randao", "prevRandao", "no-prefix"),
    forgives!("block-number", "blockNumber", "number"),
    forgives!("gas-limit", "gasLimit", "leading-zero"),
    forgives!("gas-used", "gasUsed", "no-prefix"),
    forgives!("timestamp", "timestamp", "two-leading-zeros"),
    forgives!("extra-data", "extraData", "capital-x"),
    forgives!("base-fee-per-gas", "baseFeePerGas", "plus"),
    forgives!("block-hash", "blockHash", "no-prefix"),
    forgives!("transactions", "transactions", "capital-x"),
    forgives!("withdrawals", "withdrawals", "null"),
    Mutant {
        id: "forgives-v3-fields",
        about: "`blobGasUsed` is read as what may be meant by it.",
        subject: Subject::Sequencer,
        killed_by: "structures/reply-v3-fields",
        variant: messenger(|| lenient::member("blobGasUsed")),
        scenarios: &["structures/reply-v3-fields[member=blobGasUsed,is=two-zeros]"],
    },
    Mutant {
        id: "forgives-quantities",
        about: "Numbers are read with leading zeros, without a prefix, or as numbers of JSON.",
        subject: Subject::Sequencer,
        killed_by: "structures/reply-quantities",
        variant: messenger(|| lenient::encoding(Encoding::Quantity)),
        scenarios: &["structures/reply-gas-used[is=leading-zero]"],
    },
    Mutant {
        id: "forgives-data",
        about: "Bytes are read without a prefix, or with spaces around them.",
        subject: Subject::Sequencer,
        killed_by: "structures/reply-data",
        variant: messenger(|| lenient::encoding(Encoding::Data)),
        scenarios: &["structures/reply-state-root[is=no-prefix]"],
    },
    Mutant {
        id: "forgives-json",
        about: "Of members that stand twice the last is taken, and any id will do.",
        subject: Subject::Sequencer,
        killed_by: "structures/reply-envelope",
        variant: messenger(lenient::json),
        scenarios: &[
            "structures/reply-envelope[form=another-id]",
            "structures/reply-envelope[form=error-null]",
        ],
    },
    Mutant {
        id: "forgives-the-shape",
        about: "Of two payloads in one response the last is taken.",
        subject: Subject::Sequencer,
        killed_by: "structures/reply-shape",
        variant: messenger(lenient::json),
        scenarios: &["structures/reply-execution-payload[is=twice]"],
    },
];
