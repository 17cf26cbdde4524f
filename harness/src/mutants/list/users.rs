//! Mutants that tell users what is not so, and such that lose what users sent.

use std::sync::Arc;
use std::time::Duration;

use gauntlet_rpc::RpcModule;
use gauntlet_sequencer::Parts;
use serde_json::{Value, json};

use super::{Mutant, Subject, Variant, sequencer};
use crate::mutants::parts::door::{Alter, altered, each_receipt, hash_of, of_the_head};
use crate::mutants::parts::{forward, publish};

pub(super) const MUTANTS: &[Mutant] = &[
    told(
        "tells-the-fee-cap",
        "A receipt has the fee cap as the price that was paid.",
        "users/receipt-is-true",
        |served| {
            altered(
                served,
                Alter {
                    answer: |method, _, given| {
                        each_receipt(method, given, |it| {
                            it["effectiveGasPrice"] = json!("0x174876e800");
                        })
                    },
                    ..Alter::NOTHING
                },
            )
        },
        &["users/kinds-in-local-blocks[kind=transfers]"],
    ),
    told(
        "tells-success",
        "A receipt says that every transaction succeeded.",
        "users/receipt-is-true",
        |served| {
            altered(
                served,
                Alter {
                    answer: |method, _, given| {
                        each_receipt(method, given, |it| {
                            it["status"] = json!("0x1");
                        })
                    },
                    ..Alter::NOTHING
                },
            )
        },
        &["users/kinds-in-local-blocks[kind=reverts]"],
    ),
    told(
        "tells-cumulative-gas",
        "A receipt has the gas of all transactions before it too.",
        "users/receipt-is-true",
        |served| {
            altered(
                served,
                Alter {
                    answer: |method, _, given| {
                        each_receipt(method, given, |it| {
                            it["gasUsed"] = it["cumulativeGasUsed"].clone();
                        })
                    },
                    ..Alter::NOTHING
                },
            )
        },
        &["users/kinds-in-local-blocks[kind=transfers]"],
    ),
    told(
        "numbers-logs-by-transaction",
        "The index of logs begins with 0 in each transaction.",
        "users/receipt-is-true",
        |served| {
            altered(
                served,
                Alter {
                    answer: |method, _, given| {
                        each_receipt(method, given, |it| {
                            for (index, log) in
                                it["logs"].as_array_mut().into_iter().flatten().enumerate()
                            {
                                log["logIndex"] = json!(format!("{index:#x}"));
                            }
                        })
                    },
                    ..Alter::NOTHING
                },
            )
        },
        &["users/kinds-in-local-blocks[kind=logs]"],
    ),
    told(
        "forgets-the-deposit-nonce",
        "Receipts of deposits have no nonce and no version.",
        "users/receipt-is-true",
        |served| {
            altered(
                served,
                Alter {
                    answer: |method, _, given| {
                        each_receipt(method, given, |it| {
                            it["depositNonce"] = json!(null);
                            it["depositReceiptVersion"] = json!(null);
                        })
                    },
                    ..Alter::NOTHING
                },
            )
        },
        &["users/kinds-in-local-blocks[kind=transfers]"],
    ),
    told(
        "names-no-contract",
        "A receipt does not say where the contract is.",
        "users/receipt-is-true",
        |served| {
            altered(
                served,
                Alter {
                    answer: |method, _, given| {
                        each_receipt(method, given, |it| {
                            it["contractAddress"] = json!(null);
                        })
                    },
                    ..Alter::NOTHING
                },
            )
        },
        &["users/kinds-in-local-blocks[kind=creations]"],
    ),
    told(
        "forgets-the-l1-fee",
        "A receipt says that L1 charged nothing.",
        "users/receipt-is-true",
        |served| {
            altered(
                served,
                Alter {
                    answer: |method, _, given| {
                        each_receipt(method, given, |it| {
                            it["l1Fee"] = json!("0x0");
                        })
                    },
                    ..Alter::NOTHING
                },
            )
        },
        &["users/kinds-in-local-blocks[kind=transfers]"],
    ),
    told(
        "forgets-what-waits",
        "A transaction that waits is not found.",
        "users/accepted-is-included-or-replaced",
        |served| {
            altered(
                served,
                Alter {
                    answer: |method, _, given| match (method, given) {
                        ("eth_getTransactionByHash", Ok(found)) if found["blockHash"].is_null() => {
                            Ok(Value::Null)
                        }
                        (_, given) => given,
                    },
                    ..Alter::NOTHING
                },
            )
        },
        &["mempool/refused-while-users-send[kind=underpriced]"],
    ),
    told(
        "counts-no-pool",
        "The pending nonce is that of the head.",
        "users/nonce-and-balance-follow-the-head",
        |served| {
            altered(
                served,
                Alter {
                    params: |method, params| {
                        if method == "eth_getTransactionCount" {
                            of_the_head(params, 1)
                        }
                    },
                    ..Alter::NOTHING
                },
            )
        },
        &["users/kinds-in-local-blocks[kind=underpriced]"],
    ),
    told(
        "knows-only-the-head",
        "Balances of older blocks are those of the head.",
        "users/nonce-and-balance-follow-the-head",
        |served| {
            altered(
                served,
                Alter {
                    params: |method, params| {
                        if method == "eth_getBalance" {
                            of_the_head(params, 1)
                        }
                    },
                    ..Alter::NOTHING
                },
            )
        },
        &["users/kinds-in-local-blocks[kind=transfers]"],
    ),
    told(
        "tells-another-root",
        "A block has its own hash as its parent's.",
        "users/block-by-number-is-the-published-one",
        |served| {
            altered(
                served,
                Alter {
                    answer: |method, _, given| {
                        let mut given = given?;
                        if method == "eth_getBlockByNumber" && given.is_object() {
                            given["parentHash"] = given["hash"].clone();
                        }
                        Ok(given)
                    },
                    ..Alter::NOTHING
                },
            )
        },
        &["users/kinds-in-local-blocks[kind=transfers]"],
    ),
    told(
        "finds-one-log-too-few",
        "The last log is not found.",
        "users/logs-are-true",
        |served| {
            altered(
                served,
                Alter {
                    answer: |method, _, given| {
                        let mut given = given?;
                        if method == "eth_getLogs" {
                            given.as_array_mut().map(Vec::pop);
                        }
                        Ok(given)
                    },
                    ..Alter::NOTHING
                },
            )
        },
        &["users/kinds-in-local-blocks[kind=logs]"],
    ),
    told(
        "calls-on-the-head",
        "A call is executed on the head whatever block is named.",
        "users/calls-are-true",
        |served| {
            altered(
                served,
                Alter {
                    params: |method, params| {
                        if method == "eth_getStorageAt" {
                            of_the_head(params, 2)
                        }
                    },
                    ..Alter::NOTHING
                },
            )
        },
        &["users/kinds-in-local-blocks[kind=calls]"],
    ),
    told(
        "names-half-the-price",
        "The price that is named is not enough.",
        "users/fees-are-true",
        |served| {
            altered(
                served,
                Alter {
                    answer: |method, _, given| {
                        let given = given?;
                        if method == "eth_gasPrice" {
                            return Ok(json!("0x1dcd6500"));
                        }
                        Ok(given)
                    },
                    ..Alter::NOTHING
                },
            )
        },
        &["users/kinds-in-local-blocks[kind=transfers]"],
    ),
    told(
        "speaks-in-debug",
        "Errors are what the program prints for itself.",
        "users/errors-are-words",
        |served| {
            altered(
                served,
                Alter {
                    answer: |_, _, given| {
                        given.map_err(|error| {
                            gauntlet_rpc::ErrorObjectOwned::owned(
                                error.code(),
                                format!("Err({error:?})"),
                                None::<()>,
                            )
                        })
                    },
                    ..Alter::NOTHING
                },
            )
        },
        &["users/kinds-in-local-blocks[kind=other-chain]"],
    ),
    told(
        "skips-nulls",
        "A null in the place of a parameter is left out, and the next one is read in its place.",
        "users/errors-are-words",
        |served| {
            altered(
                served,
                Alter {
                    params: |_, params| {
                        if let Some(params) = params.as_array_mut() {
                            params.retain(|it| !it.is_null());
                        }
                    },
                    ..Alter::NOTHING
                },
            )
        },
        &["users/mistakes"],
    ),
    told(
        "reads-as-many-as-it-knows",
        "What stands after the last parameter is not looked at.",
        "users/errors-are-words",
        |served| {
            altered(
                served,
                Alter {
                    params: |method, params| {
                        if let ("eth_getBalance", Some(params)) = (method, params.as_array_mut()) {
                            params.truncate(2);
                        }
                    },
                    ..Alter::NOTHING
                },
            )
        },
        &["users/mistakes"],
    ),
    told(
        "accepts-everything",
        "Whatever is sent is said to be accepted.",
        "users/impossible-is-refused",
        |served| {
            altered(
                served,
                Alter {
                    answer: |method, params, given| match method {
                        "eth_sendRawTransaction" => Ok(hash_of(params)),
                        _ => given,
                    },
                    ..Alter::NOTHING
                },
            )
        },
        &["users/kinds-in-local-blocks[kind=other-chain]"],
    ),
    told(
        "answers-with-another-hash",
        "The hash in the answer is of something else.",
        "users/possible-is-accepted",
        |served| {
            altered(
                served,
                Alter {
                    answer: |method, _, given| match (method, given) {
                        ("eth_sendRawTransaction", Ok(_)) => {
                            Ok(json!(alloy_primitives::B256::ZERO))
                        }
                        (_, given) => given,
                    },
                    ..Alter::NOTHING
                },
            )
        },
        &["users/kinds-in-local-blocks[kind=transfers]"],
    ),
    told(
        "answers-users-late",
        "Users hear a quarter of a second later that a transaction is accepted.",
        "users/acknowledged-without-the-builder",
        |served| {
            altered(
                served,
                Alter {
                    waits: |method| {
                        Duration::from_millis(if method == "eth_sendRawTransaction" {
                            250
                        } else {
                            0
                        })
                    },
                    ..Alter::NOTHING
                },
            )
        },
        &["users/kinds-in-local-blocks[kind=transfers]"],
    ),
    told(
        "refuses-and-forwards",
        "What is taken and forwarded is said to be refused.",
        "users/refused-is-not-forwarded",
        |served| {
            altered(
                served,
                Alter {
                    answer: |method, _, given| match (method, given) {
                        ("eth_sendRawTransaction", Ok(_)) => {
                            Err(gauntlet_rpc::ErrorObjectOwned::owned(
                                -32000,
                                "not now please",
                                None::<()>,
                            ))
                        }
                        (_, given) => given,
                    },
                    ..Alter::NOTHING
                },
            )
        },
        &["users/kinds-with-a-builder[kind=transfers]"],
    ),
    Mutant {
        id: "acknowledges-and-drops",
        about: "Transactions of the type before EIP-2718 are said to be accepted, and dropped.",
        subject: Subject::Sequencer,
        killed_by: "failsafe/local-block-is-worth-publishing",
        variant: Variant {
            door: |served| {
                altered(
                    served,
                    Alter {
                        params: |method, params| {
                            let is_legacy = |raw: &str| !raw.starts_with("0x0");
                            if method == "eth_sendRawTransaction"
                                && params[0].as_str().is_some_and(is_legacy)
                            {
                                // What is refused is not taken; the answer is made up.
                                *params = json!([params[0], "dropped"]);
                            }
                        },
                        answer: |method, params, given| match (method, params.get(1)) {
                            ("eth_sendRawTransaction", Some(_)) => Ok(hash_of(params)),
                            _ => given,
                        },
                        ..Alter::NOTHING
                    },
                )
            },
            ..Variant::honest()
        },
        scenarios: &["users/kinds-in-local-blocks[kind=legacy]"],
    },
    Mutant {
        id: "publishes-before-it-imports",
        about: "A block is published, and only then imported.",
        subject: Subject::Sequencer,
        killed_by: "users/published-block-is-known",
        variant: sequencer(|_| Parts {
            settle: publish::whatever_it_is(),
            ..Parts::default()
        }),
        scenarios: &["users/kinds-in-local-blocks[kind=transfers]"],
    },
    Mutant {
        id: "forwards-the-first-few",
        about: "After three transactions nothing is forwarded any more.",
        subject: Subject::Sequencer,
        killed_by: "mempool/every-accepted-is-forwarded",
        variant: sequencer(|_| Parts {
            forward: Arc::new(forward::OnlyFirst::of(3)),
            ..Parts::default()
        }),
        scenarios: &["users/kinds-with-a-builder[kind=transfers]"],
    },
];

/// A sequencer that tells users something else.
const fn told(
    id: &'static str,
    about: &'static str,
    killed_by: &'static str,
    door: fn(RpcModule<()>) -> RpcModule<()>,
    scenarios: &'static [&'static str],
) -> Mutant {
    Mutant {
        id,
        about,
        subject: Subject::Sequencer,
        killed_by,
        variant: Variant {
            door,
            ..Variant::honest()
        },
        scenarios,
    }
}
