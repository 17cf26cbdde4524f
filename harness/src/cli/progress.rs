//! A bar for whoever waits, on a terminal and only if it takes long.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::suite::{Reporter, RunEvent, Stopwatch};

/// How long nobody needs to be told anything.
const PATIENCE: Duration = Duration::from_secs(1);

/// How far a command has come.
#[derive(Debug)]
pub(super) struct Progress {
    total: u64,
    /// What is counted, such as `scenarios`.
    unit: &'static str,
    since: Stopwatch,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(super) fn new(total: u64, unit: &'static str) -> Self {
        Self {
            total,
            unit,
            since: Stopwatch::start(),
            bar: None,
        }
    }

    /// Shows how many are finished, and what there is to say of them.
    pub(super) fn advance(&mut self, finished: u64, message: String) {
        if self.bar.is_none() && self.since.elapsed() > PATIENCE {
            // Draws nothing where the standard error stream is no terminal.
            let bar = ProgressBar::new(self.total);
            let template = format!(
                "{{bar:40}} {{pos}}/{{len}} {}, {{eta}} left{{msg}}",
                self.unit
            );
            if let Ok(style) = ProgressStyle::with_template(&template) {
                bar.set_style(style);
            }
            self.bar = Some(bar);
        }
        if let Some(bar) = &self.bar {
            bar.set_message(message);
            bar.set_position(finished);
        }
    }

    /// Clears the bar while something is written.
    pub(super) fn suspend(&self, write: impl FnOnce()) {
        match &self.bar {
            None => write(),
            Some(bar) => bar.suspend(write),
        }
    }

    /// Leaves nothing behind.
    pub(super) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
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
