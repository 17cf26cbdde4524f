//! Certification: a builder of somebody else's at a URL, tried by the suite's cases and judged by its
//! rules.
//!
//! Gauntlet is the sequencer. The cases whose stimulus can be played on a real wire become one plan,
//! which is played on real sockets by the same nodes, and the trace is judged by the same rules.
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

mod certificate;
mod choice;
mod declared;
mod link;
mod measures;
mod record;
mod session;
mod target;

pub use certificate::{BESIDE, CaseResult, Cell, Certificate, RuleResult, Verdict};
pub use choice::{Tier, tier_of};
pub use declared::{Declaration, Declared};
pub use link::Link;
pub use measures::Measures;
pub use record::{RECORD_VERSION, Record, SPECIFICATION};
pub use session::{Played, Session};
pub use target::{BuilderSection, ChainSection, SequencerSection, SubjectSection, Target};
