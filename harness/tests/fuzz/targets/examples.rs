//! What is valid: what was said and made in a small simulation.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use gauntlet::net::sim;
use gauntlet::plan::{Plan, SlotPlan};
use gauntlet::trace::{Trace, What, Wire};
use serde_json::Value;

/// Two slots, of which the second has a block of the builder.
pub(super) fn trace() -> &'static Trace {
    static TRACE: OnceLock<Trace> = OnceLock::new();
    TRACE.get_or_init(|| {
        let plan = Plan {
            title: "An example".to_owned(),
            slots: vec![SlotPlan::default(); 2],
            ..Plan::default()
        };
        sim::run(&plan).expect("a plan without faults runs")
    })
}

fn crossed() -> impl Iterator<Item = &'static Wire> {
    trace().entries.iter().filter_map(|entry| {
        let What::Crossed { wire, .. } = &entry.what else {
            return None;
        };
        Some(wire)
    })
}

/// The bodies of requests, each method once.
pub(super) fn requests() -> Vec<Vec<u8>> {
    let mut methods = BTreeSet::new();
    let bodies = crossed().filter_map(|wire| {
        let Wire::Request { request, .. } = wire else {
            return None;
        };
        Some(request.as_ref()?.body.to_vec())
    });
    bodies
        .filter(|body| {
            let call: Value = serde_json::from_slice(body).expect("a request is JSON");
            methods.insert(call["method"].to_string())
        })
        .collect()
}

/// The parameters of the first request of a method, as JSON.
pub(super) fn params(method: &str) -> Value {
    let mut calls = requests()
        .into_iter()
        .map(|body| serde_json::from_slice::<Value>(&body).expect("a request is JSON"));
    let call = calls.find(|call| call["method"] == method);
    call.expect("the method is called")["params"].take()
}

/// The bodies of replies, those that are different in their length.
pub(super) fn replies() -> Vec<Vec<u8>> {
    let mut lengths = BTreeSet::new();
    let bodies = crossed().filter_map(|wire| {
        let Wire::Reply { reply, .. } = wire else {
            return None;
        };
        Some(reply.as_ref()?.body.to_vec())
    });
    bodies.filter(|body| lengths.insert(body.len())).collect()
}

/// A payload of the builder, as its response has it.
pub(super) fn builder_payload() -> Value {
    let mut results = replies()
        .into_iter()
        .map(|body| serde_json::from_slice::<Value>(&body).expect("a reply is JSON"))
        .map(|mut reply| reply["result"].take());
    let result = results.find(|result| result.get("executionPayload").is_some());
    result.expect("the builder has a payload")
}

/// The transactions of published blocks.
pub(super) fn transactions() -> Vec<Vec<u8>> {
    let published = trace().entries.iter().filter_map(|entry| {
        let What::Published(block) = &entry.what else {
            return None;
        };
        Some(&block.payload.transactions)
    });
    published
        .flatten()
        .map(|transaction| transaction.to_vec())
        .collect()
}
