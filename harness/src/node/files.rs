//! Keys in files: the node's own, and the secret that it shares with an engine.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use alloy_primitives::{B256, hex};
use gauntlet_protocol::SecretKey;
use gauntlet_rpc::{JwtSecret, SecretError};
use thiserror::Error;
use tracing::warn;

/// Why there is no key.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The file holds no key.
    #[error("`{}` holds no secret key: it is 32 bytes as 64 hexadecimal digits, in the range of secp256k1", .0.display())]
    NotAKey(PathBuf),
    /// The file cannot be read or made.
    #[error("the key `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Reads a key from a file, or makes one that only its owner can read, and says so.
///
/// # Errors
///
/// [`KeyError`], with the file's name.
pub fn key(path: &Path) -> Result<SecretKey, KeyError> {
    let failed = |source| KeyError::Io {
        path: path.to_owned(),
        source,
    };
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return make(path).map_err(failed),
        text => text.map_err(failed)?,
    };
    let not_a_key = || KeyError::NotAKey(path.to_owned());
    let bytes: [u8; 32] = hex::decode_to_array(text.trim()).map_err(|_| not_a_key())?;
    SecretKey::from_bytes(&B256::from(bytes)).map_err(|_| not_a_key())
}

/// Draws a number that nobody can foretell.
///
/// # Errors
///
/// The operating system has no randomness.
pub fn drawn() -> io::Result<u64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn make(path: &Path) -> io::Result<SecretKey> {
    let (bytes, key) = loop {
        let mut bytes = B256::ZERO;
        getrandom::fill(bytes.as_mut_slice())?;
        // One in 2^128 is out of range.
        if let Ok(key) = SecretKey::from_bytes(&bytes) {
            break (bytes, key);
        }
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    writeln!(options.open(path)?, "{bytes}")?;
    warn!(file = %path.display(), address = %key.address(), "there was no key, one was made");
    Ok(key)
}

/// Reads the secret of an Engine API from a file, or makes it: whoever of the two sides is first.
///
/// # Errors
///
/// [`SecretError`], with the file's name.
pub fn secret(path: &Path) -> Result<JwtSecret, SecretError> {
    if !path.exists() {
        match JwtSecret::make(path) {
            Ok(secret) => {
                warn!(file = %path.display(), "there was no JWT secret, one was made");
                return Ok(secret);
            }
            // The other side was first.
            Err(_) if path.exists() => {}
            Err(error) => return Err(error),
        }
    }
    JwtSecret::read(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.key");
        let made = key(&path).unwrap();
        assert_eq!(key(&path).unwrap().address(), made.address());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        for wrong in ["", "0x00", &"0".repeat(64), &"f".repeat(64), "key"] {
            fs::write(&path, wrong).unwrap();
            let error = key(&path).unwrap_err().to_string();
            assert!(
                error.contains("64 hexadecimal digits"),
                "`{wrong}`: {error}"
            );
        }
        fs::write(&path, format!("{}1\n", "0".repeat(63))).unwrap();
        assert_eq!(
            key(&path).unwrap().address().to_string(),
            "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
        );
    }

    #[test]
    fn a_secret_is_of_whoever_is_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jwt.hex");
        let made = secret(&path).unwrap();
        assert_eq!(secret(&path).unwrap(), made);
        assert!(secret(&folder.path().join("missing/jwt.hex")).is_err());
    }
}
