//! A process of `gauntlet`, and what it logs.

use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// How long an event of a log may be in coming.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process, which is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Node {
    child: Child,
    log: Receiver<Value>,
}

impl Node {
    /// Starts a process in a folder.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub(crate) fn start(program: &Path, folder: &Path, args: &[&str]) -> io::Result<Self> {
        let mut child = Command::new(program)
            .args(args)
            .args(["--log-format", "json"])
            .current_dir(folder)
            .env_remove("RUST_LOG")
            .stdout(Stdio::piped())
            .spawn()?;
        let (heard, log) = channel();
        let out = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if heard.send(event).is_err() {
                    break;
                }
            }
        });
        Ok(Self { child, log })
    }

    /// The next event; nothing if the process ends without one.
    ///
    /// # Panics
    ///
    /// None comes for long.
    pub(crate) fn next(&self) -> Option<Value> {
        match self.log.recv_timeout(PATIENCE) {
            Ok(event) => Some(event),
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => None,
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                panic!("no event of process {} in {PATIENCE:?}", self.child.id())
            }
        }
    }

    /// The next event with this message.
    ///
    /// # Panics
    ///
    /// None comes.
    pub(crate) fn wait_for(&self, message: &str) -> Value {
        loop {
            let event = self.next();
            let event = event.unwrap_or_else(|| panic!("the process ended before `{message}`"));
            if event["message"] == message {
                return event;
            }
        }
    }

    /// Kills the process: it gets no chance to do anything about it.
    ///
    /// # Errors
    ///
    /// The operating system's.
    pub(crate) fn kill(mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Tells the process to stop, as the operating system does, and waits for its end.
    ///
    /// # Errors
    ///
    /// The operating system's.
    pub(crate) fn terminate(&mut self) -> io::Result<ExitStatus> {
        Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()?;
        self.child.wait()
    }

    /// Waits for its end.
    ///
    /// # Errors
    ///
    /// The operating system's.
    pub(crate) fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// What a command prints, without the line's end.
///
/// # Errors
///
/// It cannot be run.
pub(crate) fn printed(
    program: &Path,
    folder: &Path,
    args: &[&str],
) -> io::Result<(ExitStatus, String)> {
    let out = Command::new(program)
        .args(args)
        .current_dir(folder)
        .env_remove("RUST_LOG")
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8_lossy(&out.stdout).trim_end().to_owned();
    Ok((out.status, text))
}
