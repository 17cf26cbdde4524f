//! The bounds of the numbers, where the format itself gives none.

use std::ops::RangeInclusive;

/// How many bytes a file can have. Its syntax tree takes a hundred times as many.
pub(super) const FILE_BYTES: u64 = 4 * 1024 * 1024;

/// How many faults a run can have.
pub(super) const FAULTS: usize = 10_000;

/// The specification's timeout of a payload request.
pub(super) const TIMEOUT_MS: u64 = 200;

/// A slot has to hold the timeout; beyond a minute nothing new happens in it.
pub(super) const BLOCK_TIME_MS: RangeInclusive<u64> = TIMEOUT_MS..=60_000;

/// Room for the deposits at least, and no more than a chain can have. DECISION: most-gas.
pub(super) const GAS_LIMIT: RangeInclusive<u64> = 5_000_000..=500_000_000;

/// Timestamps of L1 are whole seconds; beyond an hour it stands still in a run.
pub(super) const L1_BLOCK_TIME_S: RangeInclusive<u64> = 1..=3600;

/// A fee of L1 in wei. At a million times a billion no user can pay for a transaction.
pub(super) const L1_FEE_WEI: RangeInclusive<u64> = 0..=1_000_000_000_000_000;

/// By how much a fee of L1 counts, in millionths.
pub(super) const L1_SCALAR: RangeInclusive<u32> = 0..=u32::MAX;

/// By how much the base fee changes at most: one part in this many. 0, as the elasticity is then,
/// stands for the chain's own parameters, which a change goes back to by naming them.
pub(super) const DENOMINATOR: RangeInclusive<u32> = 1..=u32::MAX;

/// How many times the gas target the gas limit is: no more than the smallest gas limit.
pub(super) const ELASTICITY: RangeInclusive<u32> = 1..=1_000_000;

/// The smallest latency bounds the simulator's step, which is at least a millisecond.
pub(super) const LATENCY_MS: RangeInclusive<u64> = 1..=10_000;

/// Jitter comes on top of a latency.
pub(super) const JITTER_MS: RangeInclusive<u64> = 0..=10_000;

/// The time that an engine or the builder computes.
pub(super) const COMPUTING_MS: RangeInclusive<u64> = 0..=60_000;

/// How many slots a run can have.
pub(super) const SLOTS: RangeInclusive<u64> = 1..=100_000;

/// How many transactions users can send in a slot.
pub(super) const TRANSACTIONS_PER_SLOT: RangeInclusive<u32> = 0..=10_000;

/// How many deposits of users a block can carry: they fit into the smallest gas limit.
pub(super) const USER_DEPOSITS: RangeInclusive<u32> = 0..=16;

/// How many attempts to forward a transaction can fail. Six are made; a higher number shows one
/// who makes more.
pub(super) const FORWARD_FAILS: RangeInclusive<u32> = 0..=100;

/// How often a probe can be sent, one after another.
pub(super) const PROBE_TIMES: RangeInclusive<u32> = 1..=10_000;

/// A reply arrives at the latest after so many block times.
pub(super) const ARRIVES_WITHIN_BLOCK_TIMES: u64 = 10;
