//! `gauntlet run --html` and `--perfetto`: files for whoever looks.

use std::fs;

use serde_json::Value;

use crate::common::{LATE, folder, gauntlet_in};

/// A scenario that is not as it expects to be, by its second line.
fn wrong() -> String {
    LATE.replace("block = \"local\"", "block = \"builder\"")
}

#[test]
fn each_scenario_has_a_page_that_needs_nothing_else() {
    let folder = folder("pages", &[("late.toml", LATE), ("wrong.toml", &wrong())]);
    let ended = gauntlet_in(
        &folder,
        &["run", "--html", "pages", "--perfetto", "trace.json"],
    );
    assert_eq!(ended.code, 1, "{}", ended.err);
    let page = |name: &str| fs::read_to_string(folder.join("pages").join(name)).expect(name);
    let late = page("late/late.html");
    assert!(late.contains("✓ passed") && late.contains("<svg"));
    assert!(late.contains("payload request") && late.contains("get-payload/no-retry: "));
    assert!(
        !late.contains("src=") && !late.contains("<link"),
        "nothing is fetched"
    );
    assert!(page("late/wrong.html").contains("expected the builder&#39;s block"));
    let list = page("index.html");
    let places = ["late/wrong", "late/late"].map(|it| list.find(it).expect(it));
    assert!(places.is_sorted(), "what did not pass stands first");

    let trace = fs::read_to_string(folder.join("trace.json")).expect("a trace");
    let trace: Value = serde_json::from_str(&trace).expect("JSON");
    let events = trace["traceEvents"].as_array().expect("events");
    let names = |name: &str| events.iter().filter(|it| it["name"] == name).count();
    assert_eq!(names("process_name"), 2);
    assert_eq!(names("slot 1"), 2);
    // Seen from the sequencer, and from the builder.
    assert_eq!(names("payload request"), 4);
}

#[test]
fn a_folder_that_cannot_be_is_bad_input() {
    let folder = folder("pages-nowhere", &[("late.toml", LATE)]);
    fs::write(folder.join("file"), "").expect("a file");
    let ended = gauntlet_in(&folder, &["run", "--html", "file"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("cannot be written"), "{}", ended.err);
}
