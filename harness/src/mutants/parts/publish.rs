//! When and how often blocks leave the sequencer, and what it tells of itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gauntlet_sequencer::{
    Admission, Event, Observer, Origin, Published, Settle, Submission, execute, import_then_publish,
};

use super::admission::executed_by;
use crate::trace::{Recorder, What};

/// Publishes each payload of the builder before it is executed.
pub(in crate::mutants) fn before_execution(recorder: &Recorder) -> Admission {
    let observer = recorder.sequencer();
    executed_by(move |engine, submission| {
        observer.observe(published(submission));
        execute(engine, submission)
    })
}

/// Publishes payloads of the builder before they are executed once one of them was valid.
pub(in crate::mutants) fn before_execution_once_trusted(recorder: &Recorder) -> Admission {
    let observer = recorder.sequencer();
    let is_trusted = AtomicBool::new(false);
    executed_by(move |engine, submission| {
        if is_trusted.load(Ordering::Relaxed) {
            observer.observe(published(submission));
        }
        let block = execute(engine, submission)?;
        is_trusted.store(true, Ordering::Relaxed);
        Ok(block)
    })
}

/// Publishes a block that does not extend the head without importing it.
pub(in crate::mutants) fn whatever_its_parent() -> Settle {
    Arc::new(|desk, block| {
        if desk.is_on_head(&block) {
            return import_then_publish(desk, block);
        }
        desk.publish(&block);
        None
    })
}

fn published(submission: &Submission<'_>) -> Event {
    Event::Published(Published {
        origin: Origin::Builder,
        payload: Arc::new(submission.payload()),
    })
}

/// Tells everything, but a block that is published already is not published again.
pub(in crate::mutants) fn each_block_once(recorder: &Recorder) -> Observer {
    let (recorder, honest) = (recorder.clone(), recorder.sequencer());
    Observer::new(move |event| {
        let is_out = recorder.latest(|entry| match (&entry.what, &event) {
            (What::Sequencer(Event::Published(before)), Event::Published(now)) => {
                (before.payload.block_hash == now.payload.block_hash).then_some(())
            }
            _ => None,
        });
        if is_out.is_none() {
            honest.observe(event);
        }
    })
}

/// Tells everything, and publishes each block twice.
pub(in crate::mutants) fn each_block_twice(recorder: &Recorder) -> Observer {
    let honest = recorder.sequencer();
    Observer::new(move |event| {
        if let Event::Published(_) = event {
            honest.observe(event.clone());
        }
        honest.observe(event);
    })
}

/// Tells everything but that all attempts to forward a transaction failed.
pub(in crate::mutants) fn no_loud_error(recorder: &Recorder) -> Observer {
    let honest = recorder.sequencer();
    Observer::new(move |event| {
        if !matches!(event, Event::ForwardingFailed { .. }) {
            honest.observe(event);
        }
    })
}
