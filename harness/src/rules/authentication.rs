//! Who may call the Engine API's methods of a builder. DECISION: engine-authentication.

use super::{Evidence, Level, Record, Rule, Subject, Tally};
use crate::dialect::{ENGINE_SECRET, Form, lets_in};

pub(super) const RULES: &[Rule] = &[Rule {
    id: "transport/engine-authentication",
    level: Level::Derived,
    subject: Subject::Builder,
    line: 43,
    quote: None,
    source: Some(
        "execution-apis, authentication: HS256 and a time of issue within 60 seconds, or HTTP 401",
    ),
    evidence: &[Evidence::Wire],
    check: engine_authentication,
}];

/// Where the builder asks for tokens, a request that calls a method of the Engine API needs one, and
/// no other does.
fn engine_authentication(record: &Record<'_>, tally: &mut Tally) {
    let trace = record.view.trace;
    if !trace.plan.builder.engine_jwt {
        return;
    }
    let genesis = trace.spec.genesis().timestamp();
    for exchange in &record.view.exchanges {
        let (Some(passed), Some(given)) = (&exchange.passed, &exchange.given) else {
            continue;
        };
        let form = Form::of(passed.request);
        let mut calls = form
            .parts()
            .iter()
            .filter_map(|part| part.call.as_ref().ok());
        let needs_one = calls.any(|call| call.method.starts_with("engine_"));
        let mut headers = passed.request.headers.iter();
        let token = headers.find(|(name, _)| **name == *"authorization");
        let now = genesis + passed.at_us / 1_000_000;
        let has_one = token.is_some_and(|(_, value)| lets_in(&ENGINE_SECRET, value, now));
        let is_refused = given.reply.status == 401;
        tally.note(given.at_us, is_refused == (needs_one && !has_one), || {
            let what = match (needs_one, has_one) {
                (false, _) => "a call that needs no token",
                (true, true) => "a call with a token",
                (true, false) => "a call without a token",
            };
            format!("{what}: HTTP {}", given.reply.status)
        });
    }
}
