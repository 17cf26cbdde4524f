//! The delay line: exact to the millisecond, whatever the tick and the order of the hosts.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod http;
mod rest;
mod setup;
mod streams;
