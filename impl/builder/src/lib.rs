//! The builder: it follows the head, keeps a pool, and answers the sequencer.
//!
//! | module | what belongs there |
//! |---|---|
//! | `node` | the builder as a whole: its state and its four methods |
//! | `jobs` | what it is asked to build, by parent and number |
//! | `api` | its JSON-RPC methods |
//! | `event` | what it reports |

mod api;
mod event;
mod jobs;
mod node;

pub use event::{Event, Observer};
pub use jobs::{Job, Jobs};
pub use node::{
    Accept, Builder, Config, Parts, Respond, Select, Stored, Verify, accept, respond, select,
    verify,
};
