//! Gauntlet: a deterministic simulation and conformance harness for the OP Stack Builder API.
//!
//! ```text
//! scenario file ─┐
//!                ├─> Plan ─> sim::run ─> Trace ─> every rule ─> report
//! seed ──────────┘
//! ```
//!
//! | module | what belongs there |
//! |---|---|
//! | [`scenario`] | files that say what goes wrong and what must hold |
//! | [`plan`] | a run as plain data, every default explicit |
//! | [`explore`] | plans from seeds |
//! | [`sim`] | runs in the simulated network |
//! | [`devnet`] | runs on real sockets, in real time |
//! | [`stage`] | who plays in a run, on whatever network |
//! | [`adversary`] | what interferes at the builder's door |
//! | [`chain`] | genesis, keys, L1 and traffic of a run |
//! | [`trace`] | what happened |
//! | [`oracle`] | which blocks were valid, by an engine apart from all nodes |
//! | [`rules`] | what must hold, and whether it did |
//! | [`check`] | whether a run did what its plan says |
//! | [`report`] | what became of scenarios, for a person or for a machine |
//! | [`decisions`] | what the specification leaves open, and what is done there |
//! | [`cli`] | the command line |
//! | [`mutants`] | nodes that break a rule each, so that every rule is known to fail |

pub mod adversary;
pub mod chain;
pub mod check;
pub mod cli;
pub mod decisions;
pub mod devnet;
pub mod explore;
pub mod mutants;
pub mod oracle;
pub mod plan;
pub mod report;
pub mod rules;
pub mod scenario;
pub mod sim;
pub mod stage;
pub mod trace;
