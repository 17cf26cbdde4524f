//! A file that stands for many scenarios: `[matrix]` has axes, and each cell of their product is one.
//!
//! A string that is `"$axis"` or `"$axis.member"` stands for the value of the cell, wherever it is.
//! Cells are made of the syntax tree, whose values keep their places: a mistake in a value is told
//! where that stands in the matrix.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::nearest::{listed, nearest, short};
use super::problem::{Problem, Problems};

/// The key under which the axes stand.
const MATRIX: &str = "matrix";

/// The member of a value that names it.
const NAME: &str = "name";

/// The member of a value for which `"$axis"` stands, if the value is a table.
const VALUE: &str = "value";

/// How many cells a file has at most.
const MAX_CELLS: usize = 4096;

/// How many slots all cells of a file have at most: as many as one scenario.
pub(super) const MAX_SLOTS: usize = 100_000;

/// How many bytes are read at most of a file, which is read once a cell.
pub(super) const MAX_BYTES: usize = 64 << 20;

/// A matrix, as its file has it.
#[derive(Debug)]
pub(super) struct Matrix<'a> {
    axes: Vec<Axis<'a>>,
    span: Range<usize>,
}

/// An axis and its values.
#[derive(Debug)]
struct Axis<'a> {
    name: &'a str,
    span: Range<usize>,
    points: Vec<Point<'a>>,
}

/// A value on an axis, under its name.
#[derive(Debug)]
struct Point<'a> {
    name: String,
    value: &'a Spanned<DeValue<'a>>,
}

/// A scenario of a matrix: one value of each axis.
#[derive(Debug)]
pub(super) struct Cell<'m> {
    chosen: Vec<(&'m str, &'m Point<'m>)>,
}

/// What a string stands for: an axis, and a member of its value if it names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Reference<'a> {
    axis: &'a str,
    member: Option<&'a str>,
}

impl<'a> Reference<'a> {
    fn read(text: &'a str) -> Option<Self> {
        Self::named(text.strip_prefix('$')?)
    }

    /// Reads it without the sign before it.
    fn named(text: &'a str) -> Option<Self> {
        let is_word = |word: &str| {
            let begins = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            let is_of_words = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            begins && word.chars().all(is_of_words)
        };
        let (axis, member) = match text.split_once('.') {
            Some((axis, member)) => (axis, Some(member)),
            None => (text, None),
        };
        (is_word(axis) && member.is_none_or(is_word)).then_some(Self { axis, member })
    }

    /// What it stands for, if the value is this one. A value that is no table stands for itself.
    fn within<'v>(&self, value: &'v Spanned<DeValue<'v>>) -> Option<&'v Spanned<DeValue<'v>>> {
        match (value.get_ref(), self.member) {
            (DeValue::Table(table), member) => table.get(member.unwrap_or(VALUE)),
            (_, None) => Some(value),
            (_, Some(_)) => None,
        }
    }
}

impl<'a> Matrix<'a> {
    /// Reads the matrix of a file, if it has one, and whether the file asks for what it has. What is
    /// wrong is reported.
    pub(super) fn read(root: &'a DeTable<'a>, problems: &Problems) -> Option<Self> {
        let (key, value) = root.get_key_value(MATRIX)?;
        let DeValue::Table(table) = value.get_ref() else {
            problems.add(|| {
                Problem::at(value.span(), "`matrix` is no table", "expected axes")
                    .advise("for example `[matrix]` and, below it, `arrives_at_ms = [199, 200]`")
            });
            return None;
        };
        let mut axes: Vec<Axis<'a>> = table
            .iter()
            .filter_map(|(key, value)| Axis::read(key, value, problems))
            .collect();
        axes.sort_by_key(|axis| axis.span.start);
        if table.is_empty() {
            problems.add(|| {
                Problem::at(key.span(), "the matrix has no axis", "expected an axis")
                    .advise("an axis is a list of values, as `arrives_at_ms = [199, 200]`")
            });
        }
        let cells = axes
            .iter()
            .try_fold(1_usize, |cells, axis| cells.checked_mul(axis.points.len()));
        if cells.is_none_or(|cells| cells > MAX_CELLS) {
            problems.add(|| {
                let message = format!("the matrix has more than {MAX_CELLS} cells");
                Problem::at(key.span(), message, "its axes multiply to more")
                    .advise("split it into files, or leave values out")
            });
            axes.clear();
        }
        let matrix = Self {
            axes,
            span: key.span(),
        };
        if problems.count() == 0 {
            matrix.check_references(root, problems);
        }
        Some(matrix)
    }

    /// Reports references that stand for nothing, and axes that nothing stands for.
    fn check_references(&self, root: &DeTable<'_>, problems: &Problems) {
        let before = problems.count();
        let mut used = BTreeSet::new();
        for (key, value) in root {
            if key.get_ref() != MATRIX {
                self.check_value(value, &mut used, problems);
            }
        }
        if let Some(DeValue::String(title)) = root.get("title").map(Spanned::get_ref) {
            used.extend(placeholders(title).map(|(_, reference)| reference));
        }
        // What a wrong name stands for looks as if nothing stood for it.
        if problems.count() > before {
            return;
        }
        for axis in &self.axes {
            if used.iter().any(|reference| reference.axis == axis.name) {
                axis.check_members(&used, problems);
            } else {
                problems.add(|| {
                    let message = format!("the axis `{}` is not used", axis.name);
                    Problem::at(axis.span.clone(), message, "nothing stands for its values")
                        .advise(format!("write `\"${}\"` where they belong", axis.name))
                });
            }
        }
    }

    fn check_value<'r>(
        &self,
        value: &'r Spanned<DeValue<'_>>,
        used: &mut BTreeSet<Reference<'r>>,
        problems: &Problems,
    ) {
        match value.get_ref() {
            DeValue::String(text) => {
                let Some(reference) = Reference::read(text) else {
                    return;
                };
                match self.axis(reference.axis) {
                    None => problems.add(|| self.unknown(value.span(), reference)),
                    Some(axis) if axis.offers(reference) => {
                        used.insert(reference);
                    }
                    Some(axis) => problems.add(|| axis.lacks(value.span(), reference)),
                }
            }
            DeValue::Array(array) => {
                for value in array.iter() {
                    self.check_value(value, used, problems);
                }
            }
            DeValue::Table(table) => {
                for value in table.values() {
                    self.check_value(value, used, problems);
                }
            }
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => {}
        }
    }

    /// What is wrong with a matrix whose cells are too much together.
    pub(super) fn too_large(&self) -> Problem {
        let message = "the cells of the matrix are too large together";
        Problem::at(self.span.clone(), message, "too many, or too long").advise(format!(
            "all cells have at most {MAX_SLOTS} slots: split it into files, or leave values out"
        ))
    }

    fn axis(&self, name: &str) -> Option<&Axis<'a>> {
        self.axes.iter().find(|axis| axis.name == name)
    }

    fn unknown(&self, span: Range<usize>, reference: Reference<'_>) -> Problem {
        let names = || self.axes.iter().map(|axis| axis.name);
        let message = format!("there is no axis `{}`", short(reference.axis));
        let problem = Problem::at(span, message, "stands for nothing");
        match nearest(reference.axis, names()) {
            Some(meant) => problem.advise(format!("did you mean `${meant}`?")),
            None => problem,
        }
        .advise(listed("the axes are", names()))
    }

    /// Every cell: the last axis varies first.
    pub(super) fn cells(&self) -> Vec<Cell<'_>> {
        let mut cells = vec![Cell { chosen: Vec::new() }];
        for axis in &self.axes {
            let mut longer = Vec::with_capacity(cells.len() * axis.points.len());
            for cell in &cells {
                for point in &axis.points {
                    let mut chosen = cell.chosen.clone();
                    chosen.push((axis.name, point));
                    longer.push(Cell { chosen });
                }
            }
            cells = longer;
        }
        cells
    }
}

impl<'a> Axis<'a> {
    fn read(
        key: &'a Spanned<toml::de::DeString<'a>>,
        value: &'a Spanned<DeValue<'a>>,
        problems: &Problems,
    ) -> Option<Self> {
        let (name, span) = (key.get_ref().as_ref(), key.span());
        let DeValue::Array(array) = value.get_ref() else {
            problems.add(|| {
                let message = format!("the axis `{}` is no list", short(name));
                Problem::at(value.span(), message, "expected a list of values")
                    .advise(format!("for example `{} = [0, 1]`", short(name)))
            });
            return None;
        };
        if array.is_empty() {
            problems.add(|| {
                let message = format!("the axis `{}` has no value", short(name));
                Problem::at(value.span(), message, "no cell can come of it")
                    .advise("give it a value, or leave it out")
            });
            return None;
        }
        let mut points: Vec<Point<'a>> = Vec::new();
        let mut places: BTreeMap<String, Range<usize>> = BTreeMap::new();
        for value in array.iter() {
            let Some(named) = name_of(value).filter(|named| is_address(named)) else {
                problems.add(|| unnamed(value.span(), name));
                continue;
            };
            if let Some(first) = places.insert(named.clone(), value.span()) {
                problems.add(|| {
                    let message = format!("`{}` stands twice on the axis `{name}`", short(&named));
                    Problem::at(value.span(), message, "again")
                        .beside(first, "first here")
                        .advise("a cell is told from all others by the names of its values")
                });
                continue;
            }
            points.push(Point { name: named, value });
        }
        Some(Self { name, span, points })
    }

    /// Whether one of its values at least has what a reference stands for.
    fn offers(&self, reference: Reference<'_>) -> bool {
        let mut points = self.points.iter();
        points.any(|point| reference.within(point.value).is_some())
    }

    /// Reports members that nothing stands for: a member that a value lacks is left out of its cells,
    /// and one of a wrong name would be too.
    fn check_members(&self, used: &BTreeSet<Reference<'_>>, problems: &Problems) {
        let mut told = BTreeSet::new();
        for point in &self.points {
            let DeValue::Table(table) = point.value.get_ref() else {
                continue;
            };
            for key in table.keys() {
                let name = key.get_ref().as_ref();
                let is_used = used.iter().any(|reference| {
                    reference.axis == self.name && reference.member.unwrap_or(VALUE) == name
                });
                if name != NAME && !is_used && told.insert(name) {
                    problems.add(|| {
                        let message = format!("the member `{}` is not used", short(name));
                        Problem::at(key.span(), message, "nothing stands for it").advise(format!(
                            "write `\"${}.{}\"` where it belongs, or leave it out",
                            self.name,
                            short(name)
                        ))
                    });
                }
            }
        }
    }

    fn lacks(&self, span: Range<usize>, reference: Reference<'_>) -> Problem {
        let members: BTreeSet<&str> = self
            .points
            .iter()
            .filter_map(|point| point.value.get_ref().as_table())
            .flat_map(|table| table.keys().map(|key| key.get_ref().as_ref()))
            .collect();
        let wanted = reference.member.unwrap_or(VALUE);
        let message = format!("no value of the axis `{}` has a `{wanted}`", self.name);
        let problem = Problem::at(span, message, "stands for nothing");
        if members.is_empty() {
            return problem.advise(format!("its values are no tables: write `${}`", self.name));
        }
        let problem = match nearest(wanted, members.iter().copied()) {
            Some(meant) => problem.advise(format!("did you mean `${}.{meant}`?", self.name)),
            None => problem,
        };
        problem.advise(listed("its values have", members))
    }
}

/// What a value is called: what it is, or its `name` if it is a table.
fn name_of(value: &Spanned<DeValue<'_>>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        DeValue::Table(table) => table.get(NAME)?.get_ref().as_str().map(str::to_owned),
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Array(_) => None,
    }
}

/// Whether a name can stand in an address, which is a file's name too.
fn is_address(name: &str) -> bool {
    let is_of_addresses = |c: char| c.is_ascii_alphanumeric() || "-_.+".contains(c);
    !name.is_empty() && name.len() <= 60 && name.chars().all(is_of_addresses)
}

fn unnamed(span: Range<usize>, axis: &str) -> Problem {
    let message = format!(
        "a value of the axis `{}` cannot stand in an address",
        short(axis)
    );
    Problem::at(span, message, "has no name").advise(format!(
        "give it one of letters, digits, `-`, `_`, `.` and `+`: `{} = [{{ name = \"late\", value = … }}]`",
        short(axis)
    ))
}

impl Cell<'_> {
    /// What follows the address of the file: `[arrives_at_ms=199,reply=never]`; nothing if there are
    /// no axes.
    pub(super) fn address(&self) -> String {
        if self.chosen.is_empty() {
            return String::new();
        }
        let chosen = self.chosen.iter();
        let chosen: Vec<_> = chosen
            .map(|(axis, point)| format!("{axis}={}", point.name))
            .collect();
        format!("[{}]", chosen.join(","))
    }

    /// The file of this cell alone.
    pub(super) fn of<'r>(&'r self, root: &'r DeTable<'r>) -> DeTable<'r> {
        let mut table = self.table(root);
        if let Some(title) = table.get_mut("title")
            && let DeValue::String(text) = title.get_mut()
        {
            *text = self.title(text).into();
        }
        table
    }

    fn value_of<'r>(&'r self, reference: Reference<'_>) -> Option<&'r Spanned<DeValue<'r>>> {
        let mut chosen = self.chosen.iter();
        let (_, point) = chosen.find(|(axis, _)| *axis == reference.axis)?;
        reference.within(point.value)
    }

    fn title(&self, title: &str) -> String {
        placeholders(title).fold(title.to_owned(), |told, (placeholder, reference)| {
            let mut chosen = self.chosen.iter();
            let of_axis = chosen.find(|(axis, _)| *axis == reference.axis);
            let text = match (reference.member, of_axis) {
                (None, Some((_, point))) => Some(point.name.clone()),
                _ => self.value_of(reference).and_then(name_of),
            };
            text.map_or(told.clone(), |text| told.replace(placeholder, &text))
        })
    }

    fn table<'r>(&'r self, table: &'r DeTable<'r>) -> DeTable<'r> {
        let mut own = DeTable::new();
        for (key, value) in table {
            if let Some(value) = self.value(value) {
                own.insert(key.clone(), value);
            }
        }
        own
    }

    /// A value as this cell has it; nothing if the cell has none.
    fn value<'r>(&'r self, value: &'r Spanned<DeValue<'r>>) -> Option<Spanned<DeValue<'r>>> {
        let span = value.span();
        Some(match value.get_ref() {
            DeValue::String(text) => match Reference::read(text) {
                Some(reference) => return self.value_of(reference).cloned(),
                None => value.clone(),
            },
            DeValue::Table(table) => Spanned::new(span, DeValue::Table(self.table(table))),
            DeValue::Array(array) => {
                let mut own = DeArray::new();
                for element in array.iter() {
                    let is_reference = matches!(element.get_ref(), DeValue::String(_));
                    match self.value(element).map(|it| (it.span(), it.into_inner())) {
                        // A list in the place of an element stands for its elements.
                        Some((_, DeValue::Array(several))) if is_reference => {
                            for one in several.iter() {
                                own.push(one.clone());
                            }
                        }
                        Some((span, one)) => own.push(Spanned::new(span, one)),
                        None => {}
                    }
                }
                Spanned::new(span, DeValue::Array(own))
            }
            DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => value.clone(),
        })
    }
}

/// What stands in braces in a title and is a reference: the text with its braces, and the reference.
fn placeholders(title: &str) -> impl Iterator<Item = (&str, Reference<'_>)> {
    title.match_indices('{').filter_map(|(at, _)| {
        let rest = title.get(at..)?;
        let placeholder = rest.get(..=rest.find('}')?)?;
        let inner = placeholder.get(1..placeholder.len() - 1)?;
        Some((placeholder, Reference::named(inner)?))
    })
}
