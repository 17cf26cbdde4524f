//! How a role is spoken to: what an exchange means, whatever the words are that it is said in.
//!
//! A dialect decodes a request into its [`Meaning`] and a reply into its [`Answer`], once. Rules
//! match these and never a method's name.
//!
//! | module | what belongs there |
//! |---|---|
//! | `meaning` | what can be meant and answered |
//! | `method` | the methods that a builder has, by their names |
//! | `envelope` | JSON-RPC 2.0, read strictly |
//! | `form` | HTTP and JSON-RPC 2.0 as such, read for what is wrong with them |
//! | `strict` | parameters and encodings, read for what is wrong with them |
//! | `signing` | what is signed for a payload request, and who signed it |
//! | `token` | tokens of the Engine API |
//! | `payload_form` | the form of a payload reply, read without the nodes |
//! | `builder` | the words of the Builder API, and of the Engine API in which heads are told |
//! | `users` | the words of users |
//! | `words` | the names of the methods |
//! | `users`, `question` | the words of users |

mod builder;
mod envelope;
mod form;
mod meaning;
mod method;
mod payload_form;
mod question;
mod signing;
mod strict;
mod token;
mod users;
mod words;

pub use form::{Called, Form, Part, Refused, Response, Said, length, members};
pub use meaning::{Answer, Error, Meaning};
pub use method::Method;
pub use payload_form::{
    Encoding, Misformed, all_members, encoding_of, usual, usual_data, usual_quantity,
};
pub use question::{IsFull, Question};
pub use signing::{digest, signer};
pub use strict::{
    Flaw, Place, REQUEST_MEMBERS, Wanted, Wrong, data, fixed, forwarded, quantity, wanted,
};
pub use token::{ENGINE_SECRET, base64, lets_in, signed, token};
pub use users::SEND_RAW_TRANSACTION;
pub use words::{
    BLOCK_BY_NUMBER, FORK_CHOICE_UPDATED, FORWARD_TRANSACTION, GET_PAYLOAD, NEW_PAYLOAD,
    PAYLOAD_BODIES,
};

use crate::trace::{Face, HttpReply, HttpRequest};

/// The most that is read of a reply. DECISION: body-limit.
pub const MAX_REPLY_BYTES: usize = 16 * 1024 * 1024;

/// What a request means that crossed a face.
#[must_use]
pub fn meaning(face: Face, request: &HttpRequest) -> Meaning {
    let call = match envelope::call(request) {
        Ok(call) => call,
        Err(why) => return Meaning::Unread(why.into()),
    };
    match face {
        Face::Users => users::meaning(&call),
        Face::Sequencer | Face::Builder => builder::meaning(&call),
    }
}

/// What a reply says to a request.
#[must_use]
pub fn answer(request: &HttpRequest, meaning: &Meaning, reply: &HttpReply) -> Answer {
    if reply.status != 200 {
        return Answer::Status(reply.status);
    }
    if reply.body.len() > MAX_REPLY_BYTES {
        return Answer::Unread(format!("it has more than {MAX_REPLY_BYTES} bytes").into());
    }
    let id = match envelope::call(request) {
        Ok(call) => Some(call.id),
        Err(_) => None,
    };
    match envelope::response(&reply.body, id.as_deref()) {
        Ok(Ok(result)) => match meaning {
            Meaning::UserTransaction(_)
            | Meaning::Question(_)
            | Meaning::Other(_)
            | Meaning::Unread(_) => users::answer(meaning, &result),
            Meaning::PayloadRequest(_)
            | Meaning::ForwardedTransaction(_)
            | Meaning::HeadUpdate { .. }
            | Meaning::NewBlock { .. } => builder::answer(meaning, &result),
        },
        Ok(Err(error)) => Answer::Error(error),
        Err(why) => Answer::Unread(why.into()),
    }
}
