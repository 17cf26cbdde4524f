//! The ids that a builder gives to the payloads that it builds.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use alloy_primitives::B256;
use alloy_rpc_types_engine::PayloadId;

/// For how many heads ids are kept; the oldest go first.
const MAX_HEADS: usize = 4;

/// The id that the builder's answer to the last update with attributes gave, by the head that the
/// update named. The Builder API names a payload by its parent and number; other wire dialects need
/// the id.
#[derive(Debug, Default)]
pub(super) struct PayloadIds(Mutex<VecDeque<(B256, PayloadId)>>);

impl PayloadIds {
    /// Notes what an answer gave for a head.
    pub(super) fn note(&self, head: B256, id: Option<PayloadId>) {
        let mut ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ids.retain(|(of, _)| *of != head);
        ids.extend(id.map(|id| (head, id)));
        if ids.len() > MAX_HEADS {
            ids.pop_front();
        }
        assert!(
            ids.len() <= MAX_HEADS,
            "payload ids are kept for no more than {MAX_HEADS} heads"
        );
    }

    /// The id for a head.
    pub(super) fn get(&self, head: B256) -> Option<PayloadId> {
        let ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ids.iter().find_map(|(of, id)| (*of == head).then_some(*id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: B256 = B256::repeat_byte(1);

    fn id(byte: u8) -> PayloadId {
        PayloadId::new([byte; 8])
    }

    #[test]
    fn the_last_answer_for_a_head_counts() {
        let ids = PayloadIds::default();
        assert_eq!(ids.get(HEAD), None);
        ids.note(HEAD, Some(id(1)));
        ids.note(B256::repeat_byte(2), Some(id(2)));
        ids.note(HEAD, Some(id(3)));
        assert_eq!(ids.get(HEAD), Some(id(3)));
        assert_eq!(ids.get(B256::repeat_byte(2)), Some(id(2)));
        ids.note(HEAD, None);
        assert_eq!(ids.get(HEAD), None, "the last answer gave none");
    }

    #[test]
    fn the_oldest_head_goes_first() {
        let ids = PayloadIds::default();
        for byte in 1..=5 {
            ids.note(B256::repeat_byte(byte), Some(id(byte)));
        }
        assert_eq!(ids.get(B256::repeat_byte(1)), None);
        for byte in 2..=5 {
            assert_eq!(ids.get(B256::repeat_byte(byte)), Some(id(byte)));
        }
    }
}
