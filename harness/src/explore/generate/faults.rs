//! What befalls hosts and links.

use super::{Run, pick};
use crate::faults::{self, How, On};
use crate::plan::Fault;

impl Run<'_> {
    pub(super) fn faults(&self, slots: u64) -> Vec<Fault> {
        let end_ms = slots * self.block_time_ms;
        let mut faults = Vec::new();
        if self.swarm.process {
            let times = self.intervals("dies", end_ms, 100);
            faults.extend(
                times
                    .into_iter()
                    .map(|(at_ms, back_at_ms)| Fault::Dies { at_ms, back_at_ms }),
            );
        }
        if self.swarm.link {
            let times = self.intervals("black-hole", end_ms, 1);
            for (n, (from_ms, until_ms)) in (0..).zip(times) {
                let drawn = self.choose(n, faults::choices(On::Link));
                if let Some(How::Darken(directions)) = drawn.map(|fault| fault.how) {
                    faults.push(Fault::BlackHole {
                        direction: pick(self.keyed, "direction", n, directions),
                        from_ms,
                        until_ms,
                    });
                }
            }
        }
        faults
    }

    /// Draws one or two stretches of the run that are apart from each other: beginnings and, if
    /// ever, ends. All are multiples of the unit and before the end.
    fn intervals(&self, site: &str, end_ms: u64, unit_ms: u64) -> Vec<(u64, Option<u64>)> {
        let last = (end_ms - 1) / unit_ms;
        let mut stretches = Vec::new();
        let mut from = 0;
        for n in 0..self.keyed.between(site, 0, 0, 1..=2) {
            if from > last {
                break;
            }
            let draw = |what, range| self.keyed.between(site, 1 + n, what, range);
            let from_start = n == 0 && self.keyed.chance(site, 1 + n, 0, 20);
            let begin = if from_start { 0 } else { draw(1, from..=last) };
            let ends = begin < last && self.keyed.chance(site, 1 + n, 2, 80);
            if !ends {
                stretches.push((begin * unit_ms, None));
                break;
            }
            let end = draw(3, begin + 1..=last);
            stretches.push((begin * unit_ms, Some(end * unit_ms)));
            from = end + 1;
        }
        stretches
    }
}
