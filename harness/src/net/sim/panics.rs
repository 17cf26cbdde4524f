//! A panic in any task of a run is a finding about the run. tokio catches the panics of tasks, and a
//! node whose task has silently ended would look like one that is merely quiet.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

use tokio::runtime::{self, Handle};

use crate::trace::Host;

thread_local! {
    /// The panics of the simulation that runs on this thread, if one runs here.
    static WATCHED: RefCell<Option<Watched>> = const { RefCell::new(None) };
}

/// What is known of a simulation.
#[derive(Debug, Default)]
struct Watched {
    /// Which host each runtime is.
    hosts: Vec<(runtime::Id, Host)>,
    panics: Vec<Panic>,
}

/// A panic in a simulation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Panic {
    /// When, in microseconds since the run began.
    pub(super) at_us: u64,
    /// What it says.
    pub(super) message: String,
    /// The host on which it was raised; none if on no host.
    pub(super) host: Option<Host>,
}

/// Says that the runtime in which this is called is that of a host.
pub(super) fn is_host(host: Host) {
    let id = Handle::current().id();
    WATCHED.with_borrow_mut(|watched| {
        if let Some(watched) = watched {
            watched.hosts.push((id, host));
        }
    });
}

/// Runs a simulation on this thread. Returns what it returned, unless it panicked itself, and every
/// panic on this thread meanwhile, whoever caught it.
pub(super) fn caught<T>(simulation: impl FnOnce() -> T) -> (Option<T>, Vec<Panic>) {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !note(info) {
                previous(info);
            }
        }));
    });
    WATCHED.set(Some(Watched::default()));
    let outcome = panic::catch_unwind(AssertUnwindSafe(simulation));
    let Watched { panics, .. } = WATCHED.take().unwrap_or_default();
    (outcome.ok(), panics)
}

/// Notes a panic if a simulation runs on this thread.
fn note(info: &PanicHookInfo<'_>) -> bool {
    WATCHED.with_borrow_mut(|watched| match watched {
        Some(watched) => {
            let elapsed = turmoil::sim_elapsed().unwrap_or_default();
            let here = Handle::try_current().ok().map(|handle| handle.id());
            let mut hosts = watched.hosts.iter();
            let host = hosts.find(|(id, _)| Some(*id) == here);
            // The proxy shares a runtime with the builder, and is no node.
            let file = info.location().map(|location| location.file());
            let is_ours = file.is_some_and(|file| file.contains("src/world/proxy/"));
            watched.panics.push(Panic {
                at_us: u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
                message: info
                    .payload_as_str()
                    .unwrap_or("without a message")
                    .to_owned(),
                host: host.map(|(_, host)| *host).filter(|_| !is_ours),
            });
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
        let (ended, panics) = caught(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            runtime.block_on(async {
                is_host(Host::Builder);
                let task = tokio::spawn(async { panic!("in a task") });
                task.await.is_err()
            })
        });
        assert_eq!(ended, Some(true));
        assert_eq!(panics.len(), 1);
        assert_eq!(panics[0].message, "in a task");
        assert_eq!(panics[0].host, Some(Host::Builder));
    }

    #[test]
    fn a_panic_of_its_own_ends_it() {
        let (ended, panics) = caught(|| -> u32 { panic!("at once") });
        assert_eq!((ended, panics.len()), (None, 1));
    }

    #[test]
    fn without_a_panic_the_outcome_is_returned() {
        assert_eq!(caught(|| 7), (Some(7), Vec::new()));
    }
}
