//! A bar for whoever waits, on a terminal and only if it takes long.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::suite::{Reporter, RunEvent, Stopwatch};

/// How long nobody needs to be told anything.
const PATIENCE: Duration = Duration::from_secs(1);

/// How far a command has come.
#[derive(Debug)]
pub(super) struct Progress {
    since: Stopwatch,
    bar: ProgressBar,
    is_shown: bool,
}

impl Progress {
    /// Of so many things, such as `scenarios`.
    pub(super) fn new(total: u64, unit: &str) -> Self {
        // It learns how fast it goes before anybody sees it.
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        let template = format!("{{bar:40}} {{pos}}/{{len}} {unit}, {{eta}} left{{msg}}");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        Self {
            since: Stopwatch::start(),
            bar,
            is_shown: false,
        }
    }

    /// Shows how many are finished, and what there is to say of them.
    pub(super) fn advance(&mut self, finished: u64, message: String) {
        if !self.is_shown && self.since.elapsed() > PATIENCE {
            // Draws nothing where the standard error stream is no terminal.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.is_shown = true;
        }
        self.bar.set_message(message);
        self.bar.set_position(finished);
    }

    /// Clears the bar while something is written.
    pub(super) fn suspend(&self, write: impl FnOnce()) {
        self.bar.suspend(write);
    }

    /// Leaves nothing behind.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// A reporter that writes to a terminal, and a bar there meanwhile.
pub(super) struct WithProgress<'a> {
    progress: Progress,
    reporter: &'a mut dyn Reporter,
}

impl<'a> WithProgress<'a> {
    pub(super) fn new(scenarios: usize, reporter: &'a mut dyn Reporter) -> Self {
        Self {
            progress: Progress::new(scenarios as u64, "scenarios"),
            reporter,
        }
    }
}

impl Reporter for WithProgress<'_> {
    fn event(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Advanced(finished) => {
                self.progress.advance(*finished as u64, String::new());
            }
            RunEvent::Finished(_) => self.progress.clear(),
            RunEvent::Started(_) | RunEvent::CaseFinished(_) => {}
        }
        self.progress.suspend(|| self.reporter.event(event));
    }
}
