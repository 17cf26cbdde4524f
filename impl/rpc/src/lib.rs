//! JSON-RPC 2.0 over HTTP/1.1 on any byte stream.
//!
//! | module | what it holds |
//! |---|---|
//! | `io` | the seam: a byte stream, how one is opened, how one is taken |
//! | `endpoint` | a URL as an [`Endpoint`] |
//! | `tcp` | the seam over the operating system's TCP |
//! | `tls` | [`Trust`]: whose certificates are good, and TLS over TCP |
//! | `jwt` | [`Jwt`]: tokens of the Engine API, and the file of their secret |
//! | `client` | [`Client`]: one deadline, from before connecting to the last byte |
//! | `server` | [`serve`]: dispatch behind a connection loop |
//! | `budget` | the bytes that are held at once |
//! | `tap` | [`WireEvent`]: what crossed the wire, as both ends saw it |
//! | `limits` | every bound of this crate, in one place |
//!
//! Nothing here draws randomness or reads a clock other than `tokio::time`, but for tokens, which a
//! simulation has none of. DECISION: transport.

mod budget;
mod client;
mod endpoint;
mod io;
mod jwt;
mod limits;
mod server;
mod tap;
mod tcp;
mod tls;

pub use alloy_json_rpc::ErrorPayload;
pub use jsonrpsee::core::RegisterMethodError;
pub use jsonrpsee::types::{ErrorCode, ErrorObjectOwned, Params};
pub use jsonrpsee::{Extensions, Methods, RpcModule};

pub use budget::{ByteBudget, HeldBytes};
pub use client::{CallError, CallNumbers, Client, ClientConfig};
pub use endpoint::EndpointError;
pub use io::{Accept, Dial, Endpoint, Io, Scheme};
pub use jwt::{Jwt, JwtSecret, SecretError, TokenError, UnixClock};
pub use limits::{MAX_IDLE_CONNECTIONS, MAX_RESPONSE_BYTES, ServerLimits};
pub use server::{
    Auth, AuthScope, Cors, Page, Pages, ServerConfig, ServerCounters, ServerCounts, serve,
};
pub use tap::{CallFailure, FailureKind, Tap, WireEvent};
pub use tcp::{TcpAcceptor, tcp_dial, tcp_dial_trusting};
pub use tls::{Trust, TrustError};
