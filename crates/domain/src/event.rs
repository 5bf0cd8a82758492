//! What happened: past tense, thin, in the order of positions.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, CustomerId, EventId};

/// One event: ids, the new state and reason codes, never personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub id: EventId,
    /// Such as `account.opened`, `case.resolved`, `measure.activated`.
    #[serde(rename = "type")]
    pub kind: String,
    pub at: Timestamp,
    pub customer: Option<CustomerId>,
    pub account: Option<AccountId>,
    /// The object that changed: an id of any noun.
    pub object: String,
    /// The object's version after the change.
    pub version: u64,
    pub state: Option<String>,
    pub reasons: Vec<String>,
    pub actor: String,
    /// False in the test space.
    pub livemode: bool,
}
