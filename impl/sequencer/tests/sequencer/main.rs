//! The sequencer from outside.

mod api;
mod builder;
mod common;
mod slots;
