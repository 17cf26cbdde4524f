//! What befalls hosts and links.

use super::{Run, pick};
use crate::faults::{self, On};
use crate::plan::Fault;

impl Run<'_> {
    pub(super) fn faults(&self, slots: u64) -> Vec<Fault> {
        let end_ms = slots * self.block_time_ms;
        let mut faults = Vec::new();
        if self.swarm.process {
            let times = self.intervals("dies", end_ms, 100);
            self.befall(On::Process, times, &mut faults);
        }
        if self.swarm.link {
            let times = self.intervals("black-hole", end_ms, 1);
            self.befall(On::Link, times, &mut faults);
        }
        if self.swarm.engine {
            let times = self.intervals("engine", end_ms, 1);
            self.befall(On::Engine, times, &mut faults);
        }
        faults
    }

    /// Draws what befalls something at these times.
    fn befall(&self, on: On, times: Vec<(u64, Option<u64>)>, faults: &mut Vec<Fault>) {
        for (n, times) in (0..).zip(times) {
            let Some(fault) = self.choose(n, faults::choices(on)) else {
                continue;
            };
            let directions = fault.directions();
            let is_of_link = !directions.is_empty();
            let direction = is_of_link.then(|| pick(self.keyed, "direction", n, directions));
            let deed = self.deed(n, fault);
            let number = fault.parameters.first().and_then(|of| deed.get(of.name));
            let number = number.and_then(|number| u64::try_from(number).ok());
            // One that never ends is drawn where there has to be an end: nothing befalls then.
            faults.extend(faults::planned(
                fault,
                direction,
                number.unwrap_or_default(),
                times,
            ));
        }
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
