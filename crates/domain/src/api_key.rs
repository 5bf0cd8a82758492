//! Credentials of programs: prefixed, hashed, scoped, expiring.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{ApiKeyId, CustomerId};
use crate::staff::Scope;

/// One API key. The secret is shown once and stored nowhere; its hash finds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: String,
    /// SHA-256 of the secret, hexadecimal: the secret has 256 bits of its own, so it needs no salt.
    pub secret_hash: String,
    pub scopes: Vec<Scope>,
    /// A reseller's key sees its branch only.
    pub branch: Option<CustomerId>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub version: u64,
}

impl ApiKey {
    pub fn is_good_at(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}
