//! The words of the format and the values that they stand for.

use crate::plan::{
    BuilderSetting, Direction, ForwardFailure, Malice, Origin, RequestPlan, SelectionPlan,
};

/// A value that a file names with a word.
pub(super) trait Word: Copy {
    /// Every value, in the order in which a message lists their words.
    fn all() -> Vec<Self>;

    /// The word of this value.
    fn word(self) -> &'static str;
}

/// Implements [`Word`]. That each variant stands here is checked by the compiler: `word` matches
/// all of them.
macro_rules! words {
    ($type:ty { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl Word for $type {
            fn all() -> Vec<Self> {
                vec![$(Self::$variant),+]
            }

            fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }
    };
}

/// Whether a part of the builder tuple is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SettingWord {
    Set,
    Unset,
}

words!(SettingWord { Set = "set", Unset = "unset" });

words!(SelectionPlan {
    Builder = "builder",
    Value = "value",
    GasUsed = "gas-used",
});

/// What befalls a host or a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FaultWord {
    Dies,
    BlackHole,
    Partition,
}

words!(FaultWord {
    Dies = "dies",
    BlackHole = "black-hole",
    Partition = "partition",
});

/// The direction of a black hole; one of both directions is called a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DirectionWord {
    SequencerToBuilder,
    BuilderToSequencer,
}

words!(DirectionWord {
    SequencerToBuilder = "sequencer-to-builder",
    BuilderToSequencer = "builder-to-sequencer",
});

impl From<DirectionWord> for Direction {
    fn from(word: DirectionWord) -> Self {
        match word {
            DirectionWord::SequencerToBuilder => Self::SequencerToBuilder,
            DirectionWord::BuilderToSequencer => Self::BuilderToSequencer,
        }
    }
}

/// What is replied, without the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReplyWord {
    Honest,
    Never,
    Reset,
    HttpStatus,
    Error,
    Garbage,
    Drip,
    Malicious(Malice),
}

impl Word for ReplyWord {
    fn all() -> Vec<Self> {
        let mut all = vec![
            Self::Honest,
            Self::Never,
            Self::Reset,
            Self::HttpStatus,
            Self::Error,
            Self::Garbage,
            Self::Drip,
        ];
        all.extend(Malice::all().into_iter().map(Self::Malicious));
        all
    }

    fn word(self) -> &'static str {
        match self {
            Self::Honest => "honest",
            Self::Never => "never",
            Self::Reset => "reset",
            Self::HttpStatus => "http-status",
            Self::Error => "error",
            Self::Garbage => "garbage",
            Self::Drip => "drip",
            Self::Malicious(malice) => malice.word(),
        }
    }
}

words!(Malice {
    WrongPubkey = "wrong-pubkey",
    WrongStateRoot = "wrong-state-root",
    ForgedDeposit = "forged-deposit",
    WrongFeeRecipient = "wrong-fee-recipient",
    StaleParent = "stale-parent",
    SplicedBlockHash = "spliced-block-hash",
    WrongGasLimit = "wrong-gas-limit",
    WrongTimestamp = "wrong-timestamp",
    WrongPrevRandao = "wrong-prev-randao",
    WrongExtraData = "wrong-extra-data",
    WrongBeaconRoot = "wrong-beacon-root",
    PreviousPayload = "previous-payload",
    PayloadMissing = "payload-missing",
});

words!(RequestPlan {
    Intact = "intact",
    Lost = "lost",
    SignatureFlipped = "signature-flipped",
    SignedByAnother = "signed-by-another",
    SignedForAnotherChain = "signed-for-another-chain",
    UnknownParent = "unknown-parent",
});

words!(ForwardFailure {
    Http503 = "http-503",
    Error = "error",
    Status500 = "status-500",
    Never = "never",
    Reset = "reset",
});

/// What becomes of a fork choice update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DeliveryWord {
    Delivered,
    Lost,
}

words!(DeliveryWord {
    Delivered = "delivered",
    Lost = "lost",
});

words!(BuilderSetting {
    Builder = "builder",
    AnotherKey = "another-key",
    Unset = "unset",
});

words!(Origin { Builder = "builder", Local = "local" });
