//! A proxy on real sockets, in real time.

use std::sync::{Arc, Mutex};

use gauntlet::net::tcp::Unstamped;
use gauntlet::trace::{Face, Wire};
use gauntlet::world::proxy::{Behind, Numbers, ProxyConfig, ProxyLimits, WireTap, run_proxy};
use gauntlet_rpc::{
    Client, ClientConfig, FailureKind, RpcModule, ServerConfig, TcpAcceptor, serve, tcp_dial,
};
use serde_json::value::to_raw_value;
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(60);

type Seen = Arc<Mutex<Vec<(Face, Wire)>>>;

/// A builder behind a proxy, each on a port of its own; its methods wait for the channel.
async fn proxied() -> (
    Client,
    Seen,
    mpsc::UnboundedReceiver<(Face, Wire)>,
    tokio::task::JoinHandle<()>,
) {
    let builder = TcpAcceptor::bind("127.0.0.1:0").await.unwrap();
    let door = TcpAcceptor::bind("127.0.0.1:0").await.unwrap();
    let url = |acceptor: &TcpAcceptor| {
        let address = acceptor.local_addr().unwrap();
        format!("http://{address}/")
            .parse::<gauntlet_rpc::Endpoint>()
            .unwrap()
    };
    let (behind, front) = (url(&builder), url(&door));
    let mut module = RpcModule::new(());
    module
        .register_method("echo", |params, (), _| params.one::<String>())
        .unwrap();
    module
        .register_async_method("hang", |_, _, _| std::future::pending::<()>())
        .unwrap();
    let served = tokio::spawn(async {
        serve(builder, module, ServerConfig::default()).await;
    });
    let seen = Seen::default();
    let (tell, told) = mpsc::unbounded_channel();
    let (into, started) = (seen.clone(), Instant::now());
    let tap = WireTap::new(
        move |face, wire| {
            into.lock().unwrap().push((face, wire.clone()));
            let _unheard = tell.send((face, wire));
        },
        move || u64::try_from(started.elapsed().as_micros()).unwrap(),
    );
    let authority = Some(behind.authority().into());
    let config = ProxyConfig {
        behind: Behind {
            dial: tcp_dial(),
            endpoint: behind,
            authority,
        },
        interfere: None,
        searcher: None,
        prober: None,
        engine: None,
        tap,
        numbers: Numbers::default(),
        limits: ProxyLimits::default(),
    };
    tokio::spawn(run_proxy(Unstamped(door), config));
    let client = Client::new(ClientConfig::new("builder", front, tcp_dial()));
    (client, seen, told, served)
}

async fn echo(client: &Client, text: &str) -> Result<String, FailureKind> {
    let params = to_raw_value(&[text]).unwrap();
    let outcome = client.call("echo", params, LONG).await;
    outcome
        .map(|it| it.get().trim_matches('"').to_owned())
        .map_err(|error| error.kind())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_are_relayed_over_real_sockets() {
    let (client, seen, mut told, _served) = proxied().await;
    let long = "x".repeat(5 << 20);
    for text in ["one", "two", &long] {
        assert_eq!(echo(&client, text).await, Ok(text.to_owned()));
    }
    drop(client);
    while !matches!(told.recv().await.unwrap(), (_, Wire::Closed { .. })) {}
    let seen = seen.lock().unwrap();
    let names: Vec<_> = seen
        .iter()
        .map(|(face, wire)| match (face, wire) {
            (
                Face::Sequencer,
                Wire::Opened {
                    connection: 1,
                    sent_us: None,
                    answered_us: None,
                },
            ) => "opened",
            (
                Face::Sequencer,
                Wire::Request {
                    request: Some(_), ..
                },
            ) => "request",
            (Face::Builder, Wire::Request { request: None, .. }) => "passed on",
            (Face::Builder, Wire::Reply { reply: Some(_), .. }) => "reply",
            (Face::Sequencer, Wire::Reply { reply: None, .. }) => "passed back",
            (
                Face::Sequencer,
                Wire::Left {
                    arrives_us: None, ..
                },
            ) => "left",
            (
                Face::Sequencer,
                Wire::Closed {
                    connection: 1,
                    sent_us: None,
                },
            ) => "closed",
            _ => "something else",
        })
        .collect();
    let exchange = ["request", "passed on", "reply", "passed back", "left"];
    let expected = [&["opened"][..], &exchange.repeat(3), &["closed"]].concat();
    assert_eq!(names, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_is_given_up_is_noticed_over_real_sockets() {
    let (client, _seen, mut told, _served) = proxied().await;
    let hanging = tokio::spawn(async move {
        let params = to_raw_value(&[0]).unwrap();
        client.call("hang", params, LONG).await
    });
    while !matches!(
        told.recv().await.unwrap(),
        (Face::Builder, Wire::Request { .. })
    ) {}
    hanging.abort();
    assert!(matches!(
        told.recv().await.unwrap(),
        (Face::Sequencer, Wire::Closed { .. })
    ));
    assert!(matches!(
        told.recv().await.unwrap(),
        (Face::Builder, Wire::Failed { .. })
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_builder_that_is_gone_shows_as_closed_over_real_sockets() {
    let (client, _seen, _told, served) = proxied().await;
    assert_eq!(echo(&client, "one").await, Ok("one".to_owned()));
    served.abort();
    assert!(served.await.unwrap_err().is_cancelled());
    assert_eq!(echo(&client, "two").await, Err(FailureKind::Closed));
}
