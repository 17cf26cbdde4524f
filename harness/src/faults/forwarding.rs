//! What becomes of attempts to forward a transaction.

use gauntlet_protocol::constants::codes;

use super::bodies::{error, result, text};
use super::{Arrival, Fault, How, On};

const ATTEMPT: Fault = Fault {
    id: "",
    on: On::ForwardedTransaction,
    sentence: "",
    rules: &[
        "forward-transaction/retries-unless-200",
        "forward-transaction/same-bytes",
    ],
    parameters: &[],
    needs: &[],
    arrival: Arrival::Never,
    weight: 1,
    how: How::Swallow,
};

/// The first is the usual one: how attempts fail where nothing else is said.
pub(super) const FORWARDING: &[Fault] = &[
    Fault {
        id: "forward/http-503",
        sentence: "an attempt to forward is answered with HTTP status 503",
        how: How::Answer(|_, _| text(503, "text/plain", "")),
        ..ATTEMPT
    },
    Fault {
        id: "forward/error",
        sentence: "an attempt to forward is answered with an error",
        how: How::Answer(|_, id| error(id, codes::SERVER_ERROR.into(), "pool is full")),
        ..ATTEMPT
    },
    Fault {
        id: "forward/status-500",
        sentence: "an attempt to forward is answered with the result 500",
        how: How::Answer(|_, id| result(id, &500)),
        ..ATTEMPT
    },
    Fault {
        id: "forward/never",
        sentence: "the answer to an attempt to forward is lost",
        rules: &[
            "forward-transaction/gives-up-at-200-ms",
            "forward-transaction/duplicates-harmless",
        ],
        how: How::LoseAnswer,
        ..ATTEMPT
    },
    Fault {
        id: "forward/reset",
        sentence: "the connection of an attempt to forward is reset",
        how: How::Reset,
        ..ATTEMPT
    },
];
