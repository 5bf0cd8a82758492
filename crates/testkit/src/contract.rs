//! One suite for each port; every adapter runs it, and the fake does.

pub mod key_store;
pub mod store;
