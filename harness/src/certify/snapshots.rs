//! What happened in each case, kept in files.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What is done with a story that differs from its snapshot, or has none.
const ACCEPT: &str = "GAUNTLET_SNAPSHOTS";

/// A folder of stories, each at the address of its case.
#[derive(Clone, Debug)]
pub(super) struct Snapshots {
    folder: PathBuf,
    on_difference: OnDifference,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnDifference {
    Fail,
    Accept,
}

impl Snapshots {
    /// Those in a folder. Differences are accepted if `GAUNTLET_SNAPSHOTS` is `accept`.
    pub(super) fn at(folder: PathBuf) -> Self {
        let accepts = env::var(ACCEPT).is_ok_and(|word| word == "accept");
        Self {
            folder,
            on_difference: match accepts {
                true => OnDifference::Accept,
                false => OnDifference::Fail,
            },
        }
    }

    /// Compares a story with its snapshot.
    ///
    /// # Errors
    ///
    /// Where they part, or why it cannot be told.
    pub(super) fn check(&self, address: &str, story: &str) -> Result<(), String> {
        let path = self.folder.join(format!("{address}.txt"));
        let kept = match fs::read_to_string(&path) {
            Ok(kept) => Some(kept),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(format!("{}: {error}", path.display())),
        };
        if kept.as_deref() == Some(story) {
            return Ok(());
        }
        if self.on_difference == OnDifference::Accept {
            return write(&path, story).map_err(|error| format!("{}: {error}", path.display()));
        }
        let what = match kept {
            None => "there is no snapshot of what happened".to_owned(),
            Some(kept) => difference(&kept, story),
        };
        Err(format!(
            "{}: {what}\n{ACCEPT}=accept writes what happens now",
            path.display()
        ))
    }
}

fn write(path: &Path, story: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, story)
}

/// The first line in which two stories part.
fn difference(before: &str, now: &str) -> String {
    let end = "(it ends)";
    let (mut before, mut now) = (before.lines(), now.lines());
    for number in 1.. {
        match (before.next(), now.next()) {
            (None, None) => break,
            (was, is) if was == is => {}
            (was, is) => {
                let (was, is) = (was.unwrap_or(end), is.unwrap_or(end));
                return format!(
                    "what happened differs in line {number}\n  was: {was}\n  is:  {is}"
                );
            }
        }
    }
    "what happened differs in the ends of its lines".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_is_kept_once_it_is_accepted_and_then_must_not_change() {
        let folder = tempfile::tempdir().unwrap();
        let snapshots = |on_difference| Snapshots {
            folder: folder.path().to_owned(),
            on_difference,
        };
        let (fail, accept) = (
            snapshots(OnDifference::Fail),
            snapshots(OnDifference::Accept),
        );
        let missing = fail.check("a/b", "1\n2\n").unwrap_err();
        assert!(missing.contains("there is no snapshot"), "{missing}");
        assert_eq!(accept.check("a/b", "1\n2\n"), Ok(()));
        assert_eq!(fail.check("a/b", "1\n2\n"), Ok(()));
        let differs = fail.check("a/b", "1\n3\n").unwrap_err();
        assert!(differs.contains("line 2\n  was: 2\n  is:  3"), "{differs}");
        let longer = fail.check("a/b", "1\n2\n3\n").unwrap_err();
        assert!(longer.contains("was: (it ends)\n  is:  3"), "{longer}");
    }
}
