//! How whoever waits for many runs ends them early.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A wish to end early, shared by whoever may have it and whoever is to see it: what has begun is
/// finished, and nothing else is begun.
#[derive(Clone, Debug, Default)]
pub struct Halt(Arc<AtomicBool>);

impl Halt {
    /// Wishes it.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody wishes it.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The items, until it is wished.
    pub(crate) fn until<T: Iterator>(&self, items: T) -> impl Iterator<Item = T::Item> {
        items.take_while(|_| !self.is_requested())
    }
}
