//! What is written to the standard streams, and what becomes of it if nobody reads it.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use crate::report::{Output, text};
use crate::suite::{Exit, Halt};

/// The standard streams. Colours are stripped where they are not wanted.
#[derive(Debug)]
pub(super) struct Console {
    out: anstream::Stdout,
    err: anstream::Stderr,
    /// Why nothing more is written to the standard output.
    closed: Option<io::Error>,
    /// Whether anything was written yet.
    begun: bool,
    /// Requested once nobody reads on.
    halt: Halt,
}

impl Console {
    pub(super) fn new() -> Self {
        Self {
            out: anstream::stdout(),
            err: anstream::stderr(),
            closed: None,
            begun: false,
            halt: Halt::default(),
        }
    }

    /// What ends the command early: it is requested once nobody reads the standard output.
    pub(super) fn halt(&self) -> Halt {
        self.halt.clone()
    }

    /// Whether nothing can be written to the standard output any more.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// Ends the command. Whoever closes the output early has read enough of it; any other reason
    /// not to write it is an error.
    pub(super) fn end(mut self, exit: Exit) -> ExitCode {
        match self.closed.take() {
            Some(error) if error.kind() != ErrorKind::BrokenPipe => {
                let message = format!("the output cannot be written: {error}");
                self.error(&text::error(&message, &[]));
                exit.max(Exit::Broken).into()
            }
            Some(_) | None => exit.into(),
        }
    }
}

impl Output for Console {
    /// Once it is impossible to write to the standard output, nothing more is written, and the
    /// command is asked to end.
    fn out(&mut self, text: &str) {
        self.begun = true;
        if self.closed.is_none() {
            let written = self.out.write_all(text.as_bytes());
            self.closed = written.and_then(|()| self.out.flush()).err();
            if self.closed.is_some() {
                self.halt.request();
            }
        }
    }

    /// After an empty line, if it is not the first.
    fn paragraph(&mut self, text: &str) {
        if self.begun {
            self.out("\n");
        }
        self.out(text);
    }

    /// To the standard error stream.
    fn error(&mut self, text: &str) {
        let gap = if self.begun { "\n" } else { "" };
        self.begun = true;
        // There is nobody to tell that it cannot be written.
        let _lost = writeln!(self.err, "{gap}{}", text.trim_end());
    }
}
