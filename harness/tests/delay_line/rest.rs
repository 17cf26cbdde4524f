//! A message comes last in its instant, however much the host's own timers set off in it.

use gauntlet::net::sim::line::Links;
use gauntlet_rpc::Accept;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::yield_now;

use crate::setup::{Node, Setup, ms, run_every_way, software, until};

/// How many tasks set off one another.
const TASKS: u32 = 1000;

/// Sets off `TASKS` tasks, one after another, when a message arrives; and says when all of them
/// have run.
type Chain = fn(Node);

/// Each task spawns the next.
fn spawning(node: Node) {
    fn next(node: Node, left: u32) {
        tokio::spawn(async move {
            match left {
                0 => node.log("has run"),
                _ => next(node, left - 1),
            }
        });
    }
    next(node, TASKS);
}

/// Each task waits for a message of the one before it.
fn telling(node: Node) {
    let (first, mut previous) = mpsc::unbounded_channel();
    for _ in 0..TASKS {
        let (tell, told) = mpsc::unbounded_channel();
        let mut heard = std::mem::replace(&mut previous, told);
        tokio::spawn(async move {
            heard.recv().await.unwrap();
            tell.send(()).unwrap();
        });
    }
    tokio::spawn(async move {
        previous.recv().await.unwrap();
        node.log("has run");
    });
    first.send(()).unwrap();
}

/// One task waits for all others to run, over and over.
fn yielding(node: Node) {
    tokio::spawn(async move {
        for _ in 0..TASKS {
            yield_now().await;
        }
        node.log("has run");
    });
}

/// Two tasks tell each other, over and over.
fn playing(node: Node) {
    let (serve, mut served) = mpsc::unbounded_channel();
    let (give_back, mut given_back) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while served.recv().await.is_some() {
            let _over = give_back.send(());
        }
    });
    tokio::spawn(async move {
        for _ in 0..TASKS {
            serve.send(()).unwrap();
            given_back.recv().await.unwrap();
        }
        node.log("has run");
    });
}

/// Does something at 100 ms, when a message arrives.
async fn busy(node: Node, chain: Chain) {
    let mut acceptor = node.network.acceptor(node.host, 8545).unwrap();
    let timer = node.clone();
    tokio::spawn(async move {
        until(100).await;
        chain(timer);
    });
    let mut stream = acceptor.accept().await.unwrap();
    let mut byte = [0];
    stream.read_exact(&mut byte).await.unwrap();
    node.log("gets a message");
}

async fn caller(node: Node) {
    let mut stream = node.connect("busy").await.unwrap();
    until(90).await;
    stream.write_all(b"x").await.unwrap();
    tokio::time::sleep(ms(100)).await;
}

#[test]
fn a_message_waits_for_everything_else_in_its_instant() {
    for chain in [spawning as Chain, telling, yielding, playing] {
        let log = run_every_way(&Setup {
            links: Links::constant(10),
            hosts: [
                ("caller", software(caller)),
                ("busy", software(move |node| busy(node, chain))),
                ("bystander", software(|_| async {})),
            ],
            controls: Vec::new(),
            ends_ms: 200,
        });
        assert_eq!(log, ["100 busy has run", "100 busy gets a message"]);
    }
}
