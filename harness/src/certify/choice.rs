//! Which cases of a suite can be played on a real wire, and in which tier.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plan::{ChainPlan, Plan, ProbePlan, SequencerPlan, SlotPlan, TrafficPlan};
use crate::probes;
use crate::rules::{self, Subject};

/// What a certification tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Requests that leave a builder as it was: transport, structures, encodings, signatures, errors.
    Wire,
    /// That, and heads, attributes, blocks and transactions of every kind.
    Build,
    /// That, and load: many at once, floods, clients that go away.
    Soak,
}

impl Tier {
    /// All of them; each has what those before it have.
    pub const ALL: [Self; 3] = [Self::Wire, Self::Build, Self::Soak];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wire => "wire",
            Self::Build => "build",
            Self::Soak => "soak",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The block time of scenarios that say nothing of it.
pub(super) const USUAL_MS: u64 = 2000;

/// The probe that forwards a transaction.
const TRANSACTION: &str = "transaction";

/// How often a request is sent in one case of the tiers before `soak` at most.
const FEW: u32 = 32;

/// The rules for builders that a plan is for.
pub(super) fn builders_rules(plan: &Plan) -> impl Iterator<Item = &'static str> {
    let is_for = |rule: &&rules::Rule| plan.exercises.iter().any(|id| id == rule.id);
    let all = rules::all().filter(|rule| rule.subject == Subject::Builder);
    all.filter(is_for).map(|rule| rule.id)
}

/// The first tier in which a plan is played.
///
/// # Errors
///
/// Why it is played in a simulation alone.
pub fn tier_of(plan: &Plan) -> Result<Tier, &'static str> {
    if builders_rules(plan).next().is_none() {
        return Err("it is for no rule of builders");
    }
    let chain = ChainPlan {
        block_time_ms: plan.chain.block_time_ms,
        ..ChainPlan::default()
    };
    let sequencer = SequencerPlan::for_block_time(plan.chain.block_time_ms);
    let bars = [
        (!plan.faults.is_empty(), "hosts die and links fail in it"),
        (
            plan.builder.build_ms > 0,
            "it says how long the builder computes",
        ),
        (
            plan.builder.engine_jwt,
            "its tokens are of a simulated clock",
        ),
        (plan.chain != chain, "it is of another chain"),
        (
            plan.chain.block_time_ms != USUAL_MS,
            "it is of another block time",
        ),
        (
            plan.sequencer != sequencer,
            "its sequencer is set up otherwise",
        ),
        (
            plan.traffic != TrafficPlan::default(),
            "its users send something else",
        ),
        (
            plan.slots.iter().any(befalls_sequencer),
            "what it is about befalls the sequencer",
        ),
    ];
    if let Some((_, why)) = bars.into_iter().find(|(is_barred, _)| *is_barred) {
        return Err(why);
    }
    let mut probes = plan.slots.iter().flat_map(|slot| &slot.probes);
    if probes.clone().any(|probe| probe.times > FEW) {
        return Ok(Tier::Soak);
    }
    let asked_ms = USUAL_MS - sequencer.reserved_ms();
    let of_forms = builders_rules(plan).all(|rule| rule.starts_with("forward-transaction/"));
    let is_alone = of_forms && probes.clone().count() == 1;
    let is_harmless = |planned: &ProbePlan| {
        // One transaction in its pool, if it takes it, is as a builder is at any time.
        let is_one_transaction = is_alone && planned.send == TRANSACTION;
        // What comes after the payload request has a moment of its own.
        let is_before = planned.at_ms < asked_ms;
        is_before
            && (is_one_transaction || probes::find(&planned.send).is_some_and(|it| it.is_harmless))
    };
    let is_plain = |slot: &SlotPlan| {
        let bare = SlotPlan {
            probes: Vec::new(),
            expect: slot.expect.clone(),
            ..slot.clone()
        };
        let plain = SlotPlan {
            expect: slot.expect.clone(),
            ..SlotPlan::default()
        };
        bare == plain
    };
    let of_one_slot = plan.slots.iter().filter(|it| !it.probes.is_empty()).count() == 1;
    let is_wire = of_one_slot && plan.slots.iter().all(is_plain) && probes.all(is_harmless);
    Ok(if is_wire { Tier::Wire } else { Tier::Build })
}

/// Whether a slot says what becomes of replies, of forwarded transactions or of the sequencer.
fn befalls_sequencer(slot: &SlotPlan) -> bool {
    slot.reply != Default::default()
        || slot.forward != Default::default()
        || slot.builder_changes.is_some()
        || slot.l1 != Default::default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Fault;

    fn plan(probes: Vec<ProbePlan>) -> Plan {
        let slot = SlotPlan {
            probes,
            ..SlotPlan::default()
        };
        Plan {
            exercises: vec!["transport/id".to_owned()],
            slots: vec![slot],
            ..Plan::default()
        }
    }

    #[test]
    fn what_leaves_a_builder_as_it_was_is_of_the_wire() {
        let tier = |probes| tier_of(&plan(probes));
        assert_eq!(tier(vec![ProbePlan::of("id", 700)]), Ok(Tier::Wire));
        assert_eq!(tier(vec![ProbePlan::of("update", 700)]), Ok(Tier::Build));
        let flood = ProbePlan {
            times: 1000,
            ..ProbePlan::of("update", 700)
        };
        assert_eq!(tier(vec![flood]), Ok(Tier::Soak));
        let mut replaced = plan(vec![ProbePlan::of("id", 700)]);
        replaced.slots[0].head_replaced_at_ms = Some(900);
        assert_eq!(tier_of(&replaced), Ok(Tier::Build));
    }

    #[test]
    fn what_no_wire_can_show_is_said_with_the_reason() {
        let mut of_none = plan(Vec::new());
        of_none.exercises = vec!["failsafe/one-block".to_owned()];
        assert!(tier_of(&of_none).is_err());
        let mut dies = plan(Vec::new());
        dies.faults.push(Fault::Dies {
            at_ms: 100,
            back_at_ms: None,
        });
        assert_eq!(tier_of(&dies), Err("hosts die and links fail in it"));
        let mut late = plan(Vec::new());
        late.slots[0].reply.arrives_at_ms = Some(199);
        assert!(tier_of(&late).unwrap_err().contains("sequencer"));
    }
}
