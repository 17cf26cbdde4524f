//! What an entry of the catalogue says.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::Known;
use crate::trace::HttpRequest;

/// What somebody else can send to a builder.
#[derive(Clone, Copy)]
pub struct Probe {
    /// Its name.
    pub id: &'static str,
    /// What it is, as a sentence without its subject: "a call …".
    pub sentence: &'static str,
    /// The ids of the rules that it tests.
    pub rules: &'static [&'static str],
    /// The members of which one is odd, if it is one that is.
    pub members: &'static [&'static str],
    /// The ways in which it, or its member, can be written; the first is meant if none is named.
    pub written: &'static [&'static str],
    /// Whether it leaves a builder as it was and costs little, so that it can be sent at any time.
    pub is_harmless: bool,
    /// Makes what is sent, of what is known, the member and how it is written.
    pub make: fn(&mut Known, &str, &str) -> Vec<Shot>,
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Probe({})", self.id)
    }
}

/// What is sent at once, one after another on one connection.
#[derive(Clone, Debug)]
pub enum Shot {
    /// A request, in the plainest way in which HTTP can send it.
    Request(HttpRequest),
    /// Bytes, as they are, on a connection of their own.
    Bytes {
        /// The bytes.
        bytes: Bytes,
        /// What they say, one reply each. A header that is told of says how the request lies in the
        /// stream.
        requests: Vec<HttpRequest>,
    },
}

impl Shot {
    /// A POST of JSON.
    pub(super) fn json(body: impl Into<Bytes>) -> Self {
        Self::Request(HttpRequest::json(body))
    }
}

/// The same request with a header.
pub(super) fn with_header(mut request: HttpRequest, name: &str, value: &str) -> HttpRequest {
    let header: (Arc<str>, Arc<str>) = (name.into(), value.into());
    request.headers.push(header);
    request
}
