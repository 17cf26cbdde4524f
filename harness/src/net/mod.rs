//! The networks that a world can be put on.
//!
//! | module | what belongs there |
//! |---|---|
//! | [`sim`] | the simulated network: exact, in virtual time |
//! | [`tcp`] | real sockets, in real time |

pub mod sim;
pub mod tcp;
