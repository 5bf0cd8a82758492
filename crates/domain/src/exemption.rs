//! A grant that lifts identification terms, and nothing else (ADP-03).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use terms::Country;

use crate::account::AccountKind;
use crate::id::{CustomerId, ExemptionId, ProviderId};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "scope", rename_all = "snake_case")]
pub enum ExemptionScope {
    Provider { provider: ProviderId },
    AccountType { kind: AccountKind },
    LesseeType { country: Country },
    Reseller { reseller: CustomerId },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exemption {
    pub id: ExemptionId,
    pub scope: ExemptionScope,
    /// Instrument that grants it.
    pub reference: String,
    pub granted_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    /// In force only after a second person approved it.
    pub approved: bool,
    pub version: u64,
}

impl Exemption {
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.approved
            && self.granted_at <= now
            && self.revoked_at.is_none_or(|revoked_at| now < revoked_at)
            && self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}
