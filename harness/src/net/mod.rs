//! The networks that a world can be put on.
//!
//! | module | what belongs there |
//! |---|---|
//! | [`sim`] | the simulated network: exact, in virtual time |

pub mod sim;
