//! Work that waits for a person.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fact::SubjectId;
use crate::id::{AccountId, CaseId, CustomerId, StaffId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseKind {
    /// A new or changed customer to identify.
    Identification,
    /// A hit to judge.
    ListHit,
    /// Two statements that cannot both be so; blocks `verified` (CIP-18).
    Discrepancy,
    /// Authority and signatories are in doubt (CIP-13).
    Signatory,
    /// An appeal against a refusal; its reviewer is another person (CIP-17).
    Redress,
    /// A closure that is due (CIP-16).
    Closure,
    /// Identification is due again (CIP-20).
    Reverification,
    /// A conflict of packs, a dormancy, a red flag: for a person to decide.
    Review,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CaseStatus {
    Open,
    Claimed {
        claimed_by: StaffId,
        claimed_at: Timestamp,
    },
    /// The outcome is a stable code; the reason is sealed in the decision's record.
    Resolved {
        outcome: String,
        resolved_by: String,
        resolved_at: Timestamp,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub id: CaseId,
    pub customer: CustomerId,
    pub account: Option<AccountId>,
    pub subject: Option<SubjectId>,
    pub kind: CaseKind,
    /// Stable codes of why it was opened, such as `owner-added`.
    pub reasons: Vec<String>,
    pub status: CaseStatus,
    pub opened_at: Timestamp,
    pub due_at: Option<Timestamp>,
    /// Who may not decide it: the person whose decision it appeals.
    pub not_by: Option<StaffId>,
    pub version: u64,
}

impl Case {
    pub fn is_resolved(&self) -> bool {
        matches!(self.status, CaseStatus::Resolved { .. })
    }
}
