//! The signals that ask a process to end.

use std::io;

/// What asks a process to end: Ctrl-C and SIGTERM.
#[cfg(unix)]
pub(super) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Listens from now on, in a runtime.
    ///
    /// # Errors
    ///
    /// The operating system takes no handler.
    pub(super) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// The next one.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            biased;
            _signal = self.interrupt.recv() => {}
            _signal = self.terminate.recv() => {}
        }
    }
}

/// What asks a process to end: Ctrl-C.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Listens from now on, in a runtime.
    ///
    /// # Errors
    ///
    /// The operating system takes no handler.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    /// The next one.
    pub(super) async fn next(&mut self) {
        // Without a handler the signal ends the process, which ends the command as well.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
