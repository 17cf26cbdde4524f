//! Whether a process does what it is for. It claims nothing that it has not seen.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gauntlet_rpc::Page;
use tokio::time::Instant;

/// Whether a process does what it is for, cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Health(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// What the process does as long as it did not do what it is for.
    beginning: String,
    /// What it does when all is well, such as `published`.
    does: &'static str,
    /// How long it may not have done so.
    within: Duration,
    /// When it last did, and with which block.
    last: Option<(Instant, u64)>,
    /// What keeps it from it, as far as is known.
    trouble: Option<String>,
}

impl Health {
    /// A process that has done nothing yet.
    pub(super) fn new(beginning: &str, does: &'static str, within: Duration) -> Self {
        Self(Arc::new(Mutex::new(State {
            beginning: beginning.to_owned(),
            does,
            within,
            last: None,
            trouble: None,
        })))
    }

    /// The process did what it is for.
    pub(super) fn well(&self, block: u64) {
        self.with(|state| {
            state.last = Some((Instant::now(), block));
            state.trouble = None;
        });
    }

    /// Something keeps it from it.
    pub(super) fn troubled(&self, by: String) {
        self.with(|state| state.trouble = Some(by));
    }

    /// What it does before it does what it is for.
    pub(super) fn begins(&self, with: &str) {
        self.with(|state| with.clone_into(&mut state.beginning));
    }

    /// Whether all is well, and a sentence.
    fn told(&self) -> (bool, String) {
        self.with(|state| match (&state.trouble, state.last) {
            (Some(trouble), _) => (false, trouble.clone()),
            (None, None) => (false, state.beginning.clone()),
            (None, Some((at, block))) => {
                let ago = at.elapsed();
                let told = format!("{} block {block} {} ms ago", state.does, ago.as_millis());
                (ago <= state.within, told)
            }
        })
    }

    /// The page that says so: 200 if all is well, 503 otherwise.
    pub(super) fn page(&self) -> Page {
        let (is_well, told) = self.told();
        Page {
            status: if is_well { 200 } else { 503 },
            content_type: "text/plain; charset=utf-8",
            text: told + "\n",
        }
    }

    fn with<T>(&self, then: impl FnOnce(&mut State) -> T) -> T {
        then(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn health_is_what_was_seen_lately() {
        let health = Health::new("restores the chain", "published", Duration::from_secs(2));
        let told = |health: &Health| {
            let page = health.page();
            (page.status, page.text)
        };
        assert_eq!(told(&health), (503, "restores the chain\n".to_owned()));
        health.well(7);
        advance(Duration::from_secs(2)).await;
        assert_eq!(
            told(&health),
            (200, "published block 7 2000 ms ago\n".to_owned())
        );
        advance(Duration::from_millis(1)).await;
        assert_eq!(told(&health).0, 503);
        health.well(8);
        assert_eq!(told(&health).0, 200);
        health.troubled("lacks the ancestors of its head".to_owned());
        assert_eq!(
            told(&health),
            (503, "lacks the ancestors of its head\n".to_owned())
        );
    }
}
