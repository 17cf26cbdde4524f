//! An exchange as it crossed the wire, and the command that sends it again.

use std::fmt::Write as _;

use super::frame::Text;
use crate::trace::{Failure, HttpReply, HttpRequest, time};
use crate::view::Exchange;

/// How many characters of a body are shown.
const SHOWN: usize = 2000;

/// The builder's side of an exchange, with its times.
pub(crate) fn exchange(exchange: &Exchange<'_>, url: &str) -> String {
    let Some(passed) = &exchange.passed else {
        return String::new();
    };
    let mut text = String::new();
    let _infallible = writeln!(
        text,
        "<pre>{} → {}</pre>",
        Text(&time(passed.at_us)),
        Text(&request(passed.request))
    );
    let (at_us, came) = match (&exchange.given, exchange.failed) {
        (Some(given), _) => (given.at_us, reply(given.reply)),
        (None, Some((at_us, failure))) => (at_us, failed(failure).to_owned()),
        (None, None) => (passed.at_us, "nothing came until the end".to_owned()),
    };
    let took = time(at_us.saturating_sub(passed.at_us));
    let _infallible = writeln!(
        text,
        "<pre>{} ← {}\n(after {})</pre>",
        Text(&time(at_us)),
        Text(&came),
        Text(&took)
    );
    if let Some(command) = curl(passed.request, url) {
        let _infallible = writeln!(text, "<pre>{}</pre>", Text(&command));
    }
    text
}

fn request(request: &HttpRequest) -> String {
    let mut text = format!("{} {}", request.method, request.path);
    headers(&mut text, &request.headers);
    text + "\n" + &shown(&request.body)
}

fn reply(reply: &HttpReply) -> String {
    let mut text = format!("HTTP {}", reply.status);
    headers(&mut text, &reply.headers);
    text + "\n" + &shown(&reply.body)
}

fn headers(text: &mut String, headers: &[(std::sync::Arc<str>, std::sync::Arc<str>)]) {
    for (name, value) in headers {
        // A token is nobody else's.
        let value = if **name == *"authorization" {
            "…"
        } else {
            value
        };
        let _infallible = write!(text, "\n{name}: {value}");
    }
}

fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    match text.char_indices().nth(SHOWN) {
        None => text.into_owned(),
        Some((at, _)) => {
            let left = text.len() - at;
            format!("{}… and {left} bytes more", &text[..at])
        }
    }
}

const fn failed(failure: Failure) -> &'static str {
    match failure {
        Failure::Refused => "no connection could be opened",
        Failure::Closed => "the connection ended before the reply was whole",
        Failure::Malformed => "what came was no HTTP reply",
        Failure::GivenUp => "nothing came in time",
    }
}

/// The command that sends a request again, if a shell can say it.
pub(super) fn curl(request: &HttpRequest, url: &str) -> Option<String> {
    let body = std::str::from_utf8(&request.body).ok()?;
    if body.len() > SHOWN || body.contains('\0') {
        return None;
    }
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let mut command = "curl -sS -i".to_owned();
    if *request.method != *"POST" {
        let _infallible = write!(command, " -X {}", quoted(&request.method));
    }
    let mut is_typed = false;
    for (name, value) in &request.headers {
        if **name == *"authorization" {
            continue;
        }
        is_typed |= **name == *"content-type";
        let _infallible = write!(command, " -H {}", quoted(&format!("{name}: {value}")));
    }
    if !is_typed {
        command += " -H 'content-type: application/json'";
    }
    let _infallible = write!(command, " --data-binary {} {}", quoted(body), quoted(url));
    Some(command)
}

/// A script that sends what these exchanges sent, one after another.
#[must_use]
pub fn repro(exchanges: &[(&str, &Exchange<'_>)], url: &str) -> String {
    let mut script = "#!/bin/sh\n# What was sent where the builder failed. Signed requests are of heads of \
                      that session:\n# they show the form, and are refused once the head is another.\n"
        .to_owned();
    for (case, exchange) in exchanges {
        let request = exchange.passed.as_ref().map(|it| it.request);
        if let Some(command) = request.and_then(|it| curl(it, url)) {
            let case = case.replace(['\n', '\r'], " ");
            let _infallible = writeln!(
                script,
                "\necho '# {}'\n{command}\necho",
                case.replace('\'', "")
            );
        }
    }
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_says_all_that_the_shell_must_not_read() {
        let request = HttpRequest::json(r#"{"a":"it's $HOME"}"#);
        let command = curl(&request, "http://127.0.0.1:9545/").unwrap();
        assert_eq!(
            command,
            r#"curl -sS -i -H 'content-type: application/json' --data-binary '{"a":"it'\''s $HOME"}' 'http://127.0.0.1:9545/'"#
        );
        assert_eq!(curl(&HttpRequest::json(vec![0xff]), "u"), None);
    }

    #[test]
    fn a_long_body_is_cut_and_says_so() {
        let body = "é".repeat(SHOWN + 1);
        assert!(shown(body.as_bytes()).ends_with("é… and 2 bytes more"));
    }
}
