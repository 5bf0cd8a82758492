//! An order that outlasts retention (RET-04).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{CustomerId, LegalHoldId};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalHold {
    pub id: LegalHoldId,
    pub customer: CustomerId,
    /// Matter or order the hold is for.
    pub reference: String,
    pub placed_at: Timestamp,
    pub placed_by: String,
    /// Exclusive; `None` until released.
    pub expires_at: Option<Timestamp>,
    /// A preservation request may be renewed as often as its pack says.
    pub renewals: u8,
    pub released_at: Option<Timestamp>,
    pub version: u64,
}

impl LegalHold {
    /// Whether nothing of the customer may be destroyed because of this hold.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.released_at.is_none() && self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}
