//! Blocks that nobody of this project made. The folder is named by `GAUNTLET_VECTORS`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use alloy_consensus::Header;
use alloy_primitives::{Address, B64, B256, Bytes, U256, keccak256};
use alloy_rlp::Decodable;
use alloy_trie::{EMPTY_ROOT_HASH, KECCAK_EMPTY, Nibbles, TrieAccount};
use gauntlet_engine::{
    BlockEnvironment, ChainSpec, Fork, Payload, Senders, StateChanges, Transaction, block_hash,
    execute, seal,
};
use gauntlet_protocol::ExecutionPayloadV2;
use kona_mpt::{NoopTrieHinter, TrieNode, TrieProvider};
use revm::Database;
use revm::database_interface::DBErrorMarker;
use revm::state::{AccountInfo, Bytecode};
use serde::Deserialize;
use serde_json::{Value, json};

/// The folder of the vectors, or nothing if it is not named; then the test says so. A relative path
/// counts from the workspace's root, whatever folder a test runs in.
fn vectors(path: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("GAUNTLET_VECTORS") else {
        eprintln!("skipped: GAUNTLET_VECTORS is not set, so there is no {path} to test against");
        return None;
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(folder)
        .join(path);
    assert!(
        path.exists(),
        "GAUNTLET_VECTORS is set, and there is no {}",
        path.display()
    );
    Some(path)
}

#[derive(Deserialize)]
struct Vector {
    rollup_config: Value,
    parent_header: Header,
    executing_payload: Attributes,
    expected_block_hash: B256,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attributes {
    timestamp: U256,
    prev_randao: B256,
    suggested_fee_recipient: Address,
    parent_beacon_block_root: B256,
    transactions: Vec<Bytes>,
    gas_limit: U256,
    eip1559_params: B64,
}

/// A genesis file with the rules of a rollup configuration.
fn spec(rollup: &Value) -> ChainSpec {
    let genesis = json!({
        "config": {
            "chainId": rollup["l2_chain_id"],
            "regolithTime": 0,
            "canyonTime": rollup["canyon_time"],
            "ecotoneTime": rollup["ecotone_time"],
            "fjordTime": rollup["fjord_time"],
            "graniteTime": rollup["granite_time"],
            "holoceneTime": rollup["holocene_time"],
            "optimism": rollup["chain_op_config"],
        },
        "gasLimit": "0x1c9c380",
        "alloc": {},
    });
    ChainSpec::from_genesis_json(&genesis.to_string())
        .expect("the rollup configuration makes a genesis")
        .with_fork_time(Fork::Isthmus, rollup["isthmus_time"].as_u64())
        .expect("the forks are in order")
}

/// What is not in the witness.
#[derive(Clone, Debug)]
struct Absent(String);

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not in the witness: {}", self.0)
    }
}

impl std::error::Error for Absent {}
impl DBErrorMarker for Absent {}

/// Trie nodes, code and headers by their hash.
#[derive(Clone)]
struct Preimages(BTreeMap<B256, Bytes>);

impl Preimages {
    fn read(path: &std::path::Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let mut rest = bytes.as_slice();
        let mut preimages = BTreeMap::new();
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let length = usize::try_from(u32::from_be_bytes(*length)).unwrap();
            let (preimage, after) = after.split_at(length);
            preimages.insert(keccak256(preimage), Bytes::copy_from_slice(preimage));
            rest = after;
        }
        assert!(rest.is_empty());
        Self(preimages)
    }

    fn get(&self, hash: B256) -> Result<&Bytes, Absent> {
        self.0.get(&hash).ok_or_else(|| Absent(hash.to_string()))
    }
}

impl TrieProvider for Preimages {
    type Error = Absent;

    fn trie_node_by_hash(&self, hash: B256) -> Result<TrieNode, Absent> {
        TrieNode::decode(&mut self.get(hash)?.as_ref()).map_err(|e| Absent(e.to_string()))
    }
}

/// The state before a block, as far as the witness tells.
struct Witness {
    preimages: Preimages,
    accounts: TrieNode,
    storage: BTreeMap<Address, TrieNode>,
    parent: Header,
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Witness")
    }
}

impl Witness {
    fn account(&mut self, address: Address) -> Result<Option<TrieAccount>, Absent> {
        let path = Nibbles::unpack(keccak256(address));
        let leaf = self
            .accounts
            .open(&path, &self.preimages)
            .map_err(|error| Absent(format!("{address}: {error}")))?;
        let Some(leaf) = leaf else {
            return Ok(None);
        };
        let account = TrieAccount::decode(&mut leaf.as_ref()).unwrap();
        self.storage
            .entry(address)
            .or_insert_with(|| TrieNode::new_blinded(account.storage_root));
        Ok(Some(account))
    }

    /// The state root after these changes.
    fn apply(mut self, changes: &StateChanges) -> B256 {
        for (address, change) in &changes.accounts {
            let before = self.account(*address).unwrap();
            let path = Nibbles::unpack(keccak256(address));
            let Some(info) = &change.info else {
                if before.is_some() {
                    self.accounts
                        .delete(&path, &self.preimages, &NoopTrieHinter)
                        .unwrap();
                }
                continue;
            };
            let empty = || TrieNode::new_blinded(EMPTY_ROOT_HASH);
            let storage = self.storage.entry(*address).or_insert_with(empty);
            if change.storage_wiped {
                *storage = empty();
            }
            for (slot, value) in &change.storage {
                let path = Nibbles::unpack(keccak256(slot.to_be_bytes::<32>()));
                if value.is_zero() {
                    storage
                        .delete(&path, &self.preimages, &NoopTrieHinter)
                        .unwrap();
                } else {
                    let value = alloy_rlp::encode(value).into();
                    storage.insert(&path, value, &self.preimages).unwrap();
                }
            }
            let account = TrieAccount {
                nonce: info.nonce,
                balance: info.balance,
                storage_root: storage.blind(),
                code_hash: info.code_hash,
            };
            let account = alloy_rlp::encode(account).into();
            self.accounts
                .insert(&path, account, &self.preimages)
                .unwrap();
        }
        self.accounts.blind()
    }
}

impl Database for Witness {
    type Error = Absent;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Absent> {
        Ok(self.account(address)?.map(|account| AccountInfo {
            nonce: account.nonce,
            balance: account.balance,
            code_hash: account.code_hash,
            code: None,
            account_id: None,
        }))
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, Absent> {
        if code_hash == KECCAK_EMPTY {
            return Ok(Bytecode::default());
        }
        self.preimages
            .get(code_hash)
            .map(|code| Bytecode::new_raw(code.clone()))
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Absent> {
        self.account(address)?;
        let Some(storage) = self.storage.get_mut(&address) else {
            return Ok(U256::ZERO);
        };
        let path = Nibbles::unpack(keccak256(slot.to_be_bytes::<32>()));
        let value = storage
            .open(&path, &self.preimages)
            .map_err(|error| Absent(format!("{address} {slot}: {error}")))?;
        Ok(value.map_or(U256::ZERO, |value| {
            U256::decode(&mut value.as_ref()).unwrap()
        }))
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Absent> {
        let mut header = self.parent.clone();
        while header.number > number + 1 {
            let rlp = self.preimages.get(header.parent_hash)?;
            header = Header::decode(&mut rlp.as_ref()).unwrap();
        }
        if header.number == number {
            return Ok(header.hash_slow());
        }
        Ok(header.parent_hash)
    }
}

fn check(path: &std::path::Path) {
    let json = std::fs::read_to_string(path).unwrap();
    let vector: Vector = serde_json::from_str(&json).unwrap();
    let spec = spec(&vector.rollup_config);
    let attributes = vector.executing_payload;
    let timestamp = attributes.timestamp.to();
    assert!(spec.is_supported(timestamp));
    let extra_data = spec.extra_data(timestamp, Some(attributes.eip1559_params));
    let environment = BlockEnvironment {
        timestamp,
        prev_randao: attributes.prev_randao,
        fee_recipient: attributes.suggested_fee_recipient,
        gas_limit: attributes.gas_limit.to(),
        extra_data: extra_data.unwrap().unwrap(),
        parent_beacon_block_root: attributes.parent_beacon_block_root,
    };
    let senders = Senders::default();
    let raw = attributes.transactions;
    let transactions: Vec<Transaction> = raw
        .iter()
        .map(|raw| Transaction::decode(raw, &senders).unwrap())
        .collect();
    let (parent, parent_hash) = (&vector.parent_header, vector.parent_header.hash_slow());
    let witness = || Witness {
        preimages: Preimages::read(&path.with_extension("preimages")),
        accounts: TrieNode::new_blinded(parent.state_root),
        storage: BTreeMap::new(),
        parent: parent.clone(),
    };
    let executed = execute(
        &spec,
        parent,
        parent_hash,
        &environment,
        &transactions,
        witness(),
    )
    .unwrap();
    let state_root = witness().apply(&executed.changes);
    let header = seal(
        parent,
        parent_hash,
        &environment,
        &raw,
        &executed,
        state_root,
    );
    assert_eq!(
        header.hash_slow(),
        vector.expected_block_hash,
        "{header:#?}"
    );
    println!(
        "{}: {} transactions, {} gas, hash {}",
        path.display(),
        transactions.len(),
        executed.gas_used,
        header.hash_slow()
    );
}

#[test]
fn op_sepolia_blocks_have_their_hashes() {
    let Some(folder) = vectors("op-sepolia-holocene") else {
        return;
    };
    let mut checked = 0;
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            check(&path);
            checked += 1;
        }
    }
    assert!(checked >= 5, "only {checked} blocks were there");
}

#[test]
fn a_payload_of_l1_has_its_hash() {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Vector {
        parent_beacon_block_root: B256,
        execution_payload: ExecutionPayloadV2,
    }
    let Some(path) = vectors("execution-payload-cancun.json") else {
        return;
    };
    let json = std::fs::read_to_string(path).unwrap();
    let vector: Vector = serde_json::from_str(&json).unwrap();
    let (payload, root) = (vector.execution_payload, vector.parent_beacon_block_root);
    assert!(!payload.transactions.is_empty() && payload.blob_gas_used.is_some());
    let payload = Payload::from_wire(&payload, root);
    assert_eq!(block_hash(&payload), Ok(payload.block_hash));
}
