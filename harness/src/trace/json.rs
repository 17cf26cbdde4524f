//! A trace for a machine: a line of JSON an event, and the digest of all lines.

use std::fmt;

use gauntlet_builder::Event as BuilderEvent;
use gauntlet_engine::Payload;
use gauntlet_rpc::WireEvent;
use gauntlet_sequencer::{Event as SequencerEvent, Origin};
use serde::Serializer;
use serde::ser::SerializeMap;
use sha2::{Digest as _, Sha256};

use super::{Entry, Tampering, Trace, What};

/// The SHA-256 of a trace's lines, each with its line feed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The digest of a trace.
#[must_use]
pub fn digest(trace: &Trace) -> Digest {
    let mut hasher = Sha256::new();
    let mut line = Vec::new();
    for entry in &trace.entries {
        line.clear();
        write_line(entry, &mut line);
        hasher.update(&line);
    }
    Digest(hasher.finalize().into())
}

/// A trace as lines of JSON: `at_us`, `host`, `event`, and the event's own members.
pub fn lines(trace: &Trace) -> impl Iterator<Item = String> {
    trace.entries.iter().map(|entry| {
        let mut line = Vec::new();
        write_line(entry, &mut line);
        line.pop();
        String::from_utf8(line).expect("JSON is UTF-8")
    })
}

fn write_line(entry: &Entry, line: &mut Vec<u8>) {
    let mut serializer = serde_json::Serializer::new(&mut *line);
    let written = serializer.serialize_map(None).and_then(|map| {
        let mut members = Members {
            map,
            result: Ok(()),
        };
        members
            .add("at_us", &entry.at_us)
            .add("host", entry.host.name());
        event(&entry.what, &mut members);
        members.result.and_then(|()| members.map.end())
    });
    written.expect("what is written has string keys and goes to memory");
    line.push(b'\n');
}

type Map<'a, 'b> = <&'a mut serde_json::Serializer<&'b mut Vec<u8>> as Serializer>::SerializeMap;

/// The members of a line, in the order of adding.
struct Members<'a, 'b> {
    map: Map<'a, 'b>,
    result: Result<(), serde_json::Error>,
}

impl Members<'_, '_> {
    fn add<T: serde::Serialize + ?Sized>(&mut self, key: &str, value: &T) -> &mut Self {
        if self.result.is_ok() {
            self.result = self.map.serialize_entry(key, value);
        }
        self
    }

    fn shown(&mut self, key: &str, value: &impl fmt::Display) -> &mut Self {
        self.add(key, &value.to_string())
    }
}

fn event(what: &What, to: &mut Members<'_, '_>) {
    match what {
        What::Wire(event) => wire(event, to),
        What::Sequencer(event) => sequencer(event, to),
        What::Builder(event) => builder(event, to),
        What::Tampered { method, id, how } => {
            let (side, how) = match how {
                Tampering::Request(how) => ("request", how),
                Tampering::Reply(how) | Tampering::Delay(how) => ("reply", how),
            };
            to.add("event", "tampered")
                .add("method", &**method)
                .add("id", &**id);
            to.add("message", side).add("how", how);
        }
        What::Impossible(why) => {
            to.add("event", "impossible").add("why", why);
        }
        What::Died => {
            to.add("event", "died");
        }
        What::Back => {
            to.add("event", "back");
        }
    }
}

fn wire(event: &WireEvent, to: &mut Members<'_, '_>) {
    match event {
        WireEvent::RequestSent {
            call,
            to: peer,
            method,
            params,
        } => {
            to.add("event", "request sent")
                .add("call", call)
                .add("to", &**peer);
            to.add("method", &**method).add("params", &**params);
        }
        WireEvent::CallEnded {
            call,
            to: peer,
            method,
            status,
            outcome,
        } => {
            to.add("event", "call ended")
                .add("call", call)
                .add("to", &**peer);
            to.add("method", &**method).add("status", status);
            match outcome {
                Ok(result) => to.add("result", &**result),
                Err(failure) => to.add("failure", &*failure.message),
            };
        }
        WireEvent::RequestReceived { id, method, params } => {
            to.add("event", "request received").add("id", &**id);
            to.add("method", &**method).add("params", &**params);
        }
        WireEvent::ReplySent {
            id,
            method,
            status,
            body,
        } => {
            to.add("event", "reply sent")
                .add("id", &**id)
                .add("method", &**method);
            to.add("status", status)
                .add("body", &String::from_utf8_lossy(body));
        }
    }
}

fn sequencer(event: &SequencerEvent, to: &mut Members<'_, '_>) {
    match event {
        SequencerEvent::ForkChoiceScheduled {
            number,
            parent,
            attributes,
        } => {
            to.add("event", "fork choice scheduled")
                .add("number", number);
            to.shown("parent", parent)
                .add("attributes", &attributes.to_wire());
        }
        SequencerEvent::LocalStarted { number } => {
            to.add("event", "local block started").add("number", number);
        }
        SequencerEvent::LocalSealed {
            number,
            hash,
            transactions,
        } => {
            to.add("event", "local block sealed").add("number", number);
            to.shown("hash", hash).add("transactions", transactions);
        }
        SequencerEvent::LocalFailed { number, reason } => {
            to.add("event", "local block failed")
                .add("number", number)
                .add("reason", reason);
        }
        SequencerEvent::Admitted { number, hash } => {
            to.add("event", "builder payload admitted")
                .add("number", number)
                .shown("hash", hash);
        }
        SequencerEvent::FellBack { number, cause } => {
            to.add("event", "fell back")
                .add("number", number)
                .shown("cause", cause);
        }
        SequencerEvent::Imported { number, hash } => {
            to.add("event", "imported")
                .add("number", number)
                .shown("hash", hash);
        }
        SequencerEvent::Published(published) => {
            to.add("event", "published")
                .add("origin", origin(published.origin));
            payload(&published.payload, to);
        }
        SequencerEvent::Missed { number } => {
            to.add("event", "missed").add("number", number);
        }
        SequencerEvent::HeadReplaced { payload: head } => {
            to.add("event", "head replaced");
            payload(head, to);
        }
        SequencerEvent::BuilderChanged { pubkey } => {
            to.add("event", "builder changed")
                .add("pubkey", &pubkey.map(|key| key.to_string()));
        }
        SequencerEvent::TransactionAccepted { hash } => {
            to.add("event", "transaction accepted").shown("hash", hash);
        }
        SequencerEvent::TransactionRefused { reason } => {
            to.add("event", "transaction refused").add("reason", reason);
        }
        SequencerEvent::Forwarded { hash, attempts } => {
            to.add("event", "forwarded")
                .shown("hash", hash)
                .add("attempts", attempts);
        }
        SequencerEvent::ForwardingFailed {
            hash,
            attempts,
            cause,
        } => {
            to.add("event", "forwarding failed")
                .add("level", "ERROR")
                .shown("hash", hash);
            to.add("attempts", attempts).add("cause", cause);
        }
        SequencerEvent::FeedFailed { method, cause } => {
            to.add("event", "feed failed")
                .add("method", *method)
                .add("cause", cause);
        }
    }
}

fn builder(event: &BuilderEvent, to: &mut Members<'_, '_>) {
    match event {
        BuilderEvent::JobStarted { number, parent } => {
            to.add("event", "job started")
                .add("number", number)
                .shown("parent", parent);
        }
        BuilderEvent::HeadFollowed { number, hash } => {
            to.add("event", "head followed")
                .add("number", number)
                .shown("hash", hash);
        }
        BuilderEvent::Behind { head } => {
            to.add("event", "behind").shown("head", head);
        }
        BuilderEvent::Sealed {
            number,
            hash,
            transactions,
        } => {
            to.add("event", "sealed")
                .add("number", number)
                .shown("hash", hash);
            to.add("transactions", transactions);
        }
        BuilderEvent::Refused { code, reason } => {
            to.add("event", "refused")
                .add("code", code)
                .add("reason", reason);
        }
        BuilderEvent::TransactionStored { hash } => {
            to.add("event", "transaction stored").shown("hash", hash);
        }
        BuilderEvent::TransactionRefused { reason } => {
            to.add("event", "transaction refused").add("reason", reason);
        }
    }
}

fn payload(payload: &Payload, to: &mut Members<'_, '_>) {
    to.add("payload", &payload.to_v2());
    to.shown(
        "parent_beacon_block_root",
        &payload.parent_beacon_block_root,
    );
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Builder => "builder",
        Origin::Local => "local",
    }
}
