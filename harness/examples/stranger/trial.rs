//! A builder is tried in both worlds, and the verdicts are told.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use futures::future::pending;
use gauntlet::chain::{self, Keys};
use gauntlet::net::tcp::{Settings, devnet};
use gauntlet::plan::Plan;
use gauntlet::report::devnet as sockets;
use gauntlet::report::text::{Listing, plural};
use gauntlet::rules::Subject as Whose;
use gauntlet::suite::{
    self, End, Exit, Failure, Profile, Ran, Report, Reporter, RunEvent, RunOptions, Suite, Summary,
};
use gauntlet::trace::{Host, Recorder};
use gauntlet::view::View;
use gauntlet::world::{Berth, BuilderSetup, Players, Setup, Subject, Witness};
use gauntlet_engine::Senders;
use gauntlet_node::Compute;
use gauntlet_rpc::{TcpAcceptor, tcp_dial};

const HELP: &str = "\
A builder that is not Gauntlet's own, tried by Gauntlet.

Usage: stranger [--world sim|tcp|both|none] [--fault NAME]

  --world  where: in the simulation, on real sockets, or in both [default: both]; in none it is a
           process of its own, whose URL is told, for `gauntlet devnet --builder URL`
  --fault  what the builder does wrong on purpose [default: nothing]

Exit codes: 0 it conforms, 1 it does not, 2 bad input, 3 Gauntlet broke

Faults:
";

/// Tries the builder, with the fault and in the worlds that the command line names. Faults have a
/// name and a sentence.
pub(crate) fn run(
    faults: &[(&str, &str)],
    builder: impl Fn(String) -> Arc<dyn Subject>,
) -> ExitCode {
    let (mut world, mut fault) = ("both".to_owned(), String::new());
    let is_world = |name: &str| ["sim", "tcp", "both", "none"].contains(&name);
    let is_fault = |name: &str| faults.iter().any(|(fault, _)| *fault == name);
    let lines = faults
        .iter()
        .map(|(name, what)| format!("  {name:<20}{what}\n"));
    let help = HELP.to_owned() + &lines.collect::<String>();
    let mut args = std::env::args().skip(1);
    while let Some(option) = args.next() {
        match (option.as_str(), args.next()) {
            ("--world", Some(name)) if is_world(&name) => world = name,
            ("--fault", Some(name)) if is_fault(&name) => fault = name,
            ("--help" | "-h", _) => {
                anstream::print!("{help}");
                return Exit::Conforms.into();
            }
            (_, name) => {
                let name = name.unwrap_or_default();
                anstream::eprint!("error: no such option: `{option} {name}`\n\n{help}");
                return Exit::BadInput.into();
            }
        }
    }
    let builder = builder(fault);
    if world == "none" {
        let error = served(&*builder).err();
        anstream::eprintln!("error: it serves no longer: {error:?}");
        return Exit::Broken.into();
    }
    let players = Players::with(builder);
    let mut exit = Exit::Conforms;
    if world != "tcp" {
        exit = in_simulation(players.clone());
    }
    if world != "sim" {
        let tried = on_sockets(players).unwrap_or_else(|error| {
            anstream::eprintln!("error: {error}");
            Exit::Broken
        });
        exit = exit.max(tried);
    }
    exit.into()
}

/// On a port of the loopback address, on the chain and with the keys of a devnet, until it is ended.
fn served(builder: &dyn Subject) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let door = TcpAcceptor::bind("127.0.0.1:0").await?;
        anstream::println!("http://{}", door.local_addr()?);
        let (plan, keys) = (Plan::default(), Keys::default());
        let nobody = Recorder::new(|| 0).told_to(|_| {});
        let setup = Setup::Builder(Box::new(BuilderSetup {
            genesis: chain::GENESIS.into(),
            spec: chain::spec(&plan)?,
            pubkey: keys.builder,
            sequencer: keys.sequencer.address(),
            engine_jwt: None,
            build: Duration::ZERO,
            compute: Compute::simulated(),
            blocks: Vec::new(),
            witness: Witness::new(Host::Builder, nobody),
            senders: Senders::default(),
        }));
        let (door, dial) = (Box::new(door), tcp_dial());
        Ok(builder.start(Berth { door, dial, setup }).await?)
    })
}

/// In every scenario that Gauntlet carries with it.
fn in_simulation(players: Players) -> Exit {
    let (mut told, mut by_rule) = (String::new(), ByRule::default());
    let mut listing = Listing::new(&mut told);
    let mut both: Vec<&mut dyn Reporter> = vec![&mut listing, &mut by_rule];
    let options = RunOptions {
        players,
        ..RunOptions::default()
    };
    suite::run(&Suite::embedded().cases(), &options, &mut both);
    anstream::print!("{told}\nThe rules for builders in the simulation\n{by_rule}\n");
    by_rule.summary.exit()
}

/// For some slots in which nothing goes wrong.
fn on_sockets(players: Players) -> Result<Exit, Box<dyn Error>> {
    let settings = Settings {
        block_time: "500ms".parse()?,
        slots: Some(6),
        transactions_per_slot: 5,
        ..Settings::default()
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let trace = runtime.block_on(devnet(&settings, players, pending(), |_, _| {}, |_| {}))?;
    let mut by_rule = ByRule::default();
    by_rule.add(&Report {
        address: "sockets".to_owned(),
        title: trace.plan.title.clone(),
        end: End::Ran(Box::new(Ran {
            digest: trace.digest(),
            outcome: suite::check(&trace, Profile::LENIENT),
            exercises: Vec::new(),
            virtual_ms: trace.plan.duration_ms(),
            trace: None,
        })),
        wall: Duration::from_micros(trace.ended_us),
    });
    let slots = sockets::Summary::of(&View::of(&trace)).told();
    anstream::print!("The rules for builders on real sockets\n{by_rule}{slots}");
    Ok(by_rule.summary.exit())
}

/// What runs say of each rule, and where it was violated first.
#[derive(Default)]
struct ByRule {
    summary: Summary,
    first: BTreeMap<String, String>,
}

impl ByRule {
    fn add(&mut self, report: &Report) {
        self.summary.add(report);
        for failure in report.failures().iter().chain(report.warnings()) {
            if let Failure::Violated(rule, _) = failure {
                let first = self.first.entry(rule.id.to_owned());
                first.or_insert_with(|| format!("{}: {failure}", report.address));
            }
        }
    }
}

impl Reporter for ByRule {
    fn event(&mut self, event: &RunEvent) {
        if let RunEvent::CaseFinished(report) = event {
            self.add(report);
        }
    }
}

/// The rules for builders, and others only if they are violated.
impl fmt::Display for ByRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (rule, of) in &self.summary.rules {
            let first = self.first.get(rule.id);
            if rule.subject != Whose::Builder && first.is_none() {
                continue;
            }
            let violated_in = of.violated_in + of.warned_in;
            let verdict = if violated_in > 0 {
                format!("violated in {}", plural(violated_in, "run"))
            } else if of.held > 0 {
                let (times, runs) = (plural(of.held, "time"), plural(of.held_in, "run"));
                format!("held {times} in {runs}")
            } else if of.not_observable_in > 0 {
                format!("not observable in {}", plural(of.not_observable_in, "run"))
            } else if of.inconclusive_in > 0 {
                format!("inconclusive in {}", plural(of.inconclusive_in, "run"))
            } else {
                "not exercised".to_owned()
            };
            writeln!(f, "  {:<40}  {verdict}", rule.id)?;
            if let Some(first) = first {
                writeln!(f, "      first {first}")?;
            }
        }
        Ok(())
    }
}
