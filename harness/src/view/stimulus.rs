//! What the harness did from outside: the builder tuple, the head, outages.

use alloy_primitives::Address;

use crate::plan::{EngineTrouble, Fault, LinkTrouble};
use crate::trace::{Act, Host, Trace, What};

/// The builder tuple at a time, as the operator knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tuple {
    /// It is set, with this key.
    Set(Address),
    /// It is not set.
    Unset,
    /// It changes in this very instant.
    Changing,
}

/// What the harness did from outside.
#[derive(Clone, Debug)]
pub struct Stimulus<'a> {
    initial: Option<Address>,
    /// The changes of the tuple, in order.
    tuples: Vec<(u64, Option<Address>)>,
    /// When the head was replaced.
    replaced_us: Vec<u64>,
    /// When the builder was away: from and until.
    away: Vec<(u64, u64)>,
    faults: &'a [Fault],
}

impl<'a> Stimulus<'a> {
    pub(super) fn of(trace: &'a Trace) -> Self {
        let plan = &trace.plan.sequencer;
        let is_set = plan.builder_pubkey && plan.builder_url;
        let mut stimulus = Self {
            initial: is_set.then_some(trace.keys.builder),
            tuples: Vec::new(),
            replaced_us: Vec::new(),
            away: Vec::new(),
            faults: &trace.plan.faults,
        };
        for entry in &trace.entries {
            let at_us = entry.at_us;
            match &entry.what {
                What::Did(Act::SetBuilder(pubkey)) => stimulus.tuples.push((at_us, *pubkey)),
                What::Did(Act::ReplaceHead) => stimulus.replaced_us.push(at_us),
                What::Died if entry.host == Host::Builder => {
                    stimulus.away.push((at_us, u64::MAX));
                }
                What::Back if entry.host == Host::Builder => {
                    if let Some((_, until)) = stimulus.away.last_mut() {
                        *until = at_us;
                    }
                }
                What::Did(Act::Probe { .. })
                | What::Crossed { .. }
                | What::Published(_)
                | What::Restored(_)
                | What::Interfered { .. }
                | What::Says(_)
                | What::Logs(_)
                | What::Followed(_)
                | What::Impossible(_)
                | What::Died
                | What::Back
                | What::Panicked(_)
                | What::Tasks(_) => {}
            }
        }
        stimulus
    }

    /// The tuple at a time.
    #[must_use]
    pub fn tuple_at(&self, at_us: u64) -> Tuple {
        let first = self.tuples.partition_point(|(at, _)| *at < at_us);
        let (before, after) = self.tuples.split_at(first);
        let last = before.last().map_or(self.initial, |(_, to)| *to);
        let changes = after
            .iter()
            .take_while(|(at, _)| *at == at_us)
            .any(|(_, to)| *to != last);
        match last {
            _ if changes => Tuple::Changing,
            Some(pubkey) => Tuple::Set(pubkey),
            None => Tuple::Unset,
        }
    }

    /// Whether the operator set the tuple at some time from one on until another, both included.
    #[must_use]
    pub fn tuple_changes(&self, from_us: u64, until_us: u64) -> bool {
        let first = self.tuples.partition_point(|(at, _)| *at < from_us);
        self.tuples
            .get(first)
            .is_some_and(|(at, _)| *at <= until_us)
    }

    /// Whether the operator ever set the tuple before a time.
    #[must_use]
    pub fn tuple_was_changed(&self, before_us: u64) -> bool {
        self.tuples.first().is_some_and(|(at, _)| *at < before_us)
    }

    /// Whether the head was replaced at some time from one on until another, both included.
    #[must_use]
    pub fn head_is_replaced(&self, from_us: u64, until_us: u64) -> bool {
        let first = self.replaced_us.partition_point(|at| *at < from_us);
        self.replaced_us
            .get(first)
            .is_some_and(|at| *at <= until_us)
    }

    /// Whether the builder was away, or a link to or from it swallowed or held up what it carries, at
    /// some time from one on until another, both included.
    #[must_use]
    pub fn is_out(&self, from_us: u64, until_us: u64) -> bool {
        self.is_cut(from_us, until_us)
            || self.faults.iter().any(|fault| {
                matches!(fault, Fault::Disturbs { .. }) && fault.is_within(from_us, until_us)
            })
    }

    /// Whether the builder was away, or a link to or from it swallowed everything, at some time from
    /// one on until another, both included.
    #[must_use]
    pub fn is_cut(&self, from_us: u64, until_us: u64) -> bool {
        let away = self
            .away
            .iter()
            .any(|(from, until)| *from <= until_us && from_us <= *until);
        let is_cut = |fault: &&Fault| {
            let drops_connects = LinkTrouble::DropsConnects;
            matches!(fault, Fault::BlackHole { .. })
                || matches!(fault, Fault::Disturbs { trouble, .. } if *trouble == drops_connects)
        };
        let mut cuts = self.faults.iter().filter(is_cut);
        away || cuts.any(|fault| fault.is_within(from_us, until_us))
    }

    /// What the local engine does instead of what it is asked at some time from one on until
    /// another, both included.
    pub fn hindrances(
        &self,
        from_us: u64,
        until_us: u64,
    ) -> impl Iterator<Item = EngineTrouble> + use<'a> {
        let faults = self.faults.iter();
        faults
            .filter(move |fault| fault.is_within(from_us, until_us))
            .filter_map(Fault::of_engine)
    }

    /// When the local engine will be as it should be, if it is not at a time.
    #[must_use]
    pub fn engine_is_back_us(&self, at_us: u64) -> Option<u64> {
        let faults = self.faults.iter();
        let now =
            faults.filter(|fault| fault.of_engine().is_some() && fault.is_within(at_us, at_us));
        let ends_us = |fault: &Fault| fault.times_ms().1.map_or(u64::MAX, |ms| ms * 1000);
        now.map(ends_us).max()
    }

    /// Whether the local engine is as it should be all the time from one time until another, both
    /// included.
    #[must_use]
    pub fn engine_is_well(&self, from_us: u64, until_us: u64) -> bool {
        self.hindrances(from_us, until_us).next().is_none()
    }

    /// Whether the builder's process was away all the time from one time until another.
    #[must_use]
    pub fn is_away_throughout(&self, from_us: u64, until_us: u64) -> bool {
        self.away
            .iter()
            .any(|(from, until)| *from <= from_us && until_us <= *until)
    }

    /// When the builder last died before a time, if it did.
    #[must_use]
    pub fn died_before(&self, at_us: u64) -> Option<u64> {
        let before = self.away.iter().rfind(|(from, _)| *from <= at_us);
        before.map(|(from, _)| *from)
    }
}
