//! What rules judge by: the view of a trace and what the oracle found, and what more than one rule
//! asks of them.

use gauntlet_protocol::{BuilderPayloadV1, ExecutionPayloadV2};
use op_alloy_rpc_types_engine::OpPayloadAttributes;

use super::asked::Asked;
use super::second_opinion::Hearing;
use super::signers::Signers;
use super::works::Works;
use crate::chain::is_deposit;
use crate::dialect::Answer;
use crate::oracle::{self, Findings, Head, Worth};
use crate::plan::{EngineTrouble, Fault, SelectionPlan};
use crate::trace::{Clock, Judgement, time};
use crate::view::{End, PayloadRequest, Published, Slot, SlotClock, Tuple, Unheard, View};

/// The timeout of lines 95 and 120, in microseconds.
pub(super) const TIMEOUT_US: u64 = 200_000;

/// The view of a trace and what the oracle found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    /// The view.
    pub view: &'a View<'a>,
    /// What the oracle found.
    pub findings: &'a Findings,
    /// Who signed the payload requests.
    pub signers: &'a Signers,
    /// What an execution client says, if one was asked.
    pub hearing: Option<Hearing<'a>>,
    /// What the builder was asked and answered.
    pub asked: &'a [Asked<'a>],
    /// What the builder was told to work on.
    pub works: &'a Works<'a>,
}

/// The block that a request is for, as the harness knows it.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) parent: Head,
    pub(super) attributes: OpPayloadAttributes,
}

/// Whether the sequencer has to use a payload that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// It has to.
    Must,
    /// It may or may not.
    May,
    /// It must not.
    MustNot,
}

impl<'a> Record<'a> {
    /// The slots, and the payload requests that were begun in each.
    pub(super) fn requests(
        &self,
    ) -> impl Iterator<Item = (&'a Slot, PayloadRequest<'a>)> + use<'a> {
        let view = self.view;
        view.slots
            .iter()
            .flat_map(move |slot| view.requests_of(slot).map(move |request| (slot, request)))
    }

    /// The payload requests whose answer is a payload that reached the sequencer: when, and the
    /// payload.
    pub(super) fn offers(&self) -> impl Iterator<Item = Offer<'a>> + use<'a> {
        let record = *self;
        self.requests()
            .filter_map(move |(slot, request)| Offer::of(record, slot, request))
    }

    /// Those of one slot.
    pub(super) fn offers_of(&self, slot: &'a Slot) -> impl Iterator<Item = Offer<'a>> + use<'a> {
        let record = *self;
        self.view
            .requests_of(slot)
            .filter_map(move |request| Offer::of(record, slot, request))
    }

    /// The block that a request is for; nothing if it names no head.
    pub(super) fn job(&self, slot: &Slot, request: &PayloadRequest<'_>) -> Option<Job> {
        let parent = request.params.payload.parent_hash;
        let mut heads = self.findings.heads_at(request.begun_us);
        let parent = heads.find(|head| head.hash == parent)?;
        Some(Job {
            parent,
            attributes: self.attributes(slot, parent.number + 1),
        })
    }

    /// The attributes of the block of a number, if it is made in a slot.
    pub(super) fn attributes(&self, slot: &Slot, number: u64) -> OpPayloadAttributes {
        self.findings.l1.attributes(slot.number, number)
    }

    /// The attributes of a block that is published in a slot. A sequencer whose chain is behind makes
    /// up for a slot that has no block, by the attributes of the slot of that number, and makes one in
    /// its slot that has the number of an earlier one.
    pub(super) fn attributes_of(&self, slot: &Slot, block: &Published<'_>) -> OpPayloadAttributes {
        let payload = &block.block.payload;
        let number = payload.block_number;
        let own = self.attributes(slot, number);
        if number >= slot.number && block.at_us <= slot.ends_us {
            return own;
        }
        let spec = &self.view.trace.spec;
        let is_of = |attributes: &OpPayloadAttributes| {
            let timestamp = attributes.payload_attributes.timestamp;
            let extra_data = oracle::extra_data(spec, timestamp, attributes.eip_1559_params);
            has_forced_first(payload, attributes)
                && attributes.gas_limit == Some(payload.gas_limit)
                && extra_data.is_none_or(|extra_data| extra_data == payload.extra_data)
        };
        let published_in = SlotClock::of(&self.view.trace.plan).slot_at(block.at_us);
        let last = published_in.min(self.view.trace.plan.slots.len() as u64);
        let mut all = (number..=last).map(|slot| self.findings.l1.attributes(slot, number));
        all.find(is_of).unwrap_or(own)
    }

    /// How long a call may wait for a connection that was not opened for it, so that it began so much
    /// before it shows: where links are not as they should be, as long as opening one takes.
    pub(super) fn connecting_us(&self) -> u64 {
        let plan = &self.view.trace.plan;
        let mut faults = plan.faults.iter();
        match faults.any(|fault| matches!(fault, Fault::Disturbs { .. })) {
            true => plan.network.round_trip_ms() * 1000,
            false => 0,
        }
    }

    /// Whether the attributes of a slot fix its block.
    pub(super) fn is_fixed(&self, slot: &Slot) -> bool {
        let index = usize::try_from(slot.number.saturating_sub(1)).unwrap_or(usize::MAX);
        let planned = self.view.trace.plan.slots.get(index);
        planned.is_some_and(|planned| planned.no_tx_pool)
    }

    /// The builder that is registered when a slot begins and until its block is made: the one that
    /// is told of the block, and asked for it. Nothing if that changes in the slot.
    pub(super) fn registered(&self, slot: &Slot) -> Option<Tuple> {
        let stimulus = &self.view.stimulus;
        let tuple = stimulus.tuple_at(slot.begins_us);
        let changes = stimulus.tuple_changes(slot.begins_us, slot.ends_us);
        (tuple != Tuple::Changing && !changes).then_some(tuple)
    }

    /// A call that may have been a slot's payload request, if none was heard of: it was begun when
    /// that was due, and its network was too slow.
    fn maybe_unheard(&self, slot: &Slot) -> Option<Unheard> {
        let due_us = slot.request_due_us;
        let mut calls = self.view.unheard_in(due_us, due_us);
        calls.next().filter(|_| slot.request_count() == 0)
    }

    /// Whether a slot's request may have been made and not show: lost in an outage, or its network
    /// was too slow for it.
    pub(super) fn may_be_lost(&self, slot: &Slot) -> bool {
        let stimulus = &self.view.stimulus;
        stimulus.is_out(slot.begins_us, slot.ends_us) || self.maybe_unheard(slot).is_some()
    }

    /// Whether the head is replaced in the very instant in which a slot's request is due: it may be so
    /// before the request leaves, and then there is none. DECISION: request-after-reorg.
    pub(super) fn is_replaced_at_request(&self, slot: &Slot) -> bool {
        let (due_us, guard_us) = (slot.request_due_us, self.view.trace.clock.guard_us());
        let stimulus = &self.view.stimulus;
        stimulus.head_is_replaced(due_us.saturating_sub(guard_us), due_us + guard_us)
    }

    /// The call that was a slot's payload request and was not heard of: it can have been nothing
    /// else, and nothing cut it short.
    pub(super) fn unheard(&self, slot: &Slot) -> Option<Unheard> {
        let stimulus = &self.view.stimulus;
        let is_set = matches!(self.registered(slot), Some(Tuple::Set(_)));
        let is_disturbed = stimulus.is_out(slot.begins_us, slot.ends_us)
            || stimulus.head_is_replaced(slot.begins_us, slot.ends_us);
        let is_due = is_set && !self.is_fixed(slot) && !is_disturbed;
        self.maybe_unheard(slot).filter(|_| is_due)
    }

    /// What hinders the local engine all the time from one time until another.
    pub(super) fn hindrances_throughout(
        &self,
        from_us: u64,
        until_us: u64,
    ) -> impl Iterator<Item = EngineTrouble> + use<'a> {
        let faults = self.view.trace.plan.faults.iter();
        faults.filter_map(move |fault| {
            let (begins_ms, ends_ms) = fault.times_ms();
            let is_throughout = begins_ms * 1000 <= from_us
                && ends_ms.is_none_or(|ends_ms| until_us < ends_ms * 1000);
            fault.of_engine().filter(|_| is_throughout)
        })
    }

    /// Whether a slot may be without its block, or have that of another slot besides: the local
    /// engine was hindered in it, or has been and the chain is behind since.
    pub(super) fn is_hindered(&self, slot: &Slot) -> bool {
        let view = self.view;
        if !view.stimulus.engine_is_well(slot.begins_us, slot.ends_us) {
            return true;
        }
        if view.stimulus.engine_is_well(0, slot.begins_us) {
            return false;
        }
        let before = view.published.iter().filter(|it| it.at_us < slot.begins_us);
        let numbers = before.map(|block| block.block.payload.block_number);
        numbers.max().unwrap_or_default() + 1 < slot.number
    }

    /// When the first block of a slot was published, if one was by the slot's end.
    pub(super) fn published_in_time(&self, slot: &Slot) -> Option<&'a Published<'a>> {
        self.view
            .published_in(slot)
            .find(|block| block.at_us <= slot.ends_us)
    }

    /// Whether a slot has a block, and none that is the builder's.
    pub(super) fn has_local_block(&self, slot: &Slot) -> Result<(), String> {
        if self.published_in_time(slot).is_none() && !self.is_hindered(slot) {
            return Err(format!("slot {} has no block by its end", slot.number));
        }
        if slot
            .published
            .iter()
            .any(|index| self.view.is_builders(slot, *index))
        {
            return Err(format!("slot {} has the builder's block", slot.number));
        }
        Ok(())
    }

    /// What is wrong with a published block, if the oracle finds it invalid.
    pub(super) fn flaw(&self, published: usize) -> Option<&'a str> {
        match self.findings.published.get(published) {
            Some(Judgement::Valid) | None => None,
            Some(Judgement::Invalid(why)) => Some(why),
            Some(Judgement::UnknownParent) => Some("its parent never was a head"),
        }
    }

    /// The first member of a payload, told apart from what comes of executing it, that is not as
    /// the attributes have it.
    pub(super) fn differs(&self, payload: &ExecutionPayloadV2, job: &Job) -> Option<&'static str> {
        let attributes = &job.attributes;
        let of = &attributes.payload_attributes;
        let spec = &self.view.trace.spec;
        let extra_data = oracle::extra_data(spec, of.timestamp, attributes.eip_1559_params);
        let withdrawals = payload.withdrawals.as_ref();
        [
            ("parentHash", payload.parent_hash == job.parent.hash),
            ("blockNumber", payload.block_number == job.parent.number + 1),
            ("timestamp", payload.timestamp == of.timestamp),
            (
                "feeRecipient",
                payload.fee_recipient == of.suggested_fee_recipient,
            ),
            ("prevRandao", payload.prev_randao == of.prev_randao),
            ("gasLimit", Some(payload.gas_limit) == attributes.gas_limit),
            ("withdrawals", withdrawals.is_some_and(Vec::is_empty)),
            ("list of deposits", has_forced_first(payload, attributes)),
            (
                "extraData",
                extra_data.as_ref() == Some(&payload.extra_data),
            ),
        ]
        .into_iter()
        .find_map(|(member, right)| (!right).then_some(member))
    }
}

/// Whether a payload begins with exactly the forced transactions of its attributes, and has no other
/// deposit.
pub(super) fn has_forced_first(
    payload: &ExecutionPayloadV2,
    attributes: &OpPayloadAttributes,
) -> bool {
    let forced = attributes.transactions.as_deref().unwrap_or_default();
    payload.transactions.starts_with(forced)
        && !payload.transactions[forced.len()..].iter().any(is_deposit)
}

/// A payload that reached the sequencer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer<'a> {
    record: Record<'a>,
    pub(super) slot: &'a Slot,
    pub(super) request: PayloadRequest<'a>,
    pub(super) payload: &'a BuilderPayloadV1,
    /// When it was complete.
    pub(super) at_us: u64,
    /// How long after the call was begun.
    pub(super) lasted_us: u64,
}

impl<'a> Offer<'a> {
    fn of(record: Record<'a>, slot: &'a Slot, request: PayloadRequest<'a>) -> Option<Self> {
        let payload = request.payload()?;
        let (lasted_us, end) = request.lasted_us()?;
        let End::Complete { at_us } = end else {
            return None;
        };
        Some(Self {
            record,
            slot,
            request,
            payload,
            at_us,
            lasted_us,
        })
    }

    /// What the oracle makes of the payload.
    pub(super) fn judgement(&self) -> Option<&Judgement> {
        let number = self.request.exchange.number;
        self.record.findings.offered.get(&number)
    }

    /// The first thing about the payload that is not as the local view has it.
    pub(super) fn differs(&self) -> Option<&'static str> {
        let Some(job) = self.record.job(self.slot, &self.request) else {
            return Some("parentHash");
        };
        let payload = &self.payload.execution_payload;
        let executed = self.judgement() == Some(&Judgement::Valid);
        self.record
            .differs(payload, &job)
            .or((!executed).then_some("outcome of execution"))
    }

    /// Whether its key is the one of the builder that was registered when it was asked.
    pub(super) fn has_registered_key(&self) -> Option<bool> {
        match self.record.view.stimulus.tuple_at(self.slot.begins_us) {
            Tuple::Set(pubkey) => Some(self.payload.pub_key == pubkey),
            Tuple::Unset => Some(false),
            Tuple::Changing => None,
        }
    }

    /// Whether it was published after it was there. On a real clock a block can be published before
    /// it is noted that the payload has arrived, and never before the payload was sent.
    pub(super) fn is_used(&self) -> bool {
        let view = self.record.view;
        let sent = self.request.exchange.reply.as_ref();
        let from_us = match view.trace.clock {
            Clock::Virtual => self.at_us,
            Clock::Real { .. } => sent.map_or(self.at_us, |sent| sent.at_us.min(self.at_us)),
        };
        view.used(self.payload, from_us).is_some()
    }

    /// What it is worth, if it is a valid block.
    pub(super) fn worth(&self) -> Option<Worth> {
        let hash = self.payload.execution_payload.block_hash;
        self.record.findings.worth.get(&hash).copied()
    }

    /// What is to become of it, if it is taken whatever the local block is worth.
    pub(super) fn fate(&self) -> Use {
        let selection = self.record.view.trace.plan.sequencer.selection;
        let is_without_local = self
            .record
            .hindrances_throughout(self.slot.request_due_us, self.slot.ends_us)
            .any(|trouble| !trouble.builds());
        // Without a local block any policy takes the builder's. DECISION: local-fails.
        let takes_any = selection == SelectionPlan::Builder || is_without_local;
        let admission = self.admission();
        if admission == Use::Must && !takes_any {
            Use::May
        } else {
            admission
        }
    }

    /// What is to become of it, if it is worth more than the local block.
    pub(super) fn admission(&self) -> Use {
        let view = self.record.view;
        let plan = &view.trace.plan;
        let guard_us = view.trace.clock.guard_us();
        if self.lasted_us >= TIMEOUT_US + guard_us || self.differs().is_some() {
            return Use::MustNot;
        }
        match self.has_registered_key() {
            Some(true) => {}
            Some(false) => return Use::MustNot,
            None => return Use::May,
        }
        let published_us = self
            .record
            .published_in_time(self.slot)
            .map_or(self.slot.ends_us, |block| block.at_us);
        let validated_us = self.at_us + plan.sequencer.validate_ms * 1000;
        let is_disturbed = view
            .stimulus
            .head_is_replaced(self.request.begun_us, published_us.max(self.at_us))
            || view
                .stimulus
                .tuple_changes(self.slot.begins_us, published_us.max(validated_us));
        let judged_us = validated_us.min(self.slot.ends_us);
        let hindrances = view.stimulus.hindrances(self.at_us, judged_us);
        let is_hindered = hindrances
            .into_iter()
            .any(|trouble| !trouble.validates() || trouble == EngineTrouble::CannotImport);
        if is_disturbed
            || is_hindered
            || validated_us + guard_us >= self.slot.ends_us
            || self.lasted_us + guard_us >= TIMEOUT_US
        {
            return Use::May;
        }
        Use::Must
    }

    /// How late it was, for a person.
    pub(super) fn told(&self) -> String {
        format!("a payload that came after {}", time(self.lasted_us))
    }
}

/// Why a request brought nothing, as it shows on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lack {
    /// The sequencer gave up, or the reply was late.
    Late,
    /// The connection was cut, or what came was no reply, or an HTTP status.
    Outage,
    /// The builder answered with an error.
    Error,
    /// The result is no payload.
    Misfit,
}

/// Why a request brought no payload in time, and when that was known; nothing if it did or if that
/// is not known.
pub(super) fn lack(request: &PayloadRequest<'_>) -> Option<(u64, Lack)> {
    let (lasted_us, end) = request.lasted_us()?;
    match end {
        End::GaveUp { at_us } if lasted_us >= TIMEOUT_US => Some((at_us, Lack::Late)),
        End::Complete { at_us } if lasted_us >= TIMEOUT_US => Some((at_us, Lack::Late)),
        End::GaveUp { at_us } => Some((at_us, Lack::Outage)),
        End::Complete { at_us } => match request.answer()? {
            Answer::Payload(..) => None,
            Answer::Error(_) => Some((at_us, Lack::Error)),
            Answer::Misfit(..) | Answer::Other(_) => Some((at_us, Lack::Misfit)),
            Answer::Status(_) | Answer::Unread(_) => Some((at_us, Lack::Outage)),
            Answer::Stored(_) | Answer::Judged(_) | Answer::Accepted(_) => None,
        },
        End::Unknown => None,
    }
}
