//! Runs for whoever looks at traces: the Trace Event Format, which Perfetto and Chrome read. A process
//! is a scenario, a thread is a host; times are microseconds.

use serde_json::{Value, json};

use crate::trace::{Act, Host, Trace, What};
use crate::view::View;

const HOSTS: [Host; 6] = [
    Host::Users,
    Host::Operator,
    Host::Sequencer,
    Host::Follower,
    Host::Proxy,
    Host::Builder,
];

/// The events of a run, as the process of this number.
#[must_use]
pub fn events(process: u64, address: &str, trace: &Trace) -> Vec<Value> {
    let view = View::of(trace);
    let probes = view.probes();
    let of = |host: Host| HOSTS.iter().position(|it| *it == host).unwrap_or_default();
    let mut events = vec![json!({
        "ph": "M", "name": "process_name", "pid": process, "args": { "name": address },
    })];
    events.extend(HOSTS.map(|host| {
        json!({
            "ph": "M", "name": "thread_name", "pid": process, "tid": of(host),
            "args": { "name": host.name() },
        })
    }));
    let span = |host: Host, name: String, from_us: u64, to_us: u64| {
        json!({
            "ph": "X", "name": name, "pid": process, "tid": of(host),
            "ts": from_us, "dur": to_us.saturating_sub(from_us),
        })
    };
    let moment = |host: Host, name: String, at_us: u64| {
        json!({
            "ph": "i", "s": "p", "name": name, "pid": process, "tid": of(host), "ts": at_us,
        })
    };
    for slot in &view.slots {
        let name = format!("slot {}", slot.number);
        events.push(span(Host::Operator, name, slot.begins_us, slot.ends_us));
        let due = "the payload request is due".to_owned();
        events.push(moment(Host::Sequencer, due, slot.request_due_us));
    }
    for exchange in &view.exchanges {
        let passed = exchange.passed.as_ref().map(|it| &it.meaning);
        let name = View::name(&probes, exchange.number, exchange.meaning().or(passed));
        if let Some(arrived) = &exchange.arrived {
            let end_us = exchange.arrives_us.or(exchange.closed_us);
            let end_us = end_us.unwrap_or(arrived.at_us);
            events.push(span(
                Host::Sequencer,
                name.clone(),
                arrived.begun_us,
                end_us,
            ));
        }
        if let Some(passed) = &exchange.passed {
            let given_us = exchange.given.as_ref().map(|given| given.at_us);
            let end_us = given_us.or(exchange.failed.map(|it| it.0));
            let end_us = end_us.unwrap_or(passed.at_us);
            events.push(span(Host::Builder, name, passed.at_us, end_us));
        }
    }
    for call in &view.users {
        let answered_us = call.answered.as_ref().map(|(at_us, _)| *at_us);
        let end_us = answered_us.or(call.failed.map(|it| it.0));
        let end_us = end_us.unwrap_or(call.sent_us);
        let name = call.meaning.name().to_owned();
        events.push(span(Host::Users, name, call.sent_us, end_us));
    }
    for entry in &trace.entries {
        let name = match &entry.what {
            What::Published(block) => format!("block {}", block.payload.block_number),
            What::Interfered { deed, .. } => crate::faults::sentence(deed),
            What::Did(Act::ReplaceHead) => "L1 replaces the head".to_owned(),
            What::Did(Act::SetBuilder(_)) => "the builder tuple is set".to_owned(),
            What::Died => "dies".to_owned(),
            What::Back => "is back".to_owned(),
            What::Panicked(why) => format!("panics: {why}"),
            What::Crossed { .. }
            | What::Restored(_)
            | What::Followed(_)
            | What::Did(Act::Probe { .. })
            | What::Says(_)
            | What::Logs(_)
            | What::Impossible(_)
            | What::Tasks(_) => continue,
        };
        events.push(moment(entry.host, name, entry.at_us));
    }
    events
}
