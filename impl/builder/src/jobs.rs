//! What the builder is asked to build. A request selects a job by its parent and its number.

use std::collections::VecDeque;
use std::sync::Arc;

use alloy_primitives::B256;
use gauntlet_engine::Attributes;
use tokio::time::Instant;

/// How many jobs are kept; the oldest go first.
const MAX_JOBS: usize = 16;

/// A block to build.
#[derive(Clone, Debug)]
pub struct Job {
    /// The parent's hash.
    pub parent: B256,
    /// The number of the block.
    pub number: u64,
    /// Its attributes.
    pub attributes: Arc<Attributes>,
    /// When the job has a payload to give.
    pub ready_at: Instant,
}

/// The jobs that a request can select.
#[derive(Debug, Default)]
pub struct Jobs(VecDeque<Job>);

impl Jobs {
    /// Starts a job, unless it is under way already: the same attributes by value do not restart
    /// it (DECISION: job-restart). Other attributes for the same block replace it. Returns whether
    /// it was started.
    pub(crate) fn start(&mut self, job: Job) -> bool {
        let same_block = |other: &Job| (other.parent, other.number) == (job.parent, job.number);
        if self
            .0
            .iter()
            .any(|other| same_block(other) && other.attributes == job.attributes)
        {
            return false;
        }
        self.0.retain(|other| !same_block(other));
        if self.0.len() >= MAX_JOBS {
            self.0.pop_front();
        }
        self.0.push_back(job);
        assert!(
            self.0.len() <= MAX_JOBS,
            "no more than {MAX_JOBS} jobs are kept"
        );
        true
    }

    /// The job that was started last.
    #[must_use]
    pub fn latest(&self) -> Option<&Job> {
        self.0.back()
    }

    /// The job for a block.
    #[must_use]
    pub fn select(&self, parent: B256, number: u64) -> Option<&Job> {
        self.0
            .iter()
            .find(|job| (job.parent, job.number) == (parent, number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::Address;

    fn job(parent: u8, gas_limit: u64, now: Instant) -> Job {
        let attributes = Attributes {
            timestamp: 1,
            prev_randao: B256::ZERO,
            fee_recipient: Address::ZERO,
            parent_beacon_block_root: B256::ZERO,
            transactions: Vec::new(),
            no_tx_pool: false,
            gas_limit,
            eip1559_params: None,
        };
        Job {
            parent: B256::repeat_byte(parent),
            number: 1,
            attributes: Arc::new(attributes),
            ready_at: now,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_attributes_do_not_restart_a_job() {
        let mut jobs = Jobs::default();
        let first = Instant::now();
        assert!(jobs.start(job(1, 7, first)));
        tokio::time::advance(std::time::Duration::from_millis(5)).await;
        assert!(!jobs.start(job(1, 7, Instant::now())));
        assert_eq!(
            jobs.select(B256::repeat_byte(1), 1)
                .expect("started")
                .ready_at,
            first
        );
        assert!(
            jobs.start(job(1, 8, Instant::now())),
            "other attributes are another job"
        );
        assert_eq!(
            jobs.select(B256::repeat_byte(1), 1)
                .expect("started")
                .attributes
                .gas_limit,
            8
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_job_goes_first() {
        let mut jobs = Jobs::default();
        for parent in 0..=16 {
            assert!(jobs.start(job(parent, 7, Instant::now())));
        }
        assert!(jobs.select(B256::repeat_byte(0), 1).is_none());
        assert!(jobs.select(B256::repeat_byte(1), 1).is_some());
        assert!(jobs.select(B256::repeat_byte(1), 2).is_none());
    }
}
