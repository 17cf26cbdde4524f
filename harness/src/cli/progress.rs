//! A bar for whoever waits, on a terminal and only if it takes long.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::stopwatch::Stopwatch;

/// How long nobody needs to be told anything.
const PATIENCE: Duration = Duration::from_secs(1);

/// How far a command has come.
#[derive(Debug)]
pub(super) struct Progress {
    total: usize,
    since: Stopwatch,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(super) fn new(total: usize) -> Self {
        Self {
            total,
            since: Stopwatch::start(),
            bar: None,
        }
    }

    /// Shows how many are finished, and clears the bar while something is written.
    pub(super) fn finished(&mut self, count: usize, write: impl FnOnce()) {
        if self.bar.is_none() && self.since.elapsed() > PATIENCE {
            // Draws nothing where the standard error stream is no terminal.
            let bar = ProgressBar::new(self.total as u64);
            let template = "{bar:40} {pos}/{len} scenarios, {eta} left";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            self.bar = Some(bar);
        }
        match &self.bar {
            None => write(),
            Some(bar) => {
                bar.suspend(write);
                bar.set_position(count as u64);
            }
        }
    }

    /// Leaves nothing behind.
    pub(super) fn clear(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
