//! A block that grows until it is due.
//!
//! ```text
//! begun        the block of the forced transactions alone: from here on there is a complete one
//! every round  the block is filled again from the pool, as far as the round's budget goes
//! due          the best complete one is the block; a round that is still under way is left out
//! ```
//!
//! DECISION: build-deadline.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use alloy_primitives::B256;
use gauntlet_engine::{Assembly, Attributes, Block, BuildError, Filled, Limits};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::chain::Chain;
use crate::compute::Pace;
use crate::stop::{Stop, StopOnDrop};
use crate::workers::Lane;

/// No transaction that uses less gas is slow.
const SLOW_GAS: u64 = 1_000_000;

/// How far a block has grown.
#[derive(Debug, Default)]
struct Grown {
    /// Nothing yet, the best one so far, or why there will be none.
    best: Option<Result<Arc<Block>, BuildError>>,
    /// Whether it was filled once, or will never be.
    is_filled: bool,
}

/// A block that grows until it is due.
#[derive(Debug)]
pub struct Draft {
    plot: Plot,
    growth: Option<Growth>,
}

/// What a block grows from.
#[derive(Clone, Debug)]
struct Plot {
    chain: Arc<Chain>,
    parent: B256,
    attributes: Arc<Attributes>,
}

/// A block that grows ahead of its time.
#[derive(Debug)]
struct Growth {
    grown: watch::Receiver<Grown>,
    budget: Duration,
    stop: Stop,
    _stops: StopOnDrop,
}

impl Draft {
    /// Begins a block of these attributes. It grows until it is dropped or told to stop.
    #[must_use]
    pub fn begin(chain: Arc<Chain>, pace: Pace, parent: B256, attributes: Arc<Attributes>) -> Self {
        let plot = Plot {
            chain,
            parent,
            attributes,
        };
        let growth = match pace {
            Pace::WhenDue => None,
            Pace::Ahead { every, budget } => Some(Growth::begin(plot.clone(), every, budget)),
        };
        Self { plot, growth }
    }

    /// Lets it grow no more: what a round that is under way comes to is left out. The first round
    /// is waited for, but no longer than a round may take.
    pub async fn stop(&self) {
        if let Some(growth) = &self.growth {
            let mut grown = growth.grown.clone();
            let filled = grown.wait_for(|grown| grown.is_filled);
            // In time or not, it grows no more.
            let _filled_or_over = timeout(growth.budget, filled).await;
            growth.stop.now();
        }
    }

    /// The best complete block so far. Where blocks grow ahead of their time nothing is executed
    /// for it; but the forced transactions are waited for.
    ///
    /// # Errors
    ///
    /// The attributes are those of no block on this parent.
    pub async fn sealed(&self) -> Result<Arc<Block>, BuildError> {
        let Some(growth) = &self.growth else {
            return self.plot.filled().await.map(Arc::new);
        };
        let mut grown = growth.grown.clone();
        let begun = grown.wait_for(|grown| grown.best.is_some()).await;
        let best = begun.ok().and_then(|grown| grown.best.clone());
        best.unwrap_or_else(|| Err(BuildError::Execution("the engine broke".to_owned())))
    }
}

impl Growth {
    fn begin(plot: Plot, every: Duration, budget: Duration) -> Self {
        let (news, grown) = watch::channel(Grown::default());
        let stop = Stop::default();
        tokio::spawn(grow(plot, every, budget, stop.clone(), news));
        Self {
            grown,
            budget,
            _stops: stop.on_drop(),
            stop,
        }
    }
}

async fn grow(
    plot: Plot,
    every: Duration,
    budget: Duration,
    stop: Stop,
    news: watch::Sender<Grown>,
) {
    let forced = plot
        .chain
        .forced(plot.parent, plot.attributes.clone())
        .await;
    let is_all = forced.is_err() || plot.attributes.no_tx_pool;
    news.send_replace(Grown {
        best: Some(forced.map(Arc::new)),
        is_filled: is_all,
    });
    if is_all {
        return;
    }
    let mut rounds = interval(every);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut filled_with = None;
    loop {
        rounds.tick().await;
        if stop.is_set() {
            return;
        }
        let waits = plot.chain.engine().pool_arrivals();
        if filled_with == Some(waits) {
            continue;
        }
        let round = plot.round(stop.clone(), budget).await;
        let Ok(Round { filled, slow }) = round else {
            // The block of the forced transactions stands.
            return;
        };
        if let Some(slow) = slow {
            // Whoever validates the block would take as long.
            plot.chain.engine().drop_transaction(slow);
            continue;
        }
        if stop.is_set() {
            return;
        }
        filled_with = filled.cut.is_none().then_some(waits);
        news.send_modify(|grown| grown.improve(filled.block));
    }
}

impl Grown {
    /// Takes a block if it pays no less than the best one so far.
    fn improve(&mut self, block: Block) {
        let is_better = match &self.best {
            Some(Ok(before)) => before.value() <= block.value(),
            Some(Err(_)) | None => true,
        };
        if is_better {
            self.best = Some(Ok(Arc::new(block)));
        }
        self.is_filled = true;
    }
}

/// What a round came to.
struct Round {
    filled: Filled,
    /// A transaction that alone took the time of a whole round, and will in every other.
    slow: Option<B256>,
}

impl Plot {
    /// Builds the block with all that waits now, whatever time it takes.
    async fn filled(&self) -> Result<Block, BuildError> {
        let assembly = self.assembly()?;
        let work = move || assembly.filled(&Limits::NONE);
        let filled = self.chain.workers().run(Lane::Fill, work).await;
        filled.map(|filled| filled.block)
    }

    /// Builds the block with what waits now, as far as the time goes that is given to it.
    async fn round(&self, stop: Stop, budget: Duration) -> Result<Round, BuildError> {
        let assembly = self.assembly()?;
        let work = move || round(&assembly, &stop, budget);
        self.chain.workers().run(Lane::Fill, work).await
    }

    fn assembly(&self) -> Result<Assembly, BuildError> {
        let attributes = self.attributes.clone();
        self.chain.engine().assembly(self.parent, attributes)
    }
}

fn round(assembly: &Assembly, stop: &Stop, budget: Duration) -> Result<Round, BuildError> {
    let begun = Instant::now();
    // Asked before each transaction, so that the last one was executed since.
    let last_asked = Cell::new(Duration::ZERO);
    let filled = assembly.filled(&Limits {
        gas: None,
        stop: &|| {
            let now = begun.elapsed();
            let is_over = stop.is_set() || now >= budget;
            if !is_over {
                last_asked.set(now);
            }
            is_over
        },
    })?;
    let took = begun.elapsed().saturating_sub(last_asked.get());
    let slow = (took >= budget)
        .then(|| last_that_costs(&filled.block))
        .flatten();
    Ok(Round { filled, slow })
}

/// The last transaction of a block, if it is of the pool's and used enough gas to be slow: what used
/// less waited for the machine.
fn last_that_costs(block: &Block) -> Option<B256> {
    let last = block.transactions().len().checked_sub(1)?;
    let receipt = block.receipt(last)?;
    let is_forced = block.transactions()[last].is_deposit();
    (!is_forced && receipt.gas_used >= SLOW_GAS).then_some(receipt.transaction_hash)
}
