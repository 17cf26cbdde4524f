//! Every bound of this crate, in one place.

use std::time::Duration;

/// The largest response body a client reads, 16 MiB. DECISION: body-limit.
pub const MAX_RESPONSE_BYTES: usize = 16 * MIB as usize;

/// How many idle connections a client keeps for reuse.
pub const MAX_IDLE_CONNECTIONS: usize = 4;

/// The largest head (status line and headers, or request line and headers) either side reads.
pub(crate) const MAX_HEAD_BYTES: usize = 64 * 1024;

/// The most header lines either side reads.
pub(crate) const MAX_HEADERS: usize = 64;

/// How long the accept loop rests after an accept that failed.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How many accepts in a row may fail before the server gives up, if it is not the operating system
/// that fails.
pub(crate) const MAX_FAILED_ACCEPTS: u32 = 64;

/// How many bytes an exchange holds before they are counted.
pub(crate) const FREE_BYTES: usize = 64 * 1024;

/// Bodies of more bytes than this are read as JSON one at a time.
pub(crate) const LARGE_BYTES: usize = 512 * 1024;

/// The most members of a request object, of which four mean something.
pub(crate) const MAX_MEMBERS: usize = 64;

const MIB: u32 = 1024 * 1024;

/// What a server refuses and how long it waits.
#[derive(Clone, Debug)]
pub struct ServerLimits {
    /// The largest request body, refused while it is read. DECISION: body-limit.
    pub max_request_bytes: u32,
    /// The largest response body; a larger result becomes an error response.
    pub max_response_bytes: u32,
    /// The most calls in one batch.
    pub max_batch_calls: u32,
    /// The most bytes of bodies that are held at once, of all connections together; what is over it
    /// is refused. Each body's first 64 KiB are not counted.
    pub max_held_bytes: usize,
    /// The most open connections. A further one takes the place of the one that was idle for
    /// longest, or is closed at once if all are busy.
    pub max_connections: usize,
    /// How long a connection may take to send a whole head, idle time between requests included.
    pub head_timeout: Duration,
    /// How long a request body may take.
    pub body_timeout: Duration,
    /// How long one answer may take, from the whole request to the reply's head.
    pub answer_timeout: Duration,
    /// How long a peer may accept no byte of a reply.
    pub stall_timeout: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            max_request_bytes: 10 * MIB,
            max_response_bytes: 16 * MIB,
            max_batch_calls: 100,
            max_held_bytes: 64 * MIB as usize,
            max_connections: 256,
            head_timeout: Duration::from_secs(60),
            body_timeout: Duration::from_secs(30),
            answer_timeout: Duration::from_secs(60),
            stall_timeout: Duration::from_secs(30),
        }
    }
}
