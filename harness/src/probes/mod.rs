//! The catalogue of probes: what somebody else can send to a builder, as data.
//!
//! A probe is bytes that are made of what is known at that moment, and whoever sends them knows
//! nothing else: a simulation's proxy, or anybody with a URL. What a builder has to make of them is
//! for the rules to say, which judge any traffic.
//!
//! | module | what belongs there |
//! |---|---|
//! | `entry` | what an entry says: [`Probe`], and what is sent: [`Shot`] |
//! | `known` | what is known of the chain and the builder's work: [`Known`] |
//! | `transport` | requests that are odd as HTTP or as JSON-RPC |
//! | `requests` | payload requests: each member, each signature, each head |
//! | `transactions` | forwarded transactions |
//! | `chain` | blocks that the builder has |
//! | `tokens` | tokens of the Engine API |
//! | `engine` | heads, attributes and blocks |
//! | `framing` | requests that are odd in how they lie in the stream |

mod chain;
mod engine;
mod entry;
mod framing;
mod known;
mod requests;
mod tokens;
mod transactions;
mod transport;

use alloy_primitives::U256;

use crate::plan::ProbePlan;

pub use entry::{Probe, Shot};
pub use known::Known;

/// Every probe, by kind, in the order in which messages list them.
pub const CATALOGUE: [&[Probe]; 7] = [
    transport::PROBES,
    framing::PROBES,
    requests::PROBES,
    transactions::PROBES,
    engine::PROBES,
    tokens::PROBES,
    chain::PROBES,
];

/// The order of secp256k1.
const ORDER: U256 = U256::from_limbs([
    0xbfd2_5e8c_d036_4141,
    0xbaae_dce6_af48_a03b,
    0xffff_ffff_ffff_fffe,
    0xffff_ffff_ffff_ffff,
]);

/// Every probe.
pub fn all() -> impl Iterator<Item = &'static Probe> + Clone {
    CATALOGUE.into_iter().flatten()
}

/// The probe of this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Probe> {
    all().find(|probe| probe.id == id)
}

/// What a plan says is sent, made of what is known; nothing if the catalogue does not know it, or
/// if not enough is known.
#[must_use]
pub fn shots(planned: &ProbePlan, known: &mut Known) -> Vec<Shot> {
    let Some(probe) = find(&planned.send) else {
        return Vec::new();
    };
    let member = planned.member.as_deref().unwrap_or_default();
    let written = planned.written.as_deref();
    let written = written.or(probe.written.first().copied());
    (probe.make)(known, member, written.unwrap_or_default())
}
