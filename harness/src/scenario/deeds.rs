//! The faults of the catalogue as files name them: their words and their parameters.

use toml::Spanned;

use super::problem::Problem;
use super::section::Section;
use crate::faults::{self, Fault, On};
use crate::plan::Deed;

/// Where a file names a fault.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named {
    /// What it is done to.
    pub(super) on: On,
    /// The key that has its word.
    pub(super) key: &'static str,
    /// The word that says that nothing is done, if there is one.
    pub(super) nothing: Option<&'static str>,
    /// What messages call something that it is done to.
    pub(super) noun: &'static str,
}

pub(super) const REPLY: Named = Named {
    on: On::PayloadReply,
    key: "reply",
    nothing: Some("honest"),
    noun: "a reply",
};

pub(super) const REQUEST: Named = Named {
    on: On::PayloadRequest,
    key: "request",
    nothing: Some("intact"),
    noun: "a request",
};

pub(super) const HOW: Named = Named {
    on: On::ForwardedTransaction,
    key: "how",
    nothing: None,
    noun: "a failure",
};

pub(super) const FORK_CHOICE: Named = Named {
    on: On::HeadUpdate,
    key: "fork_choice",
    nothing: Some("delivered"),
    noun: "an update",
};

/// What a file says is done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said {
    /// The word.
    pub(super) word: &'static str,
    /// The fault, unless nothing is done.
    pub(super) fault: Option<&'static Fault>,
}

impl Named {
    /// Reads the word, if there is one.
    pub(super) fn read(self, section: &Section<'_>) -> Option<Spanned<Said>> {
        let nothing = self.nothing.map(|word| Said { word, fault: None });
        let something = faults::choices(self.on).map(|fault| Said {
            word: fault.word(),
            fault: Some(fault),
        });
        let choices = nothing.into_iter().chain(something);
        section.choice(self.key, choices.map(|said| (said.word, said)).collect())
    }

    /// Reports parameters that are missing, and those that belong to other faults. The example
    /// shows the table as it would be right, around the members.
    pub(super) fn check_parameters(
        self,
        section: &Section<'_>,
        said: Said,
        example: impl Fn(&str) -> String,
    ) {
        let of_said = said.fault.map_or(&[][..], |fault| fault.parameters);
        for name in faults::parameters(self.on) {
            if let Some(fault) = said
                .fault
                .filter(|_| of_said.iter().any(|parameter| parameter.name == name))
            {
                section.require(name, &example(&self.members(fault)));
            } else if let Some(span) = section.key_span(name) {
                let owners: Vec<&Fault> = faults::choices(self.on)
                    .filter(|fault| fault.parameters.iter().any(|of| of.name == name))
                    .collect();
                let listed = |of: fn(&Self, &Fault) -> String| {
                    let texts: Vec<String> = owners.iter().map(|fault| of(&self, fault)).collect();
                    texts.join(" or ")
                };
                let word = said.word;
                section.report(|| {
                    Problem::at(
                        span,
                        format!("{} of `{word}` has no `{name}`", self.noun),
                        format!("goes only with {}", listed(Self::quoted_word)),
                    )
                    .advise(format!(
                        "leave `{name}` out, or write {}",
                        listed(Self::quoted_members)
                    ))
                });
            }
        }
    }

    /// The members of a table that does this, with examples of the parameters.
    fn members(&self, fault: &Fault) -> String {
        let word = format!("{} = \"{}\"", self.key, fault.word());
        let parameters = fault.parameters.iter().map(|parameter| {
            let name = parameter.name;
            match parameter.words() {
                Some(words) => format!("{name} = \"{}\"", words.first().unwrap_or(&"")),
                None => format!("{name} = {}", parameter.example),
            }
        });
        let members: Vec<String> = std::iter::once(word).chain(parameters).collect();
        members.join(", ")
    }

    fn quoted_members(&self, fault: &Fault) -> String {
        format!("`{}`", self.members(fault))
    }

    fn quoted_word(&self, fault: &Fault) -> String {
        format!("`{} = \"{}\"`", self.key, fault.word())
    }
}

/// Reads the parameters of a fault. What is wrong with one has been reported, and any value will
/// do then.
pub(super) fn deed(section: &Section<'_>, fault: &'static Fault) -> Deed {
    fault
        .parameters
        .iter()
        .fold(fault.deed(), |deed, parameter| {
            if let Some(words) = parameter.words() {
                let words = words.iter().map(|word| (*word, *word));
                let word = section.choice(parameter.name, words.collect());
                return deed.saying(parameter.name, word.map_or("", Spanned::into_inner));
            }
            let lowest = *parameter.range.start();
            let value = section.number_or(parameter.name, parameter.range.clone(), lowest);
            deed.with(parameter.name, value)
        })
}
