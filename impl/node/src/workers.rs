//! Where a node executes: in place, or on threads of its own.

use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// What something is executed for. Each purpose has workers of its own, so that none waits for
/// another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Blocks of forced transactions alone, which a slot cannot do without.
    Forced,
    /// Blocks filled from the pool.
    Fill,
    /// The payloads of others.
    Judge,
    /// What users ask.
    Serve,
}

impl Lane {
    const ALL: [Self; 4] = [Self::Forced, Self::Fill, Self::Judge, Self::Serve];

    /// How many threads work for it.
    const fn threads(self) -> usize {
        match self {
            Self::Forced | Self::Fill | Self::Judge => 1,
            Self::Serve => 2,
        }
    }
}

/// Where a node executes, cheap to clone: the clones have the same threads.
#[derive(Clone, Debug)]
pub struct Workers(Place);

#[derive(Clone, Debug)]
enum Place {
    Inline,
    Threads(Arc<[Semaphore; Lane::ALL.len()]>),
}

impl Workers {
    /// Executes in place, at once: for simulations, where computing takes no time.
    #[must_use]
    pub const fn inline() -> Self {
        Self(Place::Inline)
    }

    /// Executes on threads beside the runtime's workers, no more of them than
    /// [`Lane`] says; what comes meanwhile waits for its turn.
    #[must_use]
    pub fn threads() -> Self {
        let turns = Lane::ALL.map(|lane| Semaphore::new(lane.threads()));
        Self(Place::Threads(Arc::new(turns)))
    }

    /// Executes. Whoever drops what is returned does not wait, but what has begun goes on to its
    /// end, and holds its thread.
    ///
    /// # Panics
    ///
    /// What is executed panics.
    pub async fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        let Place::Threads(turns) = &self.0 else {
            return work();
        };
        let turns = turns.clone();
        let turn = turns[lane as usize].acquire().await;
        turn.expect("nobody closes a lane").forget();
        let done = spawn_blocking(move || {
            let turn = TurnEnds(&turns[lane as usize]);
            let done = work();
            drop(turn);
            done
        });
        match done.await {
            Ok(done) => done,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                // The runtime ends, and whoever waits with it.
                Err(_) => std::future::pending().await,
            },
        }
    }
}

/// Gives a turn back, even if the work panics.
struct TurnEnds<'a>(&'a Semaphore);

impl Drop for TurnEnds<'_> {
    fn drop(&mut self) {
        self.0.add_permits(1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread::{self, ThreadId};

    use super::*;

    async fn who(workers: &Workers, lane: Lane) -> ThreadId {
        workers.run(lane, || thread::current().id()).await
    }

    #[tokio::test]
    async fn work_is_done_in_place_or_elsewhere() {
        let here = thread::current().id();
        assert_eq!(who(&Workers::inline(), Lane::Fill).await, here);
        assert_ne!(who(&Workers::threads(), Lane::Fill).await, here);
    }

    #[tokio::test]
    async fn a_lane_that_is_full_holds_up_no_other() {
        let workers = Workers::threads();
        let (go, waits) = mpsc::channel::<()>();
        let busy = tokio::spawn({
            let workers = workers.clone();
            async move {
                let work = move || waits.recv().is_ok();
                workers.run(Lane::Judge, work).await
            }
        });
        tokio::task::yield_now().await;
        who(&workers, Lane::Forced).await;
        tokio::select! {
            biased;
            _ = who(&workers, Lane::Judge) => panic!("the lane has one thread, and it is busy"),
            () = tokio::task::yield_now() => {}
        }
        go.send(()).expect("the work waits");
        assert!(busy.await.expect("the work ends"));
        who(&workers, Lane::Judge).await;
    }

    #[tokio::test]
    async fn a_lane_outlives_a_panic() {
        let workers = Workers::threads();
        let broken = workers.clone();
        let work = || panic!("of the work");
        let broken = tokio::spawn(async move { broken.run::<()>(Lane::Fill, work).await });
        assert!(broken.await.is_err_and(|error| error.is_panic()));
        who(&workers, Lane::Fill).await;
    }
}
