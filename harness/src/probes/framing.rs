//! Requests that are odd in how they lie in the stream.

use bytes::Bytes;

use super::entry::{Probe, Shot, with_header};
use super::known::Known;
use super::transport::plain;
use crate::trace::HttpRequest;

/// The largest body of a request. DECISION: body-limit.
const LARGEST: usize = 10 * 1024 * 1024;

pub(super) const PROBES: &[Probe] = &[
    Probe {
        id: "stream",
        sentence: "a call that lies in the stream in every way that HTTP/1.1 has",
        rules: &["transport/http11"],
        members: &[],
        written: FRAMES,
        is_harmless: true,
        make: stream,
    },
    Probe {
        id: "size",
        sentence: "a call whose body is as large as it may be, or larger",
        rules: &["transport/size"],
        members: &[],
        written: SIZES,
        is_harmless: false,
        make: size,
    },
];

const FRAMES: &[&str] = &[
    "in-chunks",
    "in-chunks-of-one-byte",
    "with-a-trailer",
    "pipelined",
    "and-is-the-last",
    "of-http-1.0",
    "with-an-expectation",
    "with-a-full-target",
    "with-folded-names",
];

fn post(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST / HTTP/1.1\r\nHost: builder\r\nContent-Type: application/json\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn chunked(body: &str, piece: usize, trailer: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for piece in body.as_bytes().chunks(piece) {
        bytes.extend(format!("{:x}\r\n", piece.len()).bytes());
        bytes.extend(piece);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n");
    bytes.extend(trailer.bytes());
    bytes.extend(b"\r\n");
    bytes
}

fn stream(_: &mut Known, _: &str, written: &str) -> Vec<Shot> {
    let body = plain();
    let length = format!("Content-Length: {}\r\n", body.len());
    let said = |name: &str, value: &str| with_header(HttpRequest::json(plain()), name, value);
    let one = |bytes: Vec<u8>, request: HttpRequest| Shot::Bytes {
        bytes: bytes.into(),
        requests: vec![request],
    };
    let in_chunks = |piece, trailer| {
        let headers = "Transfer-Encoding: chunked\r\n";
        let bytes = post(headers, &chunked(&body, piece, trailer));
        one(bytes, said("transfer-encoding", "chunked"))
    };
    vec![match written {
        "in-chunks-of-one-byte" => in_chunks(1, ""),
        "with-a-trailer" => in_chunks(20, "X-Sum: 7\r\n"),
        "pipelined" => {
            let bodies: Vec<String> = (1..=3)
                .map(|id| plain().replace("\"id\":7", &format!("\"id\":{id}")))
                .collect();
            let bytes = bodies
                .iter()
                .flat_map(|body| post(&length, body.as_bytes()));
            Shot::Bytes {
                bytes: bytes.collect::<Vec<u8>>().into(),
                requests: bodies
                    .iter()
                    .map(|body| {
                        let request = HttpRequest::json(body.clone());
                        with_header(request, "x-pipelined", "of 3")
                    })
                    .collect(),
            }
        }
        "and-is-the-last" => one(
            post(&format!("Connection: close\r\n{length}"), body.as_bytes()),
            said("connection", "close"),
        ),
        "of-http-1.0" => {
            let head = format!("POST / HTTP/1.0\r\nContent-Type: application/json\r\n{length}\r\n");
            let bytes = [head.as_bytes(), body.as_bytes()].concat();
            one(bytes, said("x-version", "HTTP/1.0"))
        }
        "with-an-expectation" => one(
            post(
                &format!("Expect: 100-continue\r\n{length}"),
                body.as_bytes(),
            ),
            said("expect", "100-continue"),
        ),
        "with-a-full-target" => {
            let bytes = post(&length, body.as_bytes());
            let text = String::from_utf8_lossy(&bytes);
            let bytes = text.replacen("POST / ", "POST http://builder/ ", 1);
            one(bytes.into_bytes(), said("x-target", "http://builder/"))
        }
        "with-folded-names" => {
            let head = format!(
                "POST / HTTP/1.1\r\nhOST: builder\r\ncOnTeNt-TyPe: application/json\r\n\
                 CONTENT-LENGTH: {}\r\n\r\n",
                body.len()
            );
            let bytes = [head.as_bytes(), body.as_bytes()].concat();
            one(bytes, said("x-names", "in any case"))
        }
        _ => in_chunks(20, ""),
    }]
}

const SIZES: &[&str] = &[
    "of-2-mib",
    "at-the-bound",
    "announced-above",
    "above-in-chunks",
];

fn size(_: &mut Known, _: &str, written: &str) -> Vec<Shot> {
    let padded = |bytes: usize| {
        let plain = plain();
        let space = " ".repeat(bytes - plain.len());
        HttpRequest::json(Bytes::from(plain + &space))
    };
    vec![match written {
        "at-the-bound" => Shot::Request(padded(LARGEST)),
        "announced-above" => {
            let length = LARGEST + 1;
            let headers = format!("Content-Length: {length}\r\n");
            let request = HttpRequest::json(plain());
            Shot::Bytes {
                bytes: post(&headers, plain().as_bytes()).into(),
                requests: vec![with_header(request, "content-length", &length.to_string())],
            }
        }
        "above-in-chunks" => {
            // What is beyond the bound never comes to an end, and has to be refused before.
            let piece = " ".repeat(64 * 1024);
            let mut bytes = post("Transfer-Encoding: chunked\r\n", b"");
            for _ in 0..=LARGEST / piece.len() {
                bytes.extend(format!("{:x}\r\n{piece}\r\n", piece.len()).bytes());
            }
            let request = with_header(HttpRequest::json(plain()), "transfer-encoding", "chunked");
            let length = (LARGEST + piece.len()).to_string();
            Shot::Bytes {
                bytes: bytes.into(),
                requests: vec![with_header(request, "content-length", &length)],
            }
        }
        _ => Shot::Request(padded(2 * 1024 * 1024)),
    }]
}
