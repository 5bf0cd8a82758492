//! Every read of identity data is on record before it happens (SEC-02).

use domain::id::{CustomerId, ReadingId};
use domain::purpose::Purpose;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One look, or one set of them (a page, a run).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadingRecord {
    pub id: ReadingId,
    pub purpose: Purpose,
    /// What was asked, such as `customer`, `who`, `export`; no personal data.
    pub query: String,
    /// The one customer, where it is one.
    pub customer: Option<CustomerId>,
    /// SHA-256 over the ids in the set, in order; binds a set without listing it.
    pub scope_hash: String,
    pub count: u64,
    pub actor: String,
    pub read_at: Timestamp,
}
