//! Every mutant of a builder, and every null control, on real sockets: each is tried as a builder of
//! somebody else's is, by the cases that are for the rule that it breaks, and none is certified.
//!
//! Prints what refused each, and lists those whose cases no wire can show.
#![expect(clippy::print_stdout, reason = "it prints what it found")]

use std::collections::BTreeMap;
use std::error::Error;
use std::future::pending;
use std::process::ExitCode;
use std::time::Duration;

use futures::{StreamExt, stream};
use gauntlet::certify::{Certificate, Declared, Session, Tier, Verdict};
use gauntlet::chain::Keys;
use gauntlet::mutants::{self, controls};
use gauntlet::net::tcp::{Script, Settings, play};
use gauntlet::rules::Subject;
use gauntlet::suite::{Case, Suite};
use gauntlet::world::Players;

/// How many are tried at once: each waits for its slots most of the time.
const AT_ONCE: usize = 16;

const BLOCK_TIME_MS: u64 = 1000;

/// Within so much of a bound nothing is concluded.
const GUARD: Duration = Duration::from_millis(60);

/// Who is tried, and what should refuse it.
struct Impostor {
    id: &'static str,
    rule: Option<&'static str>,
    players: Players,
    cases: Vec<Case>,
}

/// What became of one.
enum Refusal {
    /// The rule that it breaks refused it.
    ByItsRule,
    /// Others did.
    ByOthers(Vec<String>),
    /// No case of its can be played on a wire, and why.
    Unplayed(&'static str),
    /// Nothing did.
    Nothing(Vec<String>),
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let is_wanted = |id: &str| wanted.is_empty() || wanted.iter().any(|it| it == id);
    let runtime = tokio::runtime::Runtime::new()?;
    let impostors = impostors().into_iter().filter(|it| is_wanted(it.id));
    let tried: Vec<_> = runtime.block_on(
        stream::iter(impostors)
            .map(tried)
            .buffered(AT_ONCE)
            .inspect(told)
            .collect(),
    );
    runtime.shutdown_background();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, _, refusal) in &tried {
        let name = match refusal {
            Refusal::ByItsRule => "refused by the rule that it breaks",
            Refusal::ByOthers(_) => "refused by other rules",
            Refusal::Unplayed(_) => "to be seen in a simulation alone",
            Refusal::Nothing(_) => "refused by nothing",
        };
        *counts.entry(name).or_default() += 1;
    }
    println!();
    for (name, count) in &counts {
        println!("{count:>4} {name}");
    }
    let all_refused = !counts.contains_key("refused by nothing");
    Ok(if all_refused {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn impostors() -> Vec<Impostor> {
    let suite = Suite::embedded();
    let of_builders = mutants::all().filter(|mutant| mutant.subject == Subject::Builder);
    let of_mutants = of_builders.map(|mutant| Impostor {
        id: mutant.id,
        rule: Some(mutant.killed_by),
        players: mutant.variant.players(),
        cases: mutant
            .scenarios
            .iter()
            .flat_map(|of| suite.below(of))
            .collect(),
    });
    let of_controls = controls::all().map(|control| Impostor {
        id: control.id,
        rule: None,
        players: Players::with(control.builder()),
        cases: suite.cases(),
    });
    of_mutants.chain(of_controls).collect()
}

type Tried = (&'static str, Option<&'static str>, Refusal);

async fn tried(impostor: Impostor) -> Tried {
    let Impostor {
        id,
        rule,
        players,
        cases,
    } = impostor;
    // A control is as bad in the first tier as in any.
    let tier = if rule.is_some() {
        Tier::Soak
    } else {
        Tier::Wire
    };
    let session = Session::of(&cases, tier, 0, BLOCK_TIME_MS);
    if session.cases.is_empty() {
        let why = session
            .left_out
            .first()
            .map_or("it is for no rule of builders", |it| it.1);
        return (id, rule, Refusal::Unplayed(why));
    }
    let settings = Settings {
        block_time: "1s".parse().expect("a block time"),
        ..Settings::default()
    };
    let script = Script {
        plan: session.plan.clone(),
        keys: Keys::default(),
        guard: GUARD,
    };
    let played = play(script, &settings, players, pending(), |_, _| {}, |_| {}).await;
    let trace = match played {
        Ok(trace) => trace,
        Err(error) => return (id, rule, Refusal::Nothing(vec![error.to_string()])),
    };
    let certificate = Certificate::of(&session, tier, &trace, &Declared::default());
    let is_bad = |verdict| matches!(verdict, Verdict::Fail | Verdict::Unimplemented);
    let bad = certificate.rules.iter().filter(|it| is_bad(it.verdict));
    let bad: Vec<String> = bad.map(|it| it.rule.clone()).collect();
    let refusal = match rule {
        Some(rule) if bad.iter().any(|it| it == rule) => Refusal::ByItsRule,
        _ if !bad.is_empty() => Refusal::ByOthers(bad),
        // None but local blocks, say, refuses as well.
        None if !certificate.is_certified() => Refusal::ByOthers(certificate.reasons),
        _ => Refusal::Nothing(certificate.reasons),
    };
    (id, rule, refusal)
}

fn told((id, rule, refusal): &Tried) {
    let rule = rule.unwrap_or("anything");
    let line = match refusal {
        Refusal::ByItsRule => format!("  ok    {id}: {rule}"),
        Refusal::ByOthers(rules) => {
            format!("  other {id}: {} in place of {rule}", rules.join(", "))
        }
        Refusal::Unplayed(why) => format!("  sim   {id}: {why}"),
        Refusal::Nothing(reasons) => format!("  NONE  {id}: not by {rule}; {}", reasons.join("; ")),
    };
    println!("{line}");
}
