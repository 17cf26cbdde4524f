//! Gauntlet: a deterministic simulation and conformance harness for the OP Stack Builder API.
//!
//! A case runs subjects on a network and yields a trace; only the trace is judged.
//!
//! ```text
//! scenario file ─┐                                                          ┌─> verdicts ─> report
//!                ├─> Plan ─> world on a network ─> Trace ─> view, oracle ───┤
//! seed ──────────┘           subjects, proxy       a file   rules           └─> digest
//! ```
//!
//! A room names only those above it in this table; a test holds the order.
//!
//! | room | what belongs there | its invariant |
//! |---|---|---|
//! | [`plan`] | what a case is, as plain data | it knows nothing of the harness |
//! | [`chain`] | genesis, keys, L1 and traffic of a plan | pure functions of the plan |
//! | [`trace`] | what happened; writing and reading it | it knows no node's types, and loses nothing |
//! | [`dialect`] | what an exchange means | rules and views match meanings, never a method's name |
//! | [`view`] | a trace by slots, exchanges and blocks | an exchange is decoded once |
//! | [`oracle`] | which blocks are valid, by an engine apart from all nodes | it believes no node |
//! | [`rules`] | what must hold, and whether it did | only the trace is judged |
//! | [`decisions`] | what the specification leaves open | each is marked where it is carried out |
//! | [`faults`] | the catalogue of what can go wrong | one entry a fault, and no second list |
//! | [`probes`] | the catalogue of what somebody else can send to a builder | it knows no simulation, and no node |
//! | [`world`] | who plays: subjects, proxy, users, operator, follower | it knows no rule |
//! | [`net`] | the networks: simulated and real | it knows no rule, and `turmoil` is known here alone |
//! | [`scenario`] | files that say what goes wrong and what must hold | every mistake is told with its place |
//! | [`suite`] | cases: found, embedded, scheduled, judged | it does not know how events are shown |
//! | `node` | sequencer and builder as processes of their own, with the feature `cli` | their state is in memory, and they believe nobody |
//! | [`mutants`] | nodes that break a rule each | they misbehave in deed, not in what they report |
//! | [`explore`] | plans from seeds | randomness is keyed by what it is for |
//! | [`report`] | what became of cases, for a person or for a machine | it does not know how cases run |
//! | [`certify`] | a builder of somebody else's, at a URL or in its own tests, tried and judged | only what its wire showed counts |
//! | `cli` | the command line, with the feature `cli` | it and a builder's own tests write to streams, and nothing else |

pub mod certify;
pub mod chain;
#[cfg(feature = "cli")]
pub mod cli;
pub mod decisions;
pub mod dialect;
pub mod explore;
pub mod faults;
pub mod mutants;
pub mod net;
#[cfg(feature = "cli")]
pub mod node;
pub mod oracle;
pub mod plan;
pub mod probes;
pub mod report;
pub mod rules;
pub mod scenario;
pub mod suite;
pub mod trace;
pub mod view;
pub mod world;
