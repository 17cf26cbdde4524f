//! Text in columns.

/// How wide text is at the most.
const WIDTH: usize = 100;

/// Breaks text into lines between words, each with this indent.
pub(super) fn wrapped(text: &str, indent: usize) -> String {
    let mut lines = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column == 0 || column + 1 + length > WIDTH {
            if column > 0 {
                lines.push('\n');
            }
            lines.push_str(&" ".repeat(indent));
            column = indent;
        } else {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += length;
    }
    lines.push('\n');
    lines
}

/// The width of a column.
pub(super) fn width<'a>(column: impl IntoIterator<Item = &'a str>) -> usize {
    let widths = column.into_iter().map(|text| text.chars().count());
    widths.max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_too_wide_and_no_word_is_lost() {
        let words = vec!["harness"; 40].join(" ");
        let text = wrapped(&words, 4);
        assert!(text.lines().all(|line| line.starts_with("    harness")));
        assert!(text.lines().all(|line| line.len() <= WIDTH));
        assert!(text.lines().next().unwrap().len() > WIDTH - 8);
        assert_eq!(text.split_whitespace().count(), 40);
    }

    #[test]
    fn a_word_without_end_stands_alone() {
        let long = "x".repeat(200);
        assert_eq!(
            wrapped(&format!("a {long} b"), 1),
            format!(" a\n {long}\n b\n")
        );
    }
}
