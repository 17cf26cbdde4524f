//! The colours of reports. The stream strips them where they are not wanted.

use anstyle::{AnsiColor, Style};

/// What is as it should be.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What is not.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What should be otherwise and may be as it is.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// What leads over.
pub(crate) const HEADING: Style = Style::new().bold();
/// What helps on.
pub(crate) const HELP: Style = AnsiColor::Cyan.on_default().bold();
/// What is there for whoever looks for it.
pub(crate) const QUIET: Style = Style::new().dimmed();
