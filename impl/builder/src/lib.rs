//! The builder: it follows the head, keeps a pool, and answers the sequencer.
//!
//! Each module names only those above it, and the sequencer's modules of the same names are for the
//! same things:
//!
//! | module | what belongs there |
//! |---|---|
//! | `config` | how a builder is set up |
//! | `event` | what it reports |
//! | `jobs` | what it is asked to build, by parent and number |
//! | `parts` | what a variant can do differently |
//! | `node` | the builder as a whole: its state and its four methods |
//! | `history` | the blocks that it has, for a sequencer that comes back |
//! | `api` | its JSON-RPC methods |

mod api;
mod config;
mod event;
mod history;
mod jobs;
mod node;
mod parts;

pub use config::Config;
pub use event::{Event, Observer};
pub use jobs::{Job, Jobs};
pub use node::Builder;
pub use parts::{
    Accept, Begin, Parts, Respond, Select, Stored, Verify, accept, respond, select, verify,
};
