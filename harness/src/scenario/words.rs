//! The words of the format and the values that they stand for.

use crate::plan::{BuilderSetting, DepositPlan, Direction, Origin, SelectionPlan};

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

words!(Direction {
    SequencerToBuilder = "sequencer-to-builder",
    BuilderToSequencer = "builder-to-sequencer",
    Both = "both",
});

words!(DepositPlan {
    Plain = "plain",
    Mints = "mints",
    Zero = "zero",
    Funds = "funds",
    Spends = "spends",
    Counts = "counts",
    OutOfGas = "out-of-gas",
    Deploys = "deploys",
    Reverts = "reverts",
});

words!(BuilderSetting {
    Builder = "builder",
    AnotherKey = "another-key",
    Unset = "unset",
});

words!(Origin { Builder = "builder", Local = "local" });
