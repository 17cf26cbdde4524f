//! Gauntlet: a deterministic simulation and conformance harness for the OP Stack Builder API.
//!
//! ```text
//! scenario file ─┐
//!                ├─> Plan ─> sim::run ─> Trace ─> every rule ─> report
//! seed ──────────┘
//! ```
//!
//! A module names only those above it in this table; a test holds the order.
//!
//! | module | what belongs there |
//! |---|---|
//! | [`plan`] | a run as plain data, every default explicit |
//! | [`chain`] | genesis, keys, L1 and traffic of a plan |
//! | [`trace`] | what happened |
//! | [`view`] | a trace by slots and exchanges |
//! | [`oracle`] | which blocks were valid, by an engine apart from all nodes |
//! | [`rules`] | what must hold, and whether it did |
//! | [`decisions`] | what the specification leaves open, and what is done there |
//! | [`world`] | who plays in a run, on whatever network |
//! | [`net`] | the networks |
//! | [`scenario`] | files that say what goes wrong and what must hold |
//! | [`suite`] | cases: found, embedded, run in parallel, checked |
//! | [`mutants`] | nodes that break a rule each, so that every rule is known to fail |
//! | [`explore`] | plans from seeds |
//! | [`devnet`] | runs on real sockets, in real time |
//! | [`report`] | what became of cases, for a person or for a machine |
//! | `cli` | the command line, with the feature `cli` |

pub mod chain;
#[cfg(feature = "cli")]
pub mod cli;
pub mod decisions;
pub mod devnet;
pub mod explore;
pub mod mutants;
pub mod net;
pub mod oracle;
pub mod plan;
pub mod report;
pub mod rules;
pub mod scenario;
pub mod suite;
pub mod trace;
pub mod view;
pub mod world;
