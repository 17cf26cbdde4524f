//! What the builder is asked to build. A request selects a job by its parent and its number.

use std::collections::VecDeque;
use std::sync::Arc;

use alloy_primitives::{B256, U256};
use gauntlet_engine::Attributes;
use gauntlet_node::Draft;
use gauntlet_protocol::PayloadRequestV1;
use tokio::time::Instant;

/// How many jobs are kept; the oldest go first.
const MAX_JOBS: usize = 16;

/// How many jobs are kept for one block; the oldest go first.
const MAX_JOBS_A_BLOCK: usize = 4;

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
    /// The block, which grows.
    pub draft: Arc<Draft>,
}

impl Job {
    /// Whether it is for the same block as another.
    fn is_beside(&self, other: &Self) -> bool {
        (self.parent, self.number) == (other.parent, other.number)
    }

    /// Whether a request says the same of the block as its attributes.
    #[must_use]
    pub fn agrees(&self, request: &PayloadRequestV1) -> bool {
        U256::from(self.attributes.gas_limit) == request.gas_limit
            && self.attributes.parent_beacon_block_root == request.parent_beacon_block_root
    }
}

/// The jobs that a request can select.
#[derive(Debug, Default)]
pub struct Jobs(VecDeque<Job>);

impl Jobs {
    /// Starts a job, unless it is under way already: the same attributes by value do not restart
    /// it, and make it the last one again (DECISION: job-restart). Other attributes for the same
    /// block are another job beside it. Returns whether it was started.
    pub fn start(&mut self, job: Job) -> bool {
        let is_same = |other: &Job| other.is_beside(&job) && other.attributes == job.attributes;
        let under_way = self.0.iter().position(is_same);
        if let Some(under_way) = under_way.and_then(|at| self.0.remove(at)) {
            self.0.push_back(under_way);
            return false;
        }
        let beside = self.0.iter().filter(|other| other.is_beside(&job)).count();
        let oldest = match beside {
            MAX_JOBS_A_BLOCK.. => self.0.iter().position(|other| other.is_beside(&job)),
            _ => (self.0.len() >= MAX_JOBS).then_some(0),
        };
        if let Some(oldest) = oldest {
            self.0.remove(oldest);
        }
        self.0.push_back(job);
        assert!(
            self.0.len() <= MAX_JOBS,
            "no more than {MAX_JOBS} jobs are kept"
        );
        true
    }

    /// Drops the jobs that a new head has made stale: those whose number is not above its own.
    /// DECISION: nothing-to-give.
    pub(crate) fn follow(&mut self, head: u64) {
        self.0.retain(|job| job.number > head);
    }

    /// Drops the jobs for a block.
    pub fn forget(&mut self, parent: B256, number: u64) {
        self.0
            .retain(|job| (job.parent, job.number) != (parent, number));
    }

    /// The job that was started last.
    #[must_use]
    pub fn latest(&self) -> Option<&Job> {
        self.0.back()
    }

    /// The jobs for a block, the last first.
    pub fn of(&self, parent: B256, number: u64) -> impl Iterator<Item = &Job> {
        let jobs = self.0.iter().rev();
        jobs.filter(move |job| (job.parent, job.number) == (parent, number))
    }

    /// The job that a request selects: by the parent and the number, and where there are several,
    /// the last one that agrees with it.
    #[must_use]
    pub fn select(&self, request: &PayloadRequestV1) -> Option<&Job> {
        let number = u64::try_from(request.block_number).ok()?;
        let mut jobs = self.of(request.parent_hash, number);
        jobs.find(|job| job.agrees(request))
            .or_else(|| self.of(request.parent_hash, number).next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::Address;
    use gauntlet_engine::{ChainSpec, Engine, Senders};
    use gauntlet_node::{Chain, Pace, Workers};

    const GENESIS: &str = include_str!("../../../harness/src/chain/genesis.json");

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
        let spec = ChainSpec::from_genesis_json(GENESIS).expect("the genesis of the harness");
        let engine = Engine::new(Arc::new(spec), Senders::default());
        let chain = Arc::new(Chain::new(engine, Workers::inline()));
        let (parent, attributes) = (B256::repeat_byte(parent), Arc::new(attributes));
        Job {
            parent,
            number: 1,
            draft: Arc::new(Draft::begin(
                chain,
                Pace::WhenDue,
                parent,
                attributes.clone(),
            )),
            attributes,
            ready_at: now,
        }
    }

    fn request(parent: u8, number: u64, gas_limit: u64) -> PayloadRequestV1 {
        PayloadRequestV1 {
            block_number: U256::from(number),
            parent_hash: B256::repeat_byte(parent),
            pub_key: Address::ZERO,
            gas_limit: U256::from(gas_limit),
            parent_beacon_block_root: B256::ZERO,
        }
    }

    /// The gas limit of the job that is selected for a request with this one.
    fn selected(jobs: &Jobs, gas_limit: u64) -> Option<u64> {
        let job = jobs.select(&request(1, 1, gas_limit))?;
        Some(job.attributes.gas_limit)
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_attributes_do_not_restart_a_job() {
        let mut jobs = Jobs::default();
        let first = Instant::now();
        assert!(jobs.start(job(1, 7, first)));
        tokio::time::advance(std::time::Duration::from_millis(5)).await;
        assert!(!jobs.start(job(1, 7, Instant::now())));
        let ready_at = jobs.select(&request(1, 1, 7)).expect("started").ready_at;
        assert_eq!(ready_at, first);
    }

    #[tokio::test(start_paused = true)]
    async fn other_attributes_are_another_job_and_the_request_says_which() {
        let mut jobs = Jobs::default();
        for gas_limit in 5..8 {
            assert!(jobs.start(job(1, gas_limit, Instant::now())));
        }
        for gas_limit in 5..8 {
            assert_eq!(selected(&jobs, gas_limit), Some(gas_limit));
        }
        assert_eq!(selected(&jobs, 9), Some(7), "else it is the last one");
        for gas_limit in 8..100 {
            assert!(jobs.start(job(1, gas_limit, Instant::now())));
        }
        assert_eq!(jobs.of(B256::repeat_byte(1), 1).count(), MAX_JOBS_A_BLOCK);
        assert_eq!(selected(&jobs, 96), Some(96));
        assert_eq!(selected(&jobs, 95), Some(99), "the oldest went first");
    }

    /// Whoever tells his attributes again after another's gets the block of his own.
    #[tokio::test(start_paused = true)]
    async fn the_same_attributes_make_their_job_the_last_one_again() {
        let mut jobs = Jobs::default();
        let first = Instant::now();
        assert!(jobs.start(job(1, 7, first)));
        assert!(jobs.start(job(1, 8, first)));
        assert_eq!(selected(&jobs, 9), Some(8));
        tokio::time::advance(std::time::Duration::from_millis(5)).await;
        assert!(!jobs.start(job(1, 7, Instant::now())));
        assert_eq!(selected(&jobs, 9), Some(7));
        assert_eq!(
            jobs.select(&request(1, 1, 9)).map(|job| job.ready_at),
            Some(first)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn many_jobs_for_one_block_drive_out_no_other() {
        let mut jobs = Jobs::default();
        assert!(jobs.start(job(1, 7, Instant::now())));
        for gas_limit in 0..100 {
            assert!(jobs.start(job(2, gas_limit, Instant::now())));
        }
        assert_eq!(selected(&jobs, 7), Some(7));
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_makes_jobs_stale_but_not_those_of_its_siblings() {
        let mut jobs = Jobs::default();
        assert!(jobs.start(job(1, 7, Instant::now())));
        jobs.follow(0);
        assert_eq!(selected(&jobs, 7), Some(7));
        jobs.follow(1);
        assert_eq!(selected(&jobs, 7), None);
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_job_goes_first() {
        let mut jobs = Jobs::default();
        for parent in 0..=16 {
            assert!(jobs.start(job(parent, 7, Instant::now())));
        }
        assert!(jobs.select(&request(0, 1, 7)).is_none());
        assert!(jobs.select(&request(1, 1, 7)).is_some());
        assert!(jobs.select(&request(1, 2, 7)).is_none());
    }
}
