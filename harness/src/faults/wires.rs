//! The ways in which a reply crosses the wire: what HTTP allows and what it does not.

use std::time::Duration;

use bytes::Bytes;

use super::{Closes, Honest, Mangled, Sent};
use crate::plan::Deed;
use crate::trace::HttpReply;

/// The ways. Those before `twice` are legal: the reply is whole and right.
pub(super) const WAYS: &[&str] = &[
    "interim-100",
    "interim-103",
    "many-interims",
    "http-1.0",
    "until-close",
    "chunked",
    "pieces",
    "connection-close",
    "another-reason",
    "twice",
    "followed-by-rubbish",
    "interim-alone",
    "head-alone",
    "half-body",
    "half-open-chunks",
    "cut-before-head",
    "cut-in-head",
    "cut-in-body",
    "cut-in-chunks",
    "endless-chunks",
    "endless-interims",
    "bad-chunk-size",
    "two-lengths",
    "negative-length",
    "no-status",
    "http-2.0",
    "endless-head",
    "no-http",
    "oversized",
];

/// One byte over what is read (DECISION: body-limit).
const OVERSIZED: usize = 16 * 1024 * 1024 + 1;

const INTERIM_100: &str = "HTTP/1.1 100 Continue\r\n\r\n";
const INTERIM_103: &str = "HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n";

/// Sends a reply in the `way`.
pub(super) fn wire(deed: &Deed, honest: &Honest<'_>) -> Option<Mangled> {
    let reply = honest.reply.clone();
    let body = honest.text();
    let after = |lead: String| Mangled {
        lead: lead.into(),
        ..Mangled::reply(reply.clone())
    };
    let followed_by = |trail: Bytes| Mangled {
        trail,
        ..Mangled::reply(reply.clone())
    };
    let open = |text: String| Mangled::bytes(text, Closes::Never);
    let cut = |text: String| Mangled::bytes(text, Closes::AtOnce);
    let (start, end) = body.split_at_checked(body.len() / 2)?;
    Some(match deed.word("way")? {
        "interim-100" => after(INTERIM_100.to_owned()),
        "interim-103" => after(INTERIM_103.to_owned()),
        "many-interims" => after(INTERIM_103.repeat(20)),
        "http-1.0" => Mangled::written(headed("HTTP/1.0 200 OK", body), reply),
        "until-close" => Mangled::written(
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{body}"),
            reply,
        ),
        "chunked" => Mangled::written(
            chunked(&format!(
                "{:x};name=value\r\n{start}\r\n{:X}\r\n{end}\r\n0\r\nx-trailer: 1\r\n\r\n",
                start.len(),
                end.len()
            )),
            reply,
        ),
        "pieces" => {
            let every = Duration::from_millis(1);
            Mangled::sent(Sent::Pieces(reply, 64, every))
        }
        "connection-close" => Mangled::reply(honest.with_header("connection", "close")),
        "another-reason" => Mangled::written(headed("HTTP/1.1 200 Not  so good!", body), reply),
        "twice" => followed_by(headed("HTTP/1.1 200 OK", body).into()),
        "followed-by-rubbish" => followed_by("rubbish\r\n\r\n".into()),
        "interim-alone" => open(INTERIM_100.to_owned()),
        "head-alone" => open(headed("HTTP/1.1 200 OK", body).replace(body, "")),
        "half-body" => open(headed("HTTP/1.1 200 OK", body).replace(body, start)),
        "half-open-chunks" => open(chunked(&format!("{:x}\r\n{body}\r\n", body.len()))),
        "cut-before-head" => cut(String::new()),
        "cut-in-head" => cut("HTTP/1.1 200 OK\r\ncontent-ty".to_owned()),
        "cut-in-body" => cut(headed("HTTP/1.1 200 OK", body).replace(body, start)),
        "cut-in-chunks" => cut(chunked(&format!("{:x}\r\n{body}\r\n", body.len()))),
        "endless-chunks" => {
            let every = Duration::from_millis(10);
            Mangled::sent(Sent::Endless(reply, every))
        }
        "endless-interims" => open(INTERIM_100.repeat(2000)),
        "bad-chunk-size" => cut(chunked(&format!("0x10\r\n{body}\r\n0\r\n\r\n"))),
        "two-lengths" => cut(headed("HTTP/1.1 200 OK\r\ncontent-length: 7", body)),
        "negative-length" => cut(format!(
            "HTTP/1.1 200 OK\r\ncontent-length: -7\r\n\r\n{body}"
        )),
        "no-status" => cut(headed("HTTP/1.1", body)),
        "http-2.0" => cut(headed("HTTP/2.0 200 OK", body)),
        "endless-head" => cut(format!("HTTP/1.1 200 OK{}", "\r\nx: y".repeat(100_000))),
        "no-http" => cut(format!("{body}\r\n\r\n")),
        "oversized" => {
            let mut padded = body.as_bytes().to_vec();
            padded.resize(OVERSIZED, b' ');
            Mangled::reply(HttpReply {
                body: padded.into(),
                ..reply
            })
        }
        _ => return None,
    })
}

fn headed(first: &str, body: &str) -> String {
    let length = body.len();
    format!("{first}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
}

fn chunked(chunks: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: \
         chunked\r\n\r\n{chunks}"
    )
}
