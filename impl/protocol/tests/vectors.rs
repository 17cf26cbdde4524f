//! External vectors, from the folder that `GAUNTLET_VECTORS` names: the known answer of the signing
//! scheme, and the edge cases of secp256k1 that Wycheproof collects.

use std::path::{Path, PathBuf};

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_rlp::RlpEncodable;
use gauntlet_protocol::{SecretKey, Signature, SignatureError, SigningDomain};
use k256::ecdsa::VerifyingKey;
use k256::ecdsa::signature::digest::Digest;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

/// The vectors' folder; without the variable the test is skipped, and says so. A relative path
/// counts from the workspace's root, whatever folder a test runs in.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn vectors() -> Option<PathBuf> {
    let Some(named) = std::env::var_os("GAUNTLET_VECTORS") else {
        eprintln!("skipped: GAUNTLET_VECTORS does not name the folder of the vectors");
        return None;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(named);
    assert!(
        folder.is_dir(),
        "GAUNTLET_VECTORS names no folder: {folder:?}"
    );
    Some(folder)
}

fn read<T: DeserializeOwned>(path: &str) -> Option<T> {
    let path = vectors()?.join(path);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}")))
}

/// The fields that the known answer signs, in their order.
#[derive(RlpEncodable)]
struct Submission {
    slot: u64,
    parent_hash: B256,
    block_hash: B256,
    builder_address: Address,
    proposer_address: Address,
    proposer_fee_recipient: Address,
    gas_limit: u64,
    gas_used: u64,
    value: U256,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KnownAnswer {
    private_key: B256,
    signer: Address,
    domain: B256,
    chain_id: u64,
    rlp_fields_in_order: Vec<serde_json::Value>,
    signature: Bytes,
}

impl KnownAnswer {
    fn field<T: DeserializeOwned>(&self, index: usize, name: &str) -> T {
        serde_json::from_value(self.rlp_fields_in_order[index][name].clone())
            .unwrap_or_else(|error| panic!("field {index}, {name}: {error}"))
    }

    fn message(&self) -> Submission {
        assert_eq!(self.rlp_fields_in_order.len(), 9);
        Submission {
            slot: self.field(0, "slot"),
            parent_hash: self.field(1, "parentHash"),
            block_hash: self.field(2, "blockHash"),
            builder_address: self.field(3, "builderAddress"),
            proposer_address: self.field(4, "proposerAddress"),
            proposer_fee_recipient: self.field(5, "proposerFeeRecipient"),
            gas_limit: self.field(6, "gasLimit"),
            gas_used: self.field(7, "gasUsed"),
            value: U256::from(self.field::<u64>(8, "value")),
        }
    }
}

#[test]
fn the_signing_scheme_gives_the_known_answer() {
    let Some(known) = read::<KnownAnswer>("signing-known-answer.json") else {
        return;
    };
    assert_eq!(known.domain, SigningDomain::BUILDER);
    let key = SecretKey::from_bytes(&known.private_key).unwrap();
    assert_eq!(key.address(), known.signer);
    let digest = SigningDomain::builder(known.chain_id).digest(&known.message());
    assert_eq!(Bytes::from(key.sign(digest).to_bytes()), known.signature);
    let signature = Signature::from_bytes(&known.signature).unwrap();
    assert_eq!(signature.signer(digest), Ok(known.signer));
    let elsewhere = SigningDomain::builder(known.chain_id + 1).digest(&known.message());
    assert_ne!(
        signature.signer(elsewhere),
        Ok(known.signer),
        "the chain is part of the domain"
    );
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wycheproof {
    test_groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    public_key: PublicKey,
    tests: Vec<Case>,
}

#[derive(Deserialize)]
struct PublicKey {
    uncompressed: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    tc_id: u32,
    comment: String,
    msg: String,
    sig: String,
    result: String,
}

/// What this project makes of a signature of the vectors, which is in DER and has no v: it is good
/// if it recovers to the key with one of the two.
fn judge(case: &Case, key: &VerifyingKey) -> Result<(), SignatureError> {
    let der = alloy_primitives::hex::decode(&case.sig).expect("hexadecimal");
    let ecdsa = k256::ecdsa::Signature::from_der(&der).map_err(|_| SignatureError::Range)?;
    let message = alloy_primitives::hex::decode(&case.msg).expect("hexadecimal");
    let digest = B256::from_slice(&Sha256::digest(message));
    let mut last = SignatureError::NoKey;
    for v in [0, 1] {
        let bytes = [&ecdsa.to_bytes()[..], &[v]].concat();
        match Signature::from_bytes(&bytes).and_then(|signature| signature.signer(digest)) {
            Ok(signer) if signer == Address::from_public_key(key) => return Ok(()),
            Ok(_) => {}
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// How the signatures of a file fared.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    accepted: usize,
    refused: usize,
    /// Valid elsewhere, refused here for a high s (DECISION: signature-form).
    high_s: usize,
    /// Valid elsewhere, refused here because r is the rest of a larger coordinate, which v of 0 or
    /// 1 cannot express (DECISION: signature-form).
    large_x: usize,
}

/// Runs a file: what is invalid there is refused here, and what is valid is accepted but for the
/// two rules of this project that the file does not have.
fn run(file: &str) -> Option<Counts> {
    let file: Wycheproof = read(&format!("wycheproof/{file}.json"))?;
    let mut counts = Counts::default();
    for group in &file.test_groups {
        let point =
            alloy_primitives::hex::decode(&group.public_key.uncompressed).expect("hexadecimal");
        let key = VerifyingKey::from_sec1_bytes(&point).expect("a point");
        for case in &group.tests {
            let valid = case.result == "valid";
            match judge(case, &key) {
                Ok(()) if valid => counts.accepted += 1,
                Err(SignatureError::HighS) if valid => counts.high_s += 1,
                Err(SignatureError::NoKey) if valid && case.comment.contains("large x") => {
                    counts.large_x += 1;
                }
                Err(_) if !valid => counts.refused += 1,
                verdict => panic!("{} {}: {verdict:?}", case.tc_id, case.comment),
            }
        }
    }
    Some(counts)
}

#[test]
fn wycheproof_where_a_low_s_is_required() {
    let Some(counts) = run("ecdsa_secp256k1_sha256_bitcoin_test") else {
        return;
    };
    assert_eq!(
        counts,
        Counts {
            accepted: 161,
            refused: 301,
            high_s: 0,
            large_x: 1
        }
    );
}

#[test]
fn wycheproof_where_a_high_s_is_valid() {
    let Some(counts) = run("ecdsa_secp256k1_sha256_test") else {
        return;
    };
    assert_eq!(
        counts,
        Counts {
            accepted: 96,
            refused: 308,
            high_s: 72,
            large_x: 0
        }
    );
}
