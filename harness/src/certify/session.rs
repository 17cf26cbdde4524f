//! Cases that are played one after another on one chain: what a builder at a URL is put through.
//!
//! A builder that runs already has one chain, and a chain goes on. So the cases of a tier become the
//! slots of one plan: those that need no slot of their own share one, a few milliseconds apart, and
//! the others follow each other. A few slots in which nothing happens stand first and last.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::choice::{Tier, USUAL_MS, builders_rules, tier_of};
use crate::plan::{Expectation, Keyed, Plan, ProbePlan, SequencerPlan, SlotPlan, TrafficPlan};
use crate::suite::Case;

/// How many slots are plain before and after all cases: whether all is well.
pub(super) const PLAIN: usize = 2;

/// From when on, of a slot of the usual block time, requests of several cases are sent.
const FROM_MS: u64 = 300;

/// Until when: before the block is requested.
const TO_MS: u64 = 1300;

/// How far two of them are apart at least.
const APART_MS: u64 = 20;

/// How much of a case's tail is left to it: a slot in which nothing happens any more.
const REST: usize = 1;

/// Cases, as they are played, and the plan that they make together.
#[derive(Clone, Debug)]
pub struct Session {
    /// The plan.
    pub plan: Plan,
    /// The cases, in the order in which they are played.
    pub cases: Vec<Played>,
    /// Whether these are all that the tier has.
    pub is_whole: bool,
    /// The cases that are for rules of builders and are not played, and why.
    pub left_out: Vec<(String, &'static str)>,
}

/// A case of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Played {
    /// Its address.
    pub address: String,
    /// What it is, as a sentence.
    pub title: String,
    /// The rules for builders that it is for.
    pub rules: Vec<String>,
    /// Its tier.
    pub tier: Tier,
    /// Its slots, counted from 0; whether they are its own depends on the tier.
    pub slots: Range<usize>,
    /// Its probes, counted from 0 over all slots.
    pub probes: Range<u32>,
}

impl Played {
    /// Whether nothing else happens in its slots.
    #[must_use]
    pub const fn has_slots(&self) -> bool {
        !matches!(self.tier, Tier::Wire)
    }
}

impl Session {
    /// The session of these cases up to a tier, in an order that follows from the seed, at a block
    /// time in milliseconds.
    #[must_use]
    pub fn of(cases: &[Case], tier: Tier, seed: u64, block_time_ms: u64) -> Self {
        let keyed = Keyed::new(seed);
        let (mut chosen, mut left_out) = (Vec::new(), Vec::new());
        for case in cases {
            let Ok(plan) = &case.input else { continue };
            match tier_of(plan) {
                Ok(of) if of <= tier => chosen.push((of, case, plan)),
                Ok(_) => left_out.push((case.address.clone(), "it is of a later tier")),
                Err(why) => {
                    if builders_rules(plan).next().is_some() {
                        left_out.push((case.address.clone(), why));
                    }
                }
            }
        }
        chosen.sort_by_key(|(of, case, _)| (*of, keyed.draw(&case.address, 0, 0)));
        let mut script = Script {
            block_time_ms,
            slots: vec![plain(); PLAIN],
            cases: Vec::new(),
            probes: 0,
            at_ms: FROM_MS,
        };
        for (of, case, plan) in chosen {
            script.add(of, case, plan);
        }
        script.slots.extend(vec![plain(); PLAIN]);
        let mut made = Plan {
            title: Self::title(tier),
            seed,
            traffic: TrafficPlan::default(),
            sequencer: SequencerPlan::for_block_time(block_time_ms),
            slots: script.slots,
            ..Plan::default()
        };
        made.chain.block_time_ms = block_time_ms;
        Self {
            plan: made,
            cases: script.cases,
            is_whole: true,
            left_out,
        }
    }

    /// What the plan of a tier is called.
    #[must_use]
    pub fn title(tier: Tier) -> String {
        format!("A builder is tried: {tier}")
    }

    /// The case that a probe is of, by its number.
    #[must_use]
    pub fn of_probe(&self, number: u32) -> Option<usize> {
        self.cases
            .iter()
            .position(|case| case.probes.contains(&number))
    }

    /// The case that has the slot to itself in which this happens, in microseconds since the run
    /// began.
    #[must_use]
    pub fn of_time(&self, at_us: u64) -> Option<usize> {
        let slot = usize::try_from(at_us / (self.plan.chain.block_time_ms * 1000)).ok()?;
        let is_in = |case: &Played| case.has_slots() && case.slots.contains(&slot);
        self.cases.iter().position(is_in)
    }
}

fn plain() -> SlotPlan {
    SlotPlan::default()
}

/// A session that is being written.
struct Script {
    block_time_ms: u64,
    slots: Vec<SlotPlan>,
    cases: Vec<Played>,
    probes: u32,
    /// When the next request can be sent in a slot that cases share, at the usual block time.
    at_ms: u64,
}

impl Script {
    fn add(&mut self, tier: Tier, case: &Case, plan: &Plan) {
        let (slots, probes) = match tier {
            Tier::Wire => self.share(plan),
            Tier::Build | Tier::Soak => self.append(plan),
        };
        self.cases.push(Played {
            address: case.address.clone(),
            title: plan.title.clone(),
            rules: builders_rules(plan).map(str::to_owned).collect(),
            tier,
            slots,
            probes,
        });
    }

    /// Adds probes to the slot that cases share now, or to the next one if they do not fit.
    fn share(&mut self, plan: &Plan) -> (Range<usize>, Range<u32>) {
        let probes: Vec<&ProbePlan> = plan.slots.iter().flat_map(|it| &it.probes).collect();
        let first_ms = probes.iter().map(|it| it.at_ms).min().unwrap_or(FROM_MS);
        let last_ms = probes.iter().map(|it| it.at_ms).max().unwrap_or(FROM_MS);
        let lasts_ms = (last_ms - first_ms).min(TO_MS - FROM_MS);
        if self.slots.len() == PLAIN || self.at_ms + lasts_ms > TO_MS {
            self.slots.push(plain());
            self.at_ms = FROM_MS;
        }
        let (begins_ms, first) = (self.at_ms, self.probes);
        let moved = probes.into_iter().map(|probe| ProbePlan {
            at_ms: self.scaled(begins_ms + (probe.at_ms - first_ms).min(lasts_ms)),
            ..probe.clone()
        });
        let moved: Vec<_> = moved.collect();
        self.at_ms = begins_ms + lasts_ms + APART_MS;
        self.probes += count(moved.len());
        let slot = self.slots.len() - 1;
        self.slots[slot].probes.extend(moved);
        (slot..slot + 1, first..self.probes)
    }

    /// Adds slots, and one in which nothing happens after them. Those in which nothing happens before
    /// the first in which something does are left out: the chain is long enough.
    fn append(&mut self, plan: &Plan) -> (Range<usize>, Range<u32>) {
        let (begins, first) = (self.slots.len(), self.probes);
        let nothing = |slot: &&SlotPlan| {
            SlotPlan {
                expect: Expectation::default(),
                ..(*slot).clone()
            } == plain()
        };
        let lead = plan.slots.iter().take_while(nothing).count();
        for slot in plan.slots.iter().skip(lead) {
            let mut slot = slot.clone();
            slot.expect = Expectation::default();
            // In the order of their times, as they are numbered.
            slot.probes.sort_by_key(|probe| probe.at_ms);
            for probe in &mut slot.probes {
                probe.at_ms = self.scaled(probe.at_ms);
            }
            slot.head_replaced_at_ms = slot.head_replaced_at_ms.map(|at_ms| self.scaled(at_ms));
            self.probes += count(slot.probes.len());
            self.slots.push(slot);
        }
        self.slots.extend(vec![plain(); REST]);
        (begins..self.slots.len(), first..self.probes)
    }

    /// When what happens at this time of a slot of the usual block time happens in one of this
    /// block time: as far before or behind the payload request, in proportion.
    fn scaled(&self, at_ms: u64) -> u64 {
        let asked_ms = |block_time_ms| {
            let sequencer = SequencerPlan::for_block_time(block_time_ms);
            block_time_ms - sequencer.reserved_ms()
        };
        let (usual, here) = (asked_ms(USUAL_MS), asked_ms(self.block_time_ms));
        match at_ms.checked_sub(usual) {
            None => at_ms * here / usual,
            Some(behind_ms) => here + behind_ms * (self.block_time_ms - here) / (USUAL_MS - usual),
        }
    }
}

fn count(probes: usize) -> u32 {
    u32::try_from(probes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Suite;

    fn session(tier: Tier, block_time_ms: u64) -> Session {
        Session::of(&Suite::embedded().cases(), tier, 7, block_time_ms)
    }

    /// Each probe of the plan, in the order of their times.
    fn in_time(plan: &Plan) -> Vec<(usize, &ProbePlan)> {
        let slots = plan.slots.iter().enumerate();
        let probes = slots.flat_map(|(slot, it)| it.probes.iter().map(move |probe| (slot, probe)));
        let mut probes: Vec<_> = probes.collect();
        probes.sort_by_key(|(slot, probe)| (*slot, probe.at_ms));
        probes
    }

    #[test]
    fn every_probe_is_of_the_case_that_says_so() {
        let suite = Suite::embedded();
        for block_time_ms in [1000, 2000, 6000] {
            let session = session(Tier::Soak, block_time_ms);
            let probes = in_time(&session.plan);
            let (mut next, mut of_all) = (0, 0);
            for case in &session.cases {
                assert_eq!(case.probes.start, next, "{}", case.address);
                next = case.probes.end;
                let plan = suite.case(&case.address).input.unwrap();
                let mut sent: Vec<_> = in_time(&plan);
                sent.sort_by_key(|(slot, probe)| (*slot, probe.at_ms));
                let range = case.probes.start as usize..case.probes.end as usize;
                of_all += range.len();
                let played: Vec<_> = probes[range].iter().map(|(_, it)| it.to_string()).collect();
                let said: Vec<_> = sent.iter().map(|(_, it)| it.to_string()).collect();
                assert_eq!(played, said, "{}", case.address);
            }
            assert_eq!(of_all, probes.len());
        }
    }

    #[test]
    fn requests_of_several_cases_are_apart_and_before_the_payload_request() {
        let session = session(Tier::Wire, 2000);
        assert!(session.cases.len() > 250, "{}", session.cases.len());
        assert!(
            session.plan.slots.len() < 20,
            "{}",
            session.plan.slots.len()
        );
        for slot in &session.plan.slots {
            let times: Vec<_> = slot.probes.iter().map(|it| it.at_ms).collect();
            assert!(times.is_sorted());
            assert!(times.iter().all(|at_ms| (FROM_MS..1500).contains(at_ms)));
        }
    }

    #[test]
    fn each_tier_has_what_those_before_it_have_and_its_order_is_of_the_seed() {
        let addresses = |session: &Session| -> Vec<String> {
            session.cases.iter().map(|it| it.address.clone()).collect()
        };
        let (wire, build, soak) = (
            session(Tier::Wire, 2000),
            session(Tier::Build, 2000),
            session(Tier::Soak, 2000),
        );
        let [wire, build, soak] = [&wire, &build, &soak].map(addresses);
        assert!(build.starts_with(&wire) && build.len() > wire.len() + 40);
        assert!(soak.starts_with(&build) && soak.len() > build.len());
        let other = Session::of(&Suite::embedded().cases(), Tier::Wire, 8, 2000);
        assert_ne!(addresses(&other), wire);
    }

    #[test]
    fn a_time_stands_as_far_from_the_request_in_proportion() {
        let script = |block_time_ms| Script {
            block_time_ms,
            slots: Vec::new(),
            cases: Vec::new(),
            probes: 0,
            at_ms: 0,
        };
        for (block_time_ms, at_ms, scaled_ms) in [
            (2000, 700, 700),
            (2000, 1900, 1900),
            (1000, 0, 0),
            (1000, 1500, 650),
            (1000, 1750, 825),
            (6000, 1500, 5500),
        ] {
            assert_eq!(script(block_time_ms).scaled(at_ms), scaled_ms);
        }
    }
}
