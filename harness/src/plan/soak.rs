//! A run that is repeated until it is long: what is left behind, or wears out, shows only then.

use thiserror::Error;

use super::{Expectation, Fault, Plan, SlotPlan};

/// Why a plan cannot be repeated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unrepeatable {
    /// One of its faults has no end.
    #[error("the fault from {from_ms} ms on has no end, so that it cannot come again")]
    Endless {
        /// When it begins.
        from_ms: u64,
    },
    /// One of its faults outlasts its slots.
    #[error(
        "the fault until {until_ms} ms outlasts the slots, which end at {ends_ms} ms, so that it \
         cannot come again after them"
    )]
    Outlasting {
        /// When the fault ends.
        until_ms: u64,
        /// When the slots end.
        ends_ms: u64,
    },
    /// There is nothing in it.
    #[error("there is no slot to repeat")]
    Empty,
}

impl Plan {
    /// The same slots, faults and changes again and again, until there are so many slots. What the
    /// slots expect is left out: the rules judge, and what is so in a first slot need not be so in
    /// a hundredth.
    ///
    /// ```
    /// use gauntlet::plan::{Plan, SlotPlan};
    ///
    /// let once = Plan { slots: vec![SlotPlan::default(); 3], ..Plan::default() };
    /// assert_eq!(once.lasting(2000)?.slots.len(), 2000);
    /// # Ok::<(), gauntlet::plan::Unrepeatable>(())
    /// ```
    ///
    /// # Errors
    ///
    /// There is no slot, or a fault does not end with the slots.
    pub fn lasting(&self, slots: usize) -> Result<Self, Unrepeatable> {
        if self.slots.is_empty() {
            return Err(Unrepeatable::Empty);
        }
        let once_ms = self.chain.block_time_ms * self.slots.len() as u64;
        for fault in &self.faults {
            match fault.times_ms() {
                (from_ms, None) => return Err(Unrepeatable::Endless { from_ms }),
                (_, Some(until_ms)) if until_ms > once_ms => {
                    return Err(Unrepeatable::Outlasting {
                        until_ms,
                        ends_ms: once_ms,
                    });
                }
                (_, Some(_)) => {}
            }
        }
        let ends_ms = self.chain.block_time_ms * slots as u64;
        let mut faults = Vec::new();
        for begins_ms in (0..ends_ms).step_by(usize::try_from(once_ms).unwrap_or(usize::MAX)) {
            let again = self.faults.iter().map(|fault| fault.later(begins_ms));
            faults.extend(again.filter(|fault| fault.times_ms().1.is_some_and(|ms| ms <= ends_ms)));
        }
        let unexpecting = |slot: &SlotPlan| SlotPlan {
            expect: Expectation::default(),
            ..slot.clone()
        };
        Ok(Self {
            faults,
            slots: self
                .slots
                .iter()
                .map(unexpecting)
                .cycle()
                .take(slots)
                .collect(),
            ..self.clone()
        })
    }
}

impl Fault {
    /// The same, so much later.
    fn later(&self, by_ms: u64) -> Self {
        let mut later = self.clone();
        let (begins, ends) = match &mut later {
            Self::Restarts {
                at_ms, back_at_ms, ..
            } => {
                *at_ms += by_ms;
                *back_at_ms += by_ms;
                return later;
            }
            Self::Dies { at_ms, back_at_ms } => (at_ms, back_at_ms),
            Self::BlackHole {
                from_ms, until_ms, ..
            }
            | Self::Disturbs {
                from_ms, until_ms, ..
            }
            | Self::Engine {
                from_ms, until_ms, ..
            } => (from_ms, until_ms),
        };
        *begins += by_ms;
        if let Some(ends) = ends {
            *ends += by_ms;
        }
        later
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dies(at_ms: u64, back_at_ms: Option<u64>) -> Fault {
        Fault::Dies { at_ms, back_at_ms }
    }

    #[test]
    fn faults_come_again_with_their_slots_and_end_with_the_run() {
        let mut slots = vec![SlotPlan::default(); 2];
        slots[1].user_deposits = 1;
        slots[1].expect.requests = Some(1);
        let once = Plan {
            faults: vec![dies(100, Some(200)), dies(3000, Some(3900))],
            slots,
            ..Plan::default()
        };
        let long = once.lasting(5).expect("it can be repeated");
        let deposits: Vec<_> = long.slots.iter().map(|slot| slot.user_deposits).collect();
        assert_eq!(deposits, [0, 1, 0, 1, 0]);
        assert!(
            long.slots
                .iter()
                .all(|slot| slot.expect == Expectation::default())
        );
        let times: Vec<_> = long.faults.iter().map(Fault::times_ms).collect();
        let expected = [
            (100, 200),
            (3000, 3900),
            (4100, 4200),
            (7000, 7900),
            (8100, 8200),
        ];
        assert_eq!(times, expected.map(|(from, until)| (from, Some(until))));
    }

    #[test]
    fn what_does_not_end_cannot_be_repeated() {
        let with = |fault| Plan {
            faults: vec![fault],
            slots: vec![SlotPlan::default()],
            ..Plan::default()
        };
        let endless = with(dies(100, None)).lasting(10);
        assert_eq!(endless, Err(Unrepeatable::Endless { from_ms: 100 }));
        let outlasting = with(dies(100, Some(2001))).lasting(10);
        assert!(matches!(
            outlasting,
            Err(Unrepeatable::Outlasting { until_ms: 2001, .. })
        ));
        assert_eq!(Plan::default().lasting(10), Err(Unrepeatable::Empty));
    }
}
