//! Transcripts, each of whose lines is given the digest that it is to carry, so that what is behind
//! the digests is reached.

use gauntlet::suite::{Profile, check};
use gauntlet::trace::Trace;
use sha2::{Digest as _, Sha256};

use super::{JSON_WORDS, Seen, Target, assert_bounded, examples};

pub(super) const TARGET: Target = Target {
    name: "transcript",
    run,
    examples: || {
        let written = examples::trace()
            .write(Vec::new())
            .expect("memory takes it");
        let text = String::from_utf8(written).expect("JSON is text");
        let bare = |line: &str| {
            let end = line.rfind(",\"digest\":\"").expect("a digest");
            format!("{}}}\n", &line[..end])
        };
        vec![text.lines().map(bare).collect::<String>().into_bytes()]
    },
    words: JSON_WORDS,
};

fn run(input: &[u8]) -> Seen {
    let sealed = sealed(input);
    match (Trace::read(&*sealed), Trace::read(&*sealed)) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first.entries, second.entries, "it reads as two things");
            let written = first.write(Vec::new()).expect("memory takes it");
            let again = Trace::read(&*written).expect("what was written reads");
            assert_eq!(again.entries, first.entries, "it is another, written");
            assert_eq!((&again.plan, again.keys), (&first.plan, first.keys));
            assert_eq!(again.digest(), first.digest());
            let (judged, rejudged) = (
                check(&first, Profile::STRICT),
                check(&again, Profile::STRICT),
            );
            let verdicts = |outcome: &gauntlet::suite::Outcome| format!("{:?}", outcome.failures);
            assert_eq!(verdicts(&judged), verdicts(&rejudged));
            Seen::Accepted
        }
        (Err(first), Err(second)) => {
            let (first, second) = (first.to_string(), second.to_string());
            assert_eq!(first, second, "it is refused in two ways");
            assert_bounded(&first, input);
            Seen::Refused
        }
        _ => panic!("it is read once and once not"),
    }
}

/// Gives each line that can have one its digest.
fn sealed(input: &[u8]) -> Vec<u8> {
    let mut running = [0; 32];
    let mut sealed = Vec::new();
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        let bare = line.strip_suffix(b"\n").unwrap_or(line);
        let Some(open) = bare.strip_suffix(b"}") else {
            sealed.extend_from_slice(line);
            continue;
        };
        let mut hasher = Sha256::new();
        hasher.update(running);
        hasher.update(bare);
        running = hasher.finalize().into();
        let digits: String = running[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        sealed.extend_from_slice(open);
        sealed.extend_from_slice(format!(",\"digest\":\"{digits}\"}}").as_bytes());
        sealed.extend_from_slice(&line[bare.len()..]);
    }
    sealed
}
