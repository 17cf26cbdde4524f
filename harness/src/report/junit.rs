//! Reports for whoever collects the results of tests, in JUnit's XML.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io, process};

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::text::{bad_input, grounds, parts};
use crate::suite::{End, Report, Reporter, RunEvent, Status};

/// Results as test cases.
///
/// As a [`Reporter`] it takes each case: its folder is the class, and what is wrong stands in the
/// failure with rule, line and violations.
#[derive(Clone, Debug)]
pub struct Junit {
    suite: TestSuite,
    took: Duration,
}

/// What became of a test case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestResult {
    /// It passed; what there is to tell besides, if anything.
    Passed(String),
    /// It says nothing, and why.
    Skipped(String),
    /// What is tried failed.
    Failed(Reason),
    /// There is no result, which says nothing of what is tried.
    Error(Reason),
}

/// Why a test case did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// In a word, such as the rule's id.
    pub kind: String,
    /// In a few lines; the first stands for all.
    pub text: String,
}

impl Junit {
    /// One without test cases, of a suite of this name.
    #[must_use]
    pub fn new(suite: &str) -> Self {
        Self {
            suite: TestSuite::new(suite),
            took: Duration::ZERO,
        }
    }

    /// Adds a test case: its name, its class, how long it took if that is known.
    pub fn add(&mut self, name: &str, class: &str, took: Option<Duration>, result: &TestResult) {
        let (status, besides) = match result {
            TestResult::Passed(besides) => (TestCaseStatus::success(), besides.as_str()),
            TestResult::Skipped(why) => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(why);
                (status, "")
            }
            TestResult::Failed(reason) => (reason.status(NonSuccessKind::Failure), ""),
            TestResult::Error(reason) => (reason.status(NonSuccessKind::Error), ""),
        };
        let mut case = TestCase::new(name, status);
        case.set_classname(class);
        if let Some(took) = took {
            case.set_time(took);
        }
        if !besides.is_empty() {
            case.set_system_out(besides);
        }
        self.suite.add_test_case(case);
    }

    /// Adds a test case that stands for all that was not run, as somebody ended it early.
    pub fn ended_early(&mut self, not_run: u64, all: u64, class: &str) {
        let reason = Reason {
            kind: "ended early".to_owned(),
            text: format!("ended early: {not_run} of {all} were not run"),
        };
        let name = format!("{not_run} of {all} not run");
        self.add(&name, class, None, &TestResult::Error(reason));
    }

    /// Says how long it all took.
    pub fn took(&mut self, took: Duration) {
        self.took = took;
    }

    /// The XML.
    ///
    /// # Errors
    ///
    /// Why it cannot be written down.
    pub fn xml(&self) -> io::Result<String> {
        let mut suite = self.suite.clone();
        suite.set_time(self.took);
        let mut report = quick_junit::Report::new("gauntlet");
        report.set_time(self.took);
        report.add_test_suite(suite);
        report.to_string().map_err(io::Error::other)
    }

    /// Writes the XML to a file, whose folder is made if there is none: all of it or nothing, so
    /// that nobody reads half of it.
    ///
    /// # Errors
    ///
    /// Why it cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let xml = self.xml()?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let partial = partial(path);
        let written = fs::write(&partial, xml).and_then(|()| fs::rename(&partial, path));
        if written.is_err() {
            // It may never have been there.
            let _gone = fs::remove_file(&partial);
        }
        written
    }
}

/// A file beside a file, of this process alone.
fn partial(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}", process::id()));
    path.with_file_name(name)
}

impl Reporter for Junit {
    fn event(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Started(_) | RunEvent::Advanced(_) => {}
            RunEvent::CaseFinished(report) => {
                let (class, name) = parts(&report.address);
                self.add(name, class, Some(report.wall), &result(report));
            }
            RunEvent::Finished(summary) => {
                if summary.is_partial() {
                    let all = summary.total() + summary.not_run;
                    self.ended_early(summary.not_run as u64, all as u64, "scenarios");
                }
                self.took(summary.wall);
            }
        }
    }
}

fn result(report: &Report) -> TestResult {
    let text = match &report.end {
        End::Bad(bad) => bad_input(bad),
        End::Ran(_) | End::NotApplicable(_) | End::Stopped(_) => grounds(report).join("\n"),
    };
    let reason = |kind: &str, text| Reason {
        kind: kind.to_owned(),
        text,
    };
    match report.status() {
        Status::Passed | Status::Warned => TestResult::Passed(text),
        Status::NotApplicable | Status::Inconclusive => TestResult::Skipped(text),
        Status::Failed => {
            let rule = report.failures().iter().find_map(|failure| failure.rule());
            TestResult::Failed(reason(rule.unwrap_or("unexpected"), text))
        }
        Status::Bad => TestResult::Error(reason("bad input", text)),
        Status::Broken => TestResult::Error(reason("broken", text)),
    }
}

impl Reason {
    fn status(&self, kind: NonSuccessKind) -> TestCaseStatus {
        let mut status = TestCaseStatus::non_success(kind);
        status.set_type(&self.kind);
        status.set_message(self.text.lines().next().unwrap_or_default());
        status.set_description(&self.text);
        status
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::{Failure, Stop};

    #[test]
    fn each_result_has_its_element() {
        let mut junit = Junit::new("scenarios");
        let end = |end| Report {
            address: "get-payload/deep/a".to_owned(),
            title: String::new(),
            end,
            wall: Duration::from_millis(12),
        };
        let unexpected = Failure::Unexpected {
            slot: 1,
            what: "it < that\nthere".to_owned(),
        };
        for report in [
            end(End::NotApplicable("it cannot".to_owned())),
            end(End::Stopped(Stop::Found(unexpected))),
            end(End::Stopped(Stop::Broke)),
        ] {
            junit.event(&RunEvent::CaseFinished(Box::new(report)));
        }
        junit.add("b", "get-payload", None, &TestResult::Passed(String::new()));
        insta::assert_snapshot!(junit.xml().unwrap(), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="gauntlet" tests="4" failures="1" errors="1" time="0.000">
            <testsuite name="scenarios" tests="4" disabled="1" errors="1" failures="1" time="0.000">
                <testcase name="a" classname="get-payload/deep" time="0.012">
                    <skipped message="it cannot"/>
                </testcase>
                <testcase name="a" classname="get-payload/deep" time="0.012">
                    <failure message="unexpected in slot 1: it &lt; that" type="unexpected">unexpected in slot 1: it &lt; that
        there</failure>
                </testcase>
                <testcase name="a" classname="get-payload/deep" time="0.012">
                    <error message="the harness panicked while it judged the run" type="broken">the harness panicked while it judged the run</error>
                </testcase>
                <testcase name="b" classname="get-payload">
                </testcase>
            </testsuite>
        </testsuites>
        "#);
    }
}
