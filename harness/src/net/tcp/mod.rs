//! Real sockets, in real time.
//!
//! | module | what belongs there |
//! |---|---|
//! | `settings` | how a devnet is set up |
//! | `unstamped` | sockets that know nothing of when things crossed them |
//! | `devnet` | the players of a plan on loopback, from their first slot to the end |

mod devnet;
mod settings;
mod unstamped;

pub use devnet::{DevnetError, devnet};
pub use settings::{BlockTime, BlockTimeError, Settings};
pub use unstamped::Unstamped;
