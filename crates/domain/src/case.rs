//! Work that waits for a person.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

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
    /// Who may not decide it: the two persons whose decision it appeals.
    #[serde(default, deserialize_with = "one_or_many")]
    pub not_by: Vec<StaffId>,
    pub version: u64,
}

impl CaseStatus {
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Claimed { .. } => "claimed",
            Self::Resolved { .. } => "resolved",
        }
    }
}

/// Earlier rows name one person or nobody.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<StaffId>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored {
        Many(Vec<StaffId>),
        One(Option<StaffId>),
    }
    Ok(match Stored::deserialize(deserializer)? {
        Stored::Many(persons) => persons,
        Stored::One(person) => person.into_iter().collect(),
    })
}

impl Case {
    pub fn is_resolved(&self) -> bool {
        matches!(self.status, CaseStatus::Resolved { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    /// CIP-17: rows from when one person was excluded still read.
    #[test]
    fn who_may_not_decide_reads_in_every_form_it_was_stored_in() {
        let persons = [1, 2].map(|number| StaffId::from(Uuid::from_u128(number)));
        let case = Case {
            id: CaseId::from(Uuid::from_u128(1)),
            customer: CustomerId::from(Uuid::from_u128(2)),
            account: None,
            subject: None,
            kind: CaseKind::Redress,
            reasons: Vec::new(),
            status: CaseStatus::Open,
            opened_at: Timestamp::UNIX_EPOCH,
            due_at: None,
            not_by: persons.to_vec(),
            version: 1,
        };
        let stored = serde_json::to_value(&case).unwrap();
        let with = |not_by: serde_json::Value| {
            let mut row = stored.clone();
            row["not_by"] = not_by;
            serde_json::from_value::<Case>(row).unwrap().not_by
        };

        assert_eq!(with(serde_json::json!(persons)), persons);
        assert_eq!(with(serde_json::json!(persons[0])), persons[..1]);
        assert_eq!(with(serde_json::Value::Null), []);
    }
}
