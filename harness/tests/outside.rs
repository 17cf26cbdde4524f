//! A crate outside of this workspace, which has the README's lines and a builder of its own: its
//! `cargo test` has a named test for each case, and compiles nothing of the command line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What the builder's own code needs, and what its tests do; the rest is the README's.
const OWN: [&str; 11] = [
    "alloy-primitives",
    "alloy-rpc-types-engine",
    "bytes",
    "gauntlet-engine",
    "gauntlet-protocol",
    "http-body-util",
    "hyper",
    "op-alloy-rpc-types-engine",
    "serde",
    "serde_json",
    "tokio",
];
const OF_ITS_TESTS: [&str; 3] = ["axum", "futures", "hyper-util"];

fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.canonicalize().expect("a root")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The block of the README's code that begins with this line, without it.
fn block(first: &str) -> String {
    let readme = read("README.md");
    let begin = format!("\n{first}\n");
    let (_, rest) = readme.split_once(&begin).expect("a block of the README's");
    let (block, _) = rest.split_once("```").expect("an end");
    block.to_owned()
}

/// What a crate says of packages that it takes in the versions of the workspace.
fn dependencies(names: &[&str]) -> String {
    let manifest = read("Cargo.toml");
    let line = |name: &&str| {
        let begin = format!("{name} = ");
        let line = manifest.lines().find(|line| line.starts_with(&begin));
        let line = line.unwrap_or_else(|| panic!("{name} is none of the workspace's"));
        let ours = format!("path = \"{}/impl/", root().display());
        line.replace("path = \"impl/", &ours) + "\n"
    };
    names.iter().map(line).collect()
}

/// The crate, in a temporary folder.
struct Outside {
    folder: tempfile::TempDir,
}

impl Outside {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let outside = Self { folder };
        let lines = block("# Cargo.toml");
        let path = format!("path = \"{}\"", env!("CARGO_MANIFEST_DIR"));
        let lines = lines.replace("path = \"../gauntlet/harness\"", &path);
        let (its_tests, rest) = lines.split_once("\n\n").expect("paragraphs");
        let manifest = format!(
            "[package]\nname = \"my-builder\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dependencies]\n{}\n{its_tests}\n{}\n{rest}\n\
             [[test]]\nname = \"subject\"\nharness = false\n",
            dependencies(&OWN),
            dependencies(&OF_ITS_TESTS),
        );
        outside.write("Cargo.toml", &manifest);
        outside.write("Cargo.lock", &read("Cargo.lock"));
        for source in ["lib.rs", "history.rs", "http.rs"] {
            let text = read(&format!("harness/examples/stranger/{source}"));
            outside.write(&format!("src/{source}"), &text);
        }
        for test in ["tests/conformance.rs", "tests/subject.rs"] {
            outside.write(test, &block(&format!("// {test}")));
        }
        outside
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Runs cargo there. Most of what it needs is what the workspace has compiled, and is found with
    /// it; the rest stays there for the next time.
    fn cargo(&self, arguments: &[&str]) -> (Output, String) {
        self.cargo_with(&[], arguments)
    }

    fn cargo_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> (Output, String) {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("..");
        let output = Command::new(env!("CARGO"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env("CARGO_TARGET_DIR", target)
            .env("CARGO_NET_OFFLINE", "true")
            .env_remove("GAUNTLET_SEEDS")
            .env_remove("GAUNTLET_SNAPSHOTS")
            .envs(variables.iter().copied())
            .output()
            .expect("cargo");
        let told = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it));
        let told = told.concat();
        (output, told)
    }
}

#[test]
#[ignore = "compiles the library once more, which takes minutes: a step of .ci/run"]
fn the_readmes_lines_certify_a_builder_outside_of_the_workspace() {
    let outside = Outside::new();
    let (_, tree) = outside.cargo(&["tree", "--edges", "all", "--prefix", "none"]);
    assert!(tree.contains("builder-gauntlet v"), "{tree}");
    for absent in ["clap", "indicatif", "anstream", "libtest-mimic"] {
        assert!(!tree.contains(&format!("\n{absent} v")), "{absent}");
    }

    let (output, told) = outside.cargo(&["test", "--test", "conformance"]);
    assert!(output.status.success(), "{told}");
    for address in ["get-payload/reply-at-199-ms", "seed/19"] {
        assert!(told.contains(&format!("test {address} ... ok\n")), "{told}");
    }
    let passed = told.matches(" ... ok\n").count();
    assert!(passed > 350, "{passed} passed");
    assert!(told.contains(" ... ignored, it has no tokens"), "{told}");

    let case = "interaction/healthy-slots";
    let (output, told) = outside.cargo(&["test", "--test", "subject", "--", "--exact", case]);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("\nrunning 1 test\n"), "{told}");

    let kept = block("// tests/subject.rs");
    let kept = kept.replace(
        "(MyBuilder)",
        "(MyBuilder, snapshots = \"tests/snapshots\")",
    );
    outside.write("tests/subject.rs", &kept);
    let seeds = ["test", "--test", "subject", "seed/"];
    let variables = [("GAUNTLET_SEEDS", "0..3"), ("GAUNTLET_SNAPSHOTS", "accept")];
    for variables in [&variables[..], &variables[..1]] {
        let (output, told) = outside.cargo_with(variables, &seeds);
        assert!(output.status.success(), "{told}");
        assert!(told.contains("\nrunning 3 tests\n"), "{told}");
    }
    let story = outside.folder.path().join("tests/snapshots/seed/0.txt");
    let story = fs::read_to_string(story).expect("a snapshot");
    assert!(story.contains("payload request  block 1"), "{story}");

    let faulty = block("// tests/conformance.rs");
    let faulty = faulty.replace("Builder::new(", "Builder::faulty(\"wrong-shape\", ");
    outside.write("tests/conformance.rs", &faulty);
    let (output, told) = outside.cargo(&["test", "--test", "conformance", "interaction/"]);
    assert_eq!(output.status.code(), Some(101), "{told}");
    assert!(
        told.contains("test interaction/healthy-slots ... FAILED\n"),
        "{told}"
    );
    assert!(
        told.contains("violated structures/response-shape"),
        "{told}"
    );
    assert!(told.contains("payload request  block 1"), "the story");

    // Of a crate in a temporary folder nothing is of use the next time, but for what it depends on.
    let (output, told) = outside.cargo(&["clean", "--package", "my-builder"]);
    assert!(output.status.success(), "{told}");
}

/// The setup is some twenty lines.
#[test]
fn the_readmes_lines_are_few() {
    let lines = |first| {
        let block = block(first);
        block.lines().filter(|line| !line.trim().is_empty()).count()
    };
    let all = lines("# Cargo.toml") + lines("// tests/conformance.rs");
    assert!(all <= 30, "{all} lines");
    assert!(block("// tests/subject.rs").contains("impl Subject for MyBuilder"));
}
