//! What our own nodes report, in the neutral words of a trace.

use gauntlet_builder::Event as BuilderEvent;
use gauntlet_sequencer::{Event as SequencerEvent, Fallback, Origin};

use super::Witness;
use crate::trace::{Cause, LogLevel, LogLine, Testimony, Whose};

/// Tells a witness what a sequencer reports.
pub(crate) fn sequencer(witness: &Witness, event: SequencerEvent) {
    witness.hear(match event {
        SequencerEvent::ForkChoiceScheduled { number, parent, .. } => {
            Testimony::Scheduled { number, parent }
        }
        SequencerEvent::LocalStarted { number } => Testimony::LocalStarted { number },
        SequencerEvent::LocalSealed {
            number,
            hash,
            transactions,
        } => Testimony::LocalSealed {
            number,
            hash,
            transactions,
        },
        SequencerEvent::LocalFailed { number, reason } => Testimony::LocalFailed {
            number,
            reason: reason.into(),
        },
        SequencerEvent::Admitted { number, hash } => Testimony::Admitted { number, hash },
        SequencerEvent::FellBack { number, cause } => Testimony::FellBack {
            number,
            cause: why(cause),
        },
        SequencerEvent::Imported { number, hash } => Testimony::Imported { number, hash },
        SequencerEvent::Published(published) => Testimony::Published {
            number: published.payload.block_number,
            hash: published.payload.block_hash,
            whose: match published.origin {
                Origin::Builder => Whose::Builder,
                Origin::Local => Whose::Local,
            },
        },
        SequencerEvent::Missed { number } => Testimony::Missed { number },
        SequencerEvent::HeadReplaced { payload, .. } => Testimony::HeadReplaced {
            number: payload.block_number,
            hash: payload.block_hash,
        },
        SequencerEvent::BuilderChanged { pubkey } => Testimony::BuilderChanged { pubkey },
        SequencerEvent::TransactionAccepted { hash } => Testimony::TransactionAccepted { hash },
        SequencerEvent::TransactionRefused { reason } => Testimony::TransactionRefused {
            reason: reason.into(),
        },
        SequencerEvent::Forwarded { hash, attempts } => Testimony::Forwarded { hash, attempts },
        SequencerEvent::FeedFailed { method, cause } => Testimony::FeedFailed {
            method: method.into(),
            cause: cause.into(),
        },
        SequencerEvent::ForwardingFailed {
            hash,
            attempts,
            cause,
        } => {
            witness.log(LogLine {
                level: LogLevel::Error,
                text: format!(
                    "gives up on forwarding a transaction after {attempts} attempts: {cause}"
                )
                .into(),
                transaction: Some(hash),
            });
            return;
        }
    });
}

fn why(cause: Fallback) -> Cause {
    match cause {
        Fallback::TimedOut => Cause::TimedOut,
        Fallback::Failed(cause) => Cause::Failed(cause.into()),
        Fallback::Error { code, message } => Cause::Error {
            code,
            message: message.into(),
        },
        Fallback::Rejected(rejection) => {
            // The variant names the reason, the rest tells the one case.
            let debugged = format!("{rejection:?}");
            let name: String = debugged
                .chars()
                .take_while(char::is_ascii_alphanumeric)
                .collect();
            Cause::Rejected {
                name: name.into(),
                reason: rejection.to_string().into(),
            }
        }
        Fallback::HeadMoved => Cause::HeadMoved,
        Fallback::OutOfTime => Cause::OutOfTime,
    }
}

/// Tells a witness what a builder reports.
pub(crate) fn builder(witness: &Witness, event: BuilderEvent) {
    witness.hear(match event {
        BuilderEvent::JobStarted { number, parent } => Testimony::JobStarted { number, parent },
        BuilderEvent::HeadFollowed { number, hash } => Testimony::HeadFollowed { number, hash },
        BuilderEvent::Behind { head } => Testimony::Behind { head },
        BuilderEvent::Sealed {
            number,
            hash,
            transactions,
        } => Testimony::Sealed {
            number,
            hash,
            transactions,
        },
        BuilderEvent::Refused { code, reason } => Testimony::Refused {
            code,
            reason: reason.into(),
        },
        BuilderEvent::TransactionStored { hash } => Testimony::TransactionStored { hash },
        BuilderEvent::TransactionRefused { reason } => Testimony::TransactionRefused {
            reason: reason.into(),
        },
    });
}
