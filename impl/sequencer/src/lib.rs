//! The sequencer: it drives slots, asks the builder, builds its own block, and admits one.
//!
//! The slot is one async function, `slot::run`; what decides in it are plain functions over
//! values. Whatever a variant of the sequencer could do differently is an argument of its
//! constructor, in [`Parts`].
//!
//! | module | what belongs there |
//! |---|---|
//! | `node` | the sequencer as a whole: its state, its tasks, its controls |
//! | `slot` | a slot, from the fork choice update to the published block |
//! | `choice` | which of two blocks is taken |
//! | `admission` | what a builder's payload must be to be admitted |
//! | `checks` | its cheap checks, one by one |
//! | `ask` | the payload request and how often it is sent |
//! | `forward` | handing users' transactions to the builder |
//! | `feed` | how the builder follows the head |
//! | `l1` | payload attributes, derived from L1 |
//! | `api` | what the sequencer serves to its users |
//! | `event` | what the sequencer reports |

mod admission;
mod api;
mod ask;
mod checks;
mod choice;
mod clock;
mod config;
mod event;
mod feed;
mod forward;
mod l1;
mod link;
mod node;
mod parts;
mod slot;

pub use admission::{Admission, Execute, Rejection, Submission, execute};
pub use ask::{Ask, Attempts, PayloadCall, RawReply};
pub use checks::{CHECKS, Check};
pub use choice::{Choice, Offer, Prong, Selection, choose};
pub use clock::Clock;
pub use config::{Config, ConfigError, Work};
pub use event::{Event, Fallback, Observer, Origin, Published};
pub use forward::{Forward, ForwardCall, Forwarder, Outcome, Write, is_stored, write};
pub use l1::{Derivation, L1, derive};
pub use node::{Control, Sequencer, Setup};
pub use parts::{Feeds, Parts, Sign, Translate, Translation, sign, translate, uses_pool};
pub use slot::{LocalFailure, Produce, Produced, Prongs, concurrently};
