//! A whole platform in memory, fixtures, and the contracts that every adapter of a port keeps.

pub mod contract;
pub mod key_store;
