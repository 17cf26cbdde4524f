//! The builder behind HTTP.

use std::convert::Infallible;
use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Body;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use super::Builder;

const MAX_BODY: usize = 10 << 20;
const PATIENCE: Duration = Duration::from_secs(30);

type Reply = Result<Response<Full<Bytes>>, Infallible>;

impl Builder {
    /// Answers a request.
    pub async fn exchange<B>(self, request: Request<B>) -> Reply
    where
        B: Body<Error: Into<Box<dyn Error + Send + Sync>>>,
    {
        if request.method() != Method::POST {
            let mut reply = refused(StatusCode::METHOD_NOT_ALLOWED);
            let allowed = HeaderValue::from_static("POST");
            reply.headers_mut().insert(ALLOW, allowed);
            return Ok(reply);
        }
        if !is_json(&request) {
            return Ok(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        if request.body().size_hint().lower() > MAX_BODY as u64 {
            return Ok(refused(StatusCode::PAYLOAD_TOO_LARGE));
        }
        let body = Limited::new(request.into_body(), MAX_BODY).collect();
        let answer = match tokio::time::timeout(PATIENCE, body).await {
            Ok(Ok(body)) => self.node().answer(&body.to_bytes()),
            Ok(Err(_)) => return Ok(refused(StatusCode::PAYLOAD_TOO_LARGE)),
            Err(_) => return Ok(refused(StatusCode::REQUEST_TIMEOUT)),
        };
        let mut reply = Response::new(Full::from(answer));
        let json = HeaderValue::from_static("application/json");
        reply.headers_mut().insert(CONTENT_TYPE, json);
        Ok(reply)
    }
}

fn refused(status: StatusCode) -> Response<Full<Bytes>> {
    let mut reply = Response::default();
    *reply.status_mut() = status;
    reply
}

fn is_json<B>(request: &Request<B>) -> bool {
    let said = request.headers().get(CONTENT_TYPE);
    let said = said.and_then(|it| it.to_str().ok()).unwrap_or_default();
    let mut parts = said.split(';').map(|it| it.trim().to_ascii_lowercase());
    let kinds = ["application/json", "application/json-rpc"];
    parts.next().is_some_and(|kind| kinds.contains(&&*kind))
        && parts.all(|it| it == "charset=utf-8")
}
