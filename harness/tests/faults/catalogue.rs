//! A fault is one entry: whatever else is said of it derives from that, and is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gauntlet::explore;
use gauntlet::faults::{self, Choices, Fault, How, On, Parameter};
use gauntlet::net::sim;
use gauntlet::plan::{Deed, Plan, SlotPlan};
use gauntlet::suite::Suite;
use gauntlet::trace::{Trace, What};
use gauntlet::{rules, scenario};

/// A deed of this fault, with the examples of its parameters.
fn example(fault: &'static Fault) -> Deed {
    let parameters = fault.parameters.iter();
    parameters.fold(fault.deed(), |deed, of| match of.words() {
        Some(words) => deed.saying(of.name, words[0]),
        None => deed.with(of.name, of.example),
    })
}

/// Every deed that a plan has for a message or a time.
fn deeds(slot: &SlotPlan) -> Vec<Deed> {
    let planned = [
        slot.reply.deed.clone(),
        slot.request.clone(),
        slot.forward.deed.clone(),
        slot.head_update.clone(),
        slot.reply.arrives_at_ms.map(faults::arrives_at),
    ];
    planned.into_iter().flatten().collect()
}

/// The ids of the faults that a plan has.
fn ids(plan: &Plan) -> BTreeSet<String> {
    let surroundings = plan.faults.iter().filter_map(faults::of_surroundings);
    let surroundings = surroundings.map(|fault| fault.id.to_owned());
    let deeds = plan.slots.iter().flat_map(deeds);
    deeds
        .map(|deed| deed.fault.into_owned())
        .chain(surroundings)
        .collect()
}

/// The ids of the faults that were done in a run.
fn done(trace: &Trace) -> BTreeSet<String> {
    let mut done: BTreeSet<String> = trace
        .entries
        .iter()
        .filter_map(|entry| {
            if let What::Interfered { deed, .. } = &entry.what {
                Some(deed.fault.clone().into_owned())
            } else {
                None
            }
        })
        .collect();
    // What befalls links and processes is a matter of the plan alone.
    let surroundings = trace.plan.faults.iter().filter_map(faults::of_surroundings);
    done.extend(surroundings.map(|fault| fault.id.to_owned()));
    done
}

fn scenarios() -> BTreeMap<String, Plan> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let cases = Suite::at(folder).cases().into_iter();
    cases
        .map(|case| {
            let plan = case.input.unwrap_or_else(|error| panic!("\n{error}"));
            (case.address, plan)
        })
        .collect()
}

#[test]
fn an_id_is_the_kind_and_a_word_of_its_own() {
    let ids: BTreeSet<&str> = faults::all().map(|fault| fault.id).collect();
    assert_eq!(ids.len(), faults::all().count(), "an id stands twice");
    for fault in faults::all() {
        assert_eq!(fault.id, format!("{}/{}", fault.on.name(), fault.word()));
        assert_eq!(faults::find(fault.id).map(|of| of.id), Some(fault.id));
    }
}

#[test]
fn each_fault_names_rules() {
    let known = rules::ids();
    for fault in faults::all() {
        assert!(!fault.rules.is_empty(), "{} tests no rule", fault.id);
        for rule in fault.rules {
            assert!(known.contains(rule), "{}: {rule} is no rule", fault.id);
        }
    }
}

#[test]
fn each_fault_is_told_by_a_sentence_with_its_parameters() {
    let mut sentences = BTreeSet::new();
    for fault in faults::all() {
        for Parameter { name, .. } in fault.parameters {
            assert!(fault.sentence.contains(&format!("{{{name}}}")), "{name}");
        }
        let sentence = faults::sentence(&example(fault));
        assert!(!sentence.is_empty() && !sentence.ends_with('.'));
        assert!(!sentence.contains(['{', '}']), "{sentence}");
        assert!(sentences.insert(sentence), "{} says the same", fault.id);
    }
}

#[test]
fn a_deed_that_the_catalogue_does_not_know_is_told_by_its_id() {
    let deed = Deed::of("reply/of-the-future").with("ms", 7);
    assert_eq!(faults::sentence(&deed), "reply/of-the-future (ms 7)");
}

#[test]
fn parameters_are_within_their_ranges() {
    for fault in faults::all() {
        for parameter in fault.parameters {
            let Parameter { name, range, .. } = parameter;
            let drawn = match parameter.choices {
                Choices::Of(values) => values.to_vec(),
                Choices::Between(low, high) => vec![low, high],
                Choices::Words(words) => {
                    let different: BTreeSet<&str> = words.iter().copied().collect();
                    assert_eq!(different.len(), words.len(), "{}: {name}", fault.id);
                    assert!(!words.is_empty() && !words.contains(&""), "{name}");
                    continue;
                }
            };
            assert!(!drawn.is_empty(), "{}: {name}", fault.id);
            for value in drawn.iter().chain([&parameter.example]) {
                assert!(range.contains(value), "{}: {name} = {value}", fault.id);
            }
        }
    }
    // These are a word alone, beside which there is no place.
    for on in [On::PayloadRequest, On::HeadUpdate] {
        assert!(faults::parameters(on).is_empty(), "{on:?}");
    }
}

/// Each fault of a message prints as its word, and is read as what it was.
#[test]
fn each_fault_is_a_word_of_scenario_files() {
    for fault in faults::all() {
        let deed = example(fault);
        let mut slot = SlotPlan::default();
        match fault.on {
            On::PayloadReply if matches!(fault.how, How::Delay) => {
                let ms = deed.get("ms").and_then(|ms| u64::try_from(ms).ok());
                slot.reply.arrives_at_ms = ms;
            }
            On::PayloadReply => slot.reply.deed = Some(deed),
            On::PayloadRequest => slot.request = Some(deed),
            On::HeadUpdate => slot.head_update = Some(deed),
            On::ForwardedTransaction => {
                slot.forward.fails = 1;
                slot.forward.deed = Some(deed);
            }
            // They are tables of their own, with times: their words are read in every scenario of
            // an outage, and in the next test.
            On::Link | On::Process | On::Engine => continue,
        }
        let plan = Plan {
            title: fault.sentence.to_owned(),
            // Some faults are not possible in the first slot.
            slots: vec![SlotPlan::default(), slot],
            ..Plan::default()
        };
        let text = scenario::print(&plan);
        let parsed = scenario::parse("printed.toml", &text, &rules::ids());
        assert_eq!(
            parsed.unwrap_or_else(|error| panic!("\n{error}")),
            plan,
            "{text}"
        );
    }
}

/// Each fault of a link, a process or the local engine prints as its word, and is read as what it
/// was.
#[test]
fn each_fault_of_the_surroundings_is_a_table_of_scenario_files() {
    let all = [On::Link, On::Process, On::Engine];
    for fault in all.into_iter().flat_map(faults::choices) {
        let number = fault.parameters.first().map_or(0, |of| of.example);
        let number = u64::try_from(number).expect("an example that is not negative");
        let directions = fault.directions().iter().copied().map(Some);
        let directions: Vec<_> = directions.chain([None]).collect();
        for direction in directions {
            let planned = faults::planned(fault, direction, number, (1000, Some(1500)));
            // A link is one in a direction, and nothing else is.
            let Some(planned) = planned else {
                assert!(direction.is_none() && !fault.directions().is_empty());
                continue;
            };
            assert_eq!(
                faults::of_surroundings(&planned).map(|of| of.id),
                Some(fault.id)
            );
            let plan = Plan {
                title: fault.sentence.to_owned(),
                faults: vec![planned],
                slots: vec![SlotPlan::default(); 2],
                ..Plan::default()
            };
            let text = scenario::print(&plan);
            let parsed = scenario::parse("printed.toml", &text, &rules::ids());
            assert_eq!(
                parsed.unwrap_or_else(|error| panic!("\n{error}")),
                plan,
                "{text}"
            );
        }
    }
}

#[test]
fn a_misspelt_word_of_a_fault_is_told_with_what_was_meant() {
    let text = "title = 'x'\n[[slot]]\nbuilder = { reply = 'form', form = 'anothr-id' }";
    let error = scenario::parse("x.toml", text, &rules::ids()).expect_err("no such form");
    let told = error.to_string();
    for part in [
        "`anothr-id` is no `form`",
        "x.toml:3:",
        "did you mean `another-id`?",
    ] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn each_fault_is_drawn_by_some_seed() {
    let drawn: BTreeSet<String> = (0..3000)
        .flat_map(|seed| ids(&explore::plan(seed)))
        .collect();
    for fault in faults::all() {
        assert!(drawn.contains(fault.id), "{} is never drawn", fault.id);
    }
}

/// In a scenario that is for one of the fault's rules, the fault is done.
#[test]
fn each_fault_is_done_in_a_scenario_for_one_of_its_rules() {
    let scenarios = scenarios();
    let mut done_in: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for fault in faults::all() {
        let fitting = scenarios.iter().filter(|(_, plan)| {
            let is_for = |rule: &&str| plan.exercises.iter().any(|of| of == rule);
            ids(plan).contains(fault.id) && fault.rules.iter().any(is_for)
        });
        let was_done = fitting.into_iter().any(|(path, plan)| {
            let ran = || done(&sim::run(plan).unwrap_or_else(|error| panic!("{path}: {error}")));
            done_in.entry(path).or_insert_with(ran).contains(fault.id)
        });
        assert!(was_done, "{} is done in no such scenario", fault.id);
    }
}
