//! What a person may have meant, and how a message lists things.

use std::borrow::Cow;

/// The longest word that can be a misspelling, in bytes.
const LONGEST: usize = 80;

/// Returns the candidate that the word is most likely a misspelling of, if any comes near.
pub(super) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let near = 1 + word.chars().count() / 3;
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= near)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How far apart two words are; those that differ in case or in the kind of hyphen only are as near
/// as can be.
pub(crate) fn distance(word: &str, candidate: &str) -> usize {
    let plain = |text: &str| text.to_lowercase().replace(['_', ' '], "-");
    strsim::damerau_levenshtein(&plain(word), &plain(candidate))
}

/// So many of the candidates as are most like the word, the most alike first.
pub(super) fn most_alike<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    count: usize,
) -> Vec<&'a str> {
    let word = short(word);
    let mut candidates: Vec<&str> = candidates.into_iter().collect();
    candidates.sort_by_cached_key(|candidate| distance(&word, candidate));
    candidates.truncate(count);
    candidates
}

/// A word of a file as messages quote it: its beginning, if it is very long.
pub(super) fn short(word: &str) -> Cow<'_, str> {
    match word.char_indices().nth(LONGEST) {
        None => Cow::Borrowed(word),
        Some((end, _)) => Cow::Owned(format!("{}…", &word[..end])),
    }
}

/// Lists names as "what is `a`, `b` and `c`", on lines of their own if they are many.
pub(super) fn listed<'a>(what_is: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    const LINE: usize = 80;
    let names: Vec<&str> = names.into_iter().collect();
    let mut lines = vec![String::new()];
    for (index, name) in names.iter().enumerate() {
        let joint = match names.len() - index {
            1 => "",
            2 => " and",
            _ => ",",
        };
        let item = format!("`{name}`{joint}");
        match lines.last_mut() {
            Some(line) if line.is_empty() => *line = item,
            Some(line) if line.len() + 1 + item.len() <= LINE => *line += &format!(" {item}"),
            Some(_) | None => lines.push(item),
        }
    }
    let space = if lines.len() > 1 { "\n" } else { " " };
    format!("{what_is}{space}{}", lines.join("\n"))
}
