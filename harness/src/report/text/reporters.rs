//! Reporters for a person.

use super::{HEADING, bad_input, entry, parts, story, summary, verdict};
use crate::report::Output;
use crate::suite::{BadInput, End, Exit, Report, Reporter, RunEvent, Summary};

/// A line for each case, by folder, and what it all comes to.
#[derive(Debug)]
pub struct Listing<'a> {
    output: &'a mut dyn Output,
    /// All addresses, for the width of their names.
    addresses: Vec<String>,
    /// The folder that the list is in, and the width of its names.
    folder: Option<(String, usize)>,
    bad: Bad,
}

/// What happened in each case and what came of it, and what it all comes to.
#[derive(Debug)]
pub struct Stories<'a> {
    output: &'a mut dyn Output,
    bad: Bad,
}

/// The digest of each case and its address; what is wrong is told beside them.
#[derive(Debug)]
pub struct Digests<'a> {
    output: &'a mut dyn Output,
    bad: Bad,
}

/// What could not be run, which is told at the end.
#[derive(Debug, Default)]
struct Bad {
    told: Vec<String>,
    /// Whether anything was a scenario.
    any: bool,
}

impl Bad {
    /// Notes why a case could not be run. Whether it is a scenario at all.
    fn note(&mut self, report: &Report) -> bool {
        let mut is_scenario = true;
        if let End::Bad(bad) = &report.end {
            self.told.push(bad_input(bad));
            is_scenario = !matches!(bad, BadInput::Unknown(_));
        }
        self.any |= is_scenario;
        is_scenario
    }

    fn tell(&self, output: &mut dyn Output) {
        for bad in &self.told {
            output.error(bad);
        }
    }

    fn tell_with(&self, summed: &Summary, output: &mut dyn Output) {
        self.tell(output);
        if self.any || summed.is_partial() {
            output.paragraph(&summary(summed));
        }
    }
}

impl<'a> Listing<'a> {
    /// One that writes there.
    pub fn new(output: &'a mut dyn Output) -> Self {
        Self {
            output,
            addresses: Vec::new(),
            folder: None,
            bad: Bad::default(),
        }
    }

    fn list(&mut self, report: &Report) {
        let (folder, _) = parts(&report.address);
        let same = self.folder.as_ref().filter(|(of, _)| of == folder);
        let width = same.map(|(_, width)| *width).unwrap_or_else(|| {
            let heading = match folder {
                "" => String::new(),
                folder => format!("{HEADING}{folder}/{HEADING:#}\n"),
            };
            self.output.paragraph(&heading);
            let parts = self.addresses.iter().map(|address| parts(address));
            let names = parts.filter(|(of, _)| *of == folder).map(|(_, name)| name);
            let width = names.map(|name| name.chars().count()).max();
            let width = width.unwrap_or_default();
            self.folder = Some((folder.to_owned(), width));
            width
        });
        self.output.out(&entry(report, width));
    }
}

impl<'a> Stories<'a> {
    /// One that writes there.
    pub fn new(output: &'a mut dyn Output) -> Self {
        Self {
            output,
            bad: Bad::default(),
        }
    }
}

impl<'a> Digests<'a> {
    /// One that writes there.
    pub fn new(output: &'a mut dyn Output) -> Self {
        Self {
            output,
            bad: Bad::default(),
        }
    }
}

impl Reporter for Listing<'_> {
    fn event(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Started(addresses) => self.addresses.clone_from(addresses),
            RunEvent::Advanced(_) => {}
            RunEvent::CaseFinished(report) => {
                if self.bad.note(report) {
                    self.list(report);
                }
            }
            RunEvent::Finished(summed) => self.bad.tell_with(summed, self.output),
        }
    }
}

impl Reporter for Stories<'_> {
    fn event(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Started(_) | RunEvent::Advanced(_) => {}
            RunEvent::CaseFinished(report) => {
                self.bad.note(report);
                if !matches!(report.end, End::Bad(_)) {
                    self.output.paragraph(&story(report));
                }
            }
            RunEvent::Finished(summed) => self.bad.tell_with(summed, self.output),
        }
    }
}

impl Reporter for Digests<'_> {
    fn event(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Started(_) | RunEvent::Advanced(_) => {}
            RunEvent::CaseFinished(report) => {
                self.bad.note(report);
                if let Some(ran) = report.ran() {
                    let line = format!("{}  {}", ran.digest, report.address);
                    self.output.line(&line);
                }
                if report.exit() != Exit::Conforms && !matches!(report.end, End::Bad(_)) {
                    self.output.error(&verdict(report));
                }
            }
            RunEvent::Finished(summed) => {
                self.bad.tell(self.output);
                if summed.is_partial() {
                    let all = summed.total() + summed.not_run;
                    let missing = summed.not_run;
                    let told = format!("ended early: {missing} of {all} were not run");
                    self.output.error(&told);
                }
            }
        }
    }
}
