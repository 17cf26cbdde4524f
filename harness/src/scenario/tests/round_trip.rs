//! `parse(print(plan)) == plan`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::RULES;
use crate::explore;
use crate::faults;
use crate::plan::{
    BuilderChange, BuilderPlan, BuilderSetting, ChainPlan, Deed, DepositPlan, Direction,
    Eip1559Plan, Expectation, Fault, ForwardPlan, L1Change, L1Plan, NetworkPlan, Origin, Plan,
    ProbePlan, ReplyPlan, SelectionPlan, SequencerPlan, SlotPlan, TrafficPlan,
};
use crate::rules;
use crate::scenario::{Cell, load_all, parse, print};

/// A plan comes back from a scenario file, and from JSON, in which a transcript carries it.
fn comes_back(plan: &Plan) {
    let text = print(plan);
    match parse("printed.toml", &text, &rules::ids()) {
        Ok(parsed) => assert_eq!(&parsed, plan, "{text}"),
        Err(error) => panic!("{error}\n\n{text}"),
    }
    let json = serde_json::to_string(plan).expect("a plan can be written");
    let read: Plan = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert_eq!(&read, plan, "{json}");
}

fn parsed(text: &str) -> Plan {
    parse("test.toml", text, RULES).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn what_a_file_says_is_what_the_plan_is() {
    let text = r#"
        title = "All of it"
        for = ["get-payload/no-retry"]
        seed = 18446744073709551615
        slots = 9
        chain = { block_time_ms = 3000, gas_limit = 10000000, holocene_at_slot = 3 }
        l1 = { block_time_s = 6 }
        network = { latency_ms = 7, users_ms = 20 }
        traffic = { transactions_per_slot = 4, mistakes = true }
        [sequencer]
        builder_pubkey = "unset"
        import_budget_ms = 100
        build_ms = 1
        validate_ms = 2
        selection = "gas-used"
        [builder]
        build_ms = 3
        engine_jwt = true
        [[fault]]
        kind = "dies"
        at_ms = 0
        [[fault]]
        kind = "black-hole"
        direction = "builder-to-sequencer"
        from_ms = 1
        until_ms = 2
        [[fault]]
        kind = "partition"
        from_ms = 2
        [[slot]]
        [[slot]]
        number = 4
        builder = { reply = "error", code = -32000, arrives_at_ms = 14 }
        request = "unknown-parent"
        forward = { fails = 3, how = "reset" }
        fork_choice = "lost"
        attributes = { no_tx_pool = true, user_deposits = 1, deposits = ["funds", "out-of-gas"] }
        l1 = { gas_limit = 5000000, denominator = 8, elasticity = 2, base_fee_wei = 0, blob_base_fee_wei = 3, base_fee_scalar = 4, blob_base_fee_scalar = 5 }
        head_replaced_at_ms = 700
        builder_changes = { at_ms = 1600, to = "another-key" }
        probes = [
          { send = "id", written = "1.5", at_ms = 700 },
          { send = "call", at_ms = 0, times = 3 },
        ]
        expect = { block = "local", requests = 1, forward_attempts = 4 }
        [[slot]]
        builder = { reply = "drip", bytes = 1, every_ms = 1000 }
    "#;
    let plan = parsed(text);
    comes_back(&plan);
    let mut expected = Plan {
        title: "All of it".to_owned(),
        exercises: vec!["get-payload/no-retry".to_owned()],
        seed: u64::MAX,
        chain: ChainPlan {
            block_time_ms: 3000,
            gas_limit: 10_000_000,
            holocene_at_slot: 3,
        },
        l1: L1Plan { block_time_s: 6 },
        network: NetworkPlan {
            users_ms: 20,
            ..NetworkPlan::uniform(7)
        },
        traffic: TrafficPlan {
            transactions_per_slot: 4,
            kinds: Vec::new(),
            questions: false,
            mistakes: true,
        },
        sequencer: SequencerPlan {
            builder_pubkey: false,
            builder_url: true,
            import_budget_ms: 100,
            build_ms: 1,
            validate_ms: 2,
            selection: SelectionPlan::GasUsed,
        },
        builder: BuilderPlan {
            build_ms: 3,
            engine_jwt: true,
        },
        faults: vec![
            Fault::Dies {
                at_ms: 0,
                back_at_ms: None,
            },
            Fault::BlackHole {
                direction: Direction::BuilderToSequencer,
                from_ms: 1,
                until_ms: Some(2),
            },
            Fault::BlackHole {
                direction: Direction::Both,
                from_ms: 2,
                until_ms: None,
            },
        ],
        slots: vec![SlotPlan::default(); 9],
    };
    expected.slots[3] = SlotPlan {
        reply: ReplyPlan {
            deed: Some(Deed::of("reply/error").with("code", -32000)),
            arrives_at_ms: Some(14),
        },
        request: Some(Deed::of("request/unknown-parent")),
        forward: ForwardPlan {
            fails: 3,
            deed: Some(Deed::of("forward/reset")),
        },
        head_update: Some(Deed::of("head-update/lost")),
        no_tx_pool: true,
        user_deposits: 1,
        deposits: vec![DepositPlan::Funds, DepositPlan::OutOfGas],
        l1: L1Change {
            gas_limit: Some(5_000_000),
            eip1559: Some(Eip1559Plan {
                denominator: 8,
                elasticity: 2,
            }),
            base_fee_wei: Some(0),
            blob_base_fee_wei: Some(3),
            base_fee_scalar: Some(4),
            blob_base_fee_scalar: Some(5),
        },
        head_replaced_at_ms: Some(700),
        builder_changes: Some(BuilderChange {
            at_ms: 1600,
            to: BuilderSetting::AnotherKey,
        }),
        probes: vec![
            ProbePlan {
                written: Some("1.5".into()),
                ..ProbePlan::of("id", 700)
            },
            ProbePlan {
                times: 3,
                ..ProbePlan::of("call", 0)
            },
        ],
        expect: Expectation {
            block: Some(Origin::Local),
            requests: Some(1),
            forward_attempts: Some(4),
        },
    };
    let drip = Deed::of("reply/drip").with("bytes", 1);
    expected.slots[4].reply.deed = Some(drip.with("every_ms", 1000));
    assert_eq!(plan, expected);
    insta::assert_snapshot!(print(&plan), @r#"
    title = "All of it"
    for = ["get-payload/no-retry"]
    seed = 18446744073709551615
    slots = 9

    [chain]
    block_time_ms = 3000
    gas_limit = 10000000
    holocene_at_slot = 3

    [l1]
    block_time_s = 6

    [network]
    latency_ms = 7
    users_ms = 20

    [traffic]
    transactions_per_slot = 4
    mistakes = true

    [sequencer]
    builder_pubkey = "unset"
    import_budget_ms = 100
    build_ms = 1
    validate_ms = 2
    selection = "gas-used"

    [builder]
    build_ms = 3
    engine_jwt = true

    [[fault]]
    kind = "dies"
    at_ms = 0

    [[fault]]
    kind = "black-hole"
    direction = "builder-to-sequencer"
    from_ms = 1
    until_ms = 2

    [[fault]]
    kind = "partition"
    from_ms = 2

    [[slot]]
    number = 4
    builder = { reply = "error", code = -32000, arrives_at_ms = 14 }
    request = "unknown-parent"
    forward = { fails = 3, how = "reset" }
    fork_choice = "lost"
    attributes = { no_tx_pool = true, user_deposits = 1, deposits = ["funds", "out-of-gas"] }
    l1 = { gas_limit = 5000000, denominator = 8, elasticity = 2, base_fee_wei = 0, blob_base_fee_wei = 3, base_fee_scalar = 4, blob_base_fee_scalar = 5 }
    head_replaced_at_ms = 700
    builder_changes = { at_ms = 1600, to = "another-key" }
    probes = [
      { send = "id", written = "1.5", at_ms = 700 },
      { send = "call", at_ms = 0, times = 3 },
    ]
    expect = { block = "local", requests = 1, forward_attempts = 4 }

    [[slot]]
    builder = { reply = "drip", bytes = 1, every_ms = 1000 }
    "#);
}

#[test]
fn what_is_as_by_default_is_not_printed() {
    let text = print(&parsed("title = 'Nothing happens'"));
    assert_eq!(text, "title = \"Nothing happens\"\n");
}

#[test]
fn latencies_are_printed_in_the_fewest_lines() {
    let mut plan = parsed("title = 'Latencies'");
    for latencies in [[7, 7, 7], [7, 7, 10], [10, 7, 10], [7, 8, 9], [7, 8, 7]] {
        let [to_builder, to_sequencer, users] = latencies;
        plan.network = NetworkPlan {
            sequencer_to_builder_ms: to_builder,
            builder_to_sequencer_ms: to_sequencer,
            users_ms: users,
            jitter_ms: 0,
        };
        comes_back(&plan);
    }
    plan.network = NetworkPlan {
        users_ms: 10,
        ..NetworkPlan::uniform(7)
    };
    insta::assert_snapshot!(print(&plan), @r#"
    title = "Latencies"

    [network]
    sequencer_to_builder_ms = 7
    builder_to_sequencer_ms = 7
    "#);
}

#[test]
fn a_title_of_any_characters_comes_back() {
    for title in [
        "it's \"so\"",
        "back\\slash",
        "tab\there",
        "no end\u{1b}",
        "é — ∞",
        "'''",
    ] {
        comes_back(&Plan {
            title: title.to_owned(),
            ..parsed("title = 'x'")
        });
    }
}

#[test]
fn a_failure_without_failures_comes_back() {
    let mut plan = parsed("title = 'x'\n[[slot]]");
    let slot = |deed| SlotPlan {
        forward: ForwardPlan { fails: 0, deed },
        ..SlotPlan::default()
    };
    plan.slots = vec![
        slot(Some(Deed::of("forward/reset"))),
        slot(Some(Deed::of("forward/http-503"))),
        slot(None),
    ];
    comes_back(&plan);
}

#[test]
fn every_scenario_comes_back() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let files = toml_files(&folder);
    assert!(files.len() > 60, "{} scenarios", files.len());
    let mut titles = BTreeSet::new();
    let mut twice = Vec::new();
    let mut broken = Vec::new();
    for file in files {
        match load_all(&file, &rules::ids()) {
            Ok(cells) => {
                for Cell { plan, .. } in cells {
                    comes_back(&plan);
                    if !titles.insert(plan.title.clone()) {
                        twice.push(plan.title);
                    }
                }
            }
            Err(error) => broken.push(error.to_string()),
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
    assert!(twice.is_empty(), "titles that stand twice: {twice:#?}");
}

fn toml_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            files.extend(toml_files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn every_generated_plan_comes_back() {
    for seed in 0..5000 {
        comes_back(&explore::plan(seed));
    }
    comes_back(&explore::plan(u64::MAX));
}

/// Every word that the format has is printed for some seed, save those that only a person writes.
#[test]
fn every_word_and_key_is_generated() {
    let printed: String = (0..2000).map(|seed| print(&explore::plan(seed))).collect();
    for table in super::super::keys::TABLES {
        for key in table.all() {
            let by_hand = [
                "for",
                "expect",
                "block",
                "requests",
                "forward_attempts",
                "matrix",
            ];
            if !by_hand.contains(&key) {
                assert!(
                    printed.contains(&format!("{key} = ")) || printed.contains(&format!("[{key}]")),
                    "{key}"
                );
            }
        }
    }
    for word in words() {
        assert!(printed.contains(&format!("\"{word}\"")), "{word}");
    }
}

/// Every word but those of the defaults and of expectations.
fn words() -> BTreeSet<&'static str> {
    use super::super::words::{SettingWord, Word};

    fn of<W: Word>() -> impl Iterator<Item = &'static str> {
        W::all().into_iter().map(W::word)
    }
    let of_catalogue = faults::On::ALL
        .into_iter()
        .flat_map(faults::choices)
        .map(faults::Fault::word);
    let mut words: BTreeSet<&'static str> = of::<SelectionPlan>()
        .chain(of::<Direction>())
        .chain(of::<BuilderSetting>())
        .chain(of::<SettingWord>())
        .chain(of_catalogue)
        .collect();
    for default in ["http-503", "set"] {
        words.remove(default);
    }
    words
}
