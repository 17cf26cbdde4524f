//! What became better and worse between two certifications.

use std::collections::BTreeMap;

use super::certificate::Verdict;
use super::record::Record;

/// What became better and worse.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// What became worse, a line each.
    pub worse: Vec<String>,
    /// What became better, or is new or gone, a line each.
    pub other: Vec<String>,
}

impl Changes {
    /// From an older one to a newer one.
    #[must_use]
    pub fn between(old: &Record, new: &Record) -> Self {
        let mut changes = Self::default();
        let rules = |record: &Record| -> BTreeMap<String, Verdict> {
            let rules = record.certificate.rules.iter();
            rules.map(|it| (it.rule.clone(), it.verdict)).collect()
        };
        let cases = |record: &Record| -> BTreeMap<String, Verdict> {
            let cases = record.certificate.cases.iter();
            cases.map(|it| (it.case.clone(), it.verdict)).collect()
        };
        changes.compare("rule", &rules(old), &rules(new));
        changes.compare("case", &cases(old), &cases(new));
        match (old.is_certified, new.is_certified) {
            (true, false) => changes.worse.push("certified → not certified".to_owned()),
            (false, true) => changes.other.push("not certified → certified".to_owned()),
            (true, true) | (false, false) => {}
        }
        changes
    }

    fn compare(
        &mut self,
        kind: &str,
        old: &BTreeMap<String, Verdict>,
        new: &BTreeMap<String, Verdict>,
    ) {
        for (name, now) in new {
            match old.get(name) {
                None => self.other.push(format!("{kind} {name}: new, {now}")),
                Some(before) if before == now => {}
                // In the order in which verdicts weigh.
                Some(before) if before < now => {
                    self.worse.push(format!("{kind} {name}: {before} → {now}"));
                }
                Some(before) => self.other.push(format!("{kind} {name}: {before} → {now}")),
            }
        }
        for name in old.keys().filter(|name| !new.contains_key(*name)) {
            self.other.push(format!("{kind} {name}: gone"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_weighs_more_is_worse() {
        let of = |verdicts: &[(&str, Verdict)]| -> BTreeMap<String, Verdict> {
            let of = verdicts.iter();
            of.map(|(name, it)| ((*name).to_owned(), *it)).collect()
        };
        let old = of(&[
            ("a", Verdict::Pass),
            ("b", Verdict::Fail),
            ("c", Verdict::Pass),
            ("d", Verdict::Pass),
        ]);
        let new = of(&[
            ("a", Verdict::Fail),
            ("b", Verdict::Pass),
            ("c", Verdict::Pass),
            ("e", Verdict::Warn),
        ]);
        let mut changes = Changes::default();
        changes.compare("rule", &old, &new);
        assert_eq!(changes.worse, ["rule a: pass → fail"]);
        assert_eq!(
            changes.other,
            ["rule b: fail → pass", "rule e: new, warn", "rule d: gone"]
        );
    }
}
