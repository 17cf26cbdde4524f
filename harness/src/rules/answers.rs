//! The builder's answers as the sequencer got them: what more than one rule asks of them.

use alloy_primitives::Bytes;
use gauntlet_protocol::{BuilderPayloadV1, GetPayloadParams};
use gauntlet_sequencer::{Event, Origin};

use crate::trace::Judgement;
use crate::view::{Call, SlotView, View};

/// A request that was answered with something that reads as a payload, and its slot.
#[derive(Debug)]
pub(super) struct Answer<'v> {
    view: &'v View<'v>,
    pub(super) slot: &'v SlotView<'v>,
    pub(super) call: &'v Call<'v>,
    pub(super) at_us: u64,
    pub(super) request: GetPayloadParams,
    pub(super) response: BuilderPayloadV1,
}

/// Every answer, in order.
pub(super) fn answers<'v>(view: &'v View<'v>) -> impl Iterator<Item = Answer<'v>> {
    view.slots.iter().flat_map(move |slot| {
        slot.requests
            .iter()
            .filter_map(move |call| Answer::of(view, slot, call))
    })
}

impl<'v> Answer<'v> {
    /// The answer to a request, if it reads as a payload.
    pub(super) fn of(
        view: &'v View<'v>,
        slot: &'v SlotView<'v>,
        call: &'v Call<'v>,
    ) -> Option<Self> {
        let ended = call.ended?;
        let request = GetPayloadParams::from_json(call.params).ok()?;
        let response = BuilderPayloadV1::from_json(ended.outcome.ok()?).ok()?;
        Some(Self {
            view,
            slot,
            call,
            at_us: ended.at_us,
            request,
            response,
        })
    }

    /// The first thing about the payload that is not as the local view has it.
    pub(super) fn differs(&self) -> Option<&'static str> {
        let scheduled = self.slot.scheduled_for(self.call)?;
        let payload = &self.response.execution_payload;
        let attributes = scheduled.attributes;
        let forced = &attributes.transactions;
        let extra_data = self
            .view
            .trace
            .spec
            .extra_data(attributes.timestamp, attributes.eip1559_params);
        let is_deposit = |raw: &Bytes| raw.first() == Some(&0x7e);
        let is_executed = matches!(self.call.judgement, Some(Judgement::Valid));
        [
            ("parentHash", payload.parent_hash == scheduled.parent),
            ("blockNumber", payload.block_number == scheduled.number),
            ("timestamp", payload.timestamp == attributes.timestamp),
            (
                "feeRecipient",
                payload.fee_recipient == attributes.fee_recipient,
            ),
            ("prevRandao", payload.prev_randao == attributes.prev_randao),
            ("gasLimit", payload.gas_limit == attributes.gas_limit),
            (
                "withdrawals",
                payload.withdrawals.as_ref().is_some_and(Vec::is_empty),
            ),
            (
                "list of forced transactions",
                payload.transactions.starts_with(forced),
            ),
            (
                "list of deposits",
                !payload
                    .transactions
                    .iter()
                    .skip(forced.len())
                    .any(is_deposit),
            ),
            (
                "extraData",
                extra_data.is_ok_and(|it| it.as_ref() == Some(&payload.extra_data)),
            ),
            ("outcome of execution", is_executed),
        ]
        .into_iter()
        .find_map(|(field, right)| (!right).then_some(field))
    }

    /// Whether the payload is what the sequencer asked for, from whom it asked.
    pub(super) fn is_good(&self) -> bool {
        Some(self.response.pub_key) == self.slot.registered && self.differs().is_none()
    }

    /// Whether the sequencer admitted or published what this answer brought.
    pub(super) fn is_used(&self) -> bool {
        uses_builder(self.slot)
    }
}

/// Whether the sequencer admitted or published a builder's payload in a slot.
pub(super) fn uses_builder(slot: &SlotView<'_>) -> bool {
    slot.events.iter().any(|(_, event)| match event {
        Event::Admitted { .. } => true,
        Event::Published(published) => published.origin == Origin::Builder,
        Event::ForkChoiceScheduled { .. }
        | Event::LocalStarted { .. }
        | Event::LocalSealed { .. }
        | Event::LocalFailed { .. }
        | Event::FellBack { .. }
        | Event::Imported { .. }
        | Event::Missed { .. }
        | Event::HeadReplaced { .. }
        | Event::BuilderChanged { .. }
        | Event::TransactionAccepted { .. }
        | Event::TransactionRefused { .. }
        | Event::Forwarded { .. }
        | Event::ForwardingFailed { .. }
        | Event::FeedFailed { .. } => false,
    })
}
