//! Certification: a builder of somebody else's, at a URL or in its own tests, tried by the suite's cases
//! and judged by its rules.
//!
//! By URL, Gauntlet is the sequencer. The cases whose stimulus can be played on a real wire become one
//! plan, which is played on real sockets by the same nodes, and the trace is judged by the same rules.
//! In process, a Rust builder is tried in the simulation, by every case.
//!
//! | module | what belongs there |
//! |---|---|
//! | `choice` | which cases can be played on a wire, and in which tier |
//! | `session` | cases as the slots of one plan |
//! | `target` | `builder.toml`: who is tried, and what is declared of it |
//! | `link` | whether it is there, and how exact its times are |
//! | `declared` | what is declared of a builder beforehand |
//! | `certificate` | what a session showed: by rule, by case, and whether it is certified |
//! | `measures` | what is measured besides |
//! | `record` | `report.json`: all that a certification says |
//! | `attestation` | whose a certification is |
//! | `changes` | what became better and worse between two |
//! | `badge` | what it came to, as a small picture |
//! | `told` | what a certification came to, for a person |
//! | `page` | the same as a page |
//! | `in_process` | a Rust builder's own tests, a named one for each case |
//! | `libtest` | the command line of `cargo test`, and what it is told |
//! | `served` | a builder that is a tower service |
//! | `snapshots` | what happened in each case, to be compared with the next time |

mod attestation;
mod badge;
mod certificate;
mod changes;
mod choice;
mod declared;
mod in_process;
mod libtest;
mod link;
mod measures;
mod page;
mod record;
mod served;
mod session;
mod snapshots;
mod target;
mod told;

pub use attestation::{AttestationError, Envelope, NamedFile};
pub use badge::badge;
pub use certificate::{BESIDE, CaseResult, Cell, Certificate, RuleResult, Verdict};
pub use changes::Changes;
pub use choice::{Tier, tier_of};
pub use declared::{Declaration, Declared};
pub use in_process::{InProcess, Scope};
pub use libtest::{Arguments, ArgumentsError};
pub use link::Link;
pub use measures::Measures;
pub use page::page;
pub use record::{RECORD_VERSION, Record, SPECIFICATION};
pub use served::Served;
pub use session::{Played, Session};
pub use target::{BuilderSection, ChainSection, SequencerSection, SubjectSection, Target};
pub use told::{junit, opening, told};
