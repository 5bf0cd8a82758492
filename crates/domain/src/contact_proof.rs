//! Proof that somebody answers an e-mail address or telephone (CIP-07): a single-use code that expires.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fact::SubjectId;
use crate::id::{ContactProofId, CustomerId, FactId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Email,
    Telephone,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ContactProofStatus {
    Sent,
    Proven {
        proven_at: Timestamp,
    },
    /// Too many wrong codes.
    Spent,
}

/// One code sent. The code itself is nowhere: only its keyed hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactProof {
    pub id: ContactProofId,
    pub customer: CustomerId,
    pub subject: SubjectId,
    pub channel: Channel,
    /// The fact that holds the address or number.
    pub fact: FactId,
    /// HMAC of the code, hexadecimal.
    pub code_hash: String,
    pub sent_at: Timestamp,
    pub expires_at: Timestamp,
    pub attempts: u8,
    pub status: ContactProofStatus,
    pub version: u64,
}

/// What a code came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    Proven,
    Wrong {
        attempts_left: u8,
    },
    Expired,
    /// Used or given up before: a code works once.
    Spent,
}

impl ContactProof {
    /// Takes one try at the code. `matches` is the constant-time comparison done by the caller.
    pub fn attempt(mut self, matches: bool, now: Timestamp, attempts_max: u8) -> (Self, Attempt) {
        if self.status != ContactProofStatus::Sent {
            return (self, Attempt::Spent);
        }
        if now >= self.expires_at {
            return (self, Attempt::Expired);
        }
        self.attempts = self.attempts.saturating_add(1);
        if matches {
            self.status = ContactProofStatus::Proven { proven_at: now };
            return (self, Attempt::Proven);
        }
        let attempts_left = attempts_max.saturating_sub(self.attempts);
        if attempts_left == 0 {
            self.status = ContactProofStatus::Spent;
        }
        (self, Attempt::Wrong { attempts_left })
    }
}
