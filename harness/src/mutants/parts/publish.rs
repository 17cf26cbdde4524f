//! When and how often blocks leave the sequencer.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alloy_primitives::{B256, Bytes, U256};
use gauntlet_protocol::ExecutionPayloadV2;
use gauntlet_sequencer::{Admission, Publish, Settle, Submission, execute, import_then_publish};

use super::admission::executed_by;
use crate::world::Follower;

/// What went out before its time.
#[derive(Clone)]
pub(in crate::mutants) struct Early {
    follower: Follower,
    out: Arc<Mutex<BTreeSet<B256>>>,
}

impl Early {
    pub(in crate::mutants) fn new(follower: &Follower) -> Self {
        Self {
            follower: follower.clone(),
            out: Arc::default(),
        }
    }

    /// Publishes each payload of the builder before it is executed.
    pub(in crate::mutants) fn before_execution(&self) -> Admission {
        let early = self.clone();
        executed_by(move |view, submission| {
            early.publish(submission);
            execute(view, submission)
        })
    }

    /// Publishes those payloads of the builder that are such before they are executed.
    pub(in crate::mutants) fn before_execution_of(
        &self,
        such: fn(&ExecutionPayloadV2) -> bool,
    ) -> Admission {
        let early = self.clone();
        executed_by(move |view, submission| {
            if such(&submission.response.execution_payload) {
                early.publish(submission);
            }
            execute(view, submission)
        })
    }

    /// Publishes what is offered a second time before it is executed: it cannot have been false.
    pub(in crate::mutants) fn before_execution_again(&self) -> Admission {
        let early = self.clone();
        let honest = Admission::default();
        let seen = Mutex::new(BTreeSet::new());
        Admission {
            checks: Vec::new(),
            execute: Arc::new(move |view, submission| {
                let hash = submission.response.execution_payload.block_hash;
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                if !seen.insert(hash) {
                    early.publish(submission);
                }
                honest.admit(view, submission)
            }),
        }
    }

    /// Publishes payloads of the builder before they are executed once one of them was valid.
    pub(in crate::mutants) fn before_execution_once_trusted(&self) -> Admission {
        let early = self.clone();
        let is_trusted = AtomicBool::new(false);
        executed_by(move |view, submission| {
            if is_trusted.load(Ordering::Relaxed) {
                early.publish(submission);
            }
            let block = execute(view, submission)?;
            is_trusted.store(true, Ordering::Relaxed);
            Ok(block)
        })
    }

    /// Imports a block, and publishes it if it is not out yet.
    pub(in crate::mutants) fn settle(&self) -> Settle {
        let early = self.clone();
        Arc::new(move |desk, block| {
            if early.out().contains(&block.hash()) {
                return desk.import(block);
            }
            import_then_publish(desk, block)
        })
    }

    fn publish(&self, submission: &Submission<'_>) {
        let payload = Arc::new(submission.payload());
        self.out().insert(payload.block_hash);
        Publish::publish(&self.follower, &payload);
    }

    fn out(&self) -> MutexGuard<'_, BTreeSet<B256>> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Imports and publishes each block, and publishes it again.
pub(in crate::mutants) fn each_block_twice() -> Settle {
    Arc::new(|desk, block| {
        let head = import_then_publish(desk, block)?;
        desk.publish(&head);
        Some(head)
    })
}

/// Publishes a block without a look at the head, and imports it if it can be.
pub(in crate::mutants) fn whatever_it_is() -> Settle {
    Arc::new(|desk, block| {
        desk.publish(&block);
        desk.import(block)
    })
}

/// Publishes a block and never imports it.
pub(in crate::mutants) fn without_importing() -> Settle {
    Arc::new(|desk, block| {
        desk.publish(&block);
        None
    })
}

/// Publishes each block, and imports it then.
pub(in crate::mutants) fn before_importing() -> Settle {
    Arc::new(|desk, block| {
        desk.publish(&block);
        desk.import(block)
    })
}

/// Imports each block, and hands followers one with another base fee.
pub(in crate::mutants) fn with_another_base_fee(follower: &Follower) -> Settle {
    let follower = follower.clone();
    Arc::new(move |desk, block| {
        let head = desk.import(block)?;
        let mut payload = head.payload();
        payload.base_fee_per_gas += U256::from(1);
        Publish::publish(&follower, &Arc::new(payload));
        Some(head)
    })
}

/// Imports each block, and hands followers one that has the last transaction of the one before too.
pub(in crate::mutants) fn with_what_was_before(follower: &Follower) -> Settle {
    let (follower, before) = (follower.clone(), Mutex::new(None::<Bytes>));
    Arc::new(move |desk, block| {
        let head = desk.import(block)?;
        let mut payload = head.payload();
        let last = payload.transactions.last().cloned();
        let mut before = before.lock().unwrap_or_else(PoisonError::into_inner);
        payload.transactions.extend(before.take());
        *before = last;
        Publish::publish(&follower, &Arc::new(payload));
        Some(head)
    })
}
