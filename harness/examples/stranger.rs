//! A builder of somebody else's, tried in both worlds: in the simulation, where every scenario
//! befalls it, and on real sockets, where nothing does.
//!
//! It is made of none of this project's nodes: hyper serves it, the words are those of
//! `gauntlet-protocol`, and any engine would do. `impl Subject` is all that Gauntlet asks of it;
//! `trial` tries it, and would try any other.

#[path = "stranger/lib.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "these are the sources of a crate"
)]
mod builder;
#[path = "stranger/trial.rs"]
mod trial;

use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use builder::{Builder, Config};
use futures::future::{BoxFuture, FutureExt};
use gauntlet::plan::Plan;
use gauntlet::world::{Berth, Role, Setup, Subject};
use gauntlet_rpc::Accept;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::task::JoinSet;

/// What it can do wrong on purpose.
const FAULTS: [(&str, &str); 3] = [
    ("any-signature", "it answers a request whoever signed it"),
    ("refuses-duplicates", "it refuses what it has already"),
    ("wrong-shape", "its responses have a member too many"),
];

const MAX_CONNECTIONS: usize = 256;
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug)]
struct Stranger {
    fault: String,
}

impl Subject for Stranger {
    fn role(&self) -> Role {
        Role::Builder
    }

    fn declines(&self, plan: &Plan) -> Option<String> {
        let ms = plan.builder.build_ms;
        if plan.builder.engine_jwt {
            return Some("it asks nobody for a token".to_owned());
        }
        (ms > 0).then(|| format!("it builds when it is asked, and cannot be told to take {ms} ms"))
    }

    fn start(&self, berth: Berth) -> BoxFuture<'static, io::Result<()>> {
        let fault = self.fault.clone();
        async move {
            let Setup::Builder(setup) = berth.setup else {
                return Err(io::Error::other("this is a builder"));
            };
            let config = Config {
                spec: setup.spec,
                pubkey: setup.pubkey,
                sequencer: setup.sequencer,
                senders: setup.senders,
            };
            serve(berth.door, Builder::faulty(&fault, config)).await
        }
        .boxed()
    }
}

/// Serves until it is dropped, and its connections with it.
async fn serve(mut door: Box<dyn Accept>, builder: Builder) -> io::Result<()> {
    let mut connections = JoinSet::new();
    loop {
        let stream = TokioIo::new(door.accept().await?);
        while connections.try_join_next().is_some() {}
        if connections.len() < MAX_CONNECTIONS {
            let builder = builder.clone();
            let served = http1::Builder::new()
                .auto_date_header(false) // The system's clock would make each run another one.
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .serve_connection(stream, service_fn(move |it| builder.clone().exchange(it)));
            connections.spawn(served.map(drop));
        }
    }
}

fn main() -> ExitCode {
    trial::run(&FAULTS, |fault| Arc::new(Stranger { fault }))
}
