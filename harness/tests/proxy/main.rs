//! The proxy: relays whatever comes, does what it is told, and says what crossed its faces.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod ends;
mod fates;
mod relaying;
mod searcher;
mod setup;
mod simulated;
mod tcp;
