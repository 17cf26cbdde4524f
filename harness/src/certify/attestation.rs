//! Whose a certification is: an in-toto statement of the digests of its files, in a DSSE envelope,
//! signed with a key of secp256k1.
//!
//! The signature is of SHA-256 over DSSE's pre-authentication encoding: r, s and the parity, 65 bytes.
//! The key's id is its address.

use alloy_primitives::{Address, B256, hex};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gauntlet_protocol::{SecretKey, Signature};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::certificate::Verdict;
use super::record::{Record, SPECIFICATION};
use crate::suite::Suite;

/// The type of the payload of an envelope that holds a statement.
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// The type of a statement (in-toto attestation framework).
const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// The type of what it says: the result of tests.
const PREDICATE_TYPE: &str = "https://in-toto.io/attestation/test-result/v0.1";

/// A DSSE envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope {
    payload_type: String,
    payload: String,
    signatures: Vec<EnvelopeSignature>,
}

/// A signature of an envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvelopeSignature {
    keyid: String,
    sig: String,
}

/// Why an attestation says nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AttestationError {
    /// It is no envelope of a statement.
    #[error("it is no statement: {0}")]
    Malformed(String),
    /// Nobody of this address has signed it.
    #[error("it is not signed by {0}")]
    NotSigned(Address),
    /// A file is another than the one that was signed.
    #[error("`{0}` is not what was signed")]
    Altered(String),
}

/// A file, by its name and with what is in it.
pub type NamedFile<'a> = (&'a str, &'a [u8]);

impl Envelope {
    /// Signs what a certification says, with the digests of its files.
    #[must_use]
    pub fn sign(record: &Record, files: &[NamedFile<'_>], key: &SecretKey) -> Self {
        let payload = statement(record, files).to_string();
        let signature = key.sign(digest_of(&payload)).to_bytes();
        Self {
            payload_type: PAYLOAD_TYPE.to_owned(),
            payload: STANDARD.encode(&payload),
            signatures: vec![EnvelopeSignature {
                keyid: key.address().to_string(),
                sig: STANDARD.encode(signature),
            }],
        }
    }

    /// Checks that somebody has signed these files.
    ///
    /// # Errors
    ///
    /// [`AttestationError`].
    pub fn verify(&self, files: &[NamedFile<'_>], signer: Address) -> Result<(), AttestationError> {
        let malformed = |why: String| AttestationError::Malformed(why);
        if self.payload_type != PAYLOAD_TYPE {
            return Err(malformed(format!("its type is `{}`", self.payload_type)));
        }
        let payload = STANDARD.decode(&self.payload);
        let payload = payload.map_err(|error| malformed(error.to_string()))?;
        let payload = String::from_utf8(payload).map_err(|error| malformed(error.to_string()))?;
        let digest = digest_of(&payload);
        let is_signers = |it: &EnvelopeSignature| {
            let bytes = STANDARD.decode(&it.sig).unwrap_or_default();
            let signature = Signature::from_bytes(&bytes);
            signature.is_ok_and(|it| it.signer(digest) == Ok(signer))
        };
        if !self.signatures.iter().any(is_signers) {
            return Err(AttestationError::NotSigned(signer));
        }
        let statement: Value =
            serde_json::from_str(&payload).map_err(|error| malformed(error.to_string()))?;
        if statement["_type"] != STATEMENT_TYPE || statement["predicateType"] != PREDICATE_TYPE {
            return Err(malformed("it is of another type".to_owned()));
        }
        for (name, text) in files {
            let signed = statement["subject"].as_array().into_iter().flatten();
            let mut signed = signed.filter(|it| it["name"] == *name);
            if signed
                .next()
                .is_none_or(|it| it["digest"]["sha256"] != sha256(text))
            {
                return Err(AttestationError::Altered((*name).to_owned()));
            }
        }
        Ok(())
    }
}

/// What is signed of a payload: DSSE's pre-authentication encoding, hashed.
fn digest_of(payload: &str) -> B256 {
    let (kind, length) = (PAYLOAD_TYPE.len(), payload.len());
    let encoded = format!("DSSEv1 {kind} {PAYLOAD_TYPE} {length} {payload}");
    B256::from(<[u8; 32]>::from(Sha256::digest(encoded)))
}

fn sha256(text: &[u8]) -> String {
    hex::encode(Sha256::digest(text))
}

/// The digest of all cases that there are: of their addresses and plans.
fn catalogue() -> String {
    let mut hasher = Sha256::new();
    for case in Suite::embedded().cases() {
        let plan = case.input.ok();
        let plan = serde_json::to_string(&plan).expect("a plan can be written as JSON");
        hasher.update(format!("{}\n{plan}\n", case.address));
    }
    hex::encode(hasher.finalize())
}

fn statement(record: &Record, files: &[NamedFile<'_>]) -> Value {
    let cases = || record.certificate.cases.iter();
    let of = |wanted: &[Verdict]| -> Vec<&str> {
        let of = cases().filter(|case| wanted.contains(&case.verdict));
        of.map(|case| &*case.case).collect()
    };
    let result = match (record.is_certified, record.certificate.conforms()) {
        (true, _) => "PASSED",
        (false, true) => "WARNED",
        (false, false) => "FAILED",
    };
    let subject: Vec<Value> = files
        .iter()
        .map(|(name, text)| json!({ "name": name, "digest": { "sha256": sha256(text) } }))
        .collect();
    let declared = serde_json::to_vec(&record.declared).expect("it is texts alone");
    let blob = SPECIFICATION.rsplit(' ').next().unwrap_or_default();
    json!({
        "_type": STATEMENT_TYPE,
        "subject": subject,
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "result": result,
            "configuration": [
                { "name": "specification", "digest": { "gitBlob": blob } },
                { "name": "catalogue", "digest": { "sha256": catalogue() } },
                { "name": "declared", "digest": { "sha256": sha256(&declared) } },
            ],
            "passedTests": of(&[Verdict::Pass]),
            "warnedTests": of(&[
                Verdict::Warn,
                Verdict::NotApplicable,
                Verdict::NotExercised,
                Verdict::Inconclusive,
                Verdict::KnownFailure,
            ]),
            "failedTests": of(&[
                Verdict::Unimplemented,
                Verdict::UnexpectedPass,
                Verdict::Fail,
            ]),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certify::{Certificate, Declared, RECORD_VERSION, SubjectSection, Tier};

    fn record() -> Record {
        Record {
            gauntlet_certificate: RECORD_VERSION,
            gauntlet: String::new(),
            specification: String::new(),
            dialect: String::new(),
            forks: String::new(),
            is_strict: false,
            subject: SubjectSection {
                name: "a builder".to_owned(),
                version: None,
                digest: None,
            },
            url: String::new(),
            client_version: None,
            tier: Tier::Build,
            seed: 1,
            guard_us: 0,
            declared: Declared::default(),
            is_whole: true,
            session: Vec::new(),
            left_out: Vec::new(),
            is_certified: true,
            certificate: Certificate {
                tier: Tier::Build,
                is_partial: false,
                reasons: Vec::new(),
                limits: Vec::new(),
                rules: Vec::new(),
                cases: Vec::new(),
                measures: crate::certify::Measures::default(),
                own: Vec::new(),
            },
        }
    }

    fn key(byte: u8) -> SecretKey {
        SecretKey::from_bytes(&B256::repeat_byte(byte)).unwrap()
    }

    #[test]
    fn who_signed_which_files_is_told() {
        let files: [NamedFile<'_>; 2] = [("report.json", b"one"), ("session", b"two")];
        let envelope = Envelope::sign(&record(), &files, &key(1));
        assert_eq!(envelope.verify(&files, key(1).address()), Ok(()));
        let stranger = key(2).address();
        let not_signed = AttestationError::NotSigned(stranger);
        assert_eq!(envelope.verify(&files, stranger), Err(not_signed));
        let other: [NamedFile<'_>; 2] = [files[0], ("session", b"three")];
        let altered = AttestationError::Altered("session".to_owned());
        assert_eq!(envelope.verify(&other, key(1).address()), Err(altered));
    }

    #[test]
    fn a_statement_that_was_altered_has_no_signer() {
        let files: [NamedFile<'_>; 1] = [("report.json", b"one")];
        let mut envelope = Envelope::sign(&record(), &files, &key(1));
        let payload = String::from_utf8(STANDARD.decode(&envelope.payload).unwrap()).unwrap();
        envelope.payload = STANDARD.encode(payload.replace("PASSED", "FAILED"));
        let verified = envelope.verify(&files, key(1).address());
        assert!(matches!(verified, Err(AttestationError::NotSigned(_))));
    }
}
