//! What a person may have meant.

use crate::scenario;

/// The candidate that the word is most likely a misspelling of, if any comes near, by the whole
/// address or by what follows its last slash; otherwise one that the word is a part of.
fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = 1 + word.chars().count() / 3;
    let candidates: Vec<_> = candidates.into_iter().collect();
    let whole = candidates
        .iter()
        .map(|candidate| (distance(word, candidate), *candidate))
        .filter(|(distance, _)| *distance <= near)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate);
    let part = || candidates.iter().find(|candidate| candidate.contains(word));
    whole.or_else(|| part().copied())
}

/// The advice that goes with an unknown word.
pub(crate) fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(word, candidates).map(|meant| format!("did you mean `{meant}`?"))
}

fn distance(word: &str, candidate: &str) -> usize {
    let name = candidate.rsplit('/').next().unwrap_or(candidate);
    // The folder may be left out, which is one thing to put right.
    scenario::distance(word, candidate).min(scenario::distance(word, name) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESSES: [&str; 3] = [
        "get-payload/no-retry",
        "get-payload/reply-at-201-ms",
        "failsafe/never",
    ];

    #[test]
    fn misspellings_and_missing_folders_are_found() {
        for (word, meant) in [
            ("get-payload/no-retri", Some("get-payload/no-retry")),
            ("getpayload/no_retry", Some("get-payload/no-retry")),
            ("no-retry", Some("get-payload/no-retry")),
            ("reply-at-210-ms", Some("get-payload/reply-at-201-ms")),
            ("Failsafe/Never", Some("failsafe/never")),
            ("retry", Some("get-payload/no-retry")),
            ("something-else", None),
        ] {
            assert_eq!(nearest(word, ADDRESSES), meant, "{word}");
        }
    }
}
