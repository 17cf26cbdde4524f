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
    /// Its parameters that are words, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub words: BTreeMap<Cow<'static, str>, Cow<'static, str>>,
}

impl Deed {
    /// A fault without parameters.
    pub fn of(fault: impl Into<Cow<'static, str>>) -> Self {
        Self {
            fault: fault.into(),
            with: BTreeMap::new(),
            words: BTreeMap::new(),
        }
    }

    /// The same with a parameter.
    #[must_use]
    pub fn with(mut self, parameter: &'static str, value: i64) -> Self {
        self.with.insert(Cow::Borrowed(parameter), value);
        self
    }

    /// The same with a parameter that is a word.
    #[must_use]
    pub fn saying(mut self, parameter: &'static str, word: &'static str) -> Self {
        self.words
            .insert(Cow::Borrowed(parameter), Cow::Borrowed(word));
        self
    }

    /// The word that a parameter is, if it is one.
    #[must_use]
    pub fn word(&self, parameter: &str) -> Option<&str> {
        self.words.get(parameter).map(|word| &**word)
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
        let numbers = self.with.iter().map(|(name, of)| format!("{name} {of}"));
        let words = self.words.iter().map(|(name, of)| format!("{name} {of}"));
        let parameters: Vec<String> = numbers.chain(words).collect();
        if parameters.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", parameters.join(", "))
    }
}
