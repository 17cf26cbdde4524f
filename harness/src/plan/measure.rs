//! Whether a plan's times can be reckoned with.

use super::Plan;

/// The longest time of a plan, in milliseconds: a year. Sums and products of a few of them, and of
/// as many slots as memory holds, stay far below what 64 bits hold.
const LONGEST_MS: u64 = 366 * 24 * 60 * 60 * 1000;

/// The highest number of a slot.
const LAST_SLOT: u64 = u32::MAX as u64;

impl Plan {
    /// What in this plan no run can have, if there is such a thing: a slot without length, or with
    /// too short a one for its request, or a time beyond all measure. A scenario file has narrower
    /// bounds; this is for a plan from elsewhere.
    #[must_use]
    pub fn beyond_measure(&self) -> Option<String> {
        let slot_ms = self.chain.block_time_ms;
        if slot_ms == 0 {
            return Some("a slot of 0 ms".to_owned());
        }
        let times = self.times_ms();
        for (what, ms) in times {
            if ms > LONGEST_MS {
                return Some(format!("{what} of {ms} ms is beyond all measure"));
            }
        }
        if self.sequencer.reserved_ms() > slot_ms {
            return Some(format!(
                "no payload request fits into a slot of {slot_ms} ms"
            ));
        }
        let holocene = self.chain.holocene_at_slot;
        (holocene > LAST_SLOT).then(|| format!("slot {holocene} is beyond all measure"))
    }

    fn times_ms(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let of_slots = self.slots.iter().flat_map(|slot| {
            [
                ("an arrival", slot.reply.arrives_at_ms),
                ("a new head's time", slot.head_replaced_at_ms),
                ("a change's time", slot.builder_changes.map(|of| of.at_ms)),
            ]
        });
        let of_probes = self.slots.iter().flat_map(|slot| &slot.probes);
        let of_probes = of_probes.map(|probe| ("a probe's time", Some(probe.at_ms)));
        let of_faults = self.faults.iter().flat_map(|fault| {
            let (from_ms, until_ms) = fault.times_ms();
            [
                ("a fault's beginning", Some(from_ms)),
                ("a fault's end", until_ms),
            ]
        });
        let of_run = [
            ("a block time", self.chain.block_time_ms),
            ("a latency", self.network.sequencer_to_builder_ms),
            ("a latency", self.network.builder_to_sequencer_ms),
            ("a latency", self.network.users_ms),
            ("a jitter", self.network.jitter_ms),
            ("an import budget", self.sequencer.import_budget_ms),
            ("a build", self.sequencer.build_ms),
            ("a validation", self.sequencer.validate_ms),
            ("a build", self.builder.build_ms),
        ];
        let given = |(what, ms): (_, Option<u64>)| ms.map(|ms| (what, ms));
        let of_parts = of_slots.chain(of_probes).chain(of_faults).filter_map(given);
        of_run.into_iter().chain(of_parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{BuilderChange, BuilderSetting, Direction, Fault, SlotPlan};

    #[test]
    fn what_cannot_be_reckoned_with_is_named() {
        let changed = |change: fn(&mut Plan)| {
            let mut plan = Plan {
                slots: vec![SlotPlan::default()],
                ..Plan::default()
            };
            change(&mut plan);
            plan.beyond_measure()
        };
        assert_eq!(changed(|_| ()), None);
        assert_eq!(changed(|plan| plan.builder.build_ms = LONGEST_MS), None);
        for (change, named) in [
            (
                (|plan| plan.chain.block_time_ms = 0) as fn(&mut Plan),
                "a slot of 0 ms",
            ),
            (|plan| plan.chain.block_time_ms = 499, "of 499 ms"),
            (|plan| plan.chain.block_time_ms = u64::MAX, "a block time"),
            (
                |plan| plan.chain.holocene_at_slot = 1 << 32,
                "slot 4294967296",
            ),
            (|plan| plan.network.users_ms = LONGEST_MS + 1, "a latency"),
            (
                |plan| plan.sequencer.import_budget_ms = u64::MAX,
                "an import budget",
            ),
            (
                |plan| plan.slots[0].reply.arrives_at_ms = Some(u64::MAX),
                "an arrival",
            ),
            (
                |plan| {
                    plan.slots[0].builder_changes = Some(BuilderChange {
                        at_ms: u64::MAX,
                        to: BuilderSetting::Unset,
                    });
                },
                "a change",
            ),
            (
                |plan| {
                    plan.faults = vec![Fault::BlackHole {
                        direction: Direction::Both,
                        from_ms: 0,
                        until_ms: Some(u64::MAX),
                    }];
                },
                "a fault's end",
            ),
        ] {
            let why = changed(change).expect("it is beyond all measure");
            assert!(why.contains(named), "{why}");
        }
    }
}
