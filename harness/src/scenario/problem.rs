//! What is wrong with a scenario file, and how that is shown.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// Why a scenario file is no plan: what is wrong with it, in the order of the file.
///
/// Displays as a compiler's message: the file, the line, a caret, and what would have been right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ScenarioError {
    file: String,
    text: String,
    first: Box<Problem>,
    others: Vec<Problem>,
    /// How many problems are not told.
    omitted: usize,
}

/// How many problems of a file are told: the first ones in it.
const TOLD: usize = 20;

/// How many problems of a file are described while it is read. More than are told, as they are not
/// found in the order of the file.
const KEPT: usize = 200;

/// One thing that is wrong with a scenario file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    span: Option<Range<usize>>,
    position: Option<(usize, usize)>,
    message: String,
    label: String,
    context: Vec<(Range<usize>, String)>,
    help: Vec<String>,
}

impl ScenarioError {
    /// An error of a file that could be read: its text, and what is wrong with it. `None` if
    /// nothing is.
    pub(super) fn of_text(file: &str, text: &str, problems: Problems) -> Option<Self> {
        let Problems { kept, omitted } = problems;
        let (mut problems, mut omitted) = (kept.into_inner(), omitted.into_inner());
        problems.sort_by_key(|problem| problem.span.as_ref().map(|span| span.start));
        omitted += problems.len().saturating_sub(TOLD);
        problems.truncate(TOLD);
        for problem in &mut problems {
            problem.locate(text);
        }
        let mut problems = problems.into_iter();
        let first = problems.next()?;
        Some(Self {
            text: text.to_owned(),
            others: problems.collect(),
            omitted,
            ..Self::of_file(file, first)
        })
    }

    /// An error of a file that could be read, with one problem.
    pub(super) fn of_problem(file: &str, text: &str, mut problem: Problem) -> Self {
        problem.locate(text);
        Self {
            text: text.to_owned(),
            ..Self::of_file(file, problem)
        }
    }

    /// An error of a file that could not be read.
    pub(super) fn of_file(file: &str, problem: Problem) -> Self {
        Self {
            file: file.to_owned(),
            text: String::new(),
            first: Box::new(problem),
            others: Vec::new(),
            omitted: 0,
        }
    }

    /// The file's name, as it was given.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What is wrong, in the order of the file; at least one problem, and no more than can be read.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        std::iter::once(self.first.as_ref()).chain(&self.others)
    }

    /// The line of the first problem, from 1; none if the file could not be read.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.first.line()
    }

    /// The column of the first problem in characters, from 1; none if the file could not be read.
    #[must_use]
    pub fn column(&self) -> Option<usize> {
        self.first.column()
    }

    /// The first problem's message.
    #[must_use]
    pub fn message(&self) -> &str {
        self.first.message()
    }

    /// What would have been right, for the first problem.
    #[must_use]
    pub fn help(&self) -> &[String] {
        self.first.help()
    }

    /// The same text as displayed, with ANSI colours.
    #[must_use]
    pub fn colored(&self) -> String {
        self.render(&Renderer::styled())
    }

    fn render(&self, renderer: &Renderer) -> String {
        let mut reports: Vec<String> = self
            .problems()
            .map(|problem| renderer.render(&[problem.report(&self.file, &self.text)]))
            .collect();
        if self.omitted > 0 {
            reports.push(format!("and {} more problems", self.omitted));
        }
        reports.join("\n\n")
    }
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.render(&Renderer::plain()))
    }
}

impl Problem {
    /// A problem with this part of the text: a message that stands alone, and what the caret says.
    pub(super) fn at(
        span: Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Self {
        Self {
            span: Some(span),
            label: label.into(),
            ..Self::of_file(message)
        }
    }

    /// A problem with the file as a whole.
    pub(super) fn of_file(message: impl Into<String>) -> Self {
        Self {
            span: None,
            position: None,
            message: message.into(),
            label: String::new(),
            context: Vec::new(),
            help: Vec::new(),
        }
    }

    /// Points at another part of the text that the problem is to be seen with.
    #[must_use]
    pub(super) fn beside(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.context.push((span, label.into()));
        self
    }

    /// Adds a line that says what would have been right.
    #[must_use]
    pub(super) fn advise(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// The line, from 1; none if the file could not be read.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.position.map(|(line, _)| line)
    }

    /// The column in characters, from 1; none if the file could not be read.
    #[must_use]
    pub fn column(&self) -> Option<usize> {
        self.position.map(|(_, column)| column)
    }

    /// What is wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What would have been right: a line for each piece of advice.
    #[must_use]
    pub fn help(&self) -> &[String] {
        &self.help
    }

    /// Finds line and column, and confines the spans to the text and to their first line.
    fn locate(&mut self, text: &str) {
        if let Some(span) = &mut self.span {
            confine(span, text);
            let before = text.get(..span.start).unwrap_or(text);
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            self.position = Some((line, column));
        }
        for (span, _) in &mut self.context {
            confine(span, text);
        }
    }

    fn report<'a>(&'a self, file: &'a str, text: &'a str) -> Group<'a> {
        let title = Level::ERROR.primary_title(&self.message);
        let group = match &self.span {
            None => Group::with_title(title).element(Origin::path(file)),
            Some(span) => {
                // The lines that are shown and those between them: not all of the text each time.
                let (first_line, lines) = self.lines(span, text);
                let within = |span: &Range<usize>| span.start - lines.start..span.end - lines.start;
                let beside = self.context.iter().map(|(span, label)| {
                    AnnotationKind::Context
                        .span(within(span))
                        .label(label.as_str())
                });
                title.element(
                    Snippet::source(&text[lines.clone()])
                        .line_start(first_line)
                        .path(file)
                        .annotation(
                            AnnotationKind::Primary
                                .span(within(span))
                                .label(self.label.as_str()),
                        )
                        .annotations(beside),
                )
            }
        };
        group.elements(self.help.iter().map(|help| Level::HELP.message(help)))
    }

    /// The lines from the first to the last that the problem points at: the number of the first,
    /// and where they are.
    fn lines(&self, span: &Range<usize>, text: &str) -> (usize, Range<usize>) {
        let beside = self.context.iter().map(|(span, _)| span);
        let (start, end) = beside.fold((span.start, span.end), |(start, end), span| {
            (start.min(span.start), end.max(span.end))
        });
        let start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[end..]
            .find('\n')
            .map_or(text.len(), |length| end + length);
        (text[..start].matches('\n').count() + 1, start..end)
    }
}

fn confine(span: &mut Range<usize>, text: &str) {
    while !text.is_char_boundary(span.start.min(text.len())) {
        span.start -= 1;
    }
    span.start = span.start.min(text.len());
    let line_end = text[span.start..]
        .find('\n')
        .map_or(text.len(), |length| span.start + length);
    span.end = span.end.clamp(span.start, line_end);
    while !text.is_char_boundary(span.end) {
        span.end += 1;
    }
}

/// Collects what is wrong while a file is read: so many problems and no more, however many there
/// are.
#[derive(Debug, Default)]
pub(super) struct Problems {
    kept: RefCell<Vec<Problem>>,
    omitted: Cell<usize>,
}

impl Problems {
    /// Adds a problem that is described only if it is kept.
    pub(super) fn add(&self, describe: impl FnOnce() -> Problem) {
        let mut kept = self.kept.borrow_mut();
        if kept.len() < KEPT {
            kept.push(describe());
        } else {
            self.omitted.set(self.omitted.get() + 1);
        }
    }

    pub(super) fn count(&self) -> usize {
        self.kept.borrow().len() + self.omitted.get()
    }
}

/// What is wrong in the cells of a matrix: what is the same in several is told once.
#[derive(Debug)]
pub(super) struct CellProblems {
    cells: usize,
    /// Each problem, the address of the first cell that has it, and how many have it.
    found: Vec<(Problem, String, usize)>,
    omitted: usize,
}

impl CellProblems {
    /// Of so many cells.
    pub(super) fn of(cells: usize) -> Self {
        Self {
            cells,
            found: Vec::new(),
            omitted: 0,
        }
    }

    /// Adds what is wrong in the cell of this address.
    pub(super) fn add(&mut self, cell: &str, problems: Problems) {
        self.omitted += problems.omitted.into_inner();
        for problem in problems.kept.into_inner() {
            let same = self
                .found
                .iter()
                .position(|(other, _, _)| *other == problem);
            if let Some(at) = same {
                self.found[at].2 += 1;
            } else if self.found.len() < KEPT {
                self.found.push((problem, cell.to_owned(), 1));
            } else {
                self.omitted += 1;
            }
        }
    }

    /// Tells all of it.
    pub(super) fn tell(self, problems: &Problems) {
        for (problem, cell, count) in self.found {
            let cells = self.cells;
            problems.add(|| match count {
                1 => problem.advise(format!("in the cell {cell}")),
                _ if count == cells => problem.advise("in every cell"),
                _ => problem.advise(format!("in {count} of {cells} cells, first in {cell}")),
            });
        }
        problems.omitted.set(problems.omitted.get() + self.omitted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Describing a problem costs more than finding it: a file with a million of them is read as
    /// fast as one with none.
    #[test]
    fn only_what_may_be_told_is_described() {
        let problems = Problems::default();
        let described = Cell::new(0);
        for at in 0..100_000 {
            problems.add(|| {
                described.set(described.get() + 1);
                Problem::at(at..at, "wrong", "")
            });
        }
        assert_eq!((described.get(), problems.count()), (KEPT, 100_000));
        let error = ScenarioError::of_text("f", "x", problems).expect("much is wrong");
        assert_eq!(error.problems().count(), TOLD);
        assert_eq!(error.omitted, 100_000 - TOLD);
    }

    /// However far down the file a problem is, only its lines are looked at when it is shown.
    #[test]
    fn a_problem_is_shown_with_its_own_lines() {
        let text = "one\ntwo\nthree\nfour\nfive";
        let problem = Problem::at(8..13, "wrong", "here").beside(4..7, "and there");
        assert_eq!(problem.lines(&(8..13), text), (2, 4..13));
        let last = Problem::at(20..23, "wrong", "here");
        assert_eq!(last.lines(&(20..23), text), (5, 19..23));
    }
}
