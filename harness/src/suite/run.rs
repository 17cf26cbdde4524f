//! Cases, run in parallel.

use std::ops::ControlFlow;

use super::stopwatch::Stopwatch;
use super::{Case, Reporter, RunEvent, RunOptions, Summary, cores, examine, in_order};

/// Runs and checks cases in parallel, and tells a reporter what becomes of them. Once the options' halt is
/// requested, those that have begun are finished, and the others are counted as not run.
pub fn run(cases: &[Case], options: &RunOptions, reporter: &mut dyn Reporter) -> Summary {
    let since = Stopwatch::start();
    let addresses = cases.iter().map(|case| case.address.clone());
    reporter.event(&RunEvent::Started(addresses.collect()));
    let mut summary = Summary::default();
    let work = |case| Box::new(examine(case, options));
    let jobs = options.jobs.unwrap_or_else(cores);
    in_order(
        jobs,
        options.halt.until(cases.iter()),
        work,
        |finished, ready| {
            reporter.event(&RunEvent::Advanced(finished));
            for report in ready {
                summary.add(&report);
                reporter.event(&RunEvent::CaseFinished(report));
            }
            ControlFlow::Continue(())
        },
    );
    summary.not_run = cases.len() - summary.total();
    summary.wall = since.elapsed();
    reporter.event(&RunEvent::Finished(summary.clone()));
    summary
}
