//! A second court: what is asked of an execution client, and what its word comes to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use alloy_primitives::Address;
use gauntlet::net::sim;
use gauntlet::oracle::{self, Docket, Place};
use gauntlet::rules::{Count, Hearing, Verdict, judge_hearing};
use gauntlet::suite::Suite;
use gauntlet::trace::{Judgement, Trace};
use gauntlet::view::View;
use gauntlet::world::proxy::inner;
use gauntlet::world::{EngineClientConfig, SecondOpinion};
use gauntlet_builder::Builder;
use gauntlet_engine::{Engine, Senders};
use gauntlet_rpc::{
    Auth, AuthScope, Dial, ErrorObjectOwned, Jwt, JwtSecret, Methods, RpcModule, ServerConfig,
    UnixClock, serve,
};
use serde_json::{Value, json};

fn jwt(secret: u8) -> Jwt {
    Jwt {
        secret: JwtSecret::new([secret; 32]),
        clock: UnixClock::new(|| 1_700_000_000),
    }
}

fn config(dial: Dial, secret: u8) -> EngineClientConfig {
    EngineClientConfig {
        endpoint: "http://client:8551".parse().expect("a URL"),
        jwt: jwt(secret),
        dial,
    }
}

/// Serves a client with the secret 1.
fn served(methods: impl Into<Methods>) -> Dial {
    let (dial, door) = inner();
    let config = ServerConfig {
        auth: Some(Auth {
            jwt: jwt(1),
            scope: AuthScope::EveryRequest,
        }),
        ..ServerConfig::default()
    };
    let methods = methods.into();
    tokio::spawn(async move { drop(serve(door, methods, config).await) });
    dial
}

/// Our own builder is an execution client too.
fn honest(trace: &Trace) -> Dial {
    let config = gauntlet_builder::Config {
        pubkey: Address::ZERO,
        sequencer: Address::repeat_byte(1),
        build: Duration::ZERO,
        compute: gauntlet_node::Compute::simulated(),
    };
    let engine = Engine::new(trace.spec.clone(), Senders::default());
    let observer = gauntlet_builder::Observer::new(|_| {});
    let parts = gauntlet_builder::Parts::default();
    served(Builder::new(config, parts, engine, observer).api())
}

/// A client that says the same of every payload, and counts how often it is asked.
fn stubborn(trace: &Trace, says: Result<Value, i32>) -> (Dial, Arc<AtomicU64>) {
    let mut methods = RpcModule::new(());
    let genesis = json!({ "hash": trace.spec.genesis_hash() });
    let updated = json!({ "payloadStatus": { "status": "VALID" }, "payloadId": null });
    let asked = Arc::new(AtomicU64::new(0));
    let count = asked.clone();
    methods
        .register_method("eth_getBlockByNumber", move |_, _, _| genesis.clone())
        .expect("a name");
    methods
        .register_method("engine_forkchoiceUpdatedV3", move |_, _, _| updated.clone())
        .expect("a name");
    methods
        .register_method("engine_newPayloadV3", move |_, _, _| {
            count.fetch_add(1, Ordering::Relaxed);
            says.clone()
                .map_err(|code| ErrorObjectOwned::owned(code, "no", None::<()>))
        })
        .expect("a name");
    (served(methods), asked)
}

/// A run in which a forged payload is offered, and nothing else is amiss.
fn forged() -> Trace {
    let case = Suite::embedded().case("get-payload/wrong-state-root");
    sim::run(&case.input.expect("a plan")).expect("a run")
}

/// What a client's word comes to.
async fn heard(trace: &Trace, dial: Dial) -> (Verdict, Count) {
    let view = View::of(trace);
    let findings = oracle::judge(&view);
    let docket = Docket::of(&view, &findings);
    let opinion = SecondOpinion::open(config(dial, 1))
        .await
        .expect("a client");
    assert_eq!(opinion.genesis(), trace.spec.genesis_hash());
    let opinions = opinion.hear(&docket).await.expect("answers");
    let hearing = Hearing {
        client: opinion.client(),
        docket: &docket,
        opinions: &opinions,
    };
    let (rule, verdict) = judge_hearing(&view, &findings, hearing);
    assert_eq!(rule.id, "chain/second-opinion");
    (verdict, hearing.count())
}

#[test]
fn every_payload_stands_on_the_docket_with_our_verdict() {
    let trace = forged();
    let view = View::of(&trace);
    let docket = Docket::of(&view, &oracle::judge(&view));
    let in_order = docket.items.iter().map(|it| it.block.payload.block_number);
    assert!(in_order.is_sorted(), "parents come first");
    let at = |place| {
        let there = docket
            .items
            .iter()
            .filter(move |it| it.places.contains(&place));
        there.map(|it| it.ours.clone()).collect::<Vec<_>>()
    };
    let published = at(Place::Published);
    assert_eq!(published.len(), view.published.len());
    assert!(published.iter().all(|ours| *ours == Judgement::Valid));
    assert!(
        !at(Place::Given).is_empty(),
        "what the builder gave is judged too"
    );
    let is_refused = |ours: &Judgement| matches!(ours, Judgement::Invalid(_));
    assert!(at(Place::Offered).iter().any(is_refused), "the forged one");
    assert!(at(Place::Fed).iter().all(|ours| *ours == Judgement::Valid));
}

#[tokio::test(start_paused = true)]
async fn a_client_of_the_same_mind_agrees_on_all() {
    let trace = forged();
    let (verdict, count) = heard(&trace, honest(&trace)).await;
    assert_eq!(verdict, Verdict::Held(count.agreed));
    assert!(count.agreed >= 3, "{count:?}");
    assert_eq!((count.disputed, count.unjudged), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_a_forged_payload_violates_the_rule() {
    let trace = forged();
    let (dial, _) = stubborn(&trace, Ok(json!({ "status": "VALID" })));
    let (Verdict::Violated(violations), count) = heard(&trace, dial).await else {
        panic!("it held")
    };
    assert_eq!((violations.len(), count.disputed), (1, 1), "{violations:?}");
    let what = &violations[0].what;
    assert!(
        what.contains("our engine says INVALID: the state root"),
        "{what}"
    );
    assert!(what.ends_with("http://client:8551/ says VALID"), "{what}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_refuses_a_published_block_violates_the_rule() {
    let trace = forged();
    let status = json!({ "status": "INVALID", "validationError": "bad luck" });
    for (says, word) in [
        (Ok(status), "INVALID: bad luck"),
        (Err(-32602), "error -32602: no"),
    ] {
        let (dial, _) = stubborn(&trace, says);
        let (Verdict::Violated(violations), count) = heard(&trace, dial).await else {
            panic!("it held")
        };
        // On the forged payload they agree.
        assert_eq!((count.agreed, count.unjudged), (1, 0), "{count:?}");
        let published = violations.iter().find(|it| it.what.contains("published"));
        let what = &published.expect("the block that was published").what;
        assert!(what.ends_with(word), "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_cannot_judge_says_nothing() {
    let trace = forged();
    let (dial, _) = stubborn(&trace, Ok(json!({ "status": "SYNCING" })));
    let (verdict, count) = heard(&trace, dial).await;
    assert_eq!(verdict, Verdict::NotExercised);
    assert_eq!(count.judged(), 0);
    assert!(count.unjudged >= 3, "{count:?}");
}

/// A payload of two traces is one question, but for a client that could not answer it.
#[tokio::test(start_paused = true)]
async fn nothing_is_asked_twice() {
    let trace = forged();
    let view = View::of(&trace);
    let docket = Docket::of(&view, &oracle::judge(&view));
    let all = docket.items.len() as u64;
    for (status, expected) in [("VALID", all), ("ACCEPTED", 2 * all)] {
        let (dial, asked) = stubborn(&trace, Ok(json!({ "status": status })));
        let opinion = SecondOpinion::open(config(dial, 1))
            .await
            .expect("a client");
        let first = opinion.hear(&docket).await.expect("answers");
        assert_eq!(opinion.hear(&docket).await.expect("answers"), first);
        assert_eq!(asked.load(Ordering::Relaxed), expected, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_do_is_told() {
    let trace = forged();
    let (dial, _) = stubborn(&trace, Err(-32603));
    let refused = SecondOpinion::open(config(dial.clone(), 2)).await;
    let refused = refused.expect_err("another secret").to_string();
    assert_eq!(refused, "eth_getBlockByNumber: HTTP status 401");

    let view = View::of(&trace);
    let docket = Docket::of(&view, &oracle::judge(&view));
    let opinion = SecondOpinion::open(config(dial, 1))
        .await
        .expect("a client");
    let failed = opinion
        .hear(&docket)
        .await
        .expect_err("an error of the client's");
    assert_eq!(failed.to_string(), "engine_newPayloadV3: error -32603: no");
}
