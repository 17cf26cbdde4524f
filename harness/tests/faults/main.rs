//! The catalogue of faults, and who does them.

mod adversary;
mod catalogue;
