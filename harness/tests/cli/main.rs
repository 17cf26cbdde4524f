//! The built binary, as a user runs it.

mod common;
mod devnet;
mod ends;
mod junit;
mod lists;
mod options;
mod pages;
mod run;
mod select;
mod verify;
