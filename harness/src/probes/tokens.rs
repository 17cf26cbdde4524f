//! Tokens of the Engine API.

use alloy_primitives::hex;
use serde_json::{Value, json};

use super::engine::call_to_the_head;
use super::entry::{Probe, Shot, with_header};
use super::known::Known;
use super::transport::plain;
use crate::dialect::{ENGINE_SECRET, base64, signed, token};
use crate::trace::HttpRequest;

pub(super) const PROBES: &[Probe] = &[TOKEN, PART_OF_TOKEN];

const TOKEN: Probe = Probe {
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
};

const PART_OF_TOKEN: Probe = Probe {
    id: "part-of-a-token",
    sentence: "an update without attributes, with a token of which one part is written in another way",
    rules: &["transport/engine-authentication"],
    members: &["header", "claims", "signature"],
    written: &[
        "plainly",
        "padded",
        "padded-in-excess",
        "in-the-standard-alphabet",
        "with-a-space",
        "with-a-point",
        "in-hex",
        "twice",
        "cut-off",
        "as-nothing",
    ],
    is_harmless: false,
    make: in_parts,
};

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

/// Header, claims and signature are each of a length that is padded elsewhere, and have a character
/// that is another one in the standard alphabet. What is signed is what is sent.
fn in_parts(known: &mut Known, member: &str, written: &str) -> Vec<Shot> {
    let part = |name: &str, value: String| match name == member {
        true => in_another_way(&value, written),
        false => value,
    };
    let text = |json: Value| base64(json.to_string().as_bytes());
    let header = json!({ "alg": "HS256", "typ": "JWT", "kid": "?????" });
    let header = part("header", text(header));
    let of_secs = |secs: u64| {
        let claims = json!({ "iat": known.now_secs - secs, "id": "?????" });
        signed(&ENGINE_SECRET, &header, &part("claims", text(claims)))
    };
    let is_telling = |token: &String| {
        let signature = token.rsplit_once('.').map(|(_, signature)| signature);
        signature.is_some_and(|it| it.contains(['-', '_']))
    };
    let Some(token) = (0..30).map(of_secs).find(is_telling) else {
        return Vec::new();
    };
    let (signed, signature) = token.rsplit_once('.').unwrap_or_default();
    let signature = part("signature", signature.to_owned());
    let request = HttpRequest::json(call_to_the_head(known));
    let value = format!("Bearer {signed}.{signature}");
    vec![Shot::Request(with_header(request, "authorization", &value))]
}

fn in_another_way(part: &str, written: &str) -> String {
    let padding = "=".repeat((4 - part.len() % 4) % 4);
    match written {
        "padded" => format!("{part}{padding}"),
        "padded-in-excess" => format!("{part}{padding}===="),
        "in-the-standard-alphabet" => part.replace('-', "+").replace('_', "/"),
        "with-a-space" => format!("{} {}", &part[..4], &part[4..]),
        "with-a-point" => format!("{part}."),
        "in-hex" => hex::encode(part),
        "twice" => part.repeat(2),
        "cut-off" => part[..part.len() - 1].to_owned(),
        "as-nothing" => String::new(),
        _ => part.to_owned(),
    }
}
