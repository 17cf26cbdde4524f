//! Who plays in a run, on whatever network it takes place.
//!
//! | module | what belongs there |
//! |---|---|
//! | `subject` | who is tried: a role, and how it starts |
//! | `players` | which subject plays which role |
//! | `hindered` | the sequencer's local engine, when it does not do what it is asked |
//! | `honest` | our own nodes as subjects, and variants of them |
//! | `porter` | who alters at a builder's door what it hears or says |
//! | `remote` | a builder that runs already, somewhere else |
//! | `said` | what our own nodes report, in neutral words |
//! | `stage` | the players of a plan and all around them, ready for a network |
//! | [`proxy`] | the peer on the link between sequencer and builder |
//! | [`adversary`] | who interferes at the proxy, as the plan says |
//! | `operator` | what a plan does to the sequencer from outside |
//! | `users` | what sends the users' transactions |
//! | `follower` | who gets what the sequencer publishes |
//! | `engine_client` | an execution client of somebody else's |
//! | `engine_follower` | one that gets them too |
//! | `second_opinion` | one that is asked about every payload of a trace |
//! | `witness` | whom nodes may tell what they do |

pub mod adversary;
pub mod proxy;
#[cfg(feature = "cli")]
pub(crate) mod said;
#[cfg(not(feature = "cli"))]
mod said;

mod engine_client;
mod engine_follower;
mod follower;
mod hindered;
mod honest;
mod operator;
mod players;
mod porter;
mod remote;
mod second_opinion;
mod stage;
mod subject;
mod users;
mod witness;

pub use engine_client::{EngineClientConfig, EngineError};
pub use engine_follower::EngineFollower;
pub use follower::{Desk, Follower};
pub use hindered::Hindrances;
pub use honest::{BuilderParts, HonestBuilder, HonestSequencer, SequencerParts, Variant};
pub use operator::{Operator, Order};
pub use players::Players;
pub use porter::Porter;
pub use remote::RemoteBuilder;
pub use second_opinion::SecondOpinion;
pub use stage::{BUILDER_PORT, EnginePlaces, Places, SEQUENCER_PORT, Terms, World};
pub use subject::{Berth, BuilderSetup, Role, SequencerSetup, Setup, Subject};
pub use users::{Users, UsersError};
pub use witness::Witness;
