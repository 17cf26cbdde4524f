//! Whether two faults befall the same thing at the same time.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::plan::{Direction, Fault};

/// What only one fault at a time can befall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Process,
    ToBuilder,
    ToSequencer,
    /// The same, troubled and not dark.
    DisturbedToBuilder,
    DisturbedToSequencer,
    Engine,
}

/// When the faults are that do not overlap, and where each stands in the file: found by when it
/// begins, however many there are.
#[derive(Debug, Default)]
pub(super) struct Overlaps(BTreeMap<(Place, u64), (u64, Range<usize>)>);

impl Overlaps {
    /// Where a fault stands that this one, which stands there, overlaps; otherwise it takes its
    /// time. One that is over before it begins overlaps nothing.
    pub(super) fn place(&mut self, fault: &Fault, span: &Range<usize>) -> Option<Range<usize>> {
        let (places, lasts) = befalls(fault);
        if lasts.is_empty() {
            return None;
        }
        let found = places.iter().find_map(|place| self.at(*place, &lasts));
        if found.is_none() {
            for place in places {
                let (begins, ends) = ((*place, lasts.start), (lasts.end, span.clone()));
                self.0.insert(begins, ends);
            }
        }
        found
    }

    fn at(&self, place: Place, lasts: &Range<u64>) -> Option<Range<usize>> {
        // Those that are there do not overlap: only the last to begin before the end can.
        let before = (place, 0)..(place, lasts.end);
        let (_, (end, span)) = self.0.range(before).next_back()?;
        (*end > lasts.start).then(|| span.clone())
    }
}

/// What a fault befalls, and when.
fn befalls(fault: &Fault) -> (&'static [Place], Range<u64>) {
    let (from_ms, until_ms) = fault.times_ms();
    let lasts = from_ms..until_ms.unwrap_or(u64::MAX);
    match fault {
        // One that dies in the instant in which it is back was never back.
        Fault::Dies { .. } | Fault::Restarts { .. } => {
            let end = match until_ms {
                Some(back_at_ms) if back_at_ms <= from_ms => from_ms,
                Some(back_at_ms) => back_at_ms.saturating_add(1),
                None => u64::MAX,
            };
            (&[Place::Process], from_ms..end)
        }
        Fault::BlackHole { direction, .. } => {
            let places: &[Place] = match direction {
                Direction::SequencerToBuilder => &[Place::ToBuilder],
                Direction::BuilderToSequencer => &[Place::ToSequencer],
                Direction::Both => &[Place::ToBuilder, Place::ToSequencer],
            };
            (places, lasts)
        }
        Fault::Disturbs { direction, .. } => {
            let places: &[Place] = match direction {
                Direction::SequencerToBuilder => &[Place::DisturbedToBuilder],
                Direction::BuilderToSequencer => &[Place::DisturbedToSequencer],
                Direction::Both => &[Place::DisturbedToBuilder, Place::DisturbedToSequencer],
            };
            (places, lasts)
        }
        Fault::Engine { .. } => (&[Place::Engine], lasts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dies(at_ms: u64, back_at_ms: Option<u64>) -> Fault {
        Fault::Dies { at_ms, back_at_ms }
    }

    fn hole(direction: Direction, from_ms: u64, until_ms: Option<u64>) -> Fault {
        Fault::BlackHole {
            direction,
            from_ms,
            until_ms,
        }
    }

    /// Which of the faults, in this order, overlap one before them, and which they do.
    fn found(faults: &[Fault]) -> Vec<(usize, usize)> {
        let mut overlaps = Overlaps::default();
        let mut found = Vec::new();
        for (index, fault) in faults.iter().enumerate() {
            let earlier = overlaps.place(fault, &(index..index + 1));
            found.extend(earlier.map(|earlier| (index, earlier.start)));
        }
        found
    }

    #[test]
    fn what_overlaps_is_found_in_whatever_order_it_stands() {
        let apart = [
            dies(500, None),
            dies(100, Some(200)),
            dies(201, Some(499)),
            hole(Direction::SequencerToBuilder, 0, Some(10)),
            hole(Direction::Both, 10, Some(20)),
            hole(Direction::BuilderToSequencer, 0, Some(10)),
            hole(Direction::SequencerToBuilder, 20, None),
        ];
        assert_eq!(found(&apart), []);
        for (fault, of) in [
            (dies(50, Some(100)), 1),
            (dies(200, Some(200)), 7),
            (dies(200, Some(201)), 2),
            (dies(120, Some(130)), 1),
            (dies(0, None), 0),
            (dies(u64::MAX - 1, None), 0),
            (hole(Direction::Both, 5, Some(6)), 3),
            (hole(Direction::BuilderToSequencer, 19, None), 4),
            (hole(Direction::Both, 1000, Some(1001)), 6),
        ] {
            let mut faults = apart.to_vec();
            faults.push(fault.clone());
            let expected: &[_] = if of == 7 { &[] } else { &[(7, of)] };
            assert_eq!(found(&faults), expected, "{fault:?}");
        }
    }

    /// So that a file with very many faults is read in no time.
    #[test]
    fn as_many_as_a_file_can_hold_are_placed_by_looking_each_up() {
        let faults = (0..50_000).map(|index| dies(index * 1000, Some(index * 1000 + 999)));
        let mut overlaps = Overlaps::default();
        for fault in faults {
            assert_eq!(overlaps.place(&fault, &(0..1)), None);
        }
        assert_eq!(overlaps.0.len(), 50_000);
    }
}
