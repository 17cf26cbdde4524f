//! One exchange: a request comes in, is passed on or not, and a reply leaves or not.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Request, Response, header, request, response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use thiserror::Error;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::body::PacedBody;
use super::connection::Connection;
use super::{Arrived, Outgoing, Pace, ReplyFate, RequestFate, Then, Written, heads};
use crate::trace::{Face, Failure, HttpReply, HttpRequest, Message, Wire};

/// Why an exchange ends without a reply; the connection is closed.
#[derive(Debug, Error)]
pub(super) enum Ended {
    #[error("the request's body did not arrive in time")]
    SlowBody,
    #[error("the request's body did not arrive")]
    BrokenBody(#[source] hyper::Error),
    #[error("the request's body is too large, or too large beside the others")]
    TooLarge,
    #[error("the plan closes the connection")]
    Reset,
    #[error("the builder gave no reply")]
    NoReply,
}

impl Connection {
    /// Answers one request.
    pub(super) async fn exchange(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<PacedBody>, Ended> {
        let (head, body) = request.into_parts();
        let limits = &self.config.limits;
        let body = timeout(limits.body_timeout, self.read(body))
            .await
            .map_err(|_elapsed| Ended::SlowBody)??;
        let arrived = self.arrived(&head, body);
        let fate = match &self.config.interfere {
            Some(interfere) => interfere.on_request(&arrived).await,
            None => RequestFate::Pass,
        };
        if self.door.is_hung_up() {
            return Err(self.cuts(&arrived));
        }
        match fate {
            RequestFate::Pass => self.passed(&arrived, head, None).await,
            RequestFate::PassAs(other) => self.passed(&arrived, head, Some(other)).await,
            RequestFate::Answer(outgoing) => Ok(self.sends(&arrived, outgoing)),
            RequestFate::Swallow => std::future::pending().await,
            RequestFate::Reset => Err(self.cuts(&arrived)),
        }
    }

    /// Reads a request's body to its end.
    async fn read(&self, mut body: Incoming) -> Result<Bytes, Ended> {
        let mut read = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(Ended::BrokenBody)?.into_data() else {
                continue;
            };
            let bytes = read.len() + data.len();
            if bytes > self.config.limits.max_body_bytes || !self.holds(bytes) {
                return Err(Ended::TooLarge);
            }
            read.extend_from_slice(&data);
        }
        Ok(read.freeze())
    }

    fn arrived(&self, head: &request::Parts, body: Bytes) -> Arrived {
        let first_us = self.door.arrived();
        let arrived = Arrived {
            exchange: self.config.numbers.exchange(),
            begun_us: self.began_us(first_us),
            request: heads::request(head, body),
        };
        let body = &arrived.request.body;
        if self
            .kept
            .cuts(&self.tap, arrived.exchange, Message::Request, body)
        {
            return arrived;
        }
        let wire = Wire::Request {
            exchange: arrived.exchange,
            connection: self.number,
            begun_us: Some(arrived.begun_us),
            request: Some(arrived.request.clone()),
        };
        self.tap.tell(Face::Sequencer, wire);
        arrived
    }

    /// Passes a request on, or another one instead, and deals with the builder's reply.
    async fn passed(
        &self,
        arrived: &Arrived,
        mut head: request::Parts,
        other: Option<HttpRequest>,
    ) -> Result<Response<PacedBody>, Ended> {
        let other = other.filter(|other| *other != arrived.request);
        if let Some(other) = &other {
            heads::replace(&mut head, other);
        }
        let body = other.as_ref().unwrap_or(&arrived.request).body.clone();
        let replied = self
            .ask_builder(arrived.exchange, head, body.clone(), other)
            .await;
        let (head, reply_body) = match replied {
            Ok(reply) => reply.into_parts(),
            Err(failure) => {
                self.settled();
                self.tell_failed(arrived.exchange, failure);
                return Err(Ended::NoReply);
            }
        };
        let reply = heads::reply(&head, reply_body);
        self.settled();
        if !self
            .kept
            .cuts(&self.tap, arrived.exchange, Message::Reply, &reply.body)
        {
            let wire = Wire::Reply {
                exchange: arrived.exchange,
                reply: Some(reply.clone()),
            };
            self.tap.tell(Face::Builder, wire);
        }
        if let Some(searcher) = &self.searcher {
            searcher.passed(&body);
        }
        if let Some(prober) = &self.config.prober {
            prober.passed(&body);
        }
        let fate = match &self.config.interfere {
            Some(interfere) => interfere.on_reply(arrived, &reply).await,
            None => ReplyFate::Pass,
        };
        match fate {
            ReplyFate::Pass => {
                self.tell_reply(arrived.exchange, None);
                Ok(self.response(arrived.exchange, head, reply.body, Pace::AtOnce))
            }
            ReplyFate::SendAs(outgoing) => Ok(self.sends_as(arrived, (head, reply), outgoing)),
            ReplyFate::Write(written) => self.writes(arrived, (head, reply), written).await,
            ReplyFate::Swallow => std::future::pending().await,
            ReplyFate::Reset => Err(self.cuts(arrived)),
        }
    }

    /// Sends a reply in the place of the builder's.
    fn sends_as(
        &self,
        arrived: &Arrived,
        (head, reply): (response::Parts, HttpReply),
        outgoing: Outgoing,
    ) -> Response<PacedBody> {
        if outgoing.reply != reply {
            return self.sends(arrived, outgoing);
        }
        self.tell_reply(arrived.exchange, None);
        self.response(arrived.exchange, head, reply.body, outgoing.pace)
    }

    /// Writes something in the place of the builder's reply.
    async fn writes(
        &self,
        arrived: &Arrived,
        given: (response::Parts, HttpReply),
        written: Written,
    ) -> Result<Response<PacedBody>, Ended> {
        let exchange = arrived.exchange;
        if let Then::WasReply(reply) = &written.then {
            self.tell_reply(exchange, (*reply != given.1).then(|| reply.clone()));
            self.door.leaves(exchange);
        }
        let mut door = self.door.clone();
        let lead = async {
            door.write_all(&written.lead).await?;
            door.flush().await
        };
        // A peer that takes nothing any more is told nothing.
        lead.await.map_err(|_| Ended::Reset)?;
        match written.then {
            Then::Reply(outgoing) => {
                self.door.follows(written.trail, written.closes_after);
                Ok(self.sends_as(arrived, given, outgoing))
            }
            Then::WasReply(_) => Err(Ended::Reset),
            Then::Close => Err(self.cuts(arrived)),
            Then::Hang => std::future::pending().await,
        }
    }

    /// Hands a request to the builder and waits for the whole reply.
    async fn ask_builder(
        &self,
        exchange: u64,
        head: request::Parts,
        body: Bytes,
        other: Option<HttpRequest>,
    ) -> Result<Response<Bytes>, Failure> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = head.method;
        *request.uri_mut() = head.uri;
        *request.version_mut() = head.version;
        *request.headers_mut() = head.headers;
        if let Some(authority) = &self.config.behind.authority
            && let Ok(authority) = HeaderValue::try_from(&**authority)
        {
            request.headers_mut().insert(header::HOST, authority);
        }
        let replied = async {
            self.back.open().await?;
            let wire = Wire::Request {
                exchange,
                connection: self.number,
                begun_us: None,
                request: other,
            };
            self.tap.tell(Face::Builder, wire);
            self.owes(exchange);
            self.back.exchange(request).await
        };
        match timeout(self.config.limits.reply_timeout, replied).await {
            Ok(replied) => replied,
            Err(_elapsed) => Err(Failure::GivenUp),
        }
    }

    /// Sends a reply that is not the builder's.
    fn sends(&self, arrived: &Arrived, outgoing: Outgoing) -> Response<PacedBody> {
        let Outgoing { reply, pace } = outgoing;
        self.tell_reply(arrived.exchange, Some(reply.clone()));
        let head = heads::head(&reply);
        self.response(arrived.exchange, head, reply.body, pace)
    }

    /// Cuts the connection off in place of a reply.
    fn cuts(&self, arrived: &Arrived) -> Ended {
        let wire = Wire::Failed {
            exchange: arrived.exchange,
            failure: Failure::Closed,
        };
        self.tap.tell(Face::Sequencer, wire);
        Ended::Reset
    }

    fn tell_reply(&self, exchange: u64, reply: Option<HttpReply>) {
        let wire = Wire::Reply { exchange, reply };
        self.tap.tell(Face::Sequencer, wire);
    }

    fn response(
        &self,
        exchange: u64,
        mut head: response::Parts,
        body: Bytes,
        pace: Pace,
    ) -> Response<PacedBody> {
        if let Pace::Endless { .. } = pace {
            head.headers.remove(header::CONTENT_LENGTH);
        }
        let body = PacedBody::new(body, pace, exchange, self.door.clone());
        Response::from_parts(head, body)
    }
}
