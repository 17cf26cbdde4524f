//! A chain of three blocks that a wallet may ask about.

use std::sync::Arc;
use std::time::Duration;

use alloy_consensus::{SignableTransaction, Signed, TxEip1559, TxEip2930, TxLegacy};
use alloy_eips::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, hex};
use futures::FutureExt;
use gauntlet_engine::{L1Attributes, UserDeposit};
use gauntlet_protocol::SecretKey;
use gauntlet_rpc::{Dial, RpcModule};
use gauntlet_sequencer::{Clock, Config, Derivation, L1, Sequencer, Setup};
use serde_json::{Value, json};

use crate::common::{NoDeposits, call, setup};

/// How many wei a unit of gas may cost.
pub(crate) const FEE_CAP: u128 = 100_000_000_000;
/// How many wei a unit of gas gives the fee recipient.
pub(crate) const TIP: u128 = 1_000_000_000;
/// Who makes a deposit on L1.
pub(crate) const DEPOSITOR: Address = Address::repeat_byte(0x11);
/// What the contract logs.
pub(crate) const TOPIC: u64 = 7;

/// Creates a contract with 0x63 in slot 5. Without input it logs 0x2a with the topic 7 and returns
/// 0x2a; with input it reverts with that.
const CONTRACT: [u8; 49] = hex!(
    "6063600555" // slot 5
    "602060116000396020" "6000f3" // the rest of the bytes is the code
    "36601557" "602a600052" "600760206000a1" "60206000f3" // log, return
    "5b366000600037" "366000fd" // revert
);

/// The API of a sequencer, and what was sent to it.
pub(crate) struct Fixture {
    pub(crate) api: RpcModule<()>,
    /// The transactions' hashes: see [`Fixture::new`].
    pub(crate) sent: Vec<B256>,
}

impl Fixture {
    /// Three blocks. The first one has the deposit that creates a contract, and from user 1 a
    /// transfer of each type, and from user 2 the contract, two calls that log, and one that
    /// reverts.
    pub(crate) async fn new() -> Self {
        Self::of(setup(no_way()), 3).await
    }

    pub(crate) async fn of(setup: Setup, slots: u64) -> Self {
        let sequencer = Sequencer::new(Setup {
            config: Config {
                slots: Some(slots),
                ..setup.config
            },
            l1: Arc::new(OneDeposit),
            ..setup
        })
        .expect("a sequencer");
        let api = sequencer.api();
        let mut sent = Vec::new();
        for raw in transactions() {
            let hash = call(&api, "eth_sendRawTransaction", json!([raw])).await;
            sent.push(serde_json::from_value(hash.expect("accepted")).expect("a hash"));
        }
        sequencer.run(Clock::showing(Duration::ZERO)).await;
        Self { api, sent }
    }

    pub(crate) async fn ok(&self, method: &str, params: Value) -> Value {
        let told = format!("{method} {params}");
        let result = call(&self.api, method, params).await;
        result.unwrap_or_else(|error| panic!("{told}: {error}"))
    }

    /// The code and the sentence of an error.
    pub(crate) async fn error(&self, method: &str, params: Value) -> (i64, String) {
        let told = format!("{method} {params}");
        match call(&self.api, method, params).await {
            Ok(result) => panic!("{told}: {result}"),
            Err(error) => {
                let message = error["message"].as_str().expect("a sentence");
                (error["code"].as_i64().expect("a code"), message.to_owned())
            }
        }
    }

    pub(crate) async fn receipt(&self, sent: usize) -> Value {
        self.ok("eth_getTransactionReceipt", json!([self.sent[sent]]))
            .await
    }
}

/// A way to nowhere.
pub(crate) fn no_way() -> Dial {
    Dial::new(|_| async { Err(std::io::ErrorKind::ConnectionRefused.into()) }.boxed())
}

/// The key of a user: the scalars 1 to 20 have funds.
pub(crate) fn key(user: u8) -> SecretKey {
    SecretKey::from_bytes(&B256::with_last_byte(user)).expect("a key")
}

/// The contract that user 2 deploys.
pub(crate) fn contract() -> Address {
    key(2).address().create(0)
}

pub(crate) fn sign<T: SignableTransaction<Signature>>(transaction: T, user: u8) -> Bytes
where
    Signed<T>: Encodable2718,
{
    let signature = key(user).sign(transaction.signature_hash()).to_bytes();
    let signature = Signature::from_raw_array(&signature).expect("a signature");
    transaction.into_signed(signature).encoded_2718().into()
}

/// A transaction to change and to sign.
pub(crate) fn transfer(nonce: u64) -> TxEip1559 {
    TxEip1559 {
        chain_id: 901,
        nonce,
        gas_limit: 200_000,
        max_fee_per_gas: FEE_CAP,
        max_priority_fee_per_gas: TIP,
        to: TxKind::Call(Address::repeat_byte(0xaa)),
        value: U256::from(1000),
        ..TxEip1559::default()
    }
}

fn transactions() -> [Bytes; 7] {
    let like = transfer(0);
    let legacy = TxLegacy {
        chain_id: Some(901),
        nonce: 0,
        gas_limit: 21_000,
        gas_price: FEE_CAP,
        to: like.to,
        value: like.value,
        ..TxLegacy::default()
    };
    let with_list = TxEip2930 {
        chain_id: 901,
        nonce: 1,
        gas_limit: 50_000,
        gas_price: FEE_CAP,
        to: like.to,
        value: like.value,
        ..TxEip2930::default()
    };
    let deploy = TxEip1559 {
        to: TxKind::Create,
        value: U256::ZERO,
        input: CONTRACT.into(),
        ..like
    };
    let ask = |nonce, input: &[u8]| TxEip1559 {
        to: TxKind::Call(contract()),
        value: U256::ZERO,
        input: Bytes::copy_from_slice(input),
        ..transfer(nonce)
    };
    [
        sign(legacy, 1),
        sign(with_list, 1),
        sign(transfer(2), 1),
        sign(deploy, 2),
        sign(ask(1, &[]), 2),
        sign(ask(2, &[]), 2),
        sign(ask(3, &[0xff]), 2),
    ]
}

/// An L1 on which somebody has deposited.
#[derive(Debug)]
struct OneDeposit;

impl L1 for OneDeposit {
    fn derive(&self, slot: u64, timestamp: u64) -> Derivation {
        let derived = NoDeposits.derive(slot, timestamp);
        let deposit = UserDeposit {
            from: DEPOSITOR,
            to: None,
            mint: 5000,
            value: U256::ZERO,
            gas_limit: 200_000,
            data: CONTRACT.into(),
            l1_block_hash: derived.origin.hash,
            log_index: 0,
        };
        Derivation {
            origin: L1Attributes {
                base_fee: U256::from(7_000_000_000_u64),
                blob_base_fee: U256::from(3),
                base_fee_scalar: 5227,
                blob_base_fee_scalar: 1_014_213,
                ..derived.origin
            },
            user_deposits: if slot == 1 {
                vec![deposit.bytes()]
            } else {
                Vec::new()
            },
            ..derived
        }
    }

    fn replacement(&self, slot: u64, timestamp: u64) -> Derivation {
        self.derive(slot, timestamp)
    }
}
