//! Messengers: what a sequencer sends, or hears, is altered on its way.

use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use futures::future::BoxFuture;
use gauntlet_protocol::constants::{FORWARD_TRANSACTION, GET_PAYLOAD};
use serde_json::Value;

use super::porter;
use crate::trace::{HttpReply, HttpRequest};
use crate::world::proxy::{Arrived, Interfere, ReplyFate, RequestFate};

/// Alters the calls for payloads.
pub(in crate::mutants) fn asks(
    alter: impl Fn(&mut Value) + Send + Sync + 'static,
) -> Arc<dyn Interfere> {
    porter::hears_call(GET_PAYLOAD, alter)
}

/// Alters the calls that hand transactions on.
pub(in crate::mutants) fn forwards(
    alter: impl Fn(&mut Value) + Send + Sync + 'static,
) -> Arc<dyn Interfere> {
    porter::hears_call(FORWARD_TRANSACTION, alter)
}

/// Alters every request.
pub(in crate::mutants) fn requests(
    alter: impl Fn(&mut HttpRequest) + Send + Sync + 'static,
) -> Arc<dyn Interfere> {
    porter::hears(alter)
}

/// Sends everything to where a redirect led, from then on.
#[derive(Debug, Default)]
pub(in crate::mutants) struct RemembersRedirects(Mutex<Option<Arc<str>>>);

impl RemembersRedirects {
    fn led(&self) -> std::sync::MutexGuard<'_, Option<Arc<str>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Interfere for RemembersRedirects {
    fn on_request<'a>(&'a self, request: &'a Arrived) -> BoxFuture<'a, RequestFate> {
        let fate = match &*self.led() {
            None => RequestFate::Pass,
            Some(path) => RequestFate::PassAs(HttpRequest {
                path: path.clone(),
                ..request.request.clone()
            }),
        };
        async { fate }.boxed()
    }

    fn on_reply<'a>(
        &'a self,
        _request: &'a Arrived,
        reply: &'a HttpReply,
    ) -> BoxFuture<'a, ReplyFate> {
        let mut headers = reply.headers.iter();
        let location = headers.find(|(name, _)| **name == *"location");
        if let Some((_, path)) = location.filter(|_| (300..400).contains(&reply.status)) {
            *self.led() = Some(path.clone());
        }
        async { ReplyFate::Pass }.boxed()
    }
}
