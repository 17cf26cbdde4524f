//! Sequencer and builder as two processes for 200 slots of 500 ms: the builder is killed five times
//! and the link between them cut twice. A block a slot, judged by the rules from the transcript.
//!
//! The one argument is the `gauntlet` program.
#![expect(clippy::print_stdout, reason = "it prints what it found")]

use std::collections::BTreeMap;
use std::error::Error;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use gauntlet::chain::GENESIS;
use gauntlet::plan::{ChainPlan, Plan, SlotPlan, TrafficPlan};
use gauntlet::trace::Recorder;
use gauntlet::world::Users;
use gauntlet_engine::ChainSpec;
use gauntlet_rpc::tcp_dial;

#[path = "processes/node.rs"]
mod node;
#[path = "processes/relay.rs"]
mod relay;

use node::{Node, printed};
use relay::{Link, Relay};

const SLOTS: u64 = 200;

/// How many users send transactions; all of them have a balance in the built-in genesis.
const USERS: u64 = 19;

/// After which blocks the builder is killed, and after how many more it is back.
const KILLED: [u64; 5] = [20, 50, 80, 125, 170];
const BACK_AFTER: u64 = 6;

/// After which blocks the link is cut, how, and after how many more it is whole.
const CUT: [(u64, Link); 2] = [(100, Link::Closed), (150, Link::Silent)];
const WHOLE_AFTER: u64 = 8;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let program = PathBuf::from(std::env::args().nth(1).ok_or("which program?")?);
    let program = program.canonicalize()?;
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let address = |command| printed(&program, folder, &[command, "--show-address"]);
    let (_, sequencer_address) = address("sequencer")?;
    let (_, builder_address) = address("builder")?;

    // A builder that comes back listens where it did before.
    let builder_at = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let build = || {
        let args = [
            "builder",
            "--listen",
            &builder_at,
            "--sequencer",
            &sequencer_address,
        ];
        Node::start(&program, folder, &args)
    };
    let mut builder = Some(build()?);
    if let Some(builder) = &builder {
        builder.wait_for("a builder listens");
    }
    let relay = Relay::to(&builder_at)?;
    let builder_url = format!("http://{}", relay.address);
    let slots = SLOTS.to_string();
    let args = [
        "sequencer",
        "--new-chain",
        "--listen",
        "127.0.0.1:0",
        "--builder-url",
        &builder_url,
        "--builder-pubkey",
        &builder_address,
        "--block-time",
        "500ms",
        "--slots",
        &slots,
        "--transcript",
        "transcript",
    ];
    let mut sequencer = Node::start(&program, folder, &args)?;
    let listens = sequencer.wait_for("a sequencer listens");
    send(listens["url"].as_str().ok_or("a sequencer has a URL")?)?;

    let mut tallies: BTreeMap<String, u64> = BTreeMap::new();
    let mut note = |what: String| *tallies.entry(what).or_default() += 1;
    while let Some(event) = sequencer.next() {
        let text = |member: &str| event[member].as_str().unwrap_or_default().to_owned();
        match event["message"].as_str() {
            Some("block published") => note(format!("blocks: {}", text("whose"))),
            Some("no block of the builder") => note(format!("fallbacks: {}", text("cause"))),
            Some("the slot ended without a block") => note("slots without a block".to_owned()),
            _ => continue,
        }
        if event["message"] != "block published" {
            continue;
        }
        let number = event["number"].as_u64().unwrap_or_default();
        if KILLED.contains(&number)
            && let Some(builder) = builder.take()
        {
            builder.kill()?;
            note("builder killed".to_owned());
        }
        if KILLED.iter().any(|killed| killed + BACK_AFTER == number) {
            builder = Some(build()?);
        }
        if let Some((_, link)) = CUT.iter().find(|(at, _)| *at == number) {
            relay.set(*link);
            note(format!("link cut: {link:?}").to_lowercase());
        }
        if CUT.iter().any(|(at, _)| at + WHOLE_AFTER == number) {
            relay.set(Link::Whole);
        }
    }
    let ended = sequencer.ended()?;
    if let Some(mut builder) = builder {
        let ended = builder.terminate()?;
        note(format!("builder told to stop: {ended}"));
    }
    for (what, count) in &tallies {
        println!("{what:<32} {count}");
    }
    let (judged, verdicts) = printed(&program, folder, &["verify", "transcript"])?;
    println!("\n{verdicts}");
    Ok(match ended.success() && judged.success() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Sends what users send.
fn send(url: &str) -> Result<(), Box<dyn Error>> {
    let slots = usize::try_from(SLOTS)?;
    let users = Users {
        plan: Arc::new(Plan {
            chain: ChainPlan {
                block_time_ms: 500,
                ..ChainPlan::default()
            },
            traffic: TrafficPlan {
                transactions_per_slot: 10,
                ..TrafficPlan::default()
            },
            slots: vec![SlotPlan::default(); slots],
            ..Plan::default()
        }),
        chain_id: ChainSpec::from_genesis_json(GENESIS)?.chain_id(),
        sequencer: url.to_owned(),
        count: USERS,
        recorder: Recorder::new(|| 0).told_to(|_| {}),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    thread::spawn(move || runtime.block_on(users.run(tcp_dial(), Duration::ZERO)));
    Ok(())
}
