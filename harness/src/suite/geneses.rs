//! The chains of transcripts: a client has one, and transcripts may be of several.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use alloy_primitives::B256;

use super::VerifyError;
use super::verify::found;
use crate::chain::genesis_file;
use crate::trace::Head;

/// A chain that transcripts are of.
#[derive(Clone, Debug)]
pub struct Genesis {
    /// Its genesis file, in geth's format, with the times of its forks.
    pub file: String,
    /// The hash of its genesis block, which chains with other forks may share.
    pub hash: B256,
    /// The transcripts.
    pub transcripts: Vec<PathBuf>,
}

/// The chains of a transcript or of every one in a folder, and the transcripts that do not say of
/// which they are. Only their first lines are read.
///
/// # Errors
///
/// There is no transcript at all.
pub fn geneses(path: &Path) -> Result<(Vec<Genesis>, Vec<PathBuf>), VerifyError> {
    let mut of_file: BTreeMap<String, Genesis> = BTreeMap::new();
    let mut unread = Vec::new();
    for path in found(path)? {
        let Some((file, hash)) = chain_of(&path) else {
            unread.push(path);
            continue;
        };
        let genesis = of_file.entry(file.clone()).or_insert_with(|| Genesis {
            file,
            hash,
            transcripts: Vec::new(),
        });
        genesis.transcripts.push(path);
    }
    let mut all: Vec<Genesis> = of_file.into_values().collect();
    // The one that most are of comes first.
    all.sort_by_key(|genesis| std::cmp::Reverse(genesis.transcripts.len()));
    Ok((all, unread))
}

/// What is wrong with a transcript tells whoever verifies it.
fn chain_of(path: &Path) -> Option<(String, B256)> {
    let file = File::open(path).ok()?;
    let (head, spec) = Head::read(BufReader::new(file)).ok()?;
    Some((genesis_file(&head.genesis, &spec), spec.genesis_hash()))
}
