//! The accounts of a chain after a block.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_trie::{KECCAK_EMPTY, TrieAccount};
use imbl::OrdMap;
use revm::DatabaseRef;
use revm::database::BundleState;
use revm::state::{AccountInfo, Bytecode};

use crate::trie::Trie;

/// How many ancestors `BLOCKHASH` reaches.
const BLOCK_HASHES: u64 = 256;

/// All accounts, their storage and their code, and the state root: one persistent value a block.
/// Cloning it is cheap, and a version costs what it changes.
#[derive(Clone, Default)]
pub struct State {
    accounts: OrdMap<Address, Account>,
    trie: Trie,
    code: OrdMap<B256, Bytecode>,
    block_hashes: OrdMap<u64, B256>,
}

/// An account.
#[derive(Clone, Debug)]
pub struct Account {
    /// How many transactions it has sent, or contracts created.
    pub nonce: u64,
    /// Its balance in wei.
    pub balance: U256,
    /// The hash of its code.
    pub code_hash: B256,
    storage: OrdMap<U256, U256>,
    storage_trie: Trie,
}

/// What a block does to a state. Everything is in order, so that whatever is made of it is the
/// same in every run.
#[derive(Clone, Debug, Default)]
pub struct StateChanges {
    /// The accounts that changed.
    pub accounts: BTreeMap<Address, AccountChange>,
    /// Code that was deployed, by its hash.
    pub code: BTreeMap<B256, Bytecode>,
}

/// What a block does to an account.
#[derive(Clone, Debug)]
pub struct AccountChange {
    /// The account as it is now, or nothing if it is gone.
    pub info: Option<AccountInfo>,
    /// Whether all storage from before the block is gone.
    pub storage_wiped: bool,
    /// The slots that have another value now.
    pub storage: BTreeMap<U256, U256>,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            nonce: 0,
            balance: U256::ZERO,
            code_hash: KECCAK_EMPTY,
            storage: OrdMap::new(),
            storage_trie: Trie::new(),
        }
    }
}

impl Account {
    /// The value of a storage slot.
    #[must_use]
    pub fn slot(&self, slot: U256) -> U256 {
        self.storage.get(&slot).copied().unwrap_or_default()
    }

    /// The storage slots that are not 0, in order.
    pub fn slots(&self) -> impl Iterator<Item = (&U256, &U256)> {
        self.storage.iter()
    }

    /// The root of its storage.
    #[must_use]
    pub fn storage_root(&self) -> B256 {
        self.storage_trie.root()
    }

    fn set_slot(&mut self, slot: U256, value: U256) {
        let key = keccak256(slot.to_be_bytes::<32>());
        if value.is_zero() {
            self.storage.remove(&slot);
            self.storage_trie.remove(&key);
        } else {
            self.storage.insert(slot, value);
            let value = alloy_rlp::encode_fixed_size(&value);
            self.storage_trie.insert(&key, value.as_slice().into());
        }
    }

    fn rlp(&self) -> Box<[u8]> {
        alloy_rlp::encode(TrieAccount {
            nonce: self.nonce,
            balance: self.balance,
            storage_root: self.storage_root(),
            code_hash: self.code_hash,
        })
        .into_boxed_slice()
    }
}

impl State {
    /// The account at an address, if there is one.
    #[must_use]
    pub fn account(&self, address: Address) -> Option<&Account> {
        self.accounts.get(&address)
    }

    /// All accounts, in the order of their addresses.
    pub fn accounts(&self) -> impl Iterator<Item = (&Address, &Account)> {
        self.accounts.iter()
    }

    /// The nonce of an account, 0 if there is none.
    #[must_use]
    pub fn nonce(&self, address: Address) -> u64 {
        self.account(address).map_or(0, |account| account.nonce)
    }

    /// The balance of an account in wei, 0 if there is none.
    #[must_use]
    pub fn balance(&self, address: Address) -> U256 {
        self.account(address)
            .map_or(U256::ZERO, |account| account.balance)
    }

    /// The value of a storage slot, 0 if it was never set.
    #[must_use]
    pub fn slot(&self, address: Address, slot: U256) -> U256 {
        self.account(address)
            .map_or(U256::ZERO, |account| account.slot(slot))
    }

    /// The state root.
    #[must_use]
    pub fn root(&self) -> B256 {
        self.trie.root()
    }

    /// The state after these changes.
    #[must_use]
    pub fn apply(&self, changes: &StateChanges) -> Self {
        let mut state = self.clone();
        for (hash, code) in &changes.code {
            if !state.code.contains_key(hash) {
                state.code.insert(*hash, code.clone());
            }
        }
        for (address, change) in &changes.accounts {
            state.change(*address, change);
        }
        state
    }

    fn change(&mut self, address: Address, change: &AccountChange) {
        let key = keccak256(address);
        let Some(info) = &change.info else {
            self.accounts.remove(&address);
            self.trie.remove(&key);
            return;
        };
        let account = self.accounts.entry(address).or_default();
        account.nonce = info.nonce;
        account.balance = info.balance;
        account.code_hash = info.code_hash;
        if change.storage_wiped {
            account.storage = OrdMap::new();
            account.storage_trie = Trie::new();
        }
        for (slot, value) in &change.storage {
            account.set_slot(*slot, *value);
        }
        self.trie.insert(&key, account.rlp());
    }

    /// Remembers the hash of the block that this is the state after, for `BLOCKHASH`.
    pub(crate) fn remember_block(&mut self, number: u64, hash: B256) {
        self.block_hashes.insert(number, hash);
        if let Some(forgotten) = number.checked_sub(BLOCK_HASHES) {
            self.block_hashes.remove(&forgotten);
        }
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "State({}, {} accounts)",
            self.root(),
            self.accounts.len()
        )
    }
}

impl DatabaseRef for State {
    type Error = Infallible;

    fn basic_ref(&self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        Ok(self.account(address).map(|account| AccountInfo {
            nonce: account.nonce,
            balance: account.balance,
            code_hash: account.code_hash,
            code: Some(
                self.code
                    .get(&account.code_hash)
                    .cloned()
                    .unwrap_or_default(),
            ),
            account_id: None,
        }))
    }

    fn code_by_hash_ref(&self, code_hash: B256) -> Result<Bytecode, Infallible> {
        Ok(self.code.get(&code_hash).cloned().unwrap_or_default())
    }

    fn storage_ref(&self, address: Address, slot: U256) -> Result<U256, Infallible> {
        Ok(self.slot(address, slot))
    }

    fn block_hash_ref(&self, number: u64) -> Result<B256, Infallible> {
        Ok(self.block_hashes.get(&number).copied().unwrap_or_default())
    }
}

impl StateChanges {
    /// Puts what the EVM reports, in hash maps, in order.
    pub(crate) fn from_bundle(bundle: BundleState) -> Self {
        let accounts = bundle
            .state
            .into_iter()
            .map(|(address, account)| {
                let storage_wiped = account.was_destroyed();
                let storage = account
                    .storage
                    .into_iter()
                    .filter(|(_, slot)| storage_wiped || slot.is_changed())
                    .map(|(slot, values)| (slot, values.present_value))
                    .collect();
                let change = AccountChange {
                    info: account.info,
                    storage_wiped,
                    storage,
                };
                (address, change)
            })
            .collect();
        Self {
            accounts,
            code: bundle.contracts.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(nonce: u64, storage: &[(u64, u64)]) -> AccountChange {
        AccountChange {
            info: Some(AccountInfo {
                nonce,
                ..AccountInfo::default()
            }),
            storage_wiped: false,
            storage: storage
                .iter()
                .map(|(slot, value)| (U256::from(*slot), U256::from(*value)))
                .collect(),
        }
    }

    fn changes(accounts: Vec<(u8, AccountChange)>) -> StateChanges {
        StateChanges {
            accounts: accounts
                .into_iter()
                .map(|(byte, change)| (Address::repeat_byte(byte), change))
                .collect(),
            code: BTreeMap::new(),
        }
    }

    #[test]
    fn a_version_does_not_change_the_one_before() {
        let first = State::default().apply(&changes(vec![(1, change(1, &[(1, 1), (2, 2)]))]));
        let root = first.root();
        let second = first.apply(&changes(vec![
            (1, change(2, &[(1, 0)])),
            (2, change(1, &[])),
        ]));
        assert_eq!(first.root(), root);
        assert_ne!(second.root(), root);
        assert_eq!(
            second.slot(Address::repeat_byte(1), U256::from(1)),
            U256::ZERO
        );
        assert_eq!(
            first.slot(Address::repeat_byte(1), U256::from(1)),
            U256::from(1)
        );
    }

    #[test]
    fn the_root_is_of_what_there_is_and_not_of_how_it_came() {
        let at_once = State::default().apply(&changes(vec![
            (1, change(1, &[(1, 1)])),
            (2, change(1, &[(7, 7)])),
        ]));
        let mut gone = change(0, &[]);
        gone.info = None;
        let mut wiped = change(1, &[(7, 7)]);
        wiped.storage_wiped = true;
        let by_and_by = State::default()
            .apply(&changes(vec![
                (2, change(5, &[(1, 1)])),
                (3, change(9, &[(3, 3)])),
            ]))
            .apply(&changes(vec![(2, wiped), (3, gone)]))
            .apply(&changes(vec![(1, change(1, &[(1, 2)]))]))
            .apply(&changes(vec![(1, change(1, &[(1, 1)]))]));
        assert_eq!(at_once.root(), by_and_by.root());
    }
}
