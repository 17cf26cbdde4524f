//! A panic in any task of a run makes the run fail. tokio catches the panics of tasks, and a node
//! whose task has silently ended would look like one that is merely quiet.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

thread_local! {
    /// The first panic of the simulation that runs on this thread, if one runs here.
    static WATCHED: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Runs a simulation on this thread.
///
/// # Errors
///
/// The first panic on this thread meanwhile, whoever caught it.
pub(super) fn caught<T>(simulation: impl FnOnce() -> T) -> Result<T, String> {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !note(info) {
                previous(info);
            }
        }));
    });
    WATCHED.set(Some(Vec::new()));
    let outcome = panic::catch_unwind(AssertUnwindSafe(simulation));
    let panics = WATCHED.take().unwrap_or_default();
    match (outcome, panics.into_iter().next()) {
        (_, Some(first)) => Err(first),
        (Ok(outcome), None) => Ok(outcome),
        (Err(_), None) => Err("without a message".to_owned()),
    }
}

/// Notes a panic if a simulation runs on this thread.
fn note(info: &PanicHookInfo<'_>) -> bool {
    WATCHED.with_borrow_mut(|watched| match watched {
        Some(panics) => {
            panics.push(info.to_string());
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_that_a_task_swallows_is_found() {
        let caught = caught(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            runtime.block_on(async {
                let task = tokio::spawn(async { panic!("in a task") });
                task.await.is_err()
            })
        });
        assert!(caught.unwrap_err().contains("in a task"));
    }

    #[test]
    fn without_a_panic_the_outcome_is_returned() {
        assert_eq!(caught(|| 7), Ok(7));
    }
}
