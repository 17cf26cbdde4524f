//! The transactions that take the most time, or memory, for their gas: what a user may send who
//! wants blocks to be late.
//!
//! Most are programs that run as the init code of a contract, in a loop, until their gas is used.

use alloy_consensus::TxEip1559;
use alloy_consensus::crypto::secp256k1::sign_message;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, b256, keccak256};

use super::keys::{USERS, scalar};
use super::users::{MAX_FEE_PER_GAS, sign};

/// What is paid to the block's maker, in wei a unit of gas: more than any user of a plan pays.
const TIP: u128 = 2_000_000_000;

/// What a plain transfer uses.
const TRANSFER_GAS: u64 = 21_000;

/// How many bytes of data a transaction has whose data is the matter: nearly all that pools take.
const DATA: usize = 127 * 1024;

/// What those bytes cost at the most, with the transaction that has them.
const DATA_GAS: u64 = 21_000 + 16 * DATA as u64;

/// How the time, or the memory, is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Worst {
    /// Pairings on alt_bn128, the precompile 0x08.
    Pairings,
    /// Exponentiation modulo an even number, the precompile 0x05.
    Modexp,
    /// Signatures on secp256k1, the precompile 0x01.
    Recoveries,
    /// Signatures on secp256r1, the precompile 0x0100.
    P256,
    /// Rounds of BLAKE2, the precompile 0x09.
    Blake2,
    /// Keccak of 256 KiB.
    Keccak,
    /// Nothing but jumping.
    Jumps,
    /// New slots of storage, which are hashed into the state.
    Storage,
    /// Slots of storage that nobody has read before.
    Reads,
    /// Slots of storage that last as long as their transaction.
    Transient,
    /// Memory, in a hundred calls within each other.
    Memory,
    /// Logs of 16 KiB.
    Logs,
    /// Data that nothing reads, and that does not compress.
    Calldata,
    /// As many plain transfers as fit, of all users in turn.
    Transfers,
}

impl Worst {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Pairings,
        Self::Modexp,
        Self::Recoveries,
        Self::P256,
        Self::Blake2,
        Self::Keccak,
        Self::Jumps,
        Self::Storage,
        Self::Reads,
        Self::Transient,
        Self::Memory,
        Self::Logs,
        Self::Calldata,
        Self::Transfers,
    ];

    /// Transactions that use nearly this much gas together: a single one of the first user, or as
    /// many as are needed of all users in turn. `nonce` is the next one of each user.
    #[must_use]
    pub fn transactions(self, chain_id: u64, nonce: u64, gas: u64) -> Vec<Bytes> {
        let nth = |nth: u64, transaction: TxEip1559| {
            let transaction = TxEip1559 {
                chain_id,
                nonce: nonce + nth / USERS,
                max_fee_per_gas: MAX_FEE_PER_GAS,
                max_priority_fee_per_gas: TIP,
                ..transaction
            };
            sign(transaction, scalar(nth % USERS + 1))
        };
        let to = TxKind::Call(Address::repeat_byte(0xee));
        match self.program() {
            Some(program) => vec![nth(
                0,
                TxEip1559 {
                    gas_limit: gas,
                    to: TxKind::Create,
                    input: program,
                    ..TxEip1559::default()
                },
            )],
            None if self == Self::Calldata => (0..gas / DATA_GAS)
                .map(|index| {
                    let transaction = TxEip1559 {
                        gas_limit: DATA_GAS,
                        to,
                        input: noise(DATA),
                        ..TxEip1559::default()
                    };
                    nth(index, transaction)
                })
                .collect(),
            None => (0..gas / TRANSFER_GAS)
                .map(|index| {
                    let transaction = TxEip1559 {
                        gas_limit: TRANSFER_GAS,
                        to,
                        value: U256::from(1),
                        ..TxEip1559::default()
                    };
                    nth(index, transaction)
                })
                .collect(),
        }
    }

    pub(super) fn program(self) -> Option<Bytes> {
        let program = match self {
            Self::Pairings => precompile(0x08, &pairs(20)),
            Self::Modexp => precompile(0x05, &modexp(64, 64)),
            Self::Recoveries => precompile(0x01, &recovery()),
            Self::P256 => precompile(0x0100, &p256()),
            Self::Blake2 => precompile(0x09, &blake2(100_000)),
            Self::Keccak => Code::new().for_ever(|code| {
                code.push(256 * 1024).push(0).op(KECCAK256).op(POP);
            }),
            Self::Jumps => Code::new().for_ever(|_| {}),
            Self::Storage => Code::new().push(1).while_gas(60_000, |code| {
                code.op(DUP1).op(DUP1).op(SSTORE).push(1).op(ADD);
            }),
            Self::Reads => Code::new().push(1).for_ever(|code| {
                code.op(DUP1).op(SLOAD).op(POP).push(1).op(ADD);
            }),
            Self::Transient => Code::new().push(1).for_ever(|code| {
                code.op(DUP1).op(DUP1).op(TSTORE).push(1).op(ADD);
            }),
            Self::Memory => nested_memory(),
            Self::Logs => Code::new().while_gas(200_000, |code| {
                code.push(16 * 1024).push(0).op(LOG0);
            }),
            Self::Calldata | Self::Transfers => return None,
        };
        Some(program.0.into())
    }
}

const ADD: u8 = 0x01;
const LT: u8 = 0x10;
const KECCAK256: u8 = 0x20;
const ADDRESS: u8 = 0x30;
const CODECOPY: u8 = 0x39;
const POP: u8 = 0x50;
const MLOAD: u8 = 0x51;
const SLOAD: u8 = 0x54;
const SSTORE: u8 = 0x55;
const JUMP: u8 = 0x56;
const JUMPI: u8 = 0x57;
const GAS: u8 = 0x5a;
const JUMPDEST: u8 = 0x5b;
const TSTORE: u8 = 0x5d;
const PUSH4: u8 = 0x63;
const DUP1: u8 = 0x80;
const LOG0: u8 = 0xa0;
const CREATE: u8 = 0xf0;
const CALL: u8 = 0xf1;
const RETURN: u8 = 0xf3;
const STATICCALL: u8 = 0xfa;

/// Code of the EVM.
struct Code(Vec<u8>);

impl Code {
    const fn new() -> Self {
        Self(Vec::new())
    }

    fn op(&mut self, op: u8) -> &mut Self {
        self.0.push(op);
        self
    }

    /// Pushes a number, in four bytes so that the length of code is known before the numbers.
    fn push(&mut self, number: u32) -> &mut Self {
        self.0.push(PUSH4);
        self.0.extend(number.to_be_bytes());
        self
    }

    /// Does this again and again.
    fn for_ever(&mut self, work: impl FnOnce(&mut Self)) -> Self {
        let start = length(&self.0);
        self.op(JUMPDEST);
        work(self);
        self.push(start).op(JUMP);
        Self(std::mem::take(&mut self.0))
    }

    /// Does this as long as there is more gas than this, and ends well.
    fn while_gas(&mut self, gas: u32, work: impl FnOnce(&mut Self)) -> Self {
        let start = length(&self.0);
        self.op(JUMPDEST);
        work(self);
        self.op(GAS).push(gas).op(LT).push(start).op(JUMPI);
        Self(std::mem::take(&mut self.0))
    }
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("code has thousands of bytes at most")
}

/// Copies the data behind itself into memory, and calls a precompile with it for ever.
fn precompile(address: u32, input: &[u8]) -> Code {
    let program = |start: u32| {
        let mut code = Code::new();
        code.push(length(input)).push(start).push(0).op(CODECOPY);
        code.for_ever(|code| {
            // Nothing of the result is copied.
            code.push(0).push(0).push(length(input)).push(0);
            code.push(address).op(GAS).op(STATICCALL).op(POP);
        })
    };
    let mut code = program(0);
    code = program(length(&code.0));
    code.0.extend_from_slice(input);
    code
}

/// As many pairs of the generators of the two groups of alt_bn128.
fn pairs(count: usize) -> Vec<u8> {
    let pair = [
        B256::with_last_byte(1),
        B256::with_last_byte(2),
        b256!("0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2"),
        b256!("0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"),
        b256!("0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b"),
        b256!("0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa"),
    ];
    let pair: Vec<u8> = pair.into_iter().flatten().collect();
    pair.repeat(count)
}

/// A base and an even modulus of so many bytes, and an exponent of so many.
fn modexp(bytes: usize, exponent: usize) -> Vec<u8> {
    let mut input = Vec::new();
    for length in [bytes, exponent, bytes] {
        input.extend(U256::from(length).to_be_bytes::<32>());
    }
    input.resize(input.len() + bytes + exponent + bytes, 0xff);
    if let Some(last) = input.last_mut() {
        *last = 0xfe;
    }
    input
}

/// A hash and a signature of it.
fn recovery() -> Vec<u8> {
    let hash = keccak256("recovered again and again");
    let signature = sign_message(scalar(1), hash).expect("1 is a key");
    let v = B256::with_last_byte(27 + u8::from(signature.v()));
    let (r, s) = (signature.r().into(), signature.s().into());
    [hash, v, r, s].into_iter().flatten().collect()
}

/// A hash, numbers in the range of a signature, and a point of secp256r1: its generator. To find
/// that the signature is none takes as long as to find that it is one.
fn p256() -> Vec<u8> {
    let words = [
        keccak256("verified again and again"),
        B256::repeat_byte(0x11),
        B256::repeat_byte(0x22),
        b256!("0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
        b256!("0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"),
    ];
    words.into_iter().flatten().collect()
}

/// So many rounds over a state, a block and counters of no matter, and that it is the last block.
fn blake2(rounds: u32) -> Vec<u8> {
    let mut input = rounds.to_be_bytes().to_vec();
    input.resize(4 + 64 + 128 + 16, 0x5a);
    input.push(1);
    input
}

/// Creates a contract that takes memory and calls itself with all the gas that it can give away,
/// and calls that for ever.
fn nested_memory() -> Code {
    let mut runtime = Code::new();
    // A hundred times 230 KiB is the most that 30 million gas buys, as a call keeps a 64th.
    runtime.push(230 * 1024).op(MLOAD).op(POP);
    call(&mut runtime, |code| {
        code.op(ADDRESS);
    });
    let deploying = returning(&runtime.0);
    let program = |start: u32| {
        let mut code = Code::new();
        code.push(length(&deploying))
            .push(start)
            .push(0)
            .op(CODECOPY);
        code.push(length(&deploying)).push(0).push(0).op(CREATE);
        code.for_ever(|code| {
            call(code, |code| {
                // Below the five words of the call stands the contract's address.
                code.op(DUP1 + 5);
            });
            code.op(POP);
        })
    };
    let mut code = program(0);
    code = program(length(&code.0));
    code.0.extend(deploying);
    code
}

/// Calls an address, without a value and without data, with all gas.
fn call(code: &mut Code, address: impl FnOnce(&mut Code)) {
    for _ in 0..5 {
        code.push(0);
    }
    address(code);
    code.op(GAS).op(CALL);
}

/// Init code that leaves this code.
pub(super) fn returning(runtime: &[u8]) -> Vec<u8> {
    let program = |start: u32| {
        let mut code = Code::new();
        code.push(length(runtime)).push(start).push(0).op(CODECOPY);
        code.push(length(runtime)).push(0).op(RETURN);
        code.0
    };
    let mut code = program(length(&program(0)));
    code.extend_from_slice(runtime);
    code
}

/// Bytes that do not compress.
pub(super) fn noise(length: usize) -> Bytes {
    let words = (0u64..).flat_map(|word| keccak256(word.to_be_bytes()));
    words.map(|byte| byte.max(1)).take(length).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use gauntlet_engine::{Attributes, Engine, Senders};
    use gauntlet_sequencer::L1;

    use super::*;
    use crate::chain::{self, PlannedL1};
    use crate::plan::Plan;

    /// A block of these, on genesis, has them all and uses nearly all the gas that they say.
    #[test]
    fn each_uses_its_gas_and_fits_into_a_block() {
        let gas = 5_000_000;
        let mut plan = Plan::default();
        plan.chain.gas_limit = gas + 1_000_000;
        let plan = Arc::new(plan);
        let spec = chain::spec(&plan).unwrap();
        let l1 = PlannedL1::new(plan, Arc::clone(&spec));
        let attributes = Attributes::from_wire(&l1.attributes(1, 1)).unwrap();
        assert!(!l1.derive(1, attributes.timestamp).no_tx_pool);
        for worst in Worst::ALL {
            let mut engine = Engine::new(Arc::clone(&spec), Senders::default());
            let transactions = worst.transactions(spec.chain_id(), 0, gas);
            for raw in &transactions {
                engine.add_transaction(raw).unwrap();
            }
            let block = engine.build(spec.genesis_hash(), &attributes).unwrap();
            assert_eq!(
                block.transactions().len(),
                1 + transactions.len(),
                "{worst:?}"
            );
            let used = block.header().gas_used;
            assert!(used > gas * 8 / 10, "{worst:?} used {used} of {gas}");
        }
    }
}
