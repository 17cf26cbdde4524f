//! Real sockets, in real time.
//!
//! | module | what belongs there |
//! |---|---|
//! | `settings` | how a devnet is set up |
//! | `unstamped` | sockets that know nothing of when things crossed them |
//! | `doors` | where the nodes are reached, and how they reach each other |
//! | `home` | threads of a node's own |
//! | `devnet` | the players of a plan on loopback, from their first slot to the end |

mod devnet;
mod doors;
mod home;
mod settings;
mod unstamped;

#[cfg(feature = "cli")]
pub(crate) use devnet::GUARD;
pub use devnet::{DevnetError, Opened, Script, devnet, play};
pub use settings::{BlockTime, BlockTimeError, ClientSettings, RemoteSettings, Settings};
pub use unstamped::Unstamped;
