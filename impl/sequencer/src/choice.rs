//! Which of two blocks is taken. DECISION: selection.

use alloy_primitives::U256;

/// Which block is taken when both are valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// The builder's.
    #[default]
    Builder,
    /// The one of higher value, as the local engine recomputes it; the builder's if they are equal.
    Value,
    /// The builder's, unless it uses less than a tenth of the local block's gas.
    GasUsed,
}

/// What a block offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The priority fees that it pays, in wei, recomputed. DECISION: value.
    pub value: U256,
    /// The gas that it uses.
    pub gas_used: u64,
}

/// How far one of the two ways to a block has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prong {
    /// It may still bring a block.
    Pending,
    /// It has brought a valid block.
    Ready(Offer),
    /// It brings none.
    Failed,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Wait for a prong that is pending.
    Wait,
    /// Take the builder's block.
    Builder,
    /// Take the local block.
    Local,
    /// There is no block, and there will be none.
    Nothing,
}

/// Chooses between what the builder and the local engine have brought so far.
///
/// DECISION: local-fails: a valid block of the builder is used whatever the local engine does.
#[must_use]
pub fn choose(selection: Selection, builder: Prong, local: Prong) -> Choice {
    match (builder, local) {
        (Prong::Ready(_), Prong::Failed) => Choice::Builder,
        (Prong::Ready(_), Prong::Pending) => match selection {
            Selection::Builder => Choice::Builder,
            Selection::Value | Selection::GasUsed => Choice::Wait,
        },
        (Prong::Ready(builder), Prong::Ready(local)) => {
            let takes_builder = match selection {
                Selection::Builder => true,
                Selection::Value => builder.value >= local.value,
                Selection::GasUsed => builder.gas_used >= local.gas_used / 10,
            };
            if takes_builder {
                Choice::Builder
            } else {
                Choice::Local
            }
        }
        (Prong::Pending, Prong::Pending | Prong::Ready(_) | Prong::Failed)
        | (Prong::Failed, Prong::Pending) => Choice::Wait,
        (Prong::Failed, Prong::Ready(_)) => Choice::Local,
        (Prong::Failed, Prong::Failed) => Choice::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICIES: [Selection; 3] = [Selection::Builder, Selection::Value, Selection::GasUsed];

    fn ready(value: u64, gas_used: u64) -> Prong {
        Prong::Ready(Offer {
            value: U256::from(value),
            gas_used,
        })
    }

    #[test]
    fn every_pair_of_states_under_every_policy() {
        let block = ready(1, 1);
        for selection in POLICIES {
            let choose = |builder, local| choose(selection, builder, local);
            for local in [Prong::Pending, Prong::Failed, block] {
                assert_eq!(choose(Prong::Pending, local), Choice::Wait);
            }
            assert_eq!(choose(Prong::Failed, Prong::Pending), Choice::Wait);
            assert_eq!(choose(Prong::Failed, block), Choice::Local);
            assert_eq!(choose(Prong::Failed, Prong::Failed), Choice::Nothing);
            assert_eq!(choose(block, Prong::Failed), Choice::Builder);
            assert_eq!(choose(block, block), Choice::Builder);
        }
        assert_eq!(
            choose(Selection::Builder, block, Prong::Pending),
            Choice::Builder
        );
        assert_eq!(
            choose(Selection::Value, block, Prong::Pending),
            Choice::Wait
        );
        assert_eq!(
            choose(Selection::GasUsed, block, Prong::Pending),
            Choice::Wait
        );
    }

    #[test]
    fn value_takes_the_higher_and_the_builder_on_a_tie() {
        for (builder, expected) in [
            (9, Choice::Local),
            (10, Choice::Builder),
            (11, Choice::Builder),
        ] {
            assert_eq!(
                choose(Selection::Value, ready(builder, 0), ready(10, 0)),
                expected
            );
        }
    }

    #[test]
    fn gas_used_takes_the_builder_from_a_tenth_on() {
        for (builder, expected) in [
            (9, Choice::Local),
            (10, Choice::Builder),
            (11, Choice::Builder),
        ] {
            assert_eq!(
                choose(Selection::GasUsed, ready(0, builder), ready(0, 100)),
                expected
            );
        }
    }
}
