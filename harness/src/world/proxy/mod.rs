//! The proxy: a peer on the link between sequencer and builder, in front of any builder, with a tap
//! on either face.
//!
//! It relays HTTP/1.1, whatever is in it, and tells what crosses its two faces: the one turned to
//! the sequencer and the one turned to the builder. For each connection that the sequencer opens it
//! opens one to the builder, at the first request that is passed on. Either is closed when the
//! other is, in the midst of an exchange too; a peer that ends its stream has closed. A builder that
//! cannot be reached, or that closes without a whole reply, shows to the sequencer as a connection
//! that closes.
//!
//! | module | what belongs there |
//! |---|---|
//! | `config` | how a proxy relays: what it is told, whom it tells, and its bounds |
//! | `stamp` | what a network may know of its streams |
//! | `interfere` | what can become of a message |
//! | `connection` | one connection in front, and the one behind that belongs to it |
//! | `exchange` | one exchange on it |
//! | `door` | the stream in front, watched |
//! | `back` | a connection to the builder |
//! | `body` | a reply's body at its pace |
//! | `heads` | HTTP heads as the trace has them |
//! | `inner` | streams in memory, for a builder in the same process |
//! | `unstamped` | streams that know no times |
//! | `keep` | how much of what crosses is kept |
//! | `searcher` | transactions that only the builder gets |
//! | `prober` | what somebody else sends to the builder |
//! | `stream` | bytes that are sent as they are |

mod back;
mod body;
mod config;
mod connection;
mod door;
mod exchange;
mod heads;
mod inner;
mod interfere;
mod keep;
mod prober;
mod searcher;
mod stamp;
mod stream;
mod unstamped;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use gauntlet_rpc::{ByteBudget, HeldBytes};
use tokio::task::JoinSet;
use tokio::time::sleep;

pub use config::{Behind, EngineDoor, Numbers, ProxyConfig, ProxyLimits, Supply, WireTap};
pub use inner::{InnerAcceptor, inner};
pub use interfere::{Arrived, Interfere, Outgoing, Pace, ReplyFate, RequestFate, Then, Written};
pub use keep::{Allowance, Keeps};
pub use prober::Prober;
pub use searcher::Searcher;
pub use stamp::{AcceptStamped, Arrives, Opening, Stamped};
pub use unstamped::UnstampedStream;

use self::connection::Bounds;
use self::keep::{Kept, Left};
use self::searcher::Port;

/// How long a proxy rests after an accept that failed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How many accepts in a row may fail before a proxy gives up, if it is not the operating system that
/// fails.
const MAX_FAILED_ACCEPTS: u32 = 64;

/// Relays every connection of a door until the door fails for good, and returns why. The operating
/// system never does: whoever is out of file descriptors, say, accepts more slowly.
///
/// Dropping the future closes the door and every connection.
pub async fn run_proxy(mut door: impl AcceptStamped, config: ProxyConfig) -> io::Error {
    let config = Arc::new(config);
    let keeps = door
        .keeps()
        .map(|keeps| (keeps, Arc::new(Left::all(keeps.all))));
    let budget = Arc::new(ByteBudget::new(config.limits.max_held_bytes));
    let searcher = config.searcher.clone().map(Port::of);
    let mut tasks = JoinSet::new();
    if let Some(port) = &searcher {
        tasks.spawn(port.clone().supply(config.clone()));
    }
    if let Some(prober) = config.prober.clone() {
        tasks.spawn(prober.run(config.clone()));
    }
    let max_tasks = tasks.len() + config.limits.max_connections;
    let mut failed = 0;
    loop {
        match door.accept_stamped().await {
            Ok(stream) => {
                failed = 0;
                while tasks.try_join_next().is_some() {}
                if tasks.len() < max_tasks {
                    let bounds = Bounds {
                        kept: Kept::of_connection(keeps.clone()),
                        held: HeldBytes::nothing(budget.clone()),
                    };
                    let relay = connection::relay(stream, config.clone(), searcher.clone(), bounds);
                    tasks.spawn(relay);
                }
            }
            Err(error) => {
                if error.raw_os_error().is_none() {
                    failed += 1;
                    if failed == MAX_FAILED_ACCEPTS {
                        return error;
                    }
                }
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
