//! Where a node of a devnet lives: threads of its own, so that no other node's work keeps it waiting.

use std::io;

use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinError, JoinHandle};

/// How many threads run a node's tasks.
const WORKERS: usize = 2;

/// How many threads a node can have for what blocks, or computes for long.
const MAX_BLOCKING: usize = 8;

/// A runtime of a node's own. It ends with this, and nobody waits for what it does then.
#[derive(Debug)]
pub(super) struct Home(Option<Runtime>);

impl Home {
    pub(super) fn new(name: &str) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .max_blocking_threads(MAX_BLOCKING)
            .thread_name(name)
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    /// Runs a future there, until this one is dropped.
    ///
    /// # Errors
    ///
    /// It panicked.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, JoinError> {
        let runtime = self.0.as_ref().expect("it is there until it is dropped");
        let mut task = AbortOnDrop(runtime.spawn(future));
        (&mut task.0).await
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
