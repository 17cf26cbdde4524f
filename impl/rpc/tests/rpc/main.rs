//! The client and the server, each against peers that do everything wrong, and against each other.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod auth;
mod bounds;
mod client;
mod connections;
mod pages;
mod server;
mod strict;
mod support;
mod tcp;
mod tls;
