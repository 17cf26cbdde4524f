//! What becomes of the reply to a payload request, but for what is false in a payload.

use super::bodies::{error, text};
use super::{Arrival, Choices, Fault, How, On, Parameter};

/// The id of the delay, which is no choice beside the others but goes with them.
pub(super) const ARRIVES_AT: &str = "reply/arrives-at";

const REPLY: Fault = Fault {
    id: "",
    on: On::PayloadReply,
    sentence: "",
    rules: &[],
    parameters: &[],
    needs: &[],
    arrival: Arrival::AfterLinks,
    weight: 1,
    how: How::Swallow,
};

pub(super) const REPLIES: &[Fault] = &[
    Fault {
        id: "reply/never",
        sentence: "the builder's payload is lost on its way",
        rules: &[
            "get-payload/local-block-on-timeout",
            "failsafe/lives-through-delay",
            "failsafe/one-block-by-the-deadline",
        ],
        arrival: Arrival::Never,
        how: How::Swallow,
        ..REPLY
    },
    Fault {
        id: "reply/reset",
        sentence: "the connection is reset instead of a reply with a payload",
        rules: &["failsafe/lives-through-outage", "get-payload/no-retry"],
        arrival: Arrival::Never,
        how: How::Reset,
        ..REPLY
    },
    Fault {
        id: "reply/http-status",
        sentence: "HTTP status {status} takes the place of the builder's payload",
        rules: &["failsafe/lives-through-outage", "get-payload/no-retry"],
        parameters: &[Parameter {
            name: "status",
            // Final statuses; one below 200 announces another.
            range: 200..=599,
            example: 500,
            choices: Choices::Of(&[200, 204, 301, 400, 401, 404, 429, 500, 502, 503]),
        }],
        how: How::Answer(|deed, _| {
            let status = deed.get("status").and_then(|of| u16::try_from(of).ok());
            text(status.unwrap_or(500), "text/plain", "")
        }),
        ..REPLY
    },
    Fault {
        id: "reply/error",
        sentence: "error {code} takes the place of the builder's payload",
        rules: &["get-payload/local-block-on-error", "get-payload/no-retry"],
        parameters: &[Parameter {
            name: "code",
            range: i32::MIN as i64..=i32::MAX as i64,
            example: -32000,
            choices: Choices::Of(&[-32700, -32602, -32601, -32000, -32001, -32005, -38001, 1]),
        }],
        how: How::Answer(|deed, id| {
            let code = deed.get("code").unwrap_or_default();
            error(id, code, "no block for you")
        }),
        ..REPLY
    },
    Fault {
        id: "reply/garbage",
        sentence: "a page of HTML takes the place of the builder's payload",
        rules: &["failsafe/lives-through-outage", "get-payload/no-retry"],
        how: How::Answer(|_, _| text(200, "text/html", "<html>It works!</html>")),
        ..REPLY
    },
    Fault {
        id: "reply/drip",
        sentence: "the builder's payload drips, {bytes} bytes every {every_ms} ms",
        rules: &[
            "get-payload/gives-up-at-200-ms",
            "failsafe/lives-through-delay",
        ],
        parameters: &[
            Parameter {
                name: "bytes",
                range: 1..=1_048_576,
                example: 1,
                choices: Choices::Between(1, 2000),
            },
            Parameter {
                name: "every_ms",
                range: 1..=60_000,
                example: 1000,
                choices: Choices::Between(1, 1000),
            },
        ],
        arrival: Arrival::Never,
        how: How::Drip,
        ..REPLY
    },
    Fault {
        id: ARRIVES_AT,
        sentence: "the reply is held back, to arrive {ms} ms after its request was sent",
        rules: &[
            "get-payload/waits-200-ms",
            "get-payload/gives-up-at-200-ms",
            "get-payload/late-reply-discarded",
        ],
        parameters: &[Parameter {
            name: "ms",
            range: 0..=i64::MAX,
            example: 201,
            choices: Choices::Between(1, 300),
        }],
        weight: 0,
        how: How::Delay,
        ..REPLY
    },
];
