//! The secp256k1 signature over a request (line 94). DECISIONS: signature-preimage,
//! signature-form.

use std::fmt;

use alloy_primitives::{Address, B256, Keccak256, U256, b256, keccak256};
use alloy_rlp::Encodable;
use k256::ecdsa::{RecoveryId, Signature as Ecdsa, SigningKey, VerifyingKey};
use thiserror::Error;

/// What a signature is bound to: an application and a chain.
///
/// The digest of a message is `keccak256(domain ‖ chainId as 32 bytes ‖ keccak256(rlp(message)))`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningDomain {
    domain: B256,
    chain_id: u64,
}

impl SigningDomain {
    /// The domain of requests to builders: 31 zero bytes, then 0x01.
    pub const BUILDER: B256 =
        b256!("0x0000000000000000000000000000000000000000000000000000000000000001");

    /// The domain of requests to the builders of a chain.
    #[must_use]
    pub const fn builder(chain_id: u64) -> Self {
        Self {
            domain: Self::BUILDER,
            chain_id,
        }
    }

    /// What is signed for a message.
    pub fn digest(&self, message: &impl Encodable) -> B256 {
        let mut hasher = Keccak256::new();
        hasher.update(self.domain);
        hasher.update(U256::from(self.chain_id).to_be_bytes::<32>());
        hasher.update(keccak256(alloy_rlp::encode(message)));
        hasher.finalize()
    }
}

/// A signature of 65 bytes: r, s and the parity of y, as 0 or 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    ecdsa: Ecdsa,
    recovery: RecoveryId,
}

impl Signature {
    /// How many bytes a signature has.
    pub const LENGTH: usize = 65;

    /// Reads r ‖ s ‖ v, with v of 0, 1, 27 or 28.
    ///
    /// # Errors
    ///
    /// The bytes are not 65, r or s is out of range, s is in the upper half, or v is none of the
    /// four.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SignatureError> {
        let bytes: &[u8; Self::LENGTH] = bytes
            .try_into()
            .map_err(|_| SignatureError::Length(bytes.len()))?;
        let (scalars, v) = (&bytes[..64], bytes[64]);
        let ecdsa = Ecdsa::from_slice(scalars).map_err(|_| SignatureError::Range)?;
        if ecdsa.normalize_s().is_some() {
            return Err(SignatureError::HighS);
        }
        let is_y_odd = match v {
            0 | 27 => false,
            1 | 28 => true,
            _ => return Err(SignatureError::RecoveryId(v)),
        };
        Ok(Self {
            ecdsa,
            recovery: RecoveryId::new(is_y_odd, false),
        })
    }

    /// Writes r ‖ s ‖ v, with v of 0 or 1.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        bytes[..64].copy_from_slice(&self.ecdsa.to_bytes());
        bytes[64] = self.recovery.to_byte();
        bytes
    }

    /// The address of the key that signed the digest.
    ///
    /// # Errors
    ///
    /// No key did.
    pub fn signer(&self, digest: B256) -> Result<Address, SignatureError> {
        VerifyingKey::recover_from_prehash(digest.as_slice(), &self.ecdsa, self.recovery)
            .map(|key| Address::from_public_key(&key))
            .map_err(|_| SignatureError::NoKey)
    }
}

/// Why bytes are no acceptable signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// It has another length.
    #[error("a signature has 65 bytes, this has {0}")]
    Length(usize),
    /// r or s is zero, or not less than the order of the group.
    #[error("r or s is out of range")]
    Range,
    /// s is in the upper half of its range, which would make signatures malleable.
    #[error("s is in the upper half of its range")]
    HighS,
    /// v says neither parity.
    #[error("v is {0}, and must be 0, 1, 27 or 28")]
    RecoveryId(u8),
    /// No public key can be recovered.
    #[error("no key has made this signature")]
    NoKey,
}

/// A secp256k1 key that signs.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// Makes a key of its 32 bytes.
    ///
    /// # Errors
    ///
    /// They are zero, or not less than the order of the group.
    pub fn from_bytes(bytes: &B256) -> Result<Self, SecretKeyError> {
        SigningKey::from_slice(bytes.as_slice())
            .map(Self)
            .map_err(|_| SecretKeyError)
    }

    /// The key's Ethereum address.
    #[must_use]
    pub fn address(&self) -> Address {
        Address::from_public_key(self.0.verifying_key())
    }

    /// Signs a digest, deterministically (RFC 6979), with a low s.
    #[must_use]
    pub fn sign(&self, digest: B256) -> Signature {
        let (ecdsa, recovery) = self
            .0
            .sign_prehash_recoverable(digest.as_slice())
            .expect("a 32-byte digest can always be signed");
        Signature { ecdsa, recovery }
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", self.address())
    }
}

/// Bytes that are no secp256k1 key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a secret key is 32 bytes between 1 and the order of the group")]
pub struct SecretKeyError;
