//! The transactions that only the builder gets.

use gauntlet::world::proxy::Searcher;
use gauntlet_rpc::Io;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

use crate::setup::{Choice, Proxied, next, ok, post, proxied, reads, settled, writes};

const CHAIN_ID: u64 = 901;

fn block(number: u64, hash: u8, transactions: &[&Value]) -> String {
    let params = json!([{
        "blockNumber": format!("{number:#x}"),
        "blockHash": format!("0x{}", format!("{hash:02x}").repeat(32)),
        "transactions": transactions,
    }, [], "0x"]);
    json!({"jsonrpc": "2.0", "id": 1, "method": "engine_newPayloadV3", "params": params})
        .to_string()
}

fn fork_choice(attributes: &Value) -> String {
    let params = json!([{}, attributes]);
    json!({"jsonrpc": "2.0", "id": 1, "method": "engine_forkchoiceUpdatedV3", "params": params})
        .to_string()
}

/// The sequencer and the builder, played by a test.
struct Played {
    front: Box<dyn Io>,
    back: Box<dyn Io>,
}

impl Played {
    /// The sequencer sends this, and the builder answers.
    async fn passes(&mut self, body: &str) {
        writes(&mut self.front, &post(body)).await;
        reads(&mut self.back, &post(body)).await;
        writes(&mut self.back, &ok("{}")).await;
        reads(&mut self.front, &ok("{}")).await;
    }
}

/// Takes what the searcher sends, answers it, and returns the transaction.
async fn taken(supply: &mut Box<dyn Io>) -> Value {
    let mut read = vec![0; 4096];
    let size = supply.read(&mut read).await.unwrap();
    let text = String::from_utf8_lossy(&read[..size]).into_owned();
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    let call: Value = serde_json::from_str(body).unwrap();
    assert_eq!(call["method"], "builder_forwardTransactionV1");
    writes(supply, &ok(r#"{"jsonrpc":"2.0","id":1,"result":200}"#)).await;
    settled().await;
    call["params"][0].clone()
}

/// What the proxy says of the transactions that the searcher has sent.
fn sent(proxied: &Proxied) -> Vec<String> {
    let mut lines = proxied.said.lines();
    lines.retain(|line| line.contains("back request") && !line.contains("same"));
    lines
}

#[tokio::test(start_paused = true)]
async fn one_transaction_is_outstanding_until_a_block_has_it() {
    let searcher = Searcher::new(CHAIN_ID);
    let choice = |searcher: &Searcher| Choice {
        searcher: Some(searcher.clone()),
        ..Choice::default()
    };
    let (proxied, mut behind) = proxied(choice(&searcher));
    let mut front = proxied.connect().await;
    writes(&mut front, &post("{}")).await;
    let mut back = next(&mut behind).await;
    reads(&mut back, &post("{}")).await;
    writes(&mut back, &ok("{}")).await;
    reads(&mut front, &ok("{}")).await;
    let mut sequencer = Played { front, back };
    sequencer.passes(&fork_choice(&Value::Null)).await;
    settled().await;
    assert!(sent(&proxied).is_empty(), "nothing asks for a block yet");

    sequencer.passes(&fork_choice(&json!({}))).await;
    let mut supply = next(&mut behind).await;
    let first = taken(&mut supply).await;
    // Again, until it is in a block.
    sequencer.passes(&fork_choice(&json!({}))).await;
    assert_eq!(taken(&mut supply).await, first);
    sequencer.passes(&block(1, 1, &[&json!("0x02")])).await;
    settled().await;
    assert_eq!(sent(&proxied).len(), 2, "the block has another transaction");
    sequencer
        .passes(&block(2, 2, &[&json!("0x02"), &first]))
        .await;
    let second = taken(&mut supply).await;
    assert_ne!(second, first);
    sequencer.passes(&block(3, 3, &[&second])).await;
    let third = taken(&mut supply).await;
    // What is known already changes nothing.
    sequencer
        .passes(&block(2, 2, &[&json!("0x02"), &first]))
        .await;
    settled().await;
    assert_eq!(sent(&proxied).len(), 4);
    // Another block in the place of two: what they had is outstanding again.
    sequencer.passes(&block(2, 9, &[])).await;
    assert_eq!(taken(&mut supply).await, first);
    // The builder has all three by now.
    sequencer
        .passes(&block(3, 10, &[&first, &second, &third]))
        .await;
    let fourth = taken(&mut supply).await;
    assert!(![&first, &second, &third].contains(&&fourth));

    // The builder closes the connection: the next one is a new one.
    drop(supply);
    sequencer.passes(&fork_choice(&json!({}))).await;
    let mut supply = next(&mut behind).await;
    assert_eq!(taken(&mut supply).await, fourth);
    let lines = proxied.said.lines();
    let told = sent(&proxied);
    assert_eq!(told[0], "1 back request 4 on 2 at ?: POST / [304 bytes]");
    assert_eq!(told[6], "9 back request 18 on 3 at ?: POST / [305 bytes]");
    assert!(!lines.iter().any(|line| line.contains("front opened 2")));

    // It knows the chain beyond the death of its proxy.
    let (again, mut behind) = crate::setup::proxied(choice(&searcher));
    let mut front = again.connect().await;
    let update = fork_choice(&json!({}));
    writes(&mut front, &post(&update)).await;
    let mut back = next(&mut behind).await;
    reads(&mut back, &post(&update)).await;
    writes(&mut back, &ok("{}")).await;
    let mut supply = next(&mut behind).await;
    assert_eq!(taken(&mut supply).await, fourth);
}

/// A builder that cannot be reached is one that does not get it, and gets the next.
#[tokio::test(start_paused = true)]
async fn a_builder_without_an_answer_gets_it_again() {
    let (proxied, mut behind) = proxied(Choice {
        searcher: Some(Searcher::new(CHAIN_ID)),
        ..Choice::default()
    });
    let mut front = proxied.connect().await;
    let update = fork_choice(&json!({}));
    writes(&mut front, &post(&update)).await;
    let mut back = next(&mut behind).await;
    reads(&mut back, &post(&update)).await;
    writes(&mut back, &ok("{}")).await;
    reads(&mut front, &ok("{}")).await;
    drop(next(&mut behind).await);
    settled().await;
    let lines = proxied.said.lines();
    assert_eq!(lines.last().unwrap(), "0 back failed 2: Closed");
    let mut sequencer = Played { front, back };
    sequencer.passes(&update).await;
    let mut supply = next(&mut behind).await;
    taken(&mut supply).await;
    assert_eq!(sent(&proxied).len(), 2);
}
