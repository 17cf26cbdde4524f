//! Numbers in Prometheus' text.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gauntlet_rpc::{Page, ServerCounters, Tap, WireEvent};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tokio::time::Instant;

/// One label and its value.
type Label = [(&'static str, String); 1];

/// Counters by one label.
type Counters = Family<Label, Counter>;

/// The bounds of latencies, in seconds: the timeout of both methods is 0.2.
const LATENCIES: [f64; 12] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0,
];

/// How many calls under way are timed; the oldest one gives way.
const MAX_TIMED: usize = 4096;

/// What is counted in a process, cheap to clone.
#[derive(Clone)]
pub(super) struct Metrics(Arc<Inner>);

struct Inner {
    registry: Mutex<Registry>,
    counters: Mutex<BTreeMap<&'static str, Counters>>,
    head: Gauge,
    slots: Counter,
    calls: Family<Label, Histogram, fn() -> Histogram>,
    connections: Family<Label, Gauge<i64, AtomicI64>>,
    /// What servers refuse, by their doors.
    servers: Mutex<Vec<(&'static str, ServerCounters)>>,
    refused: Family<[(&'static str, String); 2], Counter>,
    timed: Mutex<BTreeMap<u64, Instant>>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    /// Makes the numbers of a process, all of them 0.
    pub(super) fn new() -> Self {
        let mut registry = Registry::with_prefix("gauntlet");
        let latency: fn() -> Histogram = || Histogram::new(LATENCIES);
        let calls = Family::new_with_constructor(latency);
        let inner = Inner {
            registry: Mutex::default(),
            counters: Mutex::default(),
            head: Gauge::default(),
            slots: Counter::default(),
            calls,
            connections: Family::default(),
            servers: Mutex::default(),
            refused: Family::default(),
            timed: Mutex::default(),
        };
        registry.register("head_number", "Number of the head", inner.head.clone());
        registry.register("slots", "Slots that have begun", inner.slots.clone());
        registry.register(
            "builder_call_seconds",
            "How long a call to the builder took, by its method",
            inner.calls.clone(),
        );
        registry.register(
            "connections",
            "Open connections, by the door they came in at",
            inner.connections.clone(),
        );
        registry.register(
            "refused",
            "What a server refused, by its door and by the bound",
            inner.refused.clone(),
        );
        *lock(&inner.registry) = registry;
        Self(Arc::new(inner))
    }

    /// Counts things by a label from now on.
    pub(super) fn counts(&self, name: &'static str, help: &'static str) {
        let counters = Counters::default();
        lock(&self.0.registry).register(name, help, counters.clone());
        lock(&self.0.counters).insert(name, counters);
    }

    /// Counts one thing.
    pub(super) fn count(&self, name: &'static str, label: &'static str, value: &str) {
        if let Some(counters) = lock(&self.0.counters).get(name) {
            counters.get_or_create(&[(label, value.to_owned())]).inc();
        }
    }

    /// A slot began.
    pub(super) fn slot(&self) {
        self.0.slots.inc();
    }

    /// There is a new head.
    pub(super) fn head(&self, number: u64) {
        self.0.head.set(i64::try_from(number).unwrap_or(i64::MAX));
    }

    /// A connection came in at a door.
    pub(super) fn connected(&self, door: &'static str) {
        let door = [("door", door.to_owned())];
        self.0.connections.get_or_create(&door).inc();
    }

    /// A connection of a door is closed.
    pub(super) fn disconnected(&self, door: &'static str) {
        let door = [("door", door.to_owned())];
        self.0.connections.get_or_create(&door).dec();
    }

    /// Shows what a server refuses.
    pub(super) fn server(&self, door: &'static str, counters: ServerCounters) {
        lock(&self.0.servers).push((door, counters));
    }

    /// A tap that times the calls of a client.
    pub(super) fn tap(&self) -> Tap {
        let metrics = self.clone();
        Tap::new(move |event| metrics.note(event))
    }

    fn note(&self, event: WireEvent) {
        match event {
            WireEvent::RequestSent { call, .. } => {
                let mut timed = lock(&self.0.timed);
                timed.insert(call, Instant::now());
                if timed.len() > MAX_TIMED {
                    timed.pop_first();
                }
            }
            WireEvent::CallEnded {
                call,
                method,
                outcome,
                ..
            } => {
                if let Some(began) = lock(&self.0.timed).remove(&call) {
                    let method = [("method", method.to_string())];
                    let took = began.elapsed().as_secs_f64();
                    self.0.calls.get_or_create(&method).observe(took);
                }
                if outcome.is_err() {
                    self.count("builder_call_failures", "method", &method);
                }
            }
            WireEvent::RequestReceived { .. } | WireEvent::ReplySent { .. } => {}
        }
    }

    /// The page that shows all of it.
    pub(super) fn page(&self) -> Page {
        for (door, counters) in &*lock(&self.0.servers) {
            let counts = counters.read();
            for (what, count) in [
                ("failed-accepts", counts.failed_accepts),
                ("connections", counts.refused_connections),
                ("idle-connections", counts.evicted_connections),
                ("bodies", counts.refused_bodies),
                ("tokens", counts.refused_tokens),
            ] {
                let labels = [("door", (*door).to_owned()), ("what", what.to_owned())];
                let shown = self.0.refused.get_or_create(&labels);
                shown.inner().store(count, Ordering::Relaxed);
            }
        }
        let mut text = String::new();
        encode(&mut text, &lock(&self.0.registry)).expect("text can always be written to memory");
        Page {
            status: 200,
            content_type: "application/openmetrics-text; version=1.0.0; charset=utf-8",
            text,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
