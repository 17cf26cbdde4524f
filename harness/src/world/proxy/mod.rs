//! The proxy: a peer on the link between sequencer and builder, in front of any builder, with a tap
//! on either face.

mod interfere;

pub use interfere::{Arrived, Interfere, Outgoing, Pace, ReplyFate, RequestFate};
