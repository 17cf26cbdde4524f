//! Everything that a builder was asked, by whomever, and what it said to it, as forms: read once for
//! all rules.

use crate::dialect::{Called, Form, Part, Response, Said};
use crate::trace::HttpReply;
use crate::view::{Exchange, Passed, View};

/// Something that the builder was asked and answered.
#[derive(Clone, Debug)]
pub(super) struct Asked<'a> {
    /// The exchange.
    pub(super) exchange: &'a Exchange<'a>,
    /// The request as the builder got it.
    pub(super) passed: &'a Passed<'a>,
    /// Its form.
    pub(super) form: Form<'a>,
    /// When it was answered.
    pub(super) at_us: u64,
    /// The reply.
    pub(super) reply: &'a HttpReply,
    /// Its form.
    pub(super) said: Said<'a>,
}

impl<'a> Asked<'a> {
    /// All that was asked and answered, in order.
    pub(super) fn of(view: &'a View<'a>) -> Vec<Self> {
        let asked = |exchange: &'a Exchange<'a>| {
            let (passed, given) = (exchange.passed.as_ref()?, exchange.given.as_ref()?);
            Some(Self {
                exchange,
                passed,
                form: Form::of(passed.request),
                at_us: given.at_us,
                reply: given.reply,
                said: Said::of(given.reply),
            })
        };
        // Who lacks a token is refused whatever he asks.
        let is_let_in = |asked: &Self| asked.reply.status != 401;
        view.exchanges
            .iter()
            .filter_map(asked)
            .filter(is_let_in)
            .collect()
    }

    /// The only call, if it is one that is well formed and wants an answer.
    pub(super) fn call(&self) -> Option<&Called<'a>> {
        match &self.form {
            Form::One(part) if !part.is_notification => part.call.as_ref().ok(),
            Form::One(_)
            | Form::NotPost
            | Form::NotJson
            | Form::TooLarge
            | Form::Unreadable { .. }
            | Form::EmptyBatch
            | Form::Batch(_)
            | Form::LongBatch => None,
        }
    }

    /// The calls, or what should be some, each with the response to it: as the ids, or the order
    /// where there are none, say. A notification has none.
    pub(super) fn pairs(&self) -> Vec<(&Part<'a>, Option<&Response<'a>>)> {
        let parts = self
            .form
            .parts()
            .iter()
            .filter(|part| !part.is_notification);
        match (&self.form, &self.said) {
            (Form::One(_), Said::One(Ok(response))) => {
                parts.map(|part| (part, Some(response))).collect()
            }
            (Form::Batch(_), Said::Batch(responses)) => {
                let responses = responses.iter().map(|it| it.as_ref().ok());
                let rest = std::iter::repeat(None);
                parts.zip(responses.chain(rest)).collect()
            }
            _ => parts.map(|part| (part, None)).collect(),
        }
    }

    /// What it said, for a person.
    pub(super) fn told(&self) -> String {
        let body = String::from_utf8_lossy(&self.reply.body);
        let body: String = body.chars().take(200).collect();
        format!("HTTP {} and `{body}`", self.reply.status)
    }
}
