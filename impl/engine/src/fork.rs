//! The forks of the OP Stack, and when they begin.

use std::fmt;

use thiserror::Error;

/// A hard fork of the OP Stack that begins at a timestamp.
///
/// Blocks are built and validated from Ecotone to Holocene. Isthmus can be given a time, at which
/// what this engine knows ends: its blocks have another header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are those of the forks")]
pub enum Fork {
    Regolith,
    Canyon,
    Ecotone,
    Fjord,
    Granite,
    Holocene,
    Isthmus,
}

impl Fork {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::Regolith,
        Self::Canyon,
        Self::Ecotone,
        Self::Fjord,
        Self::Granite,
        Self::Holocene,
        Self::Isthmus,
    ];

    /// The fork's name in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Regolith => "regolith",
            Self::Canyon => "canyon",
            Self::Ecotone => "ecotone",
            Self::Fjord => "fjord",
            Self::Granite => "granite",
            Self::Holocene => "holocene",
            Self::Isthmus => "isthmus",
        }
    }
}

impl fmt::Display for Fork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// When the forks begin; nothing means never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ForkTimes([Option<u64>; Fork::ALL.len()]);

impl ForkTimes {
    pub(crate) const fn get(&self, fork: Fork) -> Option<u64> {
        self.0[fork as usize]
    }

    pub(crate) const fn set(&mut self, fork: Fork, time: Option<u64>) {
        self.0[fork as usize] = time;
    }

    pub(crate) fn is_active(&self, fork: Fork, timestamp: u64) -> bool {
        self.get(fork).is_some_and(|time| time <= timestamp)
    }

    /// Checks that no fork begins before the one before it.
    pub(crate) fn check_order(&self) -> Result<(), ForkOrder> {
        for pair in Fork::ALL.windows(2) {
            let (earlier, fork) = (pair[0], pair[1]);
            let Some(time) = self.get(fork) else {
                continue;
            };
            if !self.is_active(earlier, time) {
                return Err(ForkOrder { fork, earlier });
            }
        }
        Ok(())
    }
}

/// A fork begins although the one before it does not, or not yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{fork} begins before {earlier}")]
pub struct ForkOrder {
    /// The fork that begins too early.
    pub fork: Fork,
    /// The fork that it must not begin before.
    pub earlier: Fork,
}
