//! Where reporters write.

use std::fmt;

/// Where a reporter writes. The text has ANSI colours, which whoever shows it strips where they are
/// not wanted.
pub trait Output: fmt::Debug {
    /// Takes a part of the results.
    fn out(&mut self, text: &str);

    /// Takes a part of the results, to be set off from what stands before it.
    fn paragraph(&mut self, text: &str);

    /// Takes what is wrong besides, which is not part of the results.
    fn error(&mut self, text: &str);

    /// Takes a line of the results.
    fn line(&mut self, line: &str) {
        self.out(&format!("{line}\n"));
    }
}

/// All that is told, in the order in which it is.
impl Output for String {
    fn out(&mut self, text: &str) {
        self.push_str(text);
    }

    fn paragraph(&mut self, text: &str) {
        if !self.is_empty() {
            self.push('\n');
        }
        self.push_str(text);
    }

    fn error(&mut self, text: &str) {
        self.paragraph(text.trim_end());
        self.push('\n');
    }
}
