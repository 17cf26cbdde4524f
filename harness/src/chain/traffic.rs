//! What users send of the kinds of a plan. A user sends one kind, so that what becomes of one kind
//! does not depend on the others.

use alloy_consensus::{TxEip1559, TxEip2930, TxLegacy};
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};

use super::keys::{known_key, scalar};
use super::users::{COUNTER, MAX_FEE_PER_GAS, Submission, recipient, sign};
use super::worst::{Worst, noise, returning};
use crate::plan::{Keyed, Plan, TrafficKind};

/// The base fee of the block after genesis, which is empty, is below this.
const GENESIS_BASE_FEE: u128 = 1_000_000_000;
/// How long after the first of two transactions that belong together the second is sent.
const APART_MS: u64 = 7;
/// What every user has in genesis, in ether.
const ETHER: u64 = 1_000_000;
/// How many transactions a pool keeps of a sender.
const MANY: usize = 64;
/// The key of somebody who has nothing.
const POOR: u64 = 4711;
/// How many bytes of data count as many.
const BIG_DATA: usize = 40 * 1024;

/// Everything that is sent, in the order of time.
pub(super) fn submissions(plan: &Plan, chain_id: u64, users: u64) -> Vec<Submission> {
    let keyed = Keyed::new(plan.seed);
    let per_slot = u64::from(plan.traffic.transactions_per_slot);
    let block_time_ms = plan.chain.block_time_ms;
    let kinds = &plan.traffic.kinds;
    let mut senders: Vec<Sender<'_>> = (1..=users)
        .zip(kinds.iter().cycle())
        .map(|(user, kind)| Sender {
            keyed: &keyed,
            kind: *kind,
            user,
            chain_id,
            gas_limit: plan.chain.gas_limit,
            nonce: 0,
            turn: 0,
        })
        .collect();
    let mut all = Vec::new();
    for slot in 1..=plan.slots.len() as u64 {
        for n in 0..per_slot {
            let nth = (slot - 1) * per_slot + n;
            let in_slot_ms = (n + 1) * block_time_ms / 2 / (per_slot + 1);
            let at_ms = (slot - 1) * block_time_ms + in_slot_ms;
            let sender = usize::try_from(nth % users).unwrap_or_default();
            if let Some(sender) = senders.get_mut(sender) {
                let sent = (0u64..).zip(sender.next(slot, n));
                all.extend(sent.map(|(later, raw)| Submission {
                    at_ms: at_ms + later * APART_MS,
                    raw,
                }));
            }
        }
    }
    all.sort_by_key(|submission| submission.at_ms);
    all
}

/// A user who sends a kind.
struct Sender<'a> {
    keyed: &'a Keyed,
    kind: TrafficKind,
    user: u64,
    chain_id: u64,
    gas_limit: u64,
    nonce: u64,
    /// How often it was its turn.
    turn: u64,
}

impl Sender<'_> {
    /// What it sends now: one transaction, or those that belong together.
    fn next(&mut self, slot: u64, n: u64) -> Vec<Bytes> {
        let tip = u128::from(self.keyed.between("tip", slot, n, 1..=1000)) * 1_000_000;
        let turn = self.turn;
        self.turn += 1;
        let (keyed, user, chain_id, gas_limit) =
            (self.keyed, self.user, self.chain_id, self.gas_limit);
        let single = match self.kind {
            TrafficKind::Replacements => {
                let first = self.plain(tip);
                return vec![self.signed(first.clone()), self.signed(raised(first, 25))];
            }
            TrafficKind::CheapReplacements => {
                let first = self.plain(tip);
                return vec![self.signed(first.clone()), self.signed(raised(first, 9))];
            }
            TrafficKind::Gaps => {
                let (first, second) = (self.plain(tip), self.plain(tip));
                return vec![self.signed(second), self.signed(first)];
            }
            TrafficKind::ManyAtOnce => {
                self.nonce = self.nonce.max(1);
                let many: Vec<TxEip1559> = (0..MANY).map(|_| self.plain(tip)).collect();
                let [first, second, .., last] = &many[..] else {
                    return Vec::new();
                };
                let more = [first, last].map(|of| raised(of.clone(), 25));
                let less = [raised(second.clone(), 9)];
                let all = many.iter().chain(&more).chain(&less);
                return all.map(|of| self.signed(of.clone())).collect();
            }
            TrafficKind::Duplicates => {
                let transaction = self.plain(tip);
                let raw = self.signed(transaction);
                return vec![raw.clone(), raw];
            }
            TrafficKind::OpenGaps => {
                self.nonce = self.nonce.max(1);
                let after = self.plain(tip);
                self.signed(after)
            }
            TrafficKind::OldNonce => {
                self.nonce = 0;
                let mut again = self.plain(tip);
                again.value = U256::from(1 + turn);
                self.signed(again)
            }
            TrafficKind::Legacy => {
                let plain = self.plain(tip);
                sign(legacy(plain, Some(chain_id)), scalar(user))
            }
            TrafficKind::Unprotected => {
                let plain = self.same(tip);
                sign(legacy(plain, None), scalar(user))
            }
            TrafficKind::AccessLists => {
                let plain = self.plain(tip);
                sign(listed(plain), scalar(user))
            }
            TrafficKind::BadSignature => {
                let mut raw = self.signed(self.same(tip)).to_vec();
                // The last bytes are `s`.
                let from = raw.len().saturating_sub(32);
                raw[from..].fill(0xff);
                raw.into()
            }
            TrafficKind::Garbage => {
                let bytes = keyed.between("garbage", turn, user, 0..=300);
                noise(usize::try_from(bytes).unwrap_or_default())
            }
            TrafficKind::TrailingByte => {
                let mut raw = self.signed(self.same(tip)).to_vec();
                raw.push(0);
                raw.into()
            }
            TrafficKind::Blob => typed(0x03, &self.signed(self.same(tip))),
            TrafficKind::SetCode => typed(0x04, &self.signed(self.same(tip))),
            TrafficKind::Deposit => typed(0x7e, &self.signed(self.same(tip))),
            TrafficKind::Unfunded => sign(self.same(tip), scalar(POOR)),
            TrafficKind::OtherChain => self.refused(tip, |it| it.chain_id += 1),
            TrafficKind::TooLittleGas => self.refused(tip, |it| it.gas_limit = 20_999),
            TrafficKind::TooMuchGas => self.refused(tip, |it| it.gas_limit = gas_limit + 1),
            TrafficKind::TooLarge => self.refused(tip, |it| {
                it.input = noise(128 * 1024);
                it.gas_limit = 4_000_000;
            }),
            TrafficKind::TipAboveCap => self.refused(tip, |it| {
                it.max_priority_fee_per_gas = it.max_fee_per_gas + 1;
            }),
            TrafficKind::Transfers => self.taken(tip, |_| {}),
            TrafficKind::Calls => self.taken(tip, |it| call(it, COUNTER, Bytes::new())),
            TrafficKind::Reverts if turn.is_multiple_of(2) => {
                self.taken(tip, |it| create(it, &REVERTING))
            }
            // The contract of the beacon roots reverts whatever it does not know.
            TrafficKind::Reverts => self.taken(tip, |it| {
                call(it, alloy_eips::eip4788::BEACON_ROOTS_ADDRESS, noise(32));
            }),
            TrafficKind::Logs => self.taken(tip, |it| create(it, &logging())),
            TrafficKind::Creations => self.taken(tip, |it| {
                create(it, &returning(&[0x60, 0x01, 0x60, 0x00, 0x55]));
            }),
            TrafficKind::SaltedCreations => self.taken(tip, |it| create(it, &SALTED)),
            // Jumps for ever.
            TrafficKind::OutOfGas => self.taken(tip, |it| create(it, &[0x5b, 0x60, 0x00, 0x56])),
            TrafficKind::Nothing => self.taken(tip, |it| {
                it.value = U256::ZERO;
                it.to = TxKind::Call(known_key(user).1);
            }),
            TrafficKind::BigData => self.taken(tip, |it| {
                it.input = noise(BIG_DATA);
                it.gas_limit = 21_000 + 16 * BIG_DATA as u64;
            }),
            TrafficKind::Full => self.taken(tip, |it| {
                create(it, &Worst::Storage.program().unwrap_or_default());
                it.gas_limit = gas_limit * 2 / 5;
            }),
            TrafficKind::RandomCode => self.taken(tip, |it| {
                let salt = keyed.between("code", turn, user, 0..=u64::MAX);
                let code = (0u64..8).flat_map(|word| {
                    alloy_primitives::keccak256([salt.to_be_bytes(), word.to_be_bytes()].concat())
                });
                create(it, &code.collect::<Vec<u8>>());
            }),
            TrafficKind::Exhausted => self.taken(tip, |it| {
                it.value = U256::from(ETHER - 1) * U256::from(10).pow(U256::from(18));
            }),
            TrafficKind::Underpriced => self.taken(tip, |it| {
                it.max_fee_per_gas = 7;
                it.max_priority_fee_per_gas = 1;
            }),
            TrafficKind::AtBaseFee => self.taken(tip, |it| {
                it.max_fee_per_gas = GENESIS_BASE_FEE;
                it.max_priority_fee_per_gas = 1;
            }),
        };
        vec![single]
    }

    /// A transfer of the next nonce.
    fn plain(&mut self, tip: u128) -> TxEip1559 {
        let transaction = self.same(tip);
        self.nonce += 1;
        transaction
    }

    /// A transfer of the nonce that stays the next one, because this is refused.
    fn same(&self, tip: u128) -> TxEip1559 {
        TxEip1559 {
            chain_id: self.chain_id,
            nonce: self.nonce,
            gas_limit: 100_000,
            max_fee_per_gas: MAX_FEE_PER_GAS,
            max_priority_fee_per_gas: tip,
            to: TxKind::Call(recipient(self.user)),
            value: U256::from(1_000_000 + self.nonce),
            ..TxEip1559::default()
        }
    }

    /// What takes the next nonce, made of a transfer.
    fn taken(&mut self, tip: u128, make: impl FnOnce(&mut TxEip1559)) -> Bytes {
        let mut transaction = self.plain(tip);
        make(&mut transaction);
        self.signed(transaction)
    }

    /// What is refused, made of a transfer.
    fn refused(&self, tip: u128, make: impl FnOnce(&mut TxEip1559)) -> Bytes {
        let mut transaction = self.same(tip);
        make(&mut transaction);
        self.signed(transaction)
    }

    fn signed(&self, transaction: TxEip1559) -> Bytes {
        sign(transaction, scalar(self.user))
    }
}

/// Init code that reverts with a word.
const REVERTING: [u8; 10] = [0x60, 0x2a, 0x60, 0x00, 0x52, 0x60, 0x20, 0x60, 0x00, 0xfd];

/// Init code that creates a contract without code at an address of its own making, logs the address,
/// and leaves no code.
const SALTED: [u8; 15] = [
    0x60, 0x07, 0x60, 0x00, 0x60, 0x00, 0x60, 0x00, 0xf5, 0x60, 0x00, 0x60, 0x00, 0xa1, 0x00,
];

/// Init code that logs five times, with none to four topics, the last with data.
fn logging() -> Vec<u8> {
    let mut code = Vec::new();
    for topics in 0..=4u8 {
        for topic in (1..=topics).rev() {
            code.extend([0x60, topic]);
        }
        code.extend([0x60, topics * 8, 0x60, 0x00, 0xa0 + topics]);
    }
    code
}

fn call(of: &mut TxEip1559, to: Address, input: Bytes) {
    of.to = TxKind::Call(to);
    of.value = U256::ZERO;
    of.input = input;
}

fn create(of: &mut TxEip1559, code: &[u8]) {
    of.to = TxKind::Create;
    of.value = U256::ZERO;
    of.input = Bytes::copy_from_slice(code);
    of.gas_limit = 300_000;
}

/// The same with fees that are higher by so many percent, and another value.
fn raised(mut of: TxEip1559, percent: u128) -> TxEip1559 {
    let more = |fee: u128| fee + fee * percent / 100;
    of.max_fee_per_gas = more(of.max_fee_per_gas);
    of.max_priority_fee_per_gas = more(of.max_priority_fee_per_gas);
    of.value += U256::ONE;
    of
}

fn legacy(of: TxEip1559, chain_id: Option<u64>) -> TxLegacy {
    TxLegacy {
        chain_id,
        nonce: of.nonce,
        gas_price: 2 * GENESIS_BASE_FEE + of.max_priority_fee_per_gas,
        gas_limit: of.gas_limit,
        to: of.to,
        value: of.value,
        input: of.input,
    }
}

/// The same call of the counter with a list of what it touches.
fn listed(of: TxEip1559) -> TxEip2930 {
    TxEip2930 {
        chain_id: of.chain_id,
        nonce: of.nonce,
        gas_price: 2 * GENESIS_BASE_FEE + of.max_priority_fee_per_gas,
        gas_limit: of.gas_limit,
        to: TxKind::Call(COUNTER),
        value: U256::ZERO,
        access_list: AccessList(vec![AccessListItem {
            address: COUNTER,
            storage_keys: vec![B256::ZERO, B256::with_last_byte(1)],
        }]),
        input: Bytes::new(),
    }
}

/// Another type before the same bytes.
fn typed(kind: u8, raw: &Bytes) -> Bytes {
    let rest = raw.get(1..).unwrap_or_default();
    [&[kind], rest].concat().into()
}
