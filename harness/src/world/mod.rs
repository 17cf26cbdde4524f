//! Who plays in a run, on whatever network it takes place.
//!
//! | module | what belongs there |
//! |---|---|
//! | [`adversary`] | what a plan does to the messages that pass the proxy |
//! | [`proxy`] | a peer on the link to the builder, with a tap on either face |
//! | `calls` | what crosses the faces of the proxy, as calls at the builder |
//! | `cast` | which variant of each node plays |
//! | `nodes` | the nodes of a plan, ready to be put on a network |
//! | `operator` | what a plan does to the sequencer from outside |
//! | `users` | what sends the users' transactions |

pub mod adversary;
pub mod proxy;

mod calls;
mod cast;
mod nodes;
mod operator;
mod users;

pub use cast::{Cast, Observe};
pub use nodes::{BUILDER_PORT, Nodes, Places, SEQUENCER_PORT};
pub use operator::operate;
pub use users::{UsersError, run_users};
