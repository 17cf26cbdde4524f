//! What happens while cases run.

use super::{Report, Summary};

/// Something that happened while cases ran.
#[derive(Debug)]
pub enum RunEvent {
    /// The cases that will run: their addresses, in order.
    Started(Vec<String>),
    /// So many cases have finished, in whatever order.
    Advanced(usize),
    /// A case has finished. These come in the order of the cases.
    CaseFinished(Box<Report>),
    /// All have.
    Finished(Summary),
}

/// Whoever listens to what happens while cases run.
pub trait Reporter {
    /// Takes notice of an event.
    fn event(&mut self, event: &RunEvent);
}

/// Several listen at once.
impl Reporter for Vec<&mut dyn Reporter> {
    fn event(&mut self, event: &RunEvent) {
        for reporter in self {
            reporter.event(event);
        }
    }
}

/// Nobody listens; what it comes to is in the summary.
impl Reporter for () {
    fn event(&mut self, _: &RunEvent) {}
}
