//! What nodes report of themselves, in the log and in numbers.

use gauntlet_builder::Event as BuilderEvent;
use gauntlet_sequencer::{Event, Fallback, Origin};
use tracing::{debug, error, info, warn};

use super::health::Health;
use super::metrics::Metrics;

/// What a process keeps of what its node reports.
#[derive(Clone, Debug)]
pub(super) struct Notes {
    pub(super) metrics: Metrics,
    pub(super) health: Health,
}

impl Notes {
    /// Those of a sequencer.
    pub(super) fn of_sequencer(health: Health) -> Self {
        let metrics = Metrics::new();
        metrics.counts("blocks", "Published blocks, by whose they are");
        metrics.counts("fallbacks", "Slots without the builder's block, by cause");
        metrics.counts(
            "slot_failures",
            "Slots without a block, and local builds that failed",
        );
        metrics.counts(
            "transactions",
            "Users' transactions, by what became of them",
        );
        metrics.counts(
            "forwarding_failures",
            "Transactions that the builder never stored",
        );
        metrics.counts(
            "feed_failures",
            "Messages of the head that were lost, by method",
        );
        metrics.counts(
            "builder_call_failures",
            "Calls to the builder that failed, by method",
        );
        Self { metrics, health }
    }

    /// Those of a builder.
    pub(super) fn of_builder(health: Health) -> Self {
        let metrics = Metrics::new();
        metrics.counts(
            "jobs",
            "What it was asked for and what it gave: begun and sealed",
        );
        metrics.counts("refusals", "Requests that it refused, by code");
        metrics.counts(
            "transactions",
            "Forwarded transactions, by what became of them",
        );
        Self { metrics, health }
    }

    /// Notes what a sequencer reports.
    pub(super) fn sequencer(&self, event: &Event) {
        let Self { metrics, health } = self;
        match event {
            Event::ForkChoiceScheduled { number, parent, .. } => {
                metrics.slot();
                debug!(number, %parent, "slot");
            }
            Event::LocalStarted { number } => debug!(number, "local build begins"),
            Event::LocalSealed {
                number,
                hash,
                transactions,
            } => debug!(number, %hash, transactions, "local block sealed"),
            Event::LocalFailed { number, reason } => {
                metrics.count("slot_failures", "what", "local-build");
                error!(number, reason, "the local engine has no block");
            }
            Event::Admitted { number, hash } => debug!(number, %hash, "builder's block admitted"),
            Event::FellBack { number, cause } => {
                metrics.count("fallbacks", "cause", name(cause));
                warn!(number, cause = name(cause), reason = %cause, "no block of the builder");
            }
            Event::Imported { number, hash } => {
                metrics.head(*number);
                debug!(number, %hash, "block imported");
            }
            Event::Published(published) => {
                let whose = match published.origin {
                    Origin::Builder => "builder",
                    Origin::Local => "local",
                };
                let payload = &published.payload;
                metrics.count("blocks", "whose", whose);
                health.well(payload.block_number);
                info!(
                    number = payload.block_number,
                    hash = %payload.block_hash,
                    whose,
                    transactions = payload.transactions.len(),
                    gas = payload.gas_used,
                    "block published"
                );
            }
            Event::Missed { number } => {
                metrics.count("slot_failures", "what", "missed");
                health.troubled(format!("the last slot ended without block {number}"));
                error!(number, "the slot ended without a block");
            }
            Event::HeadReplaced { payload } => {
                let (number, hash) = (payload.block_number, payload.block_hash);
                warn!(number, %hash, "L1 replaces the head");
            }
            Event::BuilderChanged { pubkey } => match pubkey {
                Some(pubkey) => info!(%pubkey, "builder registered"),
                None => info!("no builder registered"),
            },
            Event::TransactionAccepted { hash } => {
                metrics.count("transactions", "outcome", "accepted");
                debug!(%hash, "transaction accepted");
            }
            Event::TransactionRefused { reason } => {
                metrics.count("transactions", "outcome", "refused");
                debug!(reason, "transaction refused");
            }
            Event::Forwarded { hash, attempts } => debug!(%hash, attempts, "transaction forwarded"),
            Event::ForwardingFailed {
                hash,
                attempts,
                cause,
            } => {
                metrics.count(
                    "forwarding_failures",
                    "method",
                    "builder_forwardTransactionV1",
                );
                // "log the error loudly" (line 123). DECISION: log-loudly.
                error!(%hash, attempts, cause, "gives up on forwarding a transaction");
            }
            Event::FeedFailed { method, cause } => {
                metrics.count("feed_failures", "method", method);
                warn!(method, cause, "the builder did not learn of the head");
            }
        }
    }

    /// Notes what a builder reports.
    pub(super) fn builder(&self, event: &BuilderEvent) {
        let Self { metrics, health } = self;
        match event {
            BuilderEvent::JobStarted { number, parent } => {
                metrics.count("jobs", "what", "begun");
                debug!(number, %parent, "job begun");
            }
            BuilderEvent::HeadFollowed { number, hash } => {
                metrics.head(*number);
                health.well(*number);
                debug!(number, %hash, "head followed");
            }
            BuilderEvent::Behind { head } => {
                health.troubled(format!("lacks the ancestors of the head {head}"));
                info!(%head, "lacks the ancestors of the head");
            }
            BuilderEvent::Sealed {
                number,
                hash,
                transactions,
            } => {
                metrics.count("jobs", "what", "sealed");
                info!(number, %hash, transactions, "block sealed");
            }
            BuilderEvent::Refused { code, reason } => {
                metrics.count("refusals", "code", &code.to_string());
                warn!(code, reason, "request refused");
            }
            BuilderEvent::TransactionStored { hash } => {
                metrics.count("transactions", "outcome", "stored");
                debug!(%hash, "transaction stored");
            }
            BuilderEvent::TransactionRefused { reason } => {
                metrics.count("transactions", "outcome", "refused");
                debug!(reason, "transaction refused");
            }
        }
    }
}

/// The name of a cause.
fn name(cause: &Fallback) -> &'static str {
    match cause {
        Fallback::TimedOut => "timed-out",
        Fallback::Failed(_) => "failed",
        Fallback::Error { .. } => "error",
        Fallback::Rejected(_) => "rejected",
        Fallback::HeadMoved => "head-moved",
        Fallback::OutOfTime => "out-of-time",
    }
}
