//! A reply, and how its body leaves.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use jsonrpsee::types::ErrorObjectOwned;
use jsonrpsee::types::error::{ErrorCode, reject_too_big_request};

use super::calls;
use super::pages::Page;
use crate::budget::HeldBytes;
use crate::jwt::TokenError;

/// How much of a body is given to HTTP at once, which copies it.
const PIECE_BYTES: usize = 64 * 1024;

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// A reply.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    content_type: HeaderValue,
    pub(super) body: Bytes,
}

impl Reply {
    /// The answer to calls; empty if none is wanted.
    pub(super) const fn answer(body: Bytes) -> Self {
        Self {
            status: StatusCode::OK,
            content_type: JSON,
            body,
        }
    }

    /// The reply to a body in which there is nothing that could be answered.
    pub(super) fn unread(error: &ErrorObjectOwned) -> Self {
        let is_json = error.code() != ErrorCode::ParseError.code();
        Self {
            status: if is_json {
                StatusCode::OK
            } else {
                StatusCode::BAD_REQUEST
            },
            ..Self::answer(calls::error("null", error).into())
        }
    }

    /// The reply to a request over the limit.
    pub(super) fn too_large(limit: u32) -> Self {
        Self {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            ..Self::unread(&reject_too_big_request(limit))
        }
    }

    /// The reply to a request that is too large beside the others.
    pub(super) fn too_much() -> Self {
        let text = "too many bytes are under way, try again later";
        Self::text(StatusCode::SERVICE_UNAVAILABLE, text)
    }

    /// The reply to a request without a good token.
    pub(super) fn unauthorised(error: TokenError) -> Self {
        Self::text(StatusCode::UNAUTHORIZED, error.to_string())
    }

    /// A page.
    pub(super) fn page(page: Page) -> Self {
        Self {
            status: StatusCode::from_u16(page.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            content_type: HeaderValue::from_static(page.content_type),
            body: page.text.into(),
        }
    }

    /// A reply of one line of text, which says why there is no other.
    pub(super) fn text(status: StatusCode, text: impl Into<Bytes>) -> Self {
        Self {
            status,
            content_type: TEXT,
            body: text.into(),
        }
    }

    /// The reply as HTTP sends it, with what it holds.
    pub(super) fn into_response(self, held: Option<HeldBytes>) -> Response<ReplyBody> {
        let mut response = Response::new(ReplyBody {
            rest: self.body,
            held,
        });
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.content_type);
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        response
    }
}

/// The body of a reply, which holds a part of the server's budget until it has left.
#[derive(Debug)]
pub(super) struct ReplyBody {
    rest: Bytes,
    held: Option<HeldBytes>,
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let piece = self.rest.len().min(PIECE_BYTES);
        let piece = self.rest.split_to(piece);
        let rest = self.rest.len();
        if let Some(held) = &mut self.held {
            let is_held = held.hold(rest);
            debug_assert!(is_held, "there is always room for less");
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
