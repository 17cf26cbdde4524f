//! Which fault of the catalogue is done, and with which parameters.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A fault of the catalogue, by its id, with its parameters. A plan knows no more of it: what it
/// does stands in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Deed {
    /// The fault's id.
    pub fault: Cow<'static, str>,
    /// Its parameters, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<Cow<'static, str>, i64>,
}

impl Deed {
    /// A fault without parameters.
    pub fn of(fault: impl Into<Cow<'static, str>>) -> Self {
        Self {
            fault: fault.into(),
            with: BTreeMap::new(),
        }
    }

    /// The same with a parameter.
    #[must_use]
    pub fn with(mut self, parameter: &'static str, value: i64) -> Self {
        self.with.insert(Cow::Borrowed(parameter), value);
        self
    }

    /// A parameter's value.
    #[must_use]
    pub fn get(&self, parameter: &str) -> Option<i64> {
        self.with.get(parameter).copied()
    }
}

impl fmt::Display for Deed {
    /// Writes the id, and the parameters in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fault)?;
        let mut parameters = self.with.iter();
        if let Some((name, value)) = parameters.next() {
            write!(f, " ({name} {value}")?;
            for (name, value) in parameters {
                write!(f, ", {name} {value}")?;
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}
