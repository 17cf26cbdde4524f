//! The secret, and its file.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use alloy_primitives::hex;

use super::system;

/// A secret that a client and a server of the Engine API share. It is not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct JwtSecret([u8; 32]);

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The text is no secret.
    #[error("a JWT secret is 32 bytes as 64 hexadecimal digits, with or without 0x: {0}")]
    NotASecret(hex::FromHexError),
    /// The file holds no secret.
    #[error("{} holds no JWT secret", path.display())]
    NotASecretFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: Box<Self>,
    },
    /// The file cannot be read.
    #[error("cannot read the JWT secret {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be made.
    #[error("cannot make the JWT secret {}", path.display())]
    Make {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl JwtSecret {
    /// Makes a secret of its bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads a secret from a file of hexadecimal digits; white space around them is of no account.
    ///
    /// # Errors
    ///
    /// [`SecretError`], with the file's name.
    pub fn read(path: &Path) -> Result<Self, SecretError> {
        let text = fs::read_to_string(path).map_err(|source| SecretError::Read {
            path: path.to_owned(),
            source,
        })?;
        text.parse().map_err(|source| SecretError::NotASecretFile {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }

    /// Makes a random secret and a new file of it, which only its owner can read.
    ///
    /// # Errors
    ///
    /// [`SecretError::Make`], if there is such a file already among other things.
    pub fn make(path: &Path) -> Result<Self, SecretError> {
        let make = || {
            let secret = Self(system::random()?);
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(path)?;
            writeln!(file, "{}", hex::encode_prefixed(secret.0))?;
            Ok(secret)
        };
        make().map_err(|source| SecretError::Make {
            path: path.to_owned(),
            source,
        })
    }

    pub(super) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for JwtSecret {
    type Err = SecretError;

    /// Reads 64 hexadecimal digits, with or without `0x` before and white space around them.
    ///
    /// # Errors
    ///
    /// [`SecretError::NotASecret`].
    fn from_str(text: &str) -> Result<Self, SecretError> {
        hex::decode_to_array(text.trim())
            .map(Self)
            .map_err(SecretError::NotASecret)
    }
}

impl fmt::Debug for JwtSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JwtSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_64_digits_with_or_without_a_prefix() {
        let digits = "0f".repeat(32);
        let secret = JwtSecret::new([15; 32]);
        for text in [
            digits.clone(),
            format!("0x{digits}"),
            format!(" 0x{digits}\r\n"),
        ] {
            assert_eq!(text.parse::<JwtSecret>().unwrap(), secret, "{text}");
        }
        for text in ["", "0x", "0f", &digits[1..], &format!("{digits}00"), "no"] {
            let error = text.parse::<JwtSecret>().unwrap_err().to_string();
            assert!(error.contains("64 hexadecimal digits"), "{text}: {error}");
        }
        let not_hex = "x".repeat(64).parse::<JwtSecret>();
        assert!(not_hex.is_err());
        assert!(!format!("{secret:?}").contains("15"));
    }

    #[test]
    fn a_file_that_is_made_can_be_read_by_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jwt.hex");
        let missing = JwtSecret::read(&path).unwrap_err();
        assert!(matches!(missing, SecretError::Read { .. }));
        let made = JwtSecret::make(&path).unwrap();
        assert_eq!(JwtSecret::read(&path).unwrap(), made);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        // A secret that others use already is not replaced.
        let again = JwtSecret::make(&path).unwrap_err();
        assert!(matches!(again, SecretError::Make { .. }));
        assert_eq!(JwtSecret::read(&path).unwrap(), made);
        fs::write(&path, "secret").unwrap();
        let wrong = JwtSecret::read(&path).unwrap_err().to_string();
        assert!(wrong.ends_with("jwt.hex holds no JWT secret"), "{wrong}");
    }
}
