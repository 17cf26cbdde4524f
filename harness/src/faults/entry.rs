//! What an entry of the catalogue says.

use std::fmt;
use std::ops::RangeInclusive;

use gauntlet_protocol::{BuilderPayloadV1, ExecutionPayloadV2, GetPayloadParams};
use serde_json::Value;

use super::{Forge, Honest, Mangled, Signing};
use crate::plan::{Deed, Direction, EngineTrouble, LinkTrouble};
use crate::trace::HttpReply;

/// A fault: one entry of the catalogue.
#[derive(Debug)]
pub struct Fault {
    /// Its address: the kind and the word that names it in a scenario file.
    pub id: &'static str,
    /// What it is done to.
    pub on: On,
    /// What happens, as a sentence; a parameter's value takes the place of its name in braces.
    pub sentence: &'static str,
    /// The ids of the rules that it puts to the test.
    pub rules: &'static [&'static str],
    /// Its parameters, all of which must be given.
    pub parameters: &'static [Parameter],
    /// What the slot must have for it to be possible.
    pub needs: &'static [Need],
    /// Whether the time at which the reply arrives can be set, and to what at the earliest.
    pub arrival: Arrival,
    /// How often the generator draws it, in relation to its like; 0 means never by weight.
    pub weight: u64,
    /// What is done.
    pub how: How,
}

impl Fault {
    /// The word that names it in a scenario file, beside others of its kind.
    #[must_use]
    pub fn word(&self) -> &'static str {
        self.id.split_once('/').map_or(self.id, |(_, word)| word)
    }

    /// The deed of this fault, without its parameters.
    #[must_use]
    pub fn deed(&'static self) -> Deed {
        Deed::of(self.id)
    }

    /// Whether it makes something false in the builder's payload.
    #[must_use]
    pub const fn is_forgery(&self) -> bool {
        matches!(self.how, How::ForgePayload(_) | How::ForgeResponse(_))
    }

    /// What comes back for a payload request that it is done to.
    #[must_use]
    pub const fn brings(&self) -> Brings {
        match self.how {
            How::Swallow | How::Reset | How::Answer(_) | How::LoseAnswer => Brings::Nothing,
            How::Alter(_) => Brings::Refusal,
            How::ForgePayload(_)
            | How::ForgeResponse(_)
            | How::Mangle(_)
            | How::Drip
            | How::Delay
            | How::Die
            | How::Restart
            | How::Darken(_)
            | How::Disturb(..)
            | How::Hinder(_) => Brings::Payload,
        }
    }

    /// The directions of a link in one of which it befalls that, if it is a link that it befalls.
    #[must_use]
    pub const fn directions(&self) -> &'static [Direction] {
        match self.how {
            How::Darken(directions) | How::Disturb(directions, _) => directions,
            How::Die
            | How::Restart
            | How::Hinder(_)
            | How::Swallow
            | How::Reset
            | How::Answer(_)
            | How::LoseAnswer
            | How::Drip
            | How::Delay
            | How::Alter(_)
            | How::ForgePayload(_)
            | How::ForgeResponse(_)
            | How::Mangle(_) => &[],
        }
    }

    /// What is missing for it in the slot of this number, in words; nothing if it is possible.
    #[must_use]
    pub fn lacks_in(&self, slot: u64) -> Option<&'static str> {
        let lacking = self.needs.iter().find(|need| !need.is_met_in(slot))?;
        Some(lacking.otherwise())
    }
}

/// What a fault is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    /// The payload request, before the builder gets it.
    PayloadRequest,
    /// The reply to the payload request, after the builder gave it.
    PayloadReply,
    /// An attempt to forward a transaction.
    ForwardedTransaction,
    /// The fork choice update with a slot's attributes.
    HeadUpdate,
    /// The link between the sequencer and the builder.
    Link,
    /// The builder's process.
    Process,
    /// The sequencer's local engine.
    Engine,
}

impl On {
    /// Everything that a fault can be done to.
    pub const ALL: [Self; 7] = [
        Self::PayloadRequest,
        Self::PayloadReply,
        Self::ForwardedTransaction,
        Self::HeadUpdate,
        Self::Link,
        Self::Process,
        Self::Engine,
    ];

    /// What the ids of its faults begin with.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PayloadRequest => "request",
            Self::PayloadReply => "reply",
            Self::ForwardedTransaction => "forward",
            Self::HeadUpdate => "head-update",
            Self::Link => "link",
            Self::Process => "process",
            Self::Engine => "engine",
        }
    }
}

/// A number that belongs to a fault.
#[derive(Debug)]
pub struct Parameter {
    /// Its name, with its unit.
    pub name: &'static str,
    /// The values that it can have.
    pub range: RangeInclusive<i64>,
    /// A value for an example.
    pub example: i64,
    /// The values that the generator draws from.
    pub choices: Choices,
}

impl Parameter {
    /// A parameter that is one of these words; the first is the example.
    #[must_use]
    pub const fn word(name: &'static str, words: &'static [&'static str]) -> Self {
        Self {
            name,
            range: 0..=0,
            example: 0,
            choices: Choices::Words(words),
        }
    }

    /// Its words, if it is one of some.
    #[must_use]
    pub const fn words(&self) -> Option<&'static [&'static str]> {
        match self.choices {
            Choices::Words(words) => Some(words),
            Choices::Of(_) | Choices::Between(..) => None,
        }
    }
}

/// What the generator draws the value of a parameter from.
#[derive(Clone, Copy, Debug)]
pub enum Choices {
    /// One of these.
    Of(&'static [i64]),
    /// Any from the first to the second.
    Between(i64, i64),
    /// One of these words, which are all there are: it has no number.
    Words(&'static [&'static str]),
}

/// What a slot must have for a fault to be possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A block below the head.
    Grandparent,
    /// A slot before it.
    EarlierSlot,
}

impl Need {
    fn is_met_in(self, slot: u64) -> bool {
        match self {
            Self::Grandparent | Self::EarlierSlot => slot > 1,
        }
    }

    fn otherwise(self) -> &'static str {
        match self {
            Self::Grandparent => "the parent of slot 1 has no parent",
            Self::EarlierSlot => "there is no slot before slot 1",
        }
    }
}

/// Whether the time at which a reply arrives can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// No: no whole reply arrives.
    Never,
    /// Yes, to when the links have carried the request and the reply at the earliest.
    AfterLinks,
    /// Yes, to when the builder has its payload besides at the earliest.
    AfterBuilder,
}

/// What comes back for a payload request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brings {
    /// No reply of the builder's.
    Nothing,
    /// A reply without a payload.
    Refusal,
    /// A payload, if the builder has one.
    Payload,
}

/// What is done.
#[derive(Clone, Copy)]
pub enum How {
    /// The message is never passed on, and its sender never answered.
    Swallow,
    /// The message is not passed on, and the connection closed.
    Reset,
    /// The sender of the request gets this; the function is given the request's id as JSON. Of a
    /// request the builder gets nothing then.
    Answer(fn(&Deed, &str) -> HttpReply),
    /// The message is passed on, and the reply to it never.
    LoseAnswer,
    /// The body of the reply leaves slowly: `bytes` at a time, with a pause of `every_ms` before
    /// each.
    Drip,
    /// The reply is held back, to arrive `ms` after its request was sent.
    Delay,
    /// The payload request is passed on with other parameters.
    Alter(fn(&Signing<'_>, GetPayloadParams) -> GetPayloadParams),
    /// The reply has another execution payload; as it was if this one cannot be made.
    ForgePayload(fn(&Forge<'_>, &ExecutionPayloadV2) -> Option<ExecutionPayloadV2>),
    /// The reply has another result; as it was if this one cannot be made.
    ForgeResponse(fn(&Forge<'_>, &BuilderPayloadV1) -> Option<Value>),
    /// The reply leaves in another form or in another way; as it was if that cannot be done.
    Mangle(fn(&Deed, &Honest<'_>) -> Option<Mangled>),
    /// The process ends, and may come back.
    Die,
    /// What the link carries in one of these directions is lost until it heals.
    Darken(&'static [Direction]),
    /// The process ends, and comes back with a part of its chain.
    Restart,
    /// The link is worse for a while in one of these directions, by so much where there is a number
    /// of it.
    Disturb(&'static [Direction], fn(u64) -> LinkTrouble),
    /// The local engine does not do what it is asked.
    Hinder(EngineTrouble),
}

impl fmt::Debug for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Swallow => "Swallow",
            Self::Reset => "Reset",
            Self::Answer(_) => "Answer",
            Self::LoseAnswer => "LoseAnswer",
            Self::Drip => "Drip",
            Self::Delay => "Delay",
            Self::Alter(_) => "Alter",
            Self::ForgePayload(_) => "ForgePayload",
            Self::ForgeResponse(_) => "ForgeResponse",
            Self::Mangle(_) => "Mangle",
            Self::Die => "Die",
            Self::Darken(_) => "Darken",
            Self::Restart => "Restart",
            Self::Disturb(..) => "Disturb",
            Self::Hinder(_) => "Hinder",
        })
    }
}
