//! The sequencer from outside.

mod api;
mod builder;
mod calls;
mod common;
mod fixture;
mod logs;
mod slots;
mod users;
