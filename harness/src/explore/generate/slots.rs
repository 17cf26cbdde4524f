//! What happens in a slot.

use std::borrow::Cow;

use super::{Run, pick};
use crate::faults::{self, Arrival, Brings, Choices, On};
use crate::plan::{
    BuilderChange, BuilderSetting, Deed, Expectation, Fault, ForwardPlan, ProbePlan, ReplyPlan,
    SlotPlan,
};
use crate::probes;

impl Run<'_> {
    pub(super) fn slot(&self, number: u64, faults: &[Fault]) -> SlotPlan {
        let request = self
            .happens(self.swarm.request, "request", number, 40)
            .then(|| self.choose(number, faults::choices(On::PayloadRequest)))
            .flatten();
        let head_update = self
            .happens(self.swarm.fork_choice, "fork-choice", number, 40)
            .then(|| self.choose(number, faults::choices(On::HeadUpdate)))
            .flatten();
        let brings = request.map_or(Brings::Payload, faults::Fault::brings);
        SlotPlan {
            probes: self.probes(number),
            reply: self.reply(number, brings, faults),
            request: request.map(|fault| self.deed(number, fault)),
            forward: self.forward(number),
            head_update: head_update.map(|fault| self.deed(number, fault)),
            no_tx_pool: self.happens(self.swarm.attributes, "no-tx-pool", number, 25),
            user_deposits: self.user_deposits(number),
            deposits: self.deposits(number),
            l1: self.l1_change(number),
            head_replaced_at_ms: self.head_replaced_at_ms(number),
            builder_changes: self.builder_changes(number),
            expect: Expectation::default(),
        }
    }

    /// Draws one of these faults by their weights. Each draws for itself, so that a fault that
    /// comes into the catalogue changes a plan only where it is drawn.
    pub(super) fn choose(
        &self,
        slot: u64,
        of: impl Iterator<Item = &'static faults::Fault>,
    ) -> Option<&'static faults::Fault> {
        let draws = |fault: &faults::Fault| {
            let turns = 0..fault.weight;
            turns
                .map(|turn| self.keyed.draw(fault.id, slot, turn))
                .max()
        };
        of.filter_map(|fault| Some((draws(fault)?, fault)))
            .max_by_key(|(drawn, _)| *drawn)
            .map(|(_, fault)| fault)
    }

    /// Draws the parameters of a fault.
    pub(super) fn deed(&self, slot: u64, fault: &'static faults::Fault) -> Deed {
        fault.parameters.iter().fold(fault.deed(), |deed, of| {
            let site = format!("{}/{}", fault.id, of.name);
            let value = match of.choices {
                Choices::Of(values) => pick(self.keyed, &site, slot, values),
                Choices::Between(low, high) => {
                    let range = 0..=low.abs_diff(high);
                    low.saturating_add_unsigned(self.keyed.between(&site, slot, 0, range))
                }
                Choices::Words(words) => {
                    return deed.saying(of.name, pick(self.keyed, &site, slot, words));
                }
            };
            deed.with(of.name, value)
        })
    }

    pub(super) fn happens(&self, exists: bool, site: &str, slot: u64, percent: u64) -> bool {
        exists && self.keyed.chance(site, slot, 0, percent)
    }

    fn reply(&self, slot: u64, brings: Brings, faults: &[Fault]) -> ReplyPlan {
        if brings == Brings::Nothing {
            return ReplyPlan::default();
        }
        let possible = |forged| {
            faults::choices(On::PayloadReply)
                .filter(move |fault| fault.is_forgery() == forged)
                .filter(|fault| fault.lacks_in(slot).is_none())
        };
        let fault = if self.happens(self.swarm.failures, "failure", slot, 40) {
            self.choose(slot, possible(false))
        } else if brings == Brings::Payload && self.happens(self.swarm.malice, "malice", slot, 50) {
            self.choose(slot, possible(true))
        } else {
            None
        };
        let arrival = fault.map_or(Arrival::AfterBuilder, |fault| fault.arrival);
        let is_timed =
            arrival != Arrival::Never && !self.swarm.jitter && !self.is_dark(slot, faults);
        // A slow builder that begins anew on another head may have nothing in time.
        let begins_anew = self.swarm.slow_builder && self.head_replaced_at_ms(slot).is_some();
        let timed = is_timed && !begins_anew && self.happens(self.swarm.timing, "timing", slot, 60);
        ReplyPlan {
            deed: fault.map(|fault| self.deed(slot, fault)),
            arrives_at_ms: timed.then(|| self.arrives_at_ms(slot)),
        }
    }

    /// Whether what is sent in a slot may be late because a link swallowed it at first.
    fn is_dark(&self, slot: u64, faults: &[Fault]) -> bool {
        let (begins_ms, ends_ms) = ((slot - 1) * self.block_time_ms, slot * self.block_time_ms);
        faults.iter().any(|fault| {
            let (from_ms, until_ms) = fault.times_ms();
            matches!(fault, Fault::BlackHole { .. } | Fault::Disturbs { .. })
                && from_ms < ends_ms
                && until_ms.is_none_or(|until_ms| until_ms > begins_ms)
        })
    }

    /// Mostly around the timeout, sometimes long after it: into the slots to come.
    fn arrives_at_ms(&self, slot: u64) -> u64 {
        let draw = |n, range| self.keyed.between("arrives", slot, n, range);
        let at_ms = match draw(0, 0..=9) {
            0..=4 => draw(1, 198..=202),
            5..=7 => draw(1, 1..=300),
            _ => draw(1, 201..=3 * self.block_time_ms),
        };
        // The builder computes no longer than a slot, so that this is within ten.
        at_ms.max(self.earliest_reply_ms)
    }

    fn forward(&self, slot: u64) -> ForwardPlan {
        if !self.happens(self.swarm.forward, "forward", slot, 50) {
            return ForwardPlan::default();
        }
        let fault = self.choose(slot, faults::choices(On::ForwardedTransaction));
        ForwardPlan {
            fails: self.keyed.between("forward/fails", slot, 0, 1..=8) as u32,
            deed: fault.map(|fault| self.deed(slot, fault)),
        }
    }

    fn probes(&self, slot: u64) -> Vec<ProbePlan> {
        if !self.happens(self.swarm.probes, "probes", slot, 50) {
            return Vec::new();
        }
        let draw = |what, n, highest: u64| self.keyed.between(what, slot, n, 0..=highest);
        let word = |what, n, words: &[&'static str]| {
            let last = words.len().checked_sub(1)?;
            words.get(draw(what, n, last as u64) as usize).copied()
        };
        let ids: Vec<&'static str> = probes::all()
            .filter(|probe| probe.is_harmless)
            .map(|probe| probe.id)
            .collect();
        let probe = |n| {
            let probe = probes::find(word("probe", n, &ids)?)?;
            Some(ProbePlan {
                member: word("probe/member", n, probe.members).map(Cow::Borrowed),
                written: word("probe/written", n, probe.written).map(Cow::Borrowed),
                times: draw("probe/times", n, 2) as u32 + 1,
                ..ProbePlan::of(probe.id, draw("probe/at", n, self.block_time_ms - 1))
            })
        };
        (0..=draw("probe/count", 0, 3)).filter_map(probe).collect()
    }

    fn user_deposits(&self, slot: u64) -> u32 {
        if self.happens(self.swarm.attributes, "user-deposits", slot, 40) {
            self.keyed.between("user-deposits", slot, 1, 1..=3) as u32
        } else {
            0
        }
    }

    fn head_replaced_at_ms(&self, slot: u64) -> Option<u64> {
        let replaced = slot > 1 && self.happens(self.swarm.head, "head", slot, 40);
        // The local engine has to build anew on the new head.
        let latest_ms = self.block_time_ms - self.local_build_ms.max(1);
        replaced.then(|| self.keyed.between("head/at", slot, 0, 1..=latest_ms))
    }

    fn builder_changes(&self, slot: u64) -> Option<BuilderChange> {
        let settings = [
            BuilderSetting::Builder,
            BuilderSetting::AnotherKey,
            BuilderSetting::Unset,
        ];
        self.happens(self.swarm.tuple, "tuple", slot, 40)
            .then(|| BuilderChange {
                at_ms: self
                    .keyed
                    .between("tuple/at", slot, 0, 0..=self.block_time_ms - 1),
                to: pick(self.keyed, "tuple/to", slot, &settings),
            })
    }
}
