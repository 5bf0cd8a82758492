//! Which lists, at which version, are in force.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One version of a published list, as loaded. Versions are immutable; a new one is a new record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watchlist {
    /// Fixed id, such as `us-ofac-sdn`.
    pub list: String,
    pub title: String,
    /// The publisher's date where it says one.
    pub version: String,
    pub sha256: String,
    pub entry_count: u64,
    pub name_count: u64,
    pub loaded_at: Timestamp,
    /// True for the built-in list that stands in where no real one could be had.
    pub fictional: bool,
}
