//! The very same nodes on real sockets and in real time: a sequencer, a builder and users on
//! loopback, without anything that interferes.
//!
//! | module | what belongs there |
//! |---|---|
//! | `settings` | how the nodes are set up |
//! | `run` | the nodes, from their first slot to the end |
//! | `ledger` | which blocks were published, and whether they are as they should be |

mod ledger;
mod run;
mod settings;

pub use ledger::{Block, Flaw, Summary};
pub use run::{DevnetError, run};
pub use settings::{BlockTime, BlockTimeError, Settings};
