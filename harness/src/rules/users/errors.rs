//! How errors read.

use crate::dialect::{Answer, Error, Meaning, SEND_RAW_TRANSACTION};
use crate::rules::record::Record;
use crate::rules::tally::Tally;

/// What a message must not have: it is for users, and these are words of a program.
const NO_WORDS: &[&str] = &[
    "panick",
    "unwrap",
    "::",
    "Some(",
    "Err(",
    "{ ",
    "RUST_BACKTRACE",
];

/// The codes of JSON-RPC 2.0 for a method that is none, and for parameters that do not fit.
const NO_METHOD: i64 = -32601;
const INVALID_PARAMS: i64 = -32602;
/// The method of which every node of a scenario knows that it is none.
const UNKNOWN: &str = "eth_noSuchMethod";

/// Every call has a response, and what is no answer is an error in words, with a code.
pub(super) fn are_words(record: &Record<'_>, tally: &mut Tally) {
    for call in &record.view.users {
        let Some((at_us, answer)) = &call.answered else {
            continue;
        };
        let found = match answer {
            Answer::Error(error) => words(error).and_then(|()| code(&call.meaning, error)),
            Answer::Status(status) => Err(format!("the answer is the HTTP status {status}")),
            Answer::Unread(why) => Err(format!("the answer is no response: {why}")),
            Answer::Misfit(why, _) => Err(format!("the answer does not read: {why}")),
            Answer::Payload(..)
            | Answer::Stored(_)
            | Answer::Judged(_)
            | Answer::Accepted(_)
            | Answer::Other(_) => match wanted(&call.meaning).is_some() {
                true => Err("what cannot be answered is no error".to_owned()),
                false => continue,
            },
        };
        tally.result(*at_us, found);
    }
}

fn words(error: &Error) -> Result<(), String> {
    let Some(message) = error.message.as_deref() else {
        return Err("the error has no message".to_owned());
    };
    if error.code.is_none() {
        return Err(format!("the error has no code: {message}"));
    }
    let is_word = |word: &&str| word.chars().filter(|of| of.is_alphabetic()).count() > 1;
    let words = message.split_whitespace().filter(is_word).count();
    match NO_WORDS.iter().find(|of| message.contains(**of)) {
        Some(of) => Err(format!("the message has `{of}` in it: {message}")),
        None if words < 2 => Err(format!("the message is no words: {message}")),
        None => Ok(()),
    }
}

/// The code tells what is wrong: the method, its parameters, or what was asked for.
fn code(meaning: &Meaning, error: &Error) -> Result<(), String> {
    match wanted(meaning) {
        Some(wanted) if error.code != Some(wanted) => Err(format!(
            "the code is {:?}, and it should be {wanted}",
            error.code
        )),
        _ => Ok(()),
    }
}

/// The code for a call that cannot be answered, because of its method or its parameters.
fn wanted(meaning: &Meaning) -> Option<i64> {
    match meaning {
        Meaning::Other(method) if **method == *UNKNOWN => Some(NO_METHOD),
        Meaning::Other(_) => Some(INVALID_PARAMS),
        Meaning::Unread(why) if why.starts_with(SEND_RAW_TRANSACTION) => Some(INVALID_PARAMS),
        Meaning::HeadUpdate { .. }
        | Meaning::NewBlock { .. }
        | Meaning::PayloadRequest(_)
        | Meaning::ForwardedTransaction(_)
        | Meaning::UserTransaction(_)
        | Meaning::Question(_)
        | Meaning::Unread(_) => None,
    }
}
