//! What users send and ask.

use serde::{Deserialize, Serialize};

use super::is_default;

/// What users send to the sequencer, and whether they ask it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrafficPlan {
    /// How many transactions a slot, spread over its first half. Of some kinds two stand for one.
    pub transactions_per_slot: u32,
    /// Which kinds there are: each user sends one of them, and those of one user follow each other.
    /// Without any there are transfers, and calls of a contract that counts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kinds: Vec<TrafficKind>,
    /// Whether users ask what became of all that, after each slot and when a block is published.
    #[serde(default, skip_serializing_if = "is_default")]
    pub questions: bool,
    /// Whether users call every method with parameters that are none, after the first slot.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mistakes: bool,
}

impl Default for TrafficPlan {
    fn default() -> Self {
        Self {
            transactions_per_slot: 2,
            kinds: Vec::new(),
            questions: false,
            mistakes: false,
        }
    }
}

/// Declares the kinds, each with what messages and files call it.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $word:literal),+ $(,)?) => {
        /// A kind of transaction.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum TrafficKind {
            $($(#[$doc])* $kind),+
        }

        impl TrafficKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// Those that a run of any length can bear, and of which explorations choose.
            pub fn drawn() -> Vec<Self> {
                let all = Self::ALL.iter().copied();
                all.filter(|kind| *kind != Self::ManyAtOnce).collect()
            }

            /// Its name in a scenario file.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$kind => $word),+
                }
            }
        }
    };
}

kinds! {
    /// Plain transfers.
    Transfers = "transfers",
    /// Calls of a contract of the genesis that counts and logs.
    Calls = "calls",
    /// Calls and creations that revert.
    Reverts = "reverts",
    /// Several logs each, of none to four topics.
    Logs = "logs",
    /// Contracts, by the transaction itself.
    Creations = "creations",
    /// Contracts, by a contract, at an address of their own making (EIP-1014).
    SaltedCreations = "salted-creations",
    /// Those that run out of gas.
    OutOfGas = "out-of-gas",
    /// Those that pay and are worth nothing: zero value to oneself.
    Nothing = "nothing",
    /// Those of the type before EIP-2718.
    Legacy = "legacy",
    /// Those with access lists (EIP-2930).
    AccessLists = "access-lists",
    /// Those with forty kilobytes of data.
    BigData = "big-data",
    /// Those of two fifths of a block each, so that blocks are full.
    Full = "full",
    /// Creations of random bytes.
    RandomCode = "random-code",
    /// Each is replaced by one that pays a quarter more, a moment later.
    Replacements = "replacements",
    /// Each is followed by one of the same nonce that pays too little more to replace it.
    CheapReplacements = "cheap-replacements",
    /// Two at a time, the later nonce first.
    Gaps = "gaps",
    /// The first nonce never comes.
    OpenGaps = "open-gaps",
    /// The first spends nearly all that there is, and those after it as much again.
    Exhausted = "exhausted",
    /// Those whose fee cap is below any base fee.
    Underpriced = "underpriced",
    /// Those whose fee cap is the base fee of the first block, which moves.
    AtBaseFee = "at-base-fee",
    /// Each is sent twice.
    Duplicates = "duplicates",
    /// A signature that is none.
    BadSignature = "bad-signature",
    /// Those of another chain.
    OtherChain = "other-chain",
    /// A nonce that was used: the first is sent again and again, with another value.
    OldNonce = "old-nonce",
    /// Less gas than the transaction itself needs.
    TooLittleGas = "too-little-gas",
    /// More gas than a block has.
    TooMuchGas = "too-much-gas",
    /// Blob transactions.
    Blob = "blob",
    /// Deposits, which only L1 can send.
    Deposit = "deposit",
    /// Those that set code (EIP-7702), a fork ahead.
    SetCode = "set-code",
    /// Bytes that are no transaction.
    Garbage = "garbage",
    /// Transactions with a byte behind them.
    TrailingByte = "trailing-byte",
    /// Those of no chain (before EIP-155).
    Unprotected = "unprotected",
    /// Those of more than 128 KiB.
    TooLarge = "too-large",
    /// A tip above the fee cap.
    TipAboveCap = "tip-above-cap",
    /// Those of a key without money.
    Unfunded = "unfunded",
    /// As many at once as a pool keeps of a sender, after a gap, and more for the first and the last.
    ManyAtOnce = "many-at-once",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_one_name() {
        for kind in TrafficKind::ALL {
            let json = serde_json::to_string(kind).unwrap();
            assert_eq!(json, format!("\"{}\"", kind.word()));
        }
    }
}
