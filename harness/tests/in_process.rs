//! A builder's own tests: of a builder that is none of ours, behind each kind of service.

#[path = "../examples/stranger/lib.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "these are the sources of a crate"
)]
mod builder;

use std::process::ExitCode;

use axum::Router;
use builder::{Builder, Config};
use gauntlet::certify::{Arguments, InProcess, Scope, Served};
use gauntlet::plan::Plan;
use gauntlet::world::{BuilderSetup, HonestBuilder, Subject};
use gauntlet_protocol::{RpcError, constants as words};
use gauntlet_rpc::{ErrorObjectOwned, RpcModule};
use jsonrpsee_server::{Server, stop_channel};

fn made(setup: BuilderSetup, fault: &str) -> Builder {
    let config = Config {
        spec: setup.spec,
        pubkey: setup.pubkey,
        sequencer: setup.sequencer,
        senders: setup.senders,
    };
    Builder::faulty(fault, config)
}

fn declines(plan: &Plan) -> Option<String> {
    if plan.builder.engine_jwt {
        return Some("it asks nobody for a token".to_owned());
    }
    (plan.builder.build_ms > 0).then(|| "it builds when it is asked".to_owned())
}

fn router(fault: &'static str) -> Served {
    let service = move |setup| {
        let builder = made(setup, fault);
        Router::new().fallback(move |request| builder.exchange(request))
    };
    Served::new(service).declining(declines)
}

/// What `cargo test` with these arguments is told of a builder, and what it ends with.
fn told(builder: impl Subject + 'static, arguments: &str) -> (String, String) {
    let tests = InProcess::new(builder).seeds(0..3);
    run(&tests, arguments)
}

fn run(tests: &InProcess, arguments: &str) -> (String, String) {
    let words = arguments.split_whitespace().map(str::to_owned);
    let asked = Arguments::parse(words).expect("what libtest understands");
    let mut told = Vec::new();
    let code = tests.run(&asked, &mut told).expect("a place to write");
    let told = String::from_utf8(told).expect("text");
    (told, format!("{code:?}"))
}

fn code(code: u8) -> String {
    format!("{:?}", ExitCode::from(code))
}

const SOME: &str = "interaction/healthy-slots get-payload/no-retry seed/";

#[test]
fn an_axum_router_passes_its_named_tests() {
    let (told, ended) = told(router(""), SOME);
    assert_eq!(ended, code(0), "{told}");
    assert!(told.contains("test seed/2 ... ok"), "{told}");
    assert!(told.contains("test result: ok. "), "{told}");
}

#[test]
fn a_deliberate_fault_fails_a_named_test_which_tells_the_story() {
    let (told, ended) = told(router("wrong-shape"), "get-payload/result");
    assert_eq!(ended, code(101), "{told}");
    assert!(told.contains("test result: FAILED. "), "{told}");
    let (_, failures) = told.split_once("\nfailures:\n").expect("failures");
    assert!(
        failures.contains("violated structures/response-shape"),
        "{told}"
    );
    assert!(failures.contains("payload request  block 1"), "{told}");
    assert!(!told.contains('\u{1b}'), "there are no colours");
}

#[test]
fn a_service_of_jsonrpsee_is_a_builder() {
    let service = |setup| {
        let mut module = RpcModule::new(made(setup, ""));
        for method in [
            words::GET_PAYLOAD,
            words::FORWARD_TRANSACTION,
            words::FORK_CHOICE_UPDATED,
            words::NEW_PAYLOAD,
            words::BLOCK_BY_NUMBER,
            words::PAYLOAD_BODIES,
        ] {
            let answer = move |params: gauntlet_rpc::Params<'_>, builder: &Builder, _: &_| {
                let answer = builder.call(method, params.as_str().unwrap_or("[]"));
                let refused =
                    |RpcError { code, message }| ErrorObjectOwned::owned(code, message, None::<()>);
                answer.map_err(refused)
            };
            let registered = module.register_method(method, answer);
            registered.expect("a method of its own");
        }
        let (stop, _) = stop_channel();
        Server::builder().to_service_builder().build(module, stop)
    };
    let served = Served::new(service).declining(declines);
    let (told, ended) = told(served, "interaction/healthy-slots seed/0");
    assert_eq!(ended, code(0), "{told}");
}

#[test]
fn what_the_builder_declines_is_ignored_with_its_reason() {
    let refusing = router("").declining(|_| Some("it is shy".to_owned()));
    let (told, ended) = told(refusing, "interaction/healthy-slots");
    assert_eq!(ended, code(0), "{told}");
    let line = "test interaction/healthy-slots ... ignored, it is shy\n";
    assert!(told.contains(line), "{told}");
}

#[test]
fn there_is_a_test_of_each_case_that_is_for_a_builder() {
    let listed = |tests: &InProcess, arguments: &str| {
        let (told, ended) = run(tests, arguments);
        assert_eq!(ended, code(0));
        told.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let tests = InProcess::new(router("")).seeds(0..3);
    let terse = "--list --format terse";
    let builders = listed(&tests, terse);
    assert!(builders.iter().all(|line| line.ends_with(": test")));
    let ignored = listed(&tests, "--list --format terse --ignored");
    assert!(!ignored.is_empty() && ignored.len() < builders.len());
    let everything = listed(&tests.scope(Scope::Everything), terse);
    assert!(everything.len() > builders.len() && everything.len() > 2000);
}

#[test]
fn what_differs_from_its_snapshot_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let tests = InProcess::new(HonestBuilder::default());
    let tests = tests.snapshots(folder.path());
    let (told, ended) = run(&tests, "--exact interaction/healthy-slots");
    assert_eq!(ended, code(101), "{told}");
    assert!(told.contains("there is no snapshot"), "{told}");
}
