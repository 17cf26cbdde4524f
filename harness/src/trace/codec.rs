//! A trace as lines of JSON, and back; the digest of all lines.
//!
//! The first line holds what one has to know to judge the others: version, plan, keys, clock and
//! genesis. A line for each event follows, and a last one that says when the run ended. Each line
//! carries a running digest of itself and of all before it as its last member, so that a transcript
//! that was altered is named by its line.

use std::fmt;
use std::io::{self, BufRead, Write};
use std::sync::Arc;

use gauntlet_engine::{ChainSpec, GenesisError, Senders};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::{Clock, Entry, Evidence, PublicKeys, Trace, What};
use crate::chain;
use crate::plan::Plan;

/// The version of the format that is written, and the only one that is read.
pub(super) const VERSION: u32 = 1;

/// How many digits of the running digest a line carries.
const SHOWN_DIGITS: usize = 16;

/// The largest line that is read, in MiB: a body of 16 MiB, each of whose bytes JSON may write as
/// `\u0001`, and what is around it.
const MAX_LINE_MIB: u64 = 6 * 16 + 1;

/// The latest time that is read, in microseconds: thousands of years, and sums of a few of them
/// stay far below what 64 bits hold.
const LATEST_US: u64 = 1 << 60;

/// A SHA-256 of the lines of a trace's events.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What one has to know to judge a trace: the first line of a transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The version of the format.
    #[serde(rename = "gauntlet_transcript")]
    pub version: u32,
    /// The plan.
    pub plan: Arc<Plan>,
    /// Who is who.
    pub keys: PublicKeys,
    /// How well times are known.
    pub clock: Clock,
    /// What can be in it.
    pub holds: Arc<[Evidence]>,
    /// The chain's genesis, in geth's format.
    pub genesis: Arc<str>,
}

/// The last line of a transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tail {
    /// When the run ended.
    ended_us: u64,
    /// How many events there were.
    events: u64,
}

/// Why a text is no transcript. Lines are counted from 1.
#[derive(Debug, Error)]
pub enum ReadError {
    /// It cannot be read.
    #[error("line {line}: {source}")]
    Io {
        /// The line.
        line: u64,
        /// Why.
        source: io::Error,
    },
    /// A line is not what it should be.
    #[error("line {line}: {reason}")]
    Malformed {
        /// The line.
        line: u64,
        /// Why not.
        reason: String,
    },
    /// A line, or one before it that carries its own digest rightly, was altered.
    #[error("line {line} was altered: it carries the digest {carried}, and its text makes {made}")]
    Altered {
        /// The line.
        line: u64,
        /// What it carries.
        carried: String,
        /// What it should carry.
        made: String,
    },
    /// It is of another version.
    #[error("line 1: version {0} of the format, this reads version {VERSION}")]
    Version(u32),
    /// It ends before the run does.
    #[error("line {line}: the transcript is cut off, its last line is missing")]
    CutOff {
        /// The line that is missing.
        line: u64,
    },
    /// The chain cannot be.
    #[error("line 1: the genesis: {0}")]
    Genesis(#[from] GenesisError),
}

/// Which transcripts are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Those that end as their runs did, with the last line.
    Whole,
    /// Those of a run that was killed too: they are read up to their last whole line, and the run
    /// counts as ended with the last event.
    CutOff,
}

/// The running digest.
#[derive(Clone, Debug, Default)]
struct Running([u8; 32]);

impl Running {
    /// Takes in a line without its digest, and returns the digits that it is to carry.
    fn take(&mut self, line: &[u8]) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.0);
        hasher.update(line);
        self.0 = hasher.finalize().into();
        let mut digits = Digest(self.0).to_string();
        digits.truncate(SHOWN_DIGITS);
        digits
    }
}

/// Writes a trace line by line.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    running: Running,
    events: u64,
}

impl<W: Write> Writer<W> {
    /// Begins with the first line.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn new(out: W, head: &Head) -> io::Result<Self> {
        let mut writer = Self {
            out,
            running: Running::default(),
            events: 0,
        };
        writer.line(head)?;
        Ok(writer)
    }

    /// Writes an event.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn entry(&mut self, entry: &Entry) -> io::Result<()> {
        self.events += 1;
        self.line(entry)
    }

    /// Writes the last line, and returns the output.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn end(mut self, ended_us: u64) -> io::Result<W> {
        let events = self.events;
        self.line(&Tail { ended_us, events })?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn line(&mut self, of: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(of)?;
        let digits = self.running.take(&line);
        line.pop();
        write!(line, ",\"digest\":\"{digits}\"}}")?;
        line.push(b'\n');
        self.out.write_all(&line)
    }
}

/// Reads lines and checks their digests.
struct Lines<R> {
    input: R,
    running: Running,
    line: u64,
}

impl<R: BufRead> Lines<R> {
    fn of(input: R) -> Self {
        Self {
            input,
            running: Running::default(),
            line: 0,
        }
    }

    /// The next line without its digest; nothing at the end.
    fn next(&mut self) -> Result<Option<Vec<u8>>, ReadError> {
        self.line += 1;
        let line = self.line;
        let mut text = Vec::new();
        let mut limited = io::Read::take(&mut self.input, MAX_LINE_MIB << 20);
        let read = limited
            .read_until(b'\n', &mut text)
            .map_err(|source| ReadError::Io { line, source })?;
        if read == 0 {
            return Ok(None);
        }
        if text.pop() != Some(b'\n') {
            return Err(match limited.limit() {
                0 => ReadError::Malformed {
                    line,
                    reason: format!("it is longer than {MAX_LINE_MIB} MiB"),
                },
                _ => ReadError::CutOff { line },
            });
        }
        let carried = carried(&mut text).ok_or_else(|| ReadError::Malformed {
            line,
            reason: "it does not end with its digest, as every line of a transcript does"
                .to_owned(),
        })?;
        let made = self.running.take(&text);
        if carried != made {
            return Err(ReadError::Altered {
                line,
                carried,
                made,
            });
        }
        Ok(Some(text))
    }

    fn parsed<T: for<'de> Deserialize<'de>>(&self, text: &[u8]) -> Result<T, ReadError> {
        serde_json::from_slice(text).map_err(|error| ReadError::Malformed {
            line: self.line,
            reason: error.to_string(),
        })
    }
}

/// Takes the digest off a line and returns it.
fn carried(line: &mut Vec<u8>) -> Option<String> {
    const BEFORE: &[u8] = b",\"digest\":\"";
    const AFTER: &[u8] = b"\"}";
    let at = line
        .len()
        .checked_sub(BEFORE.len() + SHOWN_DIGITS + AFTER.len())?;
    let digits = line[at..].strip_prefix(BEFORE)?.strip_suffix(AFTER)?;
    let digits = std::str::from_utf8(digits).ok()?.to_owned();
    line.truncate(at);
    line.push(b'}');
    Some(digits)
}

impl Head {
    /// Reads the first line of a transcript and no more, and the chain that it tells of.
    ///
    /// # Errors
    ///
    /// It is not as it was written.
    pub fn read(input: impl BufRead) -> Result<(Self, Arc<ChainSpec>), ReadError> {
        Self::read_from(&mut Lines::of(input))
    }

    fn read_from(lines: &mut Lines<impl BufRead>) -> Result<(Self, Arc<ChainSpec>), ReadError> {
        let Some(text) = lines.next()? else {
            return Err(ReadError::CutOff { line: 1 });
        };
        let head: Self = lines.parsed(&text)?;
        if head.version != VERSION {
            return Err(ReadError::Version(head.version));
        }
        if let Some(reason) = head.plan.beyond_measure() {
            return Err(ReadError::Malformed { line: 1, reason });
        }
        let spec = chain::spec_of(&head.genesis, &head.plan)?;
        Ok((head, spec))
    }
}

impl Trace {
    /// The digest of all events: equal if and only if every line is.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut hasher = Sha256::new();
        let mut line = Vec::new();
        for entry in &self.entries {
            line.clear();
            write_entry(entry, &mut line);
            hasher.update(&line);
        }
        Digest(hasher.finalize().into())
    }

    /// The events as lines of JSON, without the running digest.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.entries.iter().map(|entry| {
            let mut line = Vec::new();
            write_entry(entry, &mut line);
            line.pop();
            String::from_utf8(line).expect("JSON is UTF-8")
        })
    }

    /// Its head.
    #[must_use]
    pub fn head(&self) -> Head {
        Head {
            version: VERSION,
            plan: self.plan.clone(),
            keys: self.keys,
            clock: self.clock,
            holds: self.holds.clone(),
            genesis: self.genesis.clone(),
        }
    }

    /// Writes the trace. Nothing is lost: what is read from it is judged the same.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn write<W: Write>(&self, out: W) -> io::Result<W> {
        let mut writer = Writer::new(out, &self.head())?;
        for entry in &self.entries {
            writer.entry(entry)?;
        }
        writer.end(self.ended_us)
    }

    /// Reads a trace.
    ///
    /// # Errors
    ///
    /// The first line that is not as it was written, and why.
    ///
    /// ```
    /// use gauntlet::net::sim;
    /// use gauntlet::plan::{Plan, SlotPlan};
    /// use gauntlet::trace::Trace;
    ///
    /// let plan = Plan {
    ///     slots: vec![SlotPlan::default()],
    ///     ..Plan::default()
    /// };
    /// let trace = sim::run(&plan)?;
    /// let transcript = trace.write(Vec::new())?;
    /// assert_eq!(Trace::read(&*transcript)?.digest(), trace.digest());
    ///
    /// let altered = &transcript[1..];
    /// assert!(Trace::read(altered).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(input: impl BufRead) -> Result<Self, ReadError> {
        Self::read_ending(input, Ending::Whole)
    }

    /// Reads a trace, of a run that was killed too if such endings are taken.
    ///
    /// # Errors
    ///
    /// As [`Trace::read`].
    pub fn read_ending(input: impl BufRead, ending: Ending) -> Result<Self, ReadError> {
        let mut lines = Lines::of(input);
        let (head, spec) = Head::read_from(&mut lines)?;
        let mut entries = Vec::new();
        let tail = loop {
            let line = lines.line + 1;
            let text = match lines.next() {
                Ok(Some(text)) => text,
                Ok(None) | Err(ReadError::CutOff { .. }) if ending == Ending::CutOff => {
                    break Tail {
                        ended_us: entries
                            .iter()
                            .map(|entry: &Entry| entry.at_us)
                            .max()
                            .unwrap_or(0),
                        events: entries.len() as u64,
                    };
                }
                Ok(None) => return Err(ReadError::CutOff { line }),
                Err(error) => return Err(error),
            };
            if text.starts_with(b"{\"ended_us\"") {
                break lines.parsed::<Tail>(&text)?;
            }
            entries.push(lines.parsed::<Entry>(&text)?);
        };
        let malformed = |reason: &str| ReadError::Malformed {
            line: lines.line,
            reason: reason.to_owned(),
        };
        if tail.events != entries.len() as u64 {
            return Err(malformed("it counts other events than there are"));
        }
        let beyond_measure = |entry: &Entry| match &entry.what {
            What::Crossed { wire, .. } => wire.times_us().any(|us| us > LATEST_US),
            What::Published(_)
            | What::Restored(_)
            | What::Followed(_)
            | What::Did(_)
            | What::Interfered { .. }
            | What::Says(_)
            | What::Logs(_)
            | What::Impossible(_)
            | What::Died
            | What::Back
            | What::Panicked(_)
            | What::Tasks(_) => false,
        };
        if tail.ended_us.max(head.clock.guard_us()) > LATEST_US
            || entries.iter().any(beyond_measure)
        {
            return Err(malformed("a time in it or before it is beyond all measure"));
        }
        let out_of_time = entries.iter().any(|entry| entry.at_us > tail.ended_us);
        if out_of_time {
            return Err(malformed("an event before it is after the end of the run"));
        }
        if lines.next()?.is_some() {
            return Err(ReadError::Malformed {
                line: lines.line,
                reason: "the run has ended before this line".to_owned(),
            });
        }
        // Those of a real run are written as they are heard.
        entries.sort_by_key(Entry::order);
        Ok(Self {
            plan: head.plan,
            keys: head.keys,
            clock: head.clock,
            holds: head.holds,
            genesis: head.genesis,
            spec,
            senders: Senders::default(),
            entries,
            ended_us: tail.ended_us,
        })
    }
}

fn write_entry(entry: &Entry, line: &mut Vec<u8>) {
    serde_json::to_writer(&mut *line, entry)
        .expect("what is written has string keys and goes to memory");
    line.push(b'\n');
}
