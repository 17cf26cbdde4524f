//! How a role is spoken to: what an exchange means, whatever the words are that it is said in.
//!
//! A dialect decodes a request into its [`Meaning`] and a reply into its [`Answer`], once. Rules
//! match these and never a method's name.
//!
//! | module | what belongs there |
//! |---|---|
//! | `meaning` | what can be meant and answered |
//! | `envelope` | JSON-RPC 2.0, read strictly |
//! | `builder` | the words of the Builder API, and of the Engine API in which heads are told |
//! | `users` | the words of users |

mod builder;
mod envelope;
mod meaning;
mod users;

pub use meaning::{Answer, Error, Meaning};
pub use users::SEND_RAW_TRANSACTION;

use crate::trace::{Face, HttpReply, HttpRequest};

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
    let id = match envelope::call(request) {
        Ok(call) => Some(call.id),
        Err(_) => None,
    };
    match envelope::response(&reply.body, id.as_deref()) {
        Ok(Ok(result)) => match meaning {
            Meaning::UserTransaction(_) | Meaning::Other(_) | Meaning::Unread(_) => {
                users::answer(meaning, &result)
            }
            Meaning::PayloadRequest(_)
            | Meaning::ForwardedTransaction(_)
            | Meaning::HeadUpdate { .. }
            | Meaning::NewBlock { .. } => builder::answer(meaning, &result),
        },
        Ok(Err(error)) => Answer::Error(error),
        Err(why) => Answer::Unread(why.into()),
    }
}
