//! Which packs are in force, and who vouches for them (PCK-01).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A pack as installed: its text, who vouches for it, which entries somebody checked against the gazette.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackRecord {
    /// `name@date`.
    pub id: String,
    pub text: String,
    /// Hash of the text, hexadecimal.
    pub sha256: String,
    pub trust: Trust,
    pub active: bool,
    pub checks: Vec<CheckRecord>,
    pub installed_at: Timestamp,
    pub installed_by: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Trust {
    /// Its hash is in the binary.
    Shipped,
    /// An Ed25519 signature by a key of the configuration, both hexadecimal.
    Signed { public_key: String, signature: String },
}

/// Somebody compared an entry with its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRecord {
    /// Path of the entry, as the warning names it.
    pub entry: String,
    pub gazette: String,
    pub checked_on: jiff::civil::Date,
    pub checked_by: String,
}
