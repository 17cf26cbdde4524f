//! How the nodes are set up.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use alloy_primitives::Address;
use gauntlet_engine::ChainSpec;
use gauntlet_protocol::constants::GET_PAYLOAD_TIMEOUT;
use gauntlet_rpc::{Endpoint, Jwt, Trust};
use thiserror::Error;

use crate::chain::GENESIS;
use crate::plan::{
    BuilderPlan, ChainPlan, L1Plan, NetworkPlan, Plan, SequencerPlan, SlotPlan, TrafficPlan,
};

/// The longest block time of a scenario.
const MAX_BLOCK_TIME: Duration = Duration::from_secs(60);

/// How many slots a scenario can have, which is as good as no end.
const MAX_SLOTS: usize = 100_000;

/// How the nodes are set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The genesis of the chain, in geth's format.
    pub genesis: String,
    /// The time between two blocks.
    pub block_time: BlockTime,
    /// After how many slots they stop, if they do.
    pub slots: Option<u32>,
    /// How many transactions users send in a slot.
    pub transactions_per_slot: u32,
    /// The port at which users are served; the builder has the next one. Any free ones without.
    pub port: Option<u16>,
    /// The tokens of the Engine API that the builder asks for, if it does.
    pub engine_jwt: Option<Jwt>,
    /// Somebody else's builder in place of ours.
    pub builder: Option<RemoteSettings>,
    /// The execution clients that follow.
    pub followers: Vec<ClientSettings>,
}

/// Somebody else's builder, which runs already.
#[derive(Clone, Debug)]
pub struct RemoteSettings {
    /// Its URL.
    pub url: Endpoint,
    /// The address in its responses; that of our own builder without.
    pub pubkey: Option<Address>,
    /// Where it takes messages of the Engine API, if not there.
    pub engine: Option<Endpoint>,
    /// Whose certificates are good, where its URL begins with `https`.
    pub trust: Trust,
}

/// An execution client of somebody else's.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// The URL of its Engine API.
    pub url: Endpoint,
    /// Makes the tokens that it asks for.
    pub jwt: Jwt,
}

impl Default for Settings {
    /// Our own nodes on the built-in genesis, without an end.
    fn default() -> Self {
        Self {
            genesis: GENESIS.to_owned(),
            block_time: BlockTime(Duration::from_secs(2)),
            slots: None,
            transactions_per_slot: 20,
            port: None,
            engine_jwt: None,
            builder: None,
            followers: Vec::new(),
        }
    }
}

impl Settings {
    /// The plan of nodes that nothing befalls.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let block_time_ms = self.block_time.as_millis();
        let slots = self.slots.map_or(MAX_SLOTS, |slots| {
            usize::try_from(slots).unwrap_or(MAX_SLOTS).min(MAX_SLOTS)
        });
        Plan {
            title: "A devnet".to_owned(),
            exercises: Vec::new(),
            seed: 0,
            chain: ChainPlan {
                block_time_ms,
                gas_limit: self.gas_limit(),
                ..ChainPlan::default()
            },
            l1: L1Plan::default(),
            network: NetworkPlan::default(),
            traffic: TrafficPlan {
                transactions_per_slot: self.transactions_per_slot,
                ..TrafficPlan::default()
            },
            sequencer: SequencerPlan::for_block_time(block_time_ms),
            builder: BuilderPlan::default(),
            faults: Vec::new(),
            slots: vec![SlotPlan::default(); slots],
        }
    }

    /// That of the genesis: L1 does not change it. What is wrong with a genesis is told when the
    /// devnet begins.
    fn gas_limit(&self) -> u64 {
        ChainSpec::from_genesis_json(&self.genesis).map_or_else(
            |_malformed| ChainPlan::default().gas_limit,
            |spec| spec.genesis().payload().gas_limit,
        )
    }
}

/// The time between two blocks, with the bounds of scenario files: `200ms`, `500ms`, `2s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockTime(Duration);

/// Why a text is no block time.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BlockTimeError {
    /// It is no duration.
    #[error("no duration: expected a whole number and its unit, as `500ms` or `2s`")]
    NoDuration,
    /// The payload request does not fit into a slot, or nothing new happens in it for long.
    #[error("a block time is from {GET_PAYLOAD_TIMEOUT:?} to {MAX_BLOCK_TIME:?}")]
    OutOfRange,
    /// Timestamps are whole seconds.
    #[error(
        "timestamps are whole seconds: a block time is `200ms`, `250ms`, `500ms` or whole seconds"
    )]
    NoWholeSeconds,
}

impl BlockTime {
    /// In milliseconds.
    #[must_use]
    pub fn as_millis(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }
}

impl FromStr for BlockTime {
    type Err = BlockTimeError;

    fn from_str(text: &str) -> Result<Self, BlockTimeError> {
        let number = |digits: &str| {
            digits
                .parse::<u64>()
                .map_err(|_| BlockTimeError::NoDuration)
        };
        let ms = if let Some(digits) = text.strip_suffix("ms") {
            Some(number(digits)?)
        } else if let Some(digits) = text.strip_suffix('s') {
            number(digits)?.checked_mul(1000)
        } else {
            return Err(BlockTimeError::NoDuration);
        };
        let ms = ms.ok_or(BlockTimeError::OutOfRange)?;
        let time = Duration::from_millis(ms);
        if !(GET_PAYLOAD_TIMEOUT..=MAX_BLOCK_TIME).contains(&time) {
            return Err(BlockTimeError::OutOfRange);
        }
        if 1000 % ms != 0 && !ms.is_multiple_of(1000) {
            return Err(BlockTimeError::NoWholeSeconds);
        }
        Ok(Self(time))
    }
}

impl fmt::Display for BlockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;

    fn parsed(text: &str) -> Result<u64, String> {
        text.parse::<BlockTime>()
            .map(BlockTime::as_millis)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_block_time_is_a_number_and_its_unit() {
        assert_eq!(parsed("500ms"), Ok(500));
        assert_eq!(parsed("2s"), Ok(2000));
        assert_eq!(parsed("3000ms"), Ok(3000));
        assert_eq!("2s".parse::<BlockTime>().unwrap().to_string(), "2s");
    }

    #[test]
    fn what_is_no_block_time_is_told_with_what_would_be() {
        for text in ["500", "half a second", "1.5s", "-2s", "ms", "2 s"] {
            let error = parsed(text).unwrap_err();
            assert!(error.starts_with("no duration"), "`{text}`: {error}");
        }
        for text in ["199ms", "61s", "18446744073709551615s"] {
            insta::allow_duplicates! {
                insta::assert_snapshot!(
                    parsed(text).unwrap_err(),
                    @"a block time is from 200ms to 60s"
                );
            }
        }
        insta::assert_snapshot!(
            parsed("300ms").unwrap_err(),
            @"timestamps are whole seconds: a block time is `200ms`, `250ms`, `500ms` or whole seconds"
        );
    }

    /// What is a block time here is one in a scenario file, and the other way round.
    #[test]
    fn the_bounds_are_those_of_scenario_files() {
        for ms in (0..=4000).step_by(50).chain([199, 60_000, 61_000]) {
            let here = format!("{ms}ms").parse::<BlockTime>();
            let file = format!("title = \"t\"\n[chain]\nblock_time_ms = {ms}\n");
            let there = scenario::parse("file", &file, &[]);
            assert_eq!(here.is_ok(), there.is_ok(), "{ms} ms");
        }
    }

    #[test]
    fn the_plan_is_one_that_a_file_can_hold() {
        let settings = Settings {
            block_time: "500ms".parse().unwrap(),
            slots: Some(20),
            transactions_per_slot: 7,
            ..Settings::default()
        };
        let plan = settings.plan();
        let file = scenario::print(&plan);
        assert_eq!(scenario::parse("file", &file, &[]).unwrap(), plan);
        assert_eq!(plan.slots.len(), 20);
    }
}
