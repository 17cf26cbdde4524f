//! Who is who in a run.

use alloy_primitives::{Address, B256, U256};
use gauntlet_protocol::SecretKey;

/// How many users there are; their keys are the scalars from 1. They have a balance in genesis.
pub const USERS: u64 = 19;

/// The scalar of the searcher's key. It has a balance in genesis too.
pub(super) const SEARCHER: u64 = 20;

/// The keys and addresses of a run.
#[derive(Clone, Debug)]
pub struct Keys {
    /// Signs payload requests.
    pub sequencer: SecretKey,
    /// Signs them too, but is nobody.
    pub stranger: SecretKey,
    /// The builder's address, its `builderPubkey`.
    pub builder: Address,
    /// The address of a builder that is not there.
    pub another_builder: Address,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            sequencer: key(SEQUENCER),
            stranger: key(1002),
            builder: key(1003).address(),
            another_builder: key(1004).address(),
        }
    }
}

/// The sequencer's, as [`known_key`] makes it.
pub const SEQUENCER: u64 = 1001;

/// The key whose scalar is a small number, which is no secret, and its address: from 1 on those of
/// the users.
#[must_use]
pub fn known_key(number: u64) -> (B256, Address) {
    (scalar(number), key(number).address())
}

fn key(number: u64) -> SecretKey {
    SecretKey::from_bytes(&scalar(number)).expect("a small scalar that is not zero is a key")
}

/// The bytes of the key whose scalar is a small number.
pub(super) fn scalar(number: u64) -> B256 {
    B256::from(U256::from(number))
}
