//! A trace for a person: a line an event that a person would tell, and no hashes.

use std::fmt::Write as _;

use crate::dialect::{self, Answer, Meaning, Said};
use crate::faults;
use crate::trace::{
    Act, Cause, Entry, Face, Followed, FollowerNews, Host, HttpRequest, LogLevel, Testimony, Trace,
    What, Whose, Wire, time,
};
use crate::view::View;

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// What a story of the run needs.
    Story,
    /// Everything that can be told in a line.
    Everything,
}

/// Renders a trace, a line an event, in the order of time: a request stands where its sender began
/// the call.
#[must_use]
pub fn render(trace: &Trace, reading: Reading) -> String {
    let teller = Teller {
        view: View::of(trace),
        reading,
    };
    let mut lines: Vec<(u64, String)> = trace
        .entries
        .iter()
        .filter_map(|entry| teller.tell(entry))
        .collect();
    lines.sort_by_key(|(at_us, _)| *at_us);
    let mut text = String::new();
    for (at_us, line) in lines {
        let _infallible = writeln!(text, "{:>8}  {line}", time(at_us));
    }
    text
}

struct Teller<'a> {
    view: View<'a>,
    reading: Reading,
}

impl Teller<'_> {
    fn tell(&self, entry: &Entry) -> Option<(u64, String)> {
        let alone = |told: String| (entry.at_us, format!("{:<22}{told}", entry.host.name()));
        match &entry.what {
            What::Crossed { face, wire } => self.wire(entry.at_us, *face, wire),
            What::Published(block) => {
                let number = block.payload.block_number;
                self.everything(alone(format!("gets block {number}")))
            }
            What::Restored(block) => {
                let number = block.payload.block_number;
                self.everything(alone(format!("comes back with block {number}")))
            }
            What::Did(Act::SetBuilder(Some(pubkey))) => {
                Some(alone(format!("sets the builder tuple: {pubkey}")))
            }
            What::Did(Act::SetBuilder(None)) => Some(alone("unsets the builder tuple".to_owned())),
            What::Did(Act::Probe { exchange, what, .. }) => {
                let answered = self.probed(*exchange);
                Some(alone(format!("[probe] {what}: {answered}")))
            }
            What::Did(Act::ReplaceHead) => {
                Some(alone("L1 replaces the head by its sibling".to_owned()))
            }
            What::Interfered { exchange, deed, .. } => {
                let what = self.exchange_name(*exchange);
                let sentence = faults::sentence(deed);
                Some(alone(format!("[fault] {what}: {sentence}")))
            }
            What::Says(testimony) => {
                testified(testimony, self.reading == Reading::Everything).map(alone)
            }
            What::Logs(line) => {
                let level = match line.level {
                    LogLevel::Error => "ERROR",
                    LogLevel::Warn => "WARN",
                    LogLevel::Info => "INFO",
                };
                Some(alone(format!("logs {level} {}", line.text)))
            }
            What::Followed(followed) => Some(alone(following(followed))),
            What::Impossible(why) => Some(alone(format!("[fault] impossible: {why}"))),
            What::Died => Some(alone("[fault] dies".to_owned())),
            What::Back => Some(alone("[fault] is back, at genesis".to_owned())),
            What::Panicked(why) => Some(alone(format!("panics: {why}"))),
            What::Tasks(_) => None,
        }
    }

    fn everything(&self, told: (u64, String)) -> Option<(u64, String)> {
        (self.reading == Reading::Everything).then_some(told)
    }

    fn exchange_name(&self, number: u64) -> String {
        let exchange = self.view.exchange(number);
        let meaning = exchange.and_then(|exchange| exchange.meaning());
        meaning.map_or_else(|| "request".to_owned(), |meaning| meaning.name().to_owned())
    }

    /// What the builder makes of a probe.
    fn probed(&self, number: u64) -> String {
        let exchange = self.view.exchange(number);
        let Some(exchange) = exchange else {
            return "never sent".to_owned();
        };
        match (&exchange.given, exchange.failed) {
            (Some(given), _) if given.reply.body.is_empty() => {
                format!("HTTP status {}, without a body", given.reply.status)
            }
            (Some(given), _) => match Said::of(given.reply) {
                Said::Batch(responses) => format!("a batch of {} responses", responses.len()),
                Said::Nothing | Said::Other | Said::One(_) => {
                    without_hashes(&answered(&given.answer))
                }
            },
            (None, Some((_, failure))) => format!("no reply, {failure:?}"),
            (None, None) => "no reply".to_owned(),
        }
    }

    fn wire(&self, at_us: u64, face: Face, wire: &Wire) -> Option<(u64, String)> {
        let way = |from: Host, to: Host, told: String| {
            let way = format!("{from} -> {to}");
            format!("{way:<22}{told}")
        };
        match (face, wire) {
            (
                Face::Users,
                Wire::Request {
                    request: Some(request),
                    ..
                },
            ) => {
                let told = requested(face, request);
                Some((at_us, way(Host::Users, Host::Sequencer, told)))
            }
            (
                Face::Sequencer,
                Wire::Request {
                    begun_us,
                    request: Some(request),
                    ..
                },
            ) => {
                let told = requested(face, request);
                let at_us = begun_us.unwrap_or(at_us);
                Some((at_us, way(Host::Sequencer, Host::Builder, told)))
            }
            (Face::Sequencer, Wire::Reply { exchange, .. }) => {
                let exchange = self.view.exchange(*exchange)?;
                let reply = exchange.reply.as_ref()?;
                let meaning = exchange.meaning()?;
                let of_interest = matches!(meaning, Meaning::PayloadRequest(_))
                    || self.reading == Reading::Everything;
                let told = format!("{}: {}", meaning.name(), answered(&reply.answer));
                of_interest.then(|| (at_us, way(Host::Builder, Host::Sequencer, told)))
            }
            (Face::Users | Face::Sequencer | Face::Builder, _) => None,
        }
    }
}

fn requested(face: Face, request: &HttpRequest) -> String {
    let meaning = dialect::meaning(face, request);
    let name = meaning.name();
    match &meaning {
        Meaning::PayloadRequest(params) => format!("{name}  block {}", params.payload.block_number),
        Meaning::NewBlock { payload, .. } => format!("{name}  {}", payload.block_number),
        Meaning::HeadUpdate {
            attributes: Some(_),
            ..
        } => format!("{name}  with attributes"),
        Meaning::HeadUpdate {
            attributes: None, ..
        } => format!("{name}  head only"),
        Meaning::ForwardedTransaction(_)
        | Meaning::UserTransaction(_)
        | Meaning::Question(_)
        | Meaning::Other(_)
        | Meaning::Unread(_) => name.to_owned(),
    }
}

fn answered(answer: &Answer) -> String {
    match answer {
        Answer::Payload(..) => "a payload".to_owned(),
        Answer::Stored(status) => format!("status {status}"),
        Answer::Judged(status) => status.to_string(),
        Answer::Accepted(_) => "accepted".to_owned(),
        Answer::Other(_) => "a result".to_owned(),
        Answer::Misfit(..) => "a result that does not read".to_owned(),
        Answer::Error(error) => {
            let code = error
                .code
                .map_or_else(String::new, |code| format!(" {code}"));
            let message = error.message.as_deref().unwrap_or("without a message");
            format!("error{code}: {message}")
        }
        Answer::Status(status) => format!("HTTP status {status}"),
        Answer::Unread(_) => "no JSON-RPC response".to_owned(),
    }
}

fn testified(testimony: &Testimony, everything: bool) -> Option<String> {
    Some(match testimony {
        Testimony::Scheduled { number, .. } => {
            format!("schedules a fork choice update for block {number}")
        }
        Testimony::LocalStarted { number } if everything => {
            format!("starts to build local block {number}")
        }
        Testimony::LocalSealed {
            number,
            transactions,
            ..
        } => format!("seals local block {number}  {transactions} txs"),
        Testimony::LocalFailed { number, reason } => {
            format!("has no local block {number}: {reason}")
        }
        Testimony::Admitted { number, .. } => format!("admits the builder's block {number}"),
        Testimony::FellBack { cause, .. } => match cause {
            Cause::Rejected { reason, .. } => {
                format!("rejects the builder payload: {}", without_hashes(reason))
            }
            Cause::TimedOut => "gives up on the builder: timed out".to_owned(),
            Cause::Failed(why) => format!("gives up on the builder: {why}"),
            Cause::Error { code, message } => {
                format!("gives up on the builder: error {code}: {message}")
            }
            Cause::HeadMoved => "gives up on the builder: the head moved".to_owned(),
            Cause::OutOfTime => {
                "gives up on the builder: validation would outlast the slot".to_owned()
            }
        },
        Testimony::Imported { number, .. } if everything => format!("imports block {number}"),
        Testimony::Published { number, whose, .. } => {
            let whose = match whose {
                Whose::Builder => "the builder's",
                Whose::Local => "local",
            };
            format!("publishes block {number} ({whose})")
        }
        Testimony::Missed { number } => format!("has no block {number}"),
        Testimony::HeadReplaced { number, .. } => {
            format!("replaces block {number} by its sibling derived from L1")
        }
        Testimony::BuilderChanged {
            pubkey: Some(pubkey),
        } => format!("registers builder {pubkey}"),
        Testimony::BuilderChanged { pubkey: None } => "registers no builder".to_owned(),
        Testimony::TransactionRefused { reason } => format!("refuses a transaction: {reason}"),
        Testimony::Forwarded { attempts, .. } if everything || *attempts > 1 => {
            format!("forwarded a transaction in {attempts} attempts")
        }
        Testimony::FeedFailed { method, cause } => format!("{method} did not get through: {cause}"),
        Testimony::JobStarted { number, .. } if everything => format!("starts on block {number}"),
        Testimony::HeadFollowed { number, .. } if everything => format!("follows block {number}"),
        Testimony::Behind { .. } => "lacks blocks below the head".to_owned(),
        Testimony::Sealed {
            number,
            transactions,
            ..
        } => format!("seals block {number}  {transactions} txs"),
        Testimony::LocalStarted { .. }
        | Testimony::Imported { .. }
        | Testimony::TransactionAccepted { .. }
        | Testimony::Forwarded { .. }
        | Testimony::JobStarted { .. }
        | Testimony::HeadFollowed { .. }
        | Testimony::Refused { .. }
        | Testimony::TransactionStored { .. } => return None,
    })
}

fn following(followed: &Followed) -> String {
    let client = &followed.client;
    match &followed.news {
        FollowerNews::Valid { number, .. } => format!("{client} finds block {number} valid"),
        FollowerNews::Invalid { number, reason, .. } => {
            format!("{client} finds block {number} invalid: {reason}")
        }
        FollowerNews::Away { cause } => format!("{client} is away: {cause}"),
        FollowerNews::Lacks { .. } => format!("{client} lacks blocks that are not kept"),
    }
}

/// A reason without the hashes that it may name: they are another's in each version of the chain.
fn without_hashes(reason: &str) -> String {
    /// A hash is `0x` and 64 digits.
    const HASH: usize = 66;
    let words = reason.split(' ').map(|word| {
        let bare = word.trim_end_matches([',', '.', ':', ';']);
        if bare.len() == HASH && bare.starts_with("0x") {
            format!("…{}", &word[bare.len()..])
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}
