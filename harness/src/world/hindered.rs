//! The sequencer's local engine as a plan has it: one that does not always do what it is asked. It
//! belongs to the surroundings, as the network does: every sequencer of a run has the same.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_engine::Block;
use gauntlet_node::{Chain, Draft};
use gauntlet_sequencer::{Healthy, LocalEngine, LocalFailure};
use tokio::time::sleep;

use crate::plan::{EngineTrouble, Fault, Plan};
use crate::trace::Recorder;

/// What hinders the local engine of a run, and when; cheap to clone.
#[derive(Clone, Debug)]
pub struct Hindrances {
    plan: Arc<Plan>,
    recorder: Recorder,
}

impl Hindrances {
    /// Those of a plan, by the clock of its run.
    #[must_use]
    pub const fn new(plan: Arc<Plan>, recorder: Recorder) -> Self {
        Self { plan, recorder }
    }

    /// Whether there are any in the run.
    #[must_use]
    pub fn exist(&self) -> bool {
        self.plan
            .faults
            .iter()
            .any(|fault| fault.of_engine().is_some())
    }

    /// What the local engine does now instead of what it is asked, and for how long, if not for ever;
    /// nothing if it does what it is asked.
    #[must_use]
    pub fn now(&self) -> Option<(EngineTrouble, Option<Duration>)> {
        let now_ms = self.recorder.now_us() / 1000;
        let mut faults = self.plan.faults.iter();
        let is_now = |fault: &&Fault| fault.of_engine().is_some() && fault.is_at(now_ms);
        let fault = faults.find(is_now)?;
        let (_, until_ms) = fault.times_ms();
        let lasts = until_ms.map(|until_ms| Duration::from_millis(until_ms - now_ms));
        Some((fault.of_engine()?, lasts))
    }

    /// Whether this hinders it now.
    fn is_now(&self, trouble: EngineTrouble) -> bool {
        self.now().is_some_and(|(now, _)| now == trouble)
    }
}

/// A local engine that is hindered. What it is asked comes before it once it is not.
#[derive(Clone, Debug)]
pub(super) struct Hindered(pub(super) Hindrances);

impl LocalEngine for Hindered {
    fn build(&self, draft: Arc<Draft>) -> BoxFuture<'static, Result<Arc<Block>, LocalFailure>> {
        let hindrances = self.0.clone();
        async move {
            let failed = |why: &str| Err(LocalFailure(why.to_owned()));
            while let Some((trouble, lasts)) = hindrances.now() {
                match (trouble, lasts) {
                    (EngineTrouble::Fails, _) => return failed("the engine fails"),
                    (EngineTrouble::Syncs, _) => return failed("the engine is syncing"),
                    (EngineTrouble::Stalls, Some(lasts)) => sleep(lasts).await,
                    (EngineTrouble::Stalls, None) => std::future::pending().await,
                    (EngineTrouble::CannotImport, _) => break,
                }
            }
            Healthy.build(draft).await
        }
        .boxed()
    }

    fn is_syncing(&self) -> bool {
        self.0.is_now(EngineTrouble::Syncs)
    }

    fn import(&self, chain: &Chain, block: Arc<Block>) -> Option<Arc<Block>> {
        if self.0.is_now(EngineTrouble::CannotImport) {
            return None;
        }
        Healthy.import(chain, block)
    }
}
