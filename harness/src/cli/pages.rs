//! Files beside what is told: a page for each scenario, and a trace of all for Perfetto.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::report::html::{Entry, index, scenario};
use crate::report::perfetto;
use crate::suite::{Reporter, RunEvent};

/// Writes a page for each case into a folder, and a list of them, as they come.
#[derive(Debug)]
pub(super) struct Pages {
    folder: Option<PathBuf>,
    entries: Vec<Entry>,
    failed: Option<(PathBuf, io::Error)>,
}

impl Pages {
    /// Into this folder, if there is one.
    pub(super) fn into(folder: Option<&Path>) -> Self {
        Self {
            folder: folder.map(Path::to_owned),
            entries: Vec::new(),
            failed: None,
        }
    }

    /// Which could not be written, and why.
    pub(super) fn failed(self) -> Option<(PathBuf, io::Error)> {
        self.failed
    }

    fn write(&mut self, page: &str, text: &str) {
        let Some(folder) = self.folder.as_ref().filter(|_| self.failed.is_none()) else {
            return;
        };
        let path = folder.join(page);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        if let Err(error) = made.and_then(|()| fs::write(&path, text)) {
            self.failed = Some((path, error));
        }
    }
}

impl Reporter for Pages {
    fn event(&mut self, event: &RunEvent) {
        match event {
            RunEvent::CaseFinished(report) if self.folder.is_some() => {
                let page = format!("{}.html", report.address);
                self.write(&page, &scenario(report));
                self.entries.push(Entry {
                    address: report.address.clone(),
                    title: report.title.clone(),
                    status: report.status(),
                    page: link(&page),
                });
            }
            RunEvent::Finished(_) => {
                let list = index(&self.entries);
                self.write("index.html", &list);
            }
            RunEvent::Started(_) | RunEvent::Advanced(_) | RunEvent::CaseFinished(_) => {}
        }
    }
}

/// A path as a relative URL: what means something there is written otherwise.
fn link(path: &str) -> String {
    let written = |c: char| match c {
        '%' | '[' | ']' | '#' | '?' | ' ' => format!("%{:02X}", u32::from(c)),
        c => c.to_string(),
    };
    path.chars().map(written).collect()
}

/// Collects what happens in each case for Perfetto.
#[derive(Debug, Default)]
pub(super) struct Timelines {
    cases: u64,
    events: Vec<Value>,
}

impl Timelines {
    /// Writes all of it.
    ///
    /// # Errors
    ///
    /// Those of the file system.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let all = serde_json::json!({ "traceEvents": self.events, "displayTimeUnit": "ms" });
        fs::write(path, all.to_string())
    }
}

impl Reporter for Timelines {
    fn event(&mut self, event: &RunEvent) {
        if let RunEvent::CaseFinished(report) = event
            && let Some(trace) = report.ran().and_then(|ran| ran.trace.as_ref())
        {
            self.cases += 1;
            let events = perfetto::events(self.cases, &report.address, trace);
            self.events.extend(events);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_has_a_link_that_leads_to_its_page() {
        assert_eq!(link("a/b[c=1,d=x y].html"), "a/b%5Bc=1,d=x%20y%5D.html");
    }
}
