//! A genesis file that a command line names, and what is wrong with it.

use std::fs;
use std::ops::Range;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use gauntlet_engine::{ChainSpec, GenesisError};

/// Reads a genesis file in geth's format.
///
/// # Errors
///
/// A compiler's message: the file, the line, a caret, and what would have been right.
pub(in crate::cli) fn load(path: &Path) -> Result<String, String> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path)
        .map_err(|error| format!("error: the genesis file `{name}` cannot be read: {error}"))?;
    match ChainSpec::from_genesis_json(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(message(&name, &text, &error)),
    }
}

fn message(name: &str, text: &str, error: &GenesisError) -> String {
    let title = error.to_string();
    let report = Level::ERROR.primary_title(&title).element(
        Snippet::source(text).path(name).annotation(
            AnnotationKind::Primary
                .span(place(text, error))
                .label("here"),
        ),
    );
    Renderer::plain().render(&[report])
}

/// The bytes that an error is about; the opening brace where it is about something missing.
fn place(text: &str, error: &GenesisError) -> Range<usize> {
    let at = match error {
        GenesisError::Malformed { line, column, .. } => {
            let before: usize = text
                .split_inclusive('\n')
                .take(line.saturating_sub(1))
                .map(str::len)
                .sum();
            Some(before + column.saturating_sub(1))
        }
        GenesisError::Invalid { member, .. } => text.find(&quoted(member)),
        GenesisError::UnsupportedFork { member } => text.find(&quoted(member)),
        GenesisError::ForkOrder(order) => text.find(&quoted(order.fork.genesis_member())),
        GenesisError::Missing { .. } => text.find('{'),
    };
    let mut at = at.unwrap_or_default().min(text.len().saturating_sub(1));
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let length = text
        .get(at..)
        .and_then(|rest| rest.chars().next())
        .map_or(0, char::len_utf8);
    at..at + length
}

/// The last name of a member, as it stands in the file.
fn quoted(member: &str) -> String {
    format!("\"{}\"", member.rsplit('.').next().unwrap_or(member))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::GENESIS;

    fn broken(with: impl Fn(&str) -> String) -> String {
        let text = with(GENESIS);
        assert_ne!(text, GENESIS, "nothing was broken");
        let error = ChainSpec::from_genesis_json(&text).unwrap_err();
        message("genesis.json", &text, &error)
    }

    #[test]
    fn the_place_is_shown() {
        let address =
            broken(|text| text.replacen("\"alloc\": {\n    \"0x", "\"alloc\": {\n    \"0y", 1));
        assert!(address.contains("--> genesis.json:"), "{address}");
        assert!(address.contains('^'), "{address}");
        assert!(address.contains("expected"), "{address}");
        let missing = broken(|text| text.replacen("\"chainId\"", "\"chainID\"", 1));
        assert!(missing.contains("config.chainId"), "{missing}");
        let cut = broken(|text| text[..text.len() / 2].to_owned());
        assert!(cut.contains("--> genesis.json:"), "{cut}");
    }
}
