//! A trace can be written and read back, and is judged the same; an altered one is named by its
//! line.

use std::fs;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gauntlet::net::sim;
use gauntlet::plan::{Deed, Plan};
use gauntlet::trace::{Ending, Entry, Host, ReadError, Trace, What};
use gauntlet::view::View;
use gauntlet::{rules, scenario, suite};
use rstest::rstest;

/// The plans of a scenario file; of a matrix those of its first and its last cell, which differ in
/// every value.
fn load(path: &Path) -> Vec<Plan> {
    let cells = scenario::load_all(path, &rules::ids());
    let mut cells = cells.unwrap_or_else(|error| panic!("\n{error}"));
    let last = cells.len() - 1;
    cells.drain(1.min(last)..last);
    cells.into_iter().map(|cell| cell.plan).collect()
}

fn written(plan: &Plan) -> (Trace, Vec<u8>) {
    let trace = sim::run(plan).unwrap_or_else(|error| panic!("{error}"));
    let written = trace.write(Vec::new()).expect("memory takes it");
    (trace, written)
}

#[rstest]
fn what_is_read_is_judged_the_same(#[files("../scenarios/**/*.toml")] path: PathBuf) {
    for plan in load(&path) {
        reads_back(&plan);
    }
}

fn reads_back(plan: &Plan) {
    let (trace, written) = written(plan);
    let read = Trace::read(&*written).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(read.entries, trace.entries);
    assert_eq!(
        (read.ended_us, read.clock, &read.plan, read.keys),
        (trace.ended_us, trace.clock, &trace.plan, trace.keys)
    );
    assert_eq!(read.digest(), trace.digest());
    assert_eq!(
        read.write(Vec::new()).expect("memory takes it"),
        written,
        "written again it is another text"
    );
    let verdicts = |trace: &Trace| -> Vec<(&str, rules::Verdict)> {
        let judged = rules::judge(trace).into_iter();
        judged.map(|(rule, verdict)| (rule.id, verdict)).collect()
    };
    assert_eq!(verdicts(&read), verdicts(&trace));
}

fn example() -> Vec<u8> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/get-payload/reply-at-201-ms.toml");
    written(&load(&path)[0]).1
}

/// The line that an error names.
fn line_of(error: &ReadError) -> u64 {
    match error {
        ReadError::Io { line, .. }
        | ReadError::Malformed { line, .. }
        | ReadError::Altered { line, .. }
        | ReadError::CutOff { line } => *line,
        ReadError::Version(_) | ReadError::Genesis(_) => 1,
    }
}

/// Every altered byte is found, and its line is named; one that makes two lines of one, or one of
/// two, is named by the line in which it shows.
#[test]
fn a_changed_byte_is_found() {
    let whole = example();
    for at in (0..whole.len()).step_by(41) {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        let error = Trace::read(&*altered).expect_err("a byte was altered");
        let line = 1 + whole[..at].iter().filter(|byte| **byte == b'\n').count() as u64;
        assert_eq!(line_of(&error), line, "byte {at}: {error}");
    }
}

/// What a process that was killed leaves is read as far as it goes, and is as hard to alter.
#[test]
fn a_run_that_was_killed_is_read_up_to_its_last_whole_line() {
    let whole = example();
    let (all, lines) = (Trace::read(&*whole).expect("it is whole"), count(&whole));
    for missing in [1, 30, whole.len() / 2] {
        let cut = &whole[..whole.len() - missing];
        let refused = Trace::read(cut).expect_err("it is cut off");
        assert!(matches!(refused, ReadError::CutOff { .. }), "{refused}");
        let read = Trace::read_ending(cut, Ending::CutOff).expect("it goes so far");
        // The head is no event, nor is the line that is missing.
        let events = count(cut) - 1;
        assert!(events <= lines - 2);
        assert_eq!(read.entries.len(), events);
        assert_eq!(read.entries, all.entries[..events]);
        let last = read.entries.iter().map(|entry| entry.at_us).max();
        assert_eq!(Some(read.ended_us), last);
        let mut altered = cut.to_vec();
        altered[cut.len() / 3] ^= 1;
        let error = Trace::read_ending(&*altered, Ending::CutOff).expect_err("it was altered");
        assert!(!matches!(error, ReadError::CutOff { .. }), "{error}");
    }
    let read = Trace::read_ending(&*whole, Ending::CutOff).expect("it is whole");
    assert_eq!(read.ended_us, all.ended_us);
}

fn count(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}

/// What a sequencer comes back with was published before.
#[test]
fn a_second_block_at_a_restored_height_is_a_violation() {
    const RULE: &str = "failsafe/one-block-per-height";
    let mut trace = Trace::read(&*example()).expect("a trace");
    let violated = |trace: &Trace| {
        let judged = rules::judge(trace).into_iter();
        let mut violated = judged.filter(|(_, verdict)| verdict.is_violated());
        violated.any(|(rule, _)| rule.id == RULE)
    };
    assert!(!violated(&trace));
    let published = View::of(&trace).published;
    let block = published.first().expect("a block").block.clone();
    trace.entries.insert(
        0,
        Entry {
            at_us: 0,
            host: Host::Sequencer,
            what: What::Restored(block),
        },
    );
    assert!(violated(&trace));
}

#[test]
fn a_line_that_is_missing_is_found() {
    let whole = String::from_utf8(example()).expect("text");
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    for missing in [0, 1, lines.len() / 2, lines.len() - 2, lines.len() - 1] {
        let mut rest = lines.clone();
        rest.remove(missing);
        let error = Trace::read(rest.concat().as_bytes()).expect_err("a line is missing");
        assert_eq!(
            line_of(&error),
            missing as u64 + 1,
            "line {missing}: {error}"
        );
    }
    let mut swapped = lines.clone();
    swapped.swap(5, 6);
    let error = Trace::read(swapped.concat().as_bytes()).expect_err("two lines are swapped");
    assert_eq!(line_of(&error), 6, "{error}");
    let more = format!("{whole}{}", lines[3]);
    assert!(Trace::read(more.as_bytes()).is_err());
    let cut = &whole[..whole.len() - 10];
    assert!(Trace::read(cut.as_bytes()).is_err());
    assert!(matches!(
        Trace::read(&b""[..]),
        Err(ReadError::CutOff { line: 1 })
    ));
}

/// What is wrong with a text that never was a transcript is told in words.
#[test]
fn what_is_no_transcript_is_told() {
    for text in [
        "\n",
        "{}\n",
        "title = \"no\"\n",
        "{\"digest\":\"0123456789abcdef\"}\n",
    ] {
        let error = Trace::read(text.as_bytes()).expect_err(text).to_string();
        assert!(error.starts_with("line 1"), "{error}");
    }
}

/// A transcript whose lines carry the right digests, and whose plan is another.
fn replanned(change: impl FnOnce(&mut Plan)) -> Vec<u8> {
    let mut trace = Trace::read(&*example()).expect("it is as it was written");
    change(Arc::make_mut(&mut trace.plan));
    trace.write(Vec::new()).expect("memory takes it")
}

#[test]
fn a_fault_that_is_not_in_the_catalogue_is_refused_by_name() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("unknown-fault");
    fs::create_dir_all(&folder).expect("a new folder");
    let refused = |deed: Deed| {
        let path = folder.join(format!("a{}", suite::TRANSCRIPT_ENDING));
        let text = replanned(|plan| plan.slots[0].reply.deed = Some(deed));
        fs::write(&path, text).expect("a new file");
        let verified = suite::verify(&path, Ending::Whole)
            .expect("there is a file")
            .remove(0);
        verified.expect_err("no such fault").to_string()
    };
    for (deed, told) in [
        (
            Deed::of("no-such-fault"),
            "there is no fault `no-such-fault`",
        ),
        (
            Deed::of("reply/error"),
            "the fault `reply/error` lacks its `code`",
        ),
        (
            Deed::of("reply/error").with("code", 1 << 40),
            "the fault `reply/error` has no `code` of 1099511627776",
        ),
        (
            Deed::of("reply/error").with("code", -32000).with("many", 1),
            "the fault `reply/error` has no `many`",
        ),
    ] {
        let error = refused(deed);
        assert!(error.ends_with(told), "{error}");
    }
    fs::remove_dir_all(folder).expect("the folder goes");
}

#[test]
fn a_plan_beyond_all_measure_is_refused() {
    let text = replanned(|plan| plan.chain.holocene_at_slot = u64::MAX);
    let error = Trace::read(&*text).expect_err("no time is so late");
    assert_eq!(
        error.to_string(),
        format!("line 1: slot {} is beyond all measure", u64::MAX)
    );
}

#[test]
fn a_time_beyond_all_measure_is_refused() {
    let mut trace = Trace::read(&*example()).expect("it is as it was written");
    trace.ended_us = u64::MAX;
    let text = trace.write(Vec::new()).expect("memory takes it");
    let error = Trace::read(&*text).expect_err("no run is so long");
    assert!(
        error.to_string().ends_with("is beyond all measure"),
        "{error}"
    );
}

/// No more is read than the longest line can have.
#[test]
fn a_line_without_end_is_refused() {
    let endless = BufReader::new(io::repeat(b'x'));
    let error = Trace::read(endless).expect_err("the line has no end");
    assert_eq!(error.to_string(), "line 1: it is longer than 97 MiB");
}
