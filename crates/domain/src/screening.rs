//! A comparison of a subject with the lists in force, and a person's word on what it found (CIP-23).

mod consequence;
mod outcome;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fact::SubjectId;
use crate::id::{CustomerId, JudgementId, ScreeningId};

pub use consequence::{
    Consequence, Consequences, Effect, ListTerms, OnLists, OwnershipTest, consequences, licences_end_at,
};
pub use outcome::{HitOutcome, HitOutcomeKind};

/// One screening. A later screening is a new record; none is ever changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screening {
    pub id: ScreeningId,
    pub customer: CustomerId,
    pub subject: SubjectId,
    pub screened_at: Timestamp,
    /// Names every list, its version and its content hash.
    pub lists_version: String,
    pub engine_version: String,
    /// Blind hash of what was compared, so that an unchanged subject keeps its clearances.
    pub compared: String,
    /// Score in basis points from which an entry was a hit, where the operator chose one; `None` for the engine's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold_bp: Option<u16>,
    /// Number of the customer's last fact that was there to compare; `None` in rows from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact_version: Option<u64>,
    /// The screening before, where only what changed on the lists since was compared; `None` where all of them were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_delta: Option<ByDelta>,
    /// Hits of the screening before that the lists no longer bear out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<ClosedHit>,
    /// Best first.
    pub hits: Vec<Hit>,
}

/// What a screening builds on. Its hits on entries that did not change stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByDelta {
    /// Of the same subject.
    pub screening: ScreeningId,
    /// The lists that one was compared with.
    pub lists_version: String,
}

/// A hit that was one and is none any more, though the subject is the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedHit {
    pub list: String,
    pub entry: String,
    pub because: ClosedBecause,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedBecause {
    /// The entry is no longer on a list in force.
    EntryRemoved,
    /// The entry says something else now.
    EntryChanged,
}

impl Screening {
    /// What the subject was compared with.
    pub fn compared_with(&self) -> String {
        compared_with(&self.engine_version, &self.lists_version)
    }
}

/// Names an engine and the lists it compares with: another of either finds other hits.
pub fn compared_with(engine_version: &str, lists_version: &str) -> String {
    format!("engine@{engine_version} {lists_version}")
}

/// An entry that scored enough. The listed name is public; the customer's is not here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    pub list: String,
    /// The publisher's own number of the entry.
    pub entry: String,
    /// Hash of the entry's compared fields: a changed entry is a new hit.
    pub entry_hash: String,
    pub listed_name: String,
    /// Score in basis points: 10,000 is 1.
    pub score_bp: u16,
    pub features: Vec<HitFeature>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HitFeature {
    pub name: String,
    pub score_bp: i32,
    pub weight_bp: i32,
}

/// An open hit as a draft names it: its list stands beside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OpenHit {
    pub customer: CustomerId,
    pub screening: ScreeningId,
    pub entry: String,
    pub score_bp: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JudgementKind {
    FalsePositive,
    TrueMatch,
}

impl JudgementKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FalsePositive => "false_positive",
            Self::TrueMatch => "true_match",
        }
    }
}

/// A person's word on one pair of subject and entry. It holds until either side changes in a compared field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    pub id: JudgementId,
    pub customer: CustomerId,
    pub subject: SubjectId,
    pub screening: ScreeningId,
    pub list: String,
    pub entry: String,
    pub entry_hash: String,
    pub compared: String,
    pub kind: JudgementKind,
    /// What looking into a true match came to, once somebody has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<HitOutcome>,
    /// Sealed under the customer's record key. `None` in rows from before it was sealed.
    #[serde(default, with = "crate::fact::sealed_text")]
    pub reason_sealed: Option<Vec<u8>>,
    pub judged_at: Timestamp,
    pub judged_by: String,
    /// The second person; judgements that clear, confirm or let through need one (SEC-04).
    pub approved_by: Option<String>,
}

/// Where a hit stands once judgements are taken into account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HitStatus {
    /// Nothing scored, or all is cleared.
    #[default]
    Clear,
    /// A hit waits for a person.
    Open,
    /// A person confirmed a hit.
    Confirmed,
}

/// The worst status over the hits of one screening; a judgement counts only for the same entry, entry
/// content and compared subject.
pub fn status_of(screening: &Screening, judgements: &[Judgement]) -> HitStatus {
    screening.hits.iter().map(|hit| status_of_hit(screening, hit, judgements)).max().unwrap_or_default()
}

/// The latest judgement of the pair decides.
pub fn status_of_hit(screening: &Screening, hit: &Hit, judgements: &[Judgement]) -> HitStatus {
    match judgement_of(screening, hit, judgements).map(|judgement| judgement.kind) {
        None => HitStatus::Open,
        Some(JudgementKind::FalsePositive) => HitStatus::Clear,
        Some(JudgementKind::TrueMatch) => HitStatus::Confirmed,
    }
}

/// The latest word on the pair as it is now; `None` where nobody spoke on it yet.
pub fn judgement_of<'a>(
    screening: &Screening,
    hit: &Hit,
    judgements: &'a [Judgement],
) -> Option<&'a Judgement> {
    judgements
        .iter()
        .filter(|judgement| {
            judgement.subject == screening.subject
                && judgement.list == hit.list
                && judgement.entry == hit.entry
                && judgement.entry_hash == hit.entry_hash
                && judgement.compared == screening.compared
        })
        .max_by_key(|judgement| (judgement.judged_at, judgement.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn screening(entry_hash: &str, compared: &str) -> Screening {
        let customer = CustomerId::from(Uuid::from_u128(1));
        Screening {
            id: ScreeningId::from(Uuid::from_u128(2)),
            customer,
            subject: SubjectId::Customer(customer),
            screened_at: Timestamp::UNIX_EPOCH,
            lists_version: "v1".into(),
            engine_version: "1".into(),
            compared: compared.into(),
            threshold_bp: None,
            fact_version: Some(1),
            by_delta: None,
            closed: Vec::new(),
            hits: vec![Hit {
                list: "us-ofac-sdn".into(),
                entry: "7".into(),
                entry_hash: entry_hash.into(),
                listed_name: "PETROV, Ivan".into(),
                score_bp: 9_700,
                features: Vec::new(),
            }],
        }
    }

    fn judgement(kind: JudgementKind) -> Judgement {
        let screening = screening("e1", "c1");
        Judgement {
            id: JudgementId::from(Uuid::from_u128(3)),
            customer: screening.customer,
            subject: screening.subject,
            screening: screening.id,
            list: "us-ofac-sdn".into(),
            entry: "7".into(),
            entry_hash: "e1".into(),
            compared: "c1".into(),
            kind,
            outcome: None,
            reason_sealed: None,
            judged_at: Timestamp::UNIX_EPOCH,
            judged_by: "stf".into(),
            approved_by: None,
        }
    }

    /// CIP-23: a cleared match is remembered until either side changes.
    #[test]
    fn a_clearance_holds_until_either_side_changes() {
        let cleared = [judgement(JudgementKind::FalsePositive)];

        assert_eq!(status_of(&screening("e1", "c1"), &[]), HitStatus::Open);
        assert_eq!(status_of(&screening("e1", "c1"), &cleared), HitStatus::Clear);
        assert_eq!(status_of(&screening("e2", "c1"), &cleared), HitStatus::Open, "the entry changed");
        assert_eq!(status_of(&screening("e1", "c2"), &cleared), HitStatus::Open, "the customer changed");
        let confirmed = [judgement(JudgementKind::TrueMatch)];
        assert_eq!(status_of(&screening("e1", "c1"), &confirmed), HitStatus::Confirmed);
    }
}
