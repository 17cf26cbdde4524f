//! How many bytes of bodies are held at once, of all connections together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::limits::FREE_BYTES;

/// The bytes that may be held at once.
#[derive(Debug)]
pub struct ByteBudget {
    max: usize,
    held: AtomicUsize,
}

impl ByteBudget {
    /// A budget of so many bytes.
    pub const fn new(max: usize) -> Self {
        Self {
            max,
            held: AtomicUsize::new(0),
        }
    }

    fn take(&self, bytes: usize) -> bool {
        let more = |held: usize| held.checked_add(bytes).filter(|held| *held <= self.max);
        self.held
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// What one exchange holds of a budget, given back when it is dropped. A little is free, so that
/// large bodies leave room for small ones.
#[derive(Debug)]
pub struct HeldBytes {
    budget: Arc<ByteBudget>,
    bytes: usize,
}

impl HeldBytes {
    /// Holds nothing yet.
    pub const fn nothing(budget: Arc<ByteBudget>) -> Self {
        Self { budget, bytes: 0 }
    }

    /// Holds so many bytes, or what it held before if there is not so much; returns which.
    #[must_use]
    pub fn hold(&mut self, bytes: usize) -> bool {
        let (before, after) = (charge(self.bytes), charge(bytes));
        if after > before && !self.budget.take(after - before) {
            return false;
        }
        self.budget.give_back(before.saturating_sub(after));
        self.bytes = bytes;
        true
    }
}

impl Drop for HeldBytes {
    fn drop(&mut self) {
        self.budget.give_back(charge(self.bytes));
    }
}

const fn charge(bytes: usize) -> usize {
    bytes.saturating_sub(FREE_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_bounded_and_given_back() {
        let budget = Arc::new(ByteBudget::new(100));
        let hold = |held: &mut HeldBytes, bytes| held.hold(FREE_BYTES + bytes);
        let mut one = HeldBytes::nothing(budget.clone());
        let mut another = HeldBytes::nothing(budget.clone());
        assert!(hold(&mut one, 60) && hold(&mut another, 40));
        assert!(!hold(&mut one, 61));
        // What is small is held all the same.
        let mut small = HeldBytes::nothing(budget.clone());
        assert!(small.hold(FREE_BYTES));
        assert!(!hold(&mut small, 1));
        assert!(hold(&mut another, 10) && hold(&mut one, 90));
        drop((one, another, small));
        let mut all = HeldBytes::nothing(budget);
        assert!(hold(&mut all, 100) && !hold(&mut all, 101));
    }
}
