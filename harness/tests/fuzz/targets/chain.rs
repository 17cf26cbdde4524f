//! Transactions, and genesis files.

use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Bytes, keccak256};
use gauntlet::chain::GENESIS as GENESIS_FILE;
use gauntlet_engine::{ChainSpec, Senders};

use super::{JSON_WORDS, Seen, Target, assert_bounded, examples};

pub(super) const TRANSACTION: Target = Target {
    name: "transaction",
    run: transaction,
    examples: examples::transactions,
    words: &[
        "\u{1}", "\u{2}", "\u{3}", "\u{4}", "\u{7e}", "\u{0}", "\u{7f}",
    ],
};

pub(super) const GENESIS: Target = Target {
    name: "genesis",
    run: genesis,
    examples: || vec![GENESIS_FILE.as_bytes().to_vec()],
    words: JSON_WORDS,
};

fn transaction(input: &[u8]) -> Seen {
    let raw = Bytes::copy_from_slice(input);
    // Senders that were recovered before must not matter.
    let decode = || gauntlet_engine::Transaction::decode(&raw, &Senders::default());
    match (decode(), decode()) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first.sender(), second.sender(), "two senders");
            assert_eq!(first.hash(), keccak256(input));
            assert_eq!(first.raw(), &raw);
            let written = first.envelope().encoded_2718();
            assert_eq!(written, input, "written it is another");
            Seen::Accepted
        }
        (Err(first), Err(second)) => {
            assert_eq!(first.to_string(), second.to_string());
            assert_bounded(&first.to_string(), input);
            Seen::Refused
        }
        _ => panic!("it is read once and once not"),
    }
}

fn genesis(input: &[u8]) -> Seen {
    let Ok(text) = std::str::from_utf8(input) else {
        return Seen::Refused;
    };
    let read = || ChainSpec::from_genesis_json(text);
    match (read(), read()) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first.genesis_hash(), second.genesis_hash(), "two chains");
            assert_eq!(first.chain_id(), second.chain_id(), "two chains");
            Seen::Accepted
        }
        (Err(first), Err(second)) => {
            assert_eq!(first.to_string(), second.to_string());
            assert_bounded(&first.to_string(), input);
            Seen::Refused
        }
        _ => panic!("it is read once and once not"),
    }
}
