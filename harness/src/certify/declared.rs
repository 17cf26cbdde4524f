//! What is declared of a builder beforehand: what does not apply to it, and what is known to fail.

use serde::{Deserialize, Serialize};

use crate::rules;

/// What is declared of a builder beforehand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// What does not apply to it.
    pub not_applicable: Vec<Declaration>,
    /// What is known to fail. It is tried all the same, and never certifies.
    pub known_failures: Vec<Declaration>,
}

/// A rule, in one case or in all, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// The rule's id.
    pub rule: String,
    /// The case's address; all cases if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// Why.
    pub reason: String,
}

impl Declaration {
    fn covers(&self, rule: &str, case: Option<&str>) -> bool {
        self.rule == rule && (self.case.is_none() || self.case.as_deref() == case)
    }
}

impl Declared {
    /// Why a rule does not apply in a case, if it is declared so.
    #[must_use]
    pub fn not_applicable(&self, rule: &str, case: Option<&str>) -> Option<&str> {
        let found = self.not_applicable.iter().find(|it| it.covers(rule, case));
        found.map(|it| &*it.reason)
    }

    /// The declaration that a rule is known to fail in a case, if there is one.
    #[must_use]
    pub fn known(&self, rule: &str, case: Option<&str>) -> Option<&Declaration> {
        self.known_failures.iter().find(|it| it.covers(rule, case))
    }

    /// What is declared of rules that there are not, or without a reason.
    #[must_use]
    pub fn mistakes(&self) -> Vec<String> {
        let ids = rules::ids();
        let all = self.not_applicable.iter().chain(&self.known_failures);
        all.filter_map(|it| {
            if !ids.contains(&&*it.rule) {
                return Some(format!("there is no rule `{}`", it.rule));
            }
            let why = || format!("`{}` is declared away without a reason", it.rule);
            it.reason.trim().is_empty().then(why)
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declaration(case: Option<&str>) -> Declaration {
        Declaration {
            rule: "transport/id".to_owned(),
            case: case.map(str::to_owned),
            reason: "it has none".to_owned(),
        }
    }

    #[test]
    fn a_declaration_is_of_one_case_or_of_all() {
        let declared = Declared {
            not_applicable: vec![declaration(Some("transport/ids[how=null]"))],
            known_failures: vec![declaration(None)],
        };
        let of = |case| declared.not_applicable("transport/id", case);
        assert_eq!(of(Some("transport/ids[how=null]")), Some("it has none"));
        assert_eq!(of(Some("transport/ids[how=zero]")), None);
        assert_eq!(of(None), None);
        assert!(declared.known("transport/id", None).is_some());
        assert!(declared.known("transport/size", None).is_none());
        assert!(declared.mistakes().is_empty());
    }

    #[test]
    fn rules_that_are_not_there_and_reasons_that_are_none_are_told() {
        let mut typo = declaration(None);
        typo.rule = "transport/idd".to_owned();
        let mut silent = declaration(None);
        silent.reason = " ".to_owned();
        let declared = Declared {
            not_applicable: vec![typo],
            known_failures: vec![silent],
        };
        assert_eq!(declared.mistakes().len(), 2);
    }
}
