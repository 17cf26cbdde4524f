//! The engine from outside: everything here goes through its public surface.
//!
//! The modules say `cfg(test)` so that the lints that spare tests spare their helpers too.

#[cfg(test)]
mod attributes;
#[cfg(test)]
mod bounds;
#[cfg(test)]
mod chain;
#[cfg(test)]
mod common;
#[cfg(test)]
mod execution;
#[cfg(test)]
mod genesis;
#[cfg(test)]
mod pool;
#[cfg(test)]
mod reasons;
#[cfg(test)]
mod tasks;
#[cfg(test)]
mod vectors;
