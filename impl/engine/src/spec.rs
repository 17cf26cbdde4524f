//! The rules of a chain: its forks, its parameters, its genesis block.

use std::sync::Arc;

use alloy_consensus::Header;
use alloy_hardforks::{EthereumHardfork, EthereumHardforks, ForkCondition};
use alloy_op_hardforks::{OpHardfork, OpHardforks};
use alloy_primitives::{B64, B256, Bytes, U256};

use crate::block::Block;
use crate::eip1559::{Eip1559Params, ExtraDataError};
use crate::fork::{Fork, ForkOrder, ForkTimes};
use crate::state::State;

/// The most gas that a block of an OP Stack chain can have: `MAX_GAS_LIMIT` of `SystemConfig`, the
/// contract on L1 that sets it. DECISION: most-gas.
const MAX_GAS_LIMIT: u64 = 500_000_000;

/// What the rules of a chain are made of.
#[derive(Clone, Debug)]
pub(crate) struct SpecParts {
    pub(crate) chain_id: u64,
    pub(crate) forks: ForkTimes,
    pub(crate) before_canyon: Eip1559Params,
    pub(crate) from_canyon: Eip1559Params,
    /// The header of the genesis block, with the members of all forks.
    pub(crate) genesis_header: Header,
    /// The state after the genesis block.
    pub(crate) genesis_state: State,
}

impl SpecParts {
    fn eip1559_params(&self, timestamp: u64) -> Eip1559Params {
        if self.forks.is_active(Fork::Canyon, timestamp) {
            self.from_canyon
        } else {
            self.before_canyon
        }
    }

    /// Gives the genesis block the extra data of its fork, if it has that of another.
    fn adjust_extra_data(&mut self) {
        let timestamp = self.genesis_header.timestamp;
        if !self.forks.is_active(Fork::Holocene, timestamp) {
            self.genesis_header.extra_data = Bytes::new();
        } else if Eip1559Params::from_extra_data(&self.genesis_header.extra_data).is_err() {
            self.genesis_header.extra_data = self.eip1559_params(timestamp).extra_data();
        }
    }

    /// The genesis block, in the form of the fork of its timestamp.
    fn genesis(&self) -> Block {
        let mut header = self.genesis_header.clone();
        if !self.forks.is_active(Fork::Canyon, header.timestamp) {
            header.withdrawals_root = None;
        }
        if !self.forks.is_active(Fork::Ecotone, header.timestamp) {
            header.blob_gas_used = None;
            header.excess_blob_gas = None;
            header.parent_beacon_block_root = None;
        }
        let state = self.genesis_state.clone();
        Block::new(header, Vec::new(), Vec::new(), state, U256::ZERO)
    }
}

/// The rules of a chain, and its genesis block.
#[derive(Clone, Debug)]
pub struct ChainSpec {
    parts: SpecParts,
    genesis: Arc<Block>,
}

impl ChainSpec {
    pub(crate) fn from_parts(parts: SpecParts) -> Self {
        let genesis = Arc::new(parts.genesis());
        Self { parts, genesis }
    }

    /// The same chain with a fork at another time, or without it.
    ///
    /// # Errors
    ///
    /// The forks would not be in order.
    pub fn with_fork_time(self, fork: Fork, time: Option<u64>) -> Result<Self, ForkOrder> {
        self.with_fork_times([(fork, time)])
    }

    /// The same chain with forks at other times, or without them. The genesis block has the form of
    /// the fork it is of, and the extra data of that fork.
    ///
    /// # Errors
    ///
    /// The forks would not be in order.
    pub fn with_fork_times(
        mut self,
        times: impl IntoIterator<Item = (Fork, Option<u64>)>,
    ) -> Result<Self, ForkOrder> {
        for (fork, time) in times {
            self.parts.forks.set(fork, time);
        }
        self.parts.forks.check_order()?;
        self.parts.adjust_extra_data();
        Ok(Self::from_parts(self.parts))
    }

    /// The chain's id.
    #[must_use]
    pub const fn chain_id(&self) -> u64 {
        self.parts.chain_id
    }

    /// The genesis block.
    #[must_use]
    pub const fn genesis(&self) -> &Arc<Block> {
        &self.genesis
    }

    /// The hash of the genesis block.
    #[must_use]
    pub fn genesis_hash(&self) -> B256 {
        self.genesis.hash()
    }

    /// When a fork begins; nothing means never.
    #[must_use]
    pub const fn fork_time(&self, fork: Fork) -> Option<u64> {
        self.parts.forks.get(fork)
    }

    /// Whether the blocks of this timestamp are of this fork or a later one. The timestamp is that
    /// of the block in question, never that of its parent. DECISION: fork-of.
    #[must_use]
    pub fn is_active(&self, fork: Fork, timestamp: u64) -> bool {
        self.parts.forks.is_active(fork, timestamp)
    }

    /// The most gas that a block of this chain can have: what the OP Stack's contracts allow, or
    /// twice what its genesis block has where that is more. DECISION: most-gas.
    #[must_use]
    pub fn max_gas_limit(&self) -> u64 {
        let of_genesis = self.genesis.header().gas_limit.saturating_mul(2);
        of_genesis.clamp(MAX_GAS_LIMIT, i64::MAX.unsigned_abs())
    }

    /// Whether the blocks of this timestamp have the form of `engine_newPayloadV3`: Ecotone to
    /// Holocene.
    #[must_use]
    pub fn is_supported(&self, timestamp: u64) -> bool {
        self.is_active(Fork::Ecotone, timestamp) && !self.is_active(Fork::Isthmus, timestamp)
    }

    /// The chain's own EIP-1559 parameters at a timestamp: they hold until Holocene, and where
    /// attributes from Holocene on leave them zero.
    #[must_use]
    pub fn eip1559_params(&self, timestamp: u64) -> Eip1559Params {
        self.parts.eip1559_params(timestamp)
    }

    /// The base fee of the block of this timestamp on this parent, in wei.
    #[must_use]
    pub fn next_base_fee(&self, parent: &Header, timestamp: u64) -> u64 {
        let of_chain = self.eip1559_params(timestamp);
        let params = if self.is_active(Fork::Holocene, parent.timestamp) {
            Eip1559Params::from_extra_data(&parent.extra_data).unwrap_or(of_chain)
        } else {
            of_chain
        };
        let base_fee = parent.base_fee_per_gas.unwrap_or_default();
        params.next_base_fee(parent.gas_limit, parent.gas_used, base_fee)
    }

    /// The extra data of a block of this timestamp that is built with this member of its payload
    /// attributes; nothing if the member must be there and is not, or the other way round.
    ///
    /// # Errors
    ///
    /// One of the parameters is 0 and the other is not.
    pub fn extra_data(
        &self,
        timestamp: u64,
        eip1559_params: Option<B64>,
    ) -> Result<Option<Bytes>, ExtraDataError> {
        match (self.is_active(Fork::Holocene, timestamp), eip1559_params) {
            (true, Some(params)) => {
                let of_chain = self.eip1559_params(timestamp);
                Eip1559Params::from_attributes(params, of_chain)
                    .map(|params| Some(params.extra_data()))
            }
            (false, None) => Ok(Some(Bytes::new())),
            (true, None) | (false, Some(_)) => Ok(None),
        }
    }

    /// Checks the extra data of a block by the fork of its timestamp.
    pub(crate) fn check_extra_data(
        &self,
        timestamp: u64,
        gas_limit: u64,
        extra_data: &[u8],
    ) -> Result<(), ExtraDataError> {
        if self.is_active(Fork::Holocene, timestamp) {
            return Eip1559Params::from_extra_data(extra_data)?
                .for_gas_limit(gas_limit)
                .map(|_| ());
        }
        if extra_data.is_empty() {
            Ok(())
        } else {
            Err(ExtraDataError::NotEmpty(extra_data.len()))
        }
    }

    fn condition(&self, fork: Fork) -> ForkCondition {
        self.fork_time(fork)
            .map_or(ForkCondition::Never, ForkCondition::Timestamp)
    }
}

impl EthereumHardforks for ChainSpec {
    fn ethereum_fork_activation(&self, fork: EthereumHardfork) -> ForkCondition {
        if fork <= EthereumHardfork::Paris {
            ForkCondition::Block(0)
        } else if fork == EthereumHardfork::Shanghai {
            self.condition(Fork::Canyon)
        } else if fork == EthereumHardfork::Cancun {
            self.condition(Fork::Ecotone)
        } else if fork == EthereumHardfork::Prague {
            self.condition(Fork::Isthmus)
        } else {
            ForkCondition::Never
        }
    }
}

impl OpHardforks for ChainSpec {
    fn op_fork_activation(&self, fork: OpHardfork) -> ForkCondition {
        let known = [
            (OpHardfork::Regolith, Fork::Regolith),
            (OpHardfork::Canyon, Fork::Canyon),
            (OpHardfork::Ecotone, Fork::Ecotone),
            (OpHardfork::Fjord, Fork::Fjord),
            (OpHardfork::Granite, Fork::Granite),
            (OpHardfork::Holocene, Fork::Holocene),
            (OpHardfork::Isthmus, Fork::Isthmus),
        ];
        if fork == OpHardfork::Bedrock {
            return ForkCondition::Block(0);
        }
        let ours = known.into_iter().find(|(theirs, _)| *theirs == fork);
        ours.map_or(ForkCondition::Never, |(_, ours)| self.condition(ours))
    }
}
