//! Plans as scenario files.

use std::borrow::Cow;
use std::fmt::Display;

use super::deeds::{self, Named};
use super::words::{SettingWord, Word};
use crate::faults::{self, On};
use crate::plan::{
    BuilderChange, BuilderPlan, ChainPlan, Deed, DepositPlan, Eip1559Plan, Expectation, Fault,
    ForwardPlan, L1Change, L1Plan, LinkTrouble, NetworkPlan, Plan, ProbePlan, ReplyPlan,
    SequencerPlan, SlotPlan, TrafficPlan,
};

/// Prints the shortest scenario file that parses back to the same plan: what is as by default is
/// left out.
#[must_use]
pub fn print(plan: &Plan) -> String {
    let mut blocks = vec![
        top(plan),
        Block::new("[chain]", chain(&plan.chain)),
        Block::new("[l1]", l1(&plan.l1)),
        Block::new("[network]", network(&plan.network)),
        Block::new("[traffic]", traffic(&plan.traffic)),
        Block::new("[sequencer]", sequencer(plan)),
        Block::new("[builder]", builder(&plan.builder)),
    ];
    blocks.retain(|block| !block.lines.is_empty());
    blocks.extend(
        plan.faults
            .iter()
            .map(|of| Block::new("[[fault]]", fault(of))),
    );
    blocks.extend(slots(&plan.slots));
    let texts: Vec<String> = blocks.iter().map(Block::text).collect();
    texts.join("\n")
}

/// A header and the lines below it.
struct Block {
    header: Option<&'static str>,
    lines: Vec<String>,
}

impl Block {
    fn new(header: &'static str, lines: Vec<String>) -> Self {
        Self {
            header: Some(header),
            lines,
        }
    }

    fn text(&self) -> String {
        let header = self.header.map(str::to_owned);
        let lines = header.iter().chain(&self.lines);
        lines.flat_map(|line| [line.as_str(), "\n"]).collect()
    }
}

/// The members of a table that differ from the default, as `key = value`.
#[derive(Default)]
struct Members(Vec<String>);

impl Members {
    fn number<T: Display + PartialEq>(mut self, key: &str, value: T, default: T) -> Self {
        if value != default {
            self.0.push(format!("{key} = {value}"));
        }
        self
    }

    fn some<T: Display>(mut self, key: &str, value: Option<T>) -> Self {
        self.0.extend(value.map(|value| format!("{key} = {value}")));
        self
    }

    fn word<W: Word + PartialEq>(self, key: &str, value: W, default: W) -> Self {
        self.some_word(key, Some(value).filter(|value| *value != default))
    }

    fn some_word<W: Word>(self, key: &str, value: Option<W>) -> Self {
        self.some(key, value.map(|value| format!("\"{}\"", value.word())))
    }

    /// The word of a fault, and its parameters.
    fn deed(self, named: Named, deed: Option<&Deed>) -> Self {
        let Some(deed) = deed else {
            return self;
        };
        // The parameters of a fault that the catalogue does not know stand in their own order.
        let (word, names) = match faults::find(&deed.fault) {
            Some(fault) => {
                let names = fault.parameters.iter().map(|of| of.name);
                (fault.word(), names.collect())
            }
            None => {
                let names = deed.with.keys().chain(deed.words.keys());
                (&*deed.fault, names.map(|name| &**name).collect())
            }
        };
        let names: Vec<&str> = names;
        names
            .into_iter()
            .fold(self.some(named.key, Some(quoted(word))), |members, name| {
                members
                    .some(name, deed.get(name))
                    .some(name, deed.word(name).map(quoted))
            })
    }

    /// A table of its own, unless it has no members.
    fn table(mut self, key: &str, members: Members) -> Self {
        if !members.0.is_empty() {
            self.0
                .push(format!("{key} = {{ {} }}", members.0.join(", ")));
        }
        self
    }

    /// A list of tables, unless there are none; a line each if they are several.
    fn tables(mut self, key: &str, tables: impl Iterator<Item = Members>) -> Self {
        let tables: Vec<String> = tables
            .map(|table| format!("{{ {} }}", table.0.join(", ")))
            .collect();
        match &tables[..] {
            [] => {}
            [one] => self.0.push(format!("{key} = [{one}]")),
            many => self
                .0
                .push(format!("{key} = [\n  {},\n]", many.join(",\n  "))),
        }
        self
    }
}

fn probe(plan: &ProbePlan) -> Members {
    let quote = |word: &Option<Cow<'_, str>>| word.as_ref().map(|word| quoted(word));
    Members::default()
        .some("send", Some(quoted(&plan.send)))
        .some("member", quote(&plan.member))
        .some("written", quote(&plan.written))
        .some("at_ms", Some(plan.at_ms))
        .number("times", plan.times, 1)
}

fn top(plan: &Plan) -> Block {
    let highest = plan
        .slots
        .iter()
        .rposition(|slot| *slot != SlotPlan::default())
        .map_or(1, |index| index + 1);
    let rules: Vec<String> = plan.exercises.iter().map(|rule| quoted(rule)).collect();
    let rules = match rules.join(", ") {
        one_line if rules.is_empty() || one_line.len() <= 90 => format!("[{one_line}]"),
        _ => format!("[\n  {},\n]", rules.join(",\n  ")),
    };
    let members = Members::default()
        .some("title", Some(quoted(&plan.title)))
        .some("for", Some(rules).filter(|_| !plan.exercises.is_empty()))
        .number("seed", plan.seed, 0)
        .number("slots", plan.slots.len(), highest);
    Block {
        header: None,
        lines: members.0,
    }
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn chain(plan: &ChainPlan) -> Vec<String> {
    let default = ChainPlan::default();
    Members::default()
        .number("block_time_ms", plan.block_time_ms, default.block_time_ms)
        .number("gas_limit", plan.gas_limit, default.gas_limit)
        .number(
            "holocene_at_slot",
            plan.holocene_at_slot,
            default.holocene_at_slot,
        )
        .0
}

fn l1(plan: &L1Plan) -> Vec<String> {
    let default = L1Plan::default().block_time_s;
    Members::default()
        .number("block_time_s", plan.block_time_s, default)
        .0
}

/// The latency of all links that leaves the fewest exceptions.
fn network(plan: &NetworkPlan) -> Vec<String> {
    let default = NetworkPlan::default().users_ms;
    let with_all = |all: u64| {
        Members::default()
            .number("latency_ms", all, default)
            .number("sequencer_to_builder_ms", plan.sequencer_to_builder_ms, all)
            .number("builder_to_sequencer_ms", plan.builder_to_sequencer_ms, all)
            .number("users_ms", plan.users_ms, all)
            .number("jitter_ms", plan.jitter_ms, 0)
            .0
    };
    let latencies = [
        plan.sequencer_to_builder_ms,
        plan.builder_to_sequencer_ms,
        plan.users_ms,
    ];
    latencies
        .into_iter()
        .map(with_all)
        .fold(with_all(default), |shortest, lines| {
            if lines.len() < shortest.len() {
                lines
            } else {
                shortest
            }
        })
}

fn traffic(plan: &TrafficPlan) -> Vec<String> {
    let kinds: Vec<String> = plan.kinds.iter().map(|kind| quoted(kind.word())).collect();
    let kinds = (!kinds.is_empty()).then(|| format!("[{}]", kinds.join(", ")));
    Members::default()
        .number(
            "transactions_per_slot",
            plan.transactions_per_slot,
            TrafficPlan::default().transactions_per_slot,
        )
        .some("kinds", kinds)
        .number("questions", plan.questions, false)
        .number("mistakes", plan.mistakes, false)
        .0
}

fn sequencer(plan: &Plan) -> Vec<String> {
    let default = SequencerPlan::for_block_time(plan.chain.block_time_ms);
    let plan = &plan.sequencer;
    let set = |is_set| {
        if is_set {
            SettingWord::Set
        } else {
            SettingWord::Unset
        }
    };
    Members::default()
        .word("builder_pubkey", set(plan.builder_pubkey), SettingWord::Set)
        .word("builder_url", set(plan.builder_url), SettingWord::Set)
        .number(
            "import_budget_ms",
            plan.import_budget_ms,
            default.import_budget_ms,
        )
        .number("build_ms", plan.build_ms, default.build_ms)
        .number("validate_ms", plan.validate_ms, default.validate_ms)
        .word("selection", plan.selection, default.selection)
        .0
}

fn builder(plan: &BuilderPlan) -> Vec<String> {
    Members::default()
        .number("build_ms", plan.build_ms, BuilderPlan::default().build_ms)
        .number("engine_jwt", plan.engine_jwt, false)
        .0
}

fn fault(planned: &Fault) -> Vec<String> {
    let of_catalogue = faults::of_surroundings(planned);
    let kind = of_catalogue.map(|fault| quoted(fault.word()));
    let members = Members::default().some("kind", kind);
    let is_one_of_many = of_catalogue.is_some_and(|fault| fault.directions().len() > 1);
    let one_of_many = |direction| is_one_of_many.then_some(direction);
    match planned {
        Fault::Dies { at_ms, back_at_ms } => members
            .some("at_ms", Some(at_ms))
            .some("back_at_ms", *back_at_ms),
        Fault::Restarts {
            at_ms,
            back_at_ms,
            loses_blocks,
        } => members
            .some("at_ms", Some(at_ms))
            .some("back_at_ms", Some(back_at_ms))
            .some("loses_blocks", Some(loses_blocks)),
        Fault::BlackHole {
            direction,
            from_ms,
            until_ms,
        } => members
            .some_word("direction", one_of_many(*direction))
            .some("from_ms", Some(from_ms))
            .some("until_ms", *until_ms),
        Fault::Disturbs {
            trouble,
            direction,
            from_ms,
            until_ms,
        } => {
            let members = members.some_word("direction", one_of_many(*direction));
            match trouble {
                LinkTrouble::Slow { by_ms } => members.some("by_ms", Some(by_ms)),
                LinkTrouble::Loses { percent } => members.some("percent", Some(percent)),
                LinkTrouble::DropsConnects => members,
            }
            .some("from_ms", Some(from_ms))
            .some("until_ms", *until_ms)
        }
        Fault::Engine {
            from_ms, until_ms, ..
        } => members
            .some("from_ms", Some(from_ms))
            .some("until_ms", *until_ms),
    }
    .0
}

/// A block for each slot that is not as by default.
fn slots(slots: &[SlotPlan]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut next = 1;
    for (number, slot) in (1..).zip(slots) {
        if *slot != SlotPlan::default() {
            blocks.push(Block::new("[[slot]]", slot_lines(number, next, slot)));
            next = number + 1;
        }
    }
    blocks
}

fn slot_lines(number: u64, next: u64, slot: &SlotPlan) -> Vec<String> {
    let attributes = Members::default()
        .number("no_tx_pool", slot.no_tx_pool, false)
        .number("user_deposits", slot.user_deposits, 0)
        .some("deposits", deposits(&slot.deposits));
    Members::default()
        .number("number", number, next)
        .table("builder", reply(&slot.reply))
        .deed(deeds::REQUEST, slot.request.as_ref())
        .table("forward", forward(&slot.forward))
        .deed(deeds::FORK_CHOICE, slot.head_update.as_ref())
        .table("attributes", attributes)
        .table("l1", l1_change(slot.l1))
        .some("head_replaced_at_ms", slot.head_replaced_at_ms)
        .table(
            "builder_changes",
            slot.builder_changes
                .map(builder_changes)
                .unwrap_or_default(),
        )
        .tables("probes", slot.probes.iter().map(probe))
        .table("expect", expect(&slot.expect))
        .0
}

fn deposits(plan: &[DepositPlan]) -> Option<String> {
    let words: Vec<String> = plan.iter().map(|of| quoted(of.word())).collect();
    (!words.is_empty()).then(|| format!("[{}]", words.join(", ")))
}

fn l1_change(plan: L1Change) -> Members {
    let Eip1559Plan {
        denominator,
        elasticity,
    } = plan.eip1559.unwrap_or_default();
    Members::default()
        .some("gas_limit", plan.gas_limit)
        .some("denominator", plan.eip1559.map(|_| denominator))
        .some("elasticity", plan.eip1559.map(|_| elasticity))
        .some("base_fee_wei", plan.base_fee_wei)
        .some("blob_base_fee_wei", plan.blob_base_fee_wei)
        .some("base_fee_scalar", plan.base_fee_scalar)
        .some("blob_base_fee_scalar", plan.blob_base_fee_scalar)
}

fn reply(plan: &ReplyPlan) -> Members {
    Members::default()
        .deed(deeds::REPLY, plan.deed.as_ref())
        .some("arrives_at_ms", plan.arrives_at_ms)
}

fn forward(plan: &ForwardPlan) -> Members {
    if *plan == ForwardPlan::default() {
        return Members::default();
    }
    let usual = faults::usual(On::ForwardedTransaction);
    // What fails as usual need not say so.
    let is_usual = |deed: &&Deed| plan.fails > 0 && usual.is_some_and(|of| of.id == deed.fault);
    Members::default().some("fails", Some(plan.fails)).deed(
        deeds::HOW,
        plan.deed.as_ref().filter(|deed| !is_usual(deed)),
    )
}

fn builder_changes(plan: BuilderChange) -> Members {
    Members::default()
        .some("at_ms", Some(plan.at_ms))
        .some_word("to", Some(plan.to))
}

fn expect(plan: &Expectation) -> Members {
    Members::default()
        .some_word("block", plan.block)
        .some("requests", plan.requests)
        .some("forward_attempts", plan.forward_attempts)
}
