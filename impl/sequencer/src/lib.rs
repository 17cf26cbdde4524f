//! The sequencer: it drives slots, asks the builder, builds its own block, and admits one.
//!
//! The slot is one async function, `slot::run`; what decides in it are plain functions over
//! values. Whatever a variant of the sequencer could do differently is an argument of its
//! constructor, in [`Parts`].
//!
//! Each module names only those above it, and the builder's modules of the same names are for the
//! same things:
//!
//! | module | what belongs there |
//! |---|---|
//! | `choice` | which of two blocks is taken |
//! | `config`, `clock` | how a sequencer is set up, and when slots begin |
//! | `l1` | payload attributes, derived from L1 |
//! | `submission` | a builder's payload, what it is judged against, and why it is rejected |
//! | `checks` | the cheap checks of a submission, one by one |
//! | `admission` | what a builder's payload must be to be admitted |
//! | `event` | what the sequencer reports |
//! | `peer` | a builder: how it is asked, how it is handed transactions, how it follows the head |
//! | `produce` | the two ways to a block |
//! | `local` | the local engine, as slots use it |
//! | `publish` | importing a block and handing it to the followers |
//! | `parts` | what a variant can do differently |
//! | `control` | changing a running sequencer |
//! | `state` | what the sequencer's tasks share |
//! | `slot` | a slot, from the fork choice update to the published block |
//! | `node` | the sequencer as a whole |
//! | `api` | what the sequencer serves to its users |

mod admission;
mod api;
mod checks;
mod choice;
mod clock;
mod config;
mod control;
mod event;
mod l1;
mod local;
mod node;
mod parts;
mod peer;
mod produce;
mod publish;
mod slot;
mod state;
mod submission;

pub use admission::{Admission, Execute, LocalView, execute};
pub use checks::{CHECKS, Check};
pub use choice::{Choice, Offer, Prong, Selection, choose};
pub use clock::Clock;
pub use config::{Config, ConfigError, Work};
pub use control::Control;
pub use event::{Event, Fallback, Observer, Origin, Published};
pub use l1::{Confirmed, Derivation, L1, derive};
pub use local::{Healthy, LocalEngine};
pub use node::{Sequencer, Setup};
pub use parts::{Derive, Parts, Sign, Translate, Translation, sign, translate, uses_pool};
pub use peer::{
    Ask, Attempts, Complain, Feeds, Forward, ForwardCall, Forwarder, Outcome, PayloadCall,
    RawReply, Undelivered, Write, complain_loudly, is_stored, write,
};
pub use produce::{LocalFailure, Produce, Produced, Prongs, concurrently};
pub use publish::{Desk, Publish, Settle, import_then_publish};
pub use submission::{Rejection, Submission};
