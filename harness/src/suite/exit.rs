//! What a command comes to.

use std::process::ExitCode;

/// What a command comes to, from best to worst; of several, the worst counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Everything conforms.
    #[default]
    Conforms,
    /// A rule is violated, a node panicked, nodes of others are not deterministic, a scenario is not
    /// as it expects to be, or a rule that it is for was not put to the test.
    Violation,
    /// Something that was asked for cannot be: a file, an address, a value.
    BadInput,
    /// Two runs of the same plan by Gauntlet's own nodes differ, or the harness broke.
    Broken,
    /// It was ended before its end, by Ctrl-C or since nobody reads on: nothing is said of what was
    /// not begun.
    Interrupted,
}

impl Exit {
    /// The process's exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Conforms => 0,
            Self::Violation => 1,
            Self::BadInput => 2,
            Self::Broken => 3,
            // As shells have it of a process that ends by SIGINT.
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_the_worst_counts() {
        let all = [
            Exit::BadInput,
            Exit::Conforms,
            Exit::Broken,
            Exit::Violation,
        ];
        assert_eq!(all.into_iter().max().map(Exit::code), Some(3));
        let without_broken = all.into_iter().filter(|exit| *exit != Exit::Broken);
        assert_eq!(without_broken.max().map(Exit::code), Some(2));
    }
}
