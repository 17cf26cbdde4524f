//! Tokens of the Engine API.

use serde_json::json;

use super::engine::call_to_the_head;
use super::entry::{Probe, Shot, with_header};
use super::known::Known;
use super::transport::plain;
use crate::dialect::{ENGINE_SECRET, token};
use crate::trace::HttpRequest;

pub(super) const PROBES: &[Probe] = &[Probe {
    id: "token",
    sentence: "an update without attributes, with a token of every kind",
    rules: &["transport/engine-authentication"],
    members: &[],
    written: &[
        "plainly",
        "missing",
        "of-nothing",
        "malformed",
        "of-another-secret",
        "of-no-algorithm",
        "of-another-algorithm",
        "without-time",
        "of-60-seconds-ago",
        "of-61-seconds-ago",
        "of-60-seconds-ahead",
        "of-62-seconds-ahead",
        "expired",
        "of-another-scheme",
        "missing-in-a-batch",
        "in-a-batch",
        "missing-for-the-builder",
    ],
    is_harmless: true,
    make,
}];

fn make(known: &mut Known, _: &str, written: &str) -> Vec<Shot> {
    let now = known.now_secs;
    let update = call_to_the_head(known);
    let batch = format!("[{},{update}]", plain());
    let body = match written {
        "missing-in-a-batch" | "in-a-batch" => batch,
        "missing-for-the-builder" => plain(),
        _ => update,
    };
    let at = |iat: u64| token(&ENGINE_SECRET, "HS256", &json!({ "iat": iat }));
    let token = match written {
        "missing" | "missing-in-a-batch" | "missing-for-the-builder" => None,
        "of-nothing" => Some(String::new()),
        "malformed" => Some("a.b".to_owned()),
        "of-another-secret" => Some(token(&[1; 32], "HS256", &json!({ "iat": now }))),
        "of-no-algorithm" => {
            let token = token(&ENGINE_SECRET, "none", &json!({ "iat": now }));
            let signed = token.rsplit_once('.').map(|(signed, _)| signed.to_owned());
            Some(signed.unwrap_or_default() + ".")
        }
        "of-another-algorithm" => Some(token(&ENGINE_SECRET, "HS512", &json!({ "iat": now }))),
        "without-time" => Some(token(&ENGINE_SECRET, "HS256", &json!({}))),
        "of-60-seconds-ago" => Some(at(now - 60)),
        "of-61-seconds-ago" => Some(at(now - 61)),
        "of-60-seconds-ahead" => Some(at(now + 60)),
        "of-62-seconds-ahead" => Some(at(now + 62)),
        "expired" => {
            let claims = json!({ "iat": now, "exp": now - 1 });
            Some(token(&ENGINE_SECRET, "HS256", &claims))
        }
        _ => Some(at(now)),
    };
    let scheme = match written {
        "of-another-scheme" => "Basic",
        _ => "Bearer",
    };
    let request = HttpRequest::json(body);
    vec![Shot::Request(match token {
        Some(token) => with_header(request, "authorization", &format!("{scheme} {token}")),
        None => request,
    })]
}
