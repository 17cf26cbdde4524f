//! The cache of recovered senders.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use alloy_primitives::{Address, B256};

/// How many senders each of the two generations holds.
const GENERATION: usize = 1 << 15;

/// Who sent which transaction, by the transaction's hash.
///
/// Recovering a sender costs more than executing most transactions, and it is a pure function of
/// the transaction: all engines of a run may share one handle without learning anything of each
/// other. The cache is bounded: when a generation is full, the one before it is forgotten.
#[derive(Clone, Default)]
pub struct Senders(Arc<Mutex<Generations>>);

#[derive(Default)]
struct Generations {
    young: BTreeMap<B256, Address>,
    old: BTreeMap<B256, Address>,
}

impl Senders {
    /// The sender of a transaction, recovered only if nobody has done it lately.
    pub(crate) fn get_or_recover<E>(
        &self,
        transaction_hash: B256,
        recover: impl FnOnce() -> Result<Address, E>,
    ) -> Result<Address, E> {
        let known = {
            let generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let young = generations.young.get(&transaction_hash);
            young
                .or_else(|| generations.old.get(&transaction_hash))
                .copied()
        };
        if let Some(sender) = known {
            return Ok(sender);
        }
        let sender = recover()?;
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if generations.young.len() == GENERATION {
            generations.old = std::mem::take(&mut generations.young);
        }
        generations.young.insert(transaction_hash, sender);
        Ok(sender)
    }
}

impl fmt::Debug for Senders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Senders")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovers_once_and_stays_bounded() {
        let senders = Senders::default();
        let hash = |n: usize| B256::left_padding_from(&n.to_be_bytes());
        let address = Address::repeat_byte(7);
        for n in 0..3 * GENERATION {
            let sender = senders.get_or_recover::<()>(hash(n), || Ok(address));
            assert_eq!(sender, Ok(address));
        }
        assert_eq!(
            senders.get_or_recover(hash(3 * GENERATION - 1), || Err(())),
            Ok(address)
        );
        assert_eq!(senders.get_or_recover(hash(0), || Err(())), Err(()));
        let generations = senders.0.lock().unwrap();
        assert!(generations.young.len() + generations.old.len() <= 2 * GENERATION);
    }
}
