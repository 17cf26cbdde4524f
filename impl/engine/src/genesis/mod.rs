//! Genesis files: the format of geth, with what the OP Stack adds to `config`.

mod error;
mod json;

pub use error::GenesisError;

use std::collections::BTreeMap;

use alloy_consensus::{EMPTY_OMMER_ROOT_HASH, EMPTY_ROOT_HASH, Header};
use alloy_genesis::{Genesis, GenesisAccount};
use alloy_primitives::B256;
use alloy_trie::KECCAK_EMPTY;
use revm::state::{AccountInfo, Bytecode};
use serde::Deserialize;

use self::json::parse;
use crate::eip1559::Eip1559Params;
use crate::fork::{Fork, ForkTimes};
use crate::spec::{ChainSpec, SpecParts};
use crate::state::{AccountChange, State, StateChanges};

/// The base fee of a genesis block whose file does not say one: 1 gwei (EIP-1559).
const DEFAULT_BASE_FEE: u64 = 1_000_000_000;
/// Members of `config` that name forks after Holocene.
const LATER_FORKS: [&str; 5] = [
    "isthmusTime",
    "jovianTime",
    "karstTime",
    "interopTime",
    "osakaTime",
];

/// The part of a genesis file that geth's format does not type.
#[derive(Deserialize)]
struct OpGenesis {
    config: Option<OpConfig>,
    #[serde(rename = "gasLimit")]
    gas_limit: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct OpConfig {
    #[serde(rename = "chainId")]
    chain_id: Option<u64>,
    optimism: Option<Optimism>,
    #[serde(rename = "regolithTime")]
    regolith_time: Option<u64>,
    #[serde(rename = "canyonTime")]
    canyon_time: Option<u64>,
    #[serde(rename = "ecotoneTime")]
    ecotone_time: Option<u64>,
    #[serde(rename = "fjordTime")]
    fjord_time: Option<u64>,
    #[serde(rename = "graniteTime")]
    granite_time: Option<u64>,
    #[serde(rename = "holoceneTime")]
    holocene_time: Option<u64>,
}

#[derive(Deserialize)]
struct Optimism {
    #[serde(rename = "eip1559Elasticity")]
    elasticity: u32,
    #[serde(rename = "eip1559Denominator")]
    denominator: u32,
    #[serde(rename = "eip1559DenominatorCanyon")]
    denominator_canyon: Option<u32>,
}

impl ChainSpec {
    /// Reads a genesis file of the format of geth, with the OP Stack's additions in `config`.
    ///
    /// # Errors
    ///
    /// The text is no JSON or no genesis file, lacks what an OP Stack chain needs, or sets a fork
    /// that is not supported.
    pub fn from_genesis_json(json: &str) -> Result<Self, GenesisError> {
        let op: OpGenesis = parse(json)?;
        let config = op.config.ok_or(GenesisError::Missing {
            member: "config",
            expected: "an object with chainId, the times of the forks and optimism",
        })?;
        let chain_id = config.chain_id.ok_or(GenesisError::Missing {
            member: "config.chainId",
            expected: "a number such as 901",
        })?;
        op.gas_limit.ok_or(GenesisError::Missing {
            member: "gasLimit",
            expected: "a QUANTITY such as \"0x1c9c380\"",
        })?;
        let optimism = config.optimism.as_ref().ok_or(GenesisError::Missing {
            member: "config.optimism",
            expected: "{ \"eip1559Elasticity\": 6, \"eip1559Denominator\": 50, \
                       \"eip1559DenominatorCanyon\": 250 }",
        })?;
        let genesis: Genesis = parse(json)?;
        refuse_later_forks(&genesis)?;
        let state = State::default().apply(&allocation(&genesis.alloc));
        let parts = SpecParts {
            chain_id,
            forks: config.fork_times(),
            before_canyon: Eip1559Params {
                denominator: optimism.denominator,
                elasticity: optimism.elasticity,
            },
            from_canyon: Eip1559Params {
                denominator: optimism.denominator_canyon.unwrap_or(250),
                elasticity: optimism.elasticity,
            },
            genesis_header: header(&genesis, state.root())?,
            genesis_state: state,
        };
        check(&parts, &genesis)?;
        Ok(Self::from_parts(parts))
    }
}

impl Fork {
    /// The member of a genesis file's `config` that holds the fork's time.
    #[must_use]
    pub const fn genesis_member(self) -> &'static str {
        match self {
            Self::Regolith => "regolithTime",
            Self::Canyon => "canyonTime",
            Self::Ecotone => "ecotoneTime",
            Self::Fjord => "fjordTime",
            Self::Granite => "graniteTime",
            Self::Holocene => "holoceneTime",
            Self::Isthmus => "isthmusTime",
        }
    }
}

fn check(parts: &SpecParts, genesis: &Genesis) -> Result<(), GenesisError> {
    parts.forks.check_order()?;
    let params = [parts.before_canyon, parts.from_canyon];
    if params
        .iter()
        .any(|params| params.denominator == 0 || params.elasticity == 0)
    {
        return Err(GenesisError::Invalid {
            member: "config.optimism",
            reason: "a parameter is 0".to_owned(),
            expected: "an elasticity such as 6 and denominators such as 50 and 250",
        });
    }
    let gas_limit = genesis.gas_limit;
    if gas_limit < u64::from(parts.from_canyon.elasticity) || gas_limit > i64::MAX as u64 {
        return Err(GenesisError::Invalid {
            member: "gasLimit",
            reason: format!("a block cannot have a gas limit of {gas_limit}"),
            expected: "a QUANTITY such as \"0x1c9c380\"",
        });
    }
    if genesis.number.is_some_and(|number| number != 0) {
        return Err(GenesisError::Invalid {
            member: "number",
            reason: "a genesis block has number 0".to_owned(),
            expected: "\"0x0\", or that it is absent",
        });
    }
    if parts.forks.is_active(Fork::Holocene, genesis.timestamp) {
        Eip1559Params::from_extra_data(&genesis.extra_data)
            .and_then(|params| params.for_gas_limit(gas_limit))
            .map_err(|error| GenesisError::Invalid {
                member: "extraData",
                reason: error.to_string(),
                expected: "version 0, denominator and elasticity of the block, such as \
                           \"0x00000000fa00000006\", as Holocene is active at genesis",
            })?;
    }
    Ok(())
}

/// The header of the genesis block, with the members of all forks.
fn header(genesis: &Genesis, state_root: B256) -> Result<Header, GenesisError> {
    Ok(Header {
        parent_hash: genesis.parent_hash.unwrap_or_default(),
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        beneficiary: genesis.coinbase,
        state_root,
        transactions_root: EMPTY_ROOT_HASH,
        receipts_root: EMPTY_ROOT_HASH,
        difficulty: genesis.difficulty,
        gas_limit: genesis.gas_limit,
        timestamp: genesis.timestamp,
        extra_data: genesis.extra_data.clone(),
        mix_hash: genesis.mix_hash,
        nonce: genesis.nonce.to_be_bytes().into(),
        base_fee_per_gas: Some(base_fee(genesis)?),
        withdrawals_root: Some(EMPTY_ROOT_HASH),
        blob_gas_used: Some(genesis.blob_gas_used.unwrap_or_default()),
        excess_blob_gas: Some(genesis.excess_blob_gas.unwrap_or_default()),
        parent_beacon_block_root: Some(B256::ZERO),
        ..Header::default()
    })
}

impl OpConfig {
    fn fork_times(&self) -> ForkTimes {
        let mut times = ForkTimes::default();
        times.set(Fork::Regolith, self.regolith_time);
        times.set(Fork::Canyon, self.canyon_time);
        times.set(Fork::Ecotone, self.ecotone_time);
        times.set(Fork::Fjord, self.fjord_time);
        times.set(Fork::Granite, self.granite_time);
        times.set(Fork::Holocene, self.holocene_time);
        times
    }
}

fn refuse_later_forks(genesis: &Genesis) -> Result<(), GenesisError> {
    let config = &genesis.config;
    let later = LATER_FORKS.into_iter().find(|member| {
        let extra = config.extra_fields.get(*member);
        extra.is_some_and(|time| !time.is_null())
    });
    let member = match later {
        Some(member) => member,
        None if config.prague_time.is_some() => "pragueTime",
        None if config.osaka_time.is_some() => "osakaTime",
        None => return Ok(()),
    };
    Err(GenesisError::UnsupportedFork { member })
}

fn base_fee(genesis: &Genesis) -> Result<u64, GenesisError> {
    let Some(base_fee) = genesis.base_fee_per_gas else {
        return Ok(DEFAULT_BASE_FEE);
    };
    u64::try_from(base_fee).map_err(|_| GenesisError::Invalid {
        member: "baseFeePerGas",
        reason: format!("{base_fee} has more than 64 bits"),
        expected: "a QUANTITY such as \"0x3b9aca00\"",
    })
}

fn allocation(alloc: &BTreeMap<alloy_primitives::Address, GenesisAccount>) -> StateChanges {
    let mut changes = StateChanges::default();
    for (address, account) in alloc {
        let code_hash = match &account.code {
            Some(code) if !code.is_empty() => {
                let code = Bytecode::new_legacy(code.clone());
                let hash = code.hash_slow();
                changes.code.insert(hash, code);
                hash
            }
            Some(_) | None => KECCAK_EMPTY,
        };
        let slots = account.storage.iter().flatten();
        let change = AccountChange {
            info: Some(AccountInfo {
                nonce: account.nonce.unwrap_or_default(),
                balance: account.balance,
                code_hash,
                code: None,
                account_id: None,
            }),
            storage_wiped: false,
            storage: slots
                .map(|(slot, value)| ((*slot).into(), (*value).into()))
                .collect(),
        };
        changes.accounts.insert(*address, change);
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fork::ForkOrder;

    const GOOD: &str = r#"{
  "config": {
    "chainId": 901,
    "regolithTime": 0, "canyonTime": 0, "ecotoneTime": 0,
    "fjordTime": 0, "graniteTime": 0, "holoceneTime": 0,
    "optimism": { "eip1559Elasticity": 6, "eip1559Denominator": 50, "eip1559DenominatorCanyon": 250 }
  },
  "gasLimit": "0x1c9c380",
  "extraData": "0x00000000fa00000006",
  "alloc": { "0x0000000000000000000000000000000000000001": { "balance": "0x1" } }
}"#;

    fn error(from: &str, to: &str) -> GenesisError {
        assert!(GOOD.contains(from), "{from}");
        ChainSpec::from_genesis_json(&GOOD.replace(from, to)).unwrap_err()
    }

    #[test]
    fn a_good_file_is_read() {
        let spec = ChainSpec::from_genesis_json(GOOD).unwrap();
        assert_eq!(spec.chain_id(), 901);
        assert!(spec.is_supported(0));
        assert_eq!(
            spec.genesis().header().base_fee_per_gas,
            Some(DEFAULT_BASE_FEE)
        );
        let later = spec.with_fork_time(Fork::Holocene, Some(10)).unwrap();
        assert!(later.genesis().header().extra_data.is_empty());
        assert!(!later.is_active(Fork::Holocene, 9) && later.is_active(Fork::Holocene, 10));
    }

    #[test]
    fn errors_say_where_and_what_would_have_been_right() {
        let malformed = error("0x0000000000000000000000000000000000000001", "0x01");
        assert_eq!(malformed.position().map(|(line, _)| line), Some(10));
        assert!(
            malformed.to_string().contains("40 hexadecimal digits"),
            "{malformed}"
        );
        let malformed = error("\"0x1\"", "\"one\"");
        assert!(malformed.to_string().contains("balance"), "{malformed}");
        let malformed = error("\"holoceneTime\": 0", "\"holoceneTime\": \"soon\"");
        assert_eq!(malformed.position().map(|(line, _)| line), Some(5));
        assert!(
            malformed.to_string().contains("config.holoceneTime"),
            "{malformed}"
        );
        let malformed = error("\"gasLimit\": \"0x1c9c380\",", "\"gasLimit\"");
        assert!(malformed.position().is_some(), "{malformed}");
    }

    #[test]
    fn what_a_chain_needs_must_be_there() {
        assert_eq!(
            error("\"chainId\": 901,", "").to_string(),
            "`config.chainId` is missing; expected a number such as 901"
        );
        assert!(matches!(
            error("\"optimism\"", "\"pessimism\""),
            GenesisError::Missing {
                member: "config.optimism",
                ..
            }
        ));
        assert!(matches!(
            error("0x00000000fa00000006", "0x"),
            GenesisError::Invalid {
                member: "extraData",
                ..
            }
        ));
        assert!(matches!(
            error("\"eip1559Elasticity\": 6", "\"eip1559Elasticity\": 0"),
            GenesisError::Invalid {
                member: "config.optimism",
                ..
            }
        ));
    }

    #[test]
    fn forks_are_known_and_in_order() {
        assert_eq!(
            error("\"chainId\": 901,", "\"chainId\": 901, \"isthmusTime\": 7,"),
            GenesisError::UnsupportedFork {
                member: "isthmusTime"
            }
        );
        assert_eq!(
            error("\"graniteTime\": 0", "\"graniteTime\": 5"),
            GenesisError::ForkOrder(ForkOrder {
                fork: Fork::Holocene,
                earlier: Fork::Granite
            })
        );
        let null = GOOD.replace(
            "\"chainId\": 901,",
            "\"chainId\": 901, \"isthmusTime\": null,",
        );
        assert!(ChainSpec::from_genesis_json(&null).is_ok());
    }
}
