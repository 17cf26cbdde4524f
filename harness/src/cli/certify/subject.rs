//! The builder's process, if the certifier is to start it.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use gauntlet_rpc::tcp_dial_trusting;
use tempfile::TempDir;
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep};

use super::given::Given;
use crate::cli::process::with_sources;
use crate::report::text;

/// How long a builder may take to listen.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often it is looked whether it does.
const PAUSE: Duration = Duration::from_millis(50);

/// The process, in a new folder of its own, until this is dropped; nothing, if somebody else starts
/// it.
pub(super) struct Started {
    process: Option<(Child, TempDir)>,
}

impl Started {
    /// Starts it, and waits until it listens.
    ///
    /// # Errors
    ///
    /// A message: it cannot be started, or does not listen in time.
    pub(super) fn of(given: &Given) -> Result<Self, String> {
        let Some(command) = &given.target.builder.start_cmd else {
            return Ok(Self { process: None });
        };
        let wrong = |why: &str| text::error(&format!("`{command}`: {why}"), &[]);
        let data = tempfile::Builder::new()
            .prefix("gauntlet-certify-")
            .tempdir();
        let data = data.map_err(|error| wrong(&with_sources(&error)))?;
        let child = Command::new("sh")
            // The shell becomes the builder, so that whoever ends the one ends the other.
            .args(["-c", &format!("exec {command}")])
            .env("GAUNTLET_DATA", data.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| wrong(&with_sources(&error)))?;
        let mut started = Self {
            process: Some((child, data)),
        };
        started.awaited(given).map_err(|why| wrong(&why))?;
        Ok(started)
    }

    fn awaited(&mut self, given: &Given) -> Result<(), String> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| with_sources(&error))?;
        runtime.block_on(async {
            let (begun, dial) = (Instant::now(), tcp_dial_trusting(&given.trust));
            while dial.dial(&given.url).await.is_err() {
                if let Some((child, _)) = &mut self.process
                    && let Ok(Some(ended)) = child.try_wait()
                {
                    return Err(format!("it ended: {ended}"));
                }
                if begun.elapsed() > PATIENCE {
                    return Err(format!("nobody listens at `{}`", given.url));
                }
                sleep(PAUSE).await;
            }
            Ok(())
        })
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if let Some((mut child, _data)) = self.process.take() {
            // It may have ended by itself.
            let _gone = child.kill();
            let _reaped = child.wait();
        }
    }
}
