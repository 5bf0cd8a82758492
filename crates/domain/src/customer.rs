//! Who contracts with the provider, and where its identification stands.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use terms::Place;

use crate::fact::{Source, SubjectKind};
use crate::id::{CustomerId, PersonId, ProviderId};
use crate::ownership::ListedHolding;
use crate::person::Classification;
use crate::screening::{HitOutcome, HitStatus, OnLists};
use crate::special_measure::{Condition, ListEntry};
use crate::verification::VerificationLevel;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    pub id: CustomerId,
    pub provider: ProviderId,
    /// The control plane's own name for it; unique.
    pub external_id: Option<String>,
    pub kind: SubjectKind,
    /// The reseller that brought it: its branch.
    pub reseller: Option<CustomerId>,
    pub identification: Identification,
    pub standing: Standing,
    /// Notice shown before collection (CIP-22): `id@version`.
    pub notice: String,
    pub created_at: Timestamp,
    /// Facts recorded so far: the next fact of the customer or its persons takes the number after it.
    pub fact_version: u64,
    pub version: u64,
}

/// A customer's verification state (REQUIREMENTS section 4).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Identification {
    /// Required data is still missing.
    Draft,
    /// Data is complete, proof is not.
    Open {
        since: Timestamp,
    },
    /// Shown to be a US person with all its owners; no further verification is needed.
    UsShown {
        shown_at: Timestamp,
    },
    Verified {
        verified_at: Timestamp,
        level: VerificationLevel,
        /// When it is due again (CIP-20); `None` where no pack asks.
        reverify_at: Option<Timestamp>,
    },
    /// Attempts failed; the answer says what follows.
    Unable {
        since: Timestamp,
        answer: UnableAnswer,
    },
    ReverifyDue {
        since: Timestamp,
    },
    Closed {
        closed_at: Timestamp,
    },
}

/// The answers when identity cannot be verified (REQUIREMENTS section 4, A1 to A3; A4 is a case).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum UnableAnswer {
    Refuse,
    InterimTerms { until: Option<Timestamp> },
    Close { closes_at: Timestamp },
}

impl Identification {
    /// Words of [`as_str`](Self::as_str).
    pub const STATES: [&str; 7] =
        ["draft", "open", "us_shown", "verified", "unable", "reverify_due", "closed"];

    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Open { .. } => "open",
            Self::UsShown { .. } => "us_shown",
            Self::Verified { .. } => "verified",
            Self::Unable { .. } => "unable",
            Self::ReverifyDue { .. } => "reverify_due",
            Self::Closed { .. } => "closed",
        }
    }

    /// The state at an instant: a verification that is due again is due without a job having run.
    pub fn at(&self, now: Timestamp) -> Self {
        match self {
            Self::Verified { reverify_at: Some(due), .. } if *due <= now => Self::ReverifyDue { since: *due },
            other => other.clone(),
        }
    }

    /// Whether identity was shown and stands at `now`.
    pub fn is_settled(&self, now: Timestamp) -> bool {
        matches!(self.at(now), Self::UsShown { .. } | Self::Verified { .. })
    }

    /// What a change of owners or of identity facts does (CIP-19): what was shown is shown no longer.
    pub fn reopen(&self, now: Timestamp) -> Self {
        match self {
            Self::UsShown { .. } | Self::Verified { .. } | Self::ReverifyDue { .. } => {
                Self::Open { since: now }
            }
            other => other.clone(),
        }
    }
}

/// Why we think somebody is at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceBasis {
    Address,
    LocationOfUse,
    PlaceOfOrganisation,
    PresentLocation,
    AccessAddress,
}

/// One place of a customer or one of its beneficial owners. "Located in" is not nationality.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Located {
    pub place: Place,
    pub basis: PlaceBasis,
    pub of_owner: bool,
    pub strength: Source,
}

/// An entry that a person confirmed the customer, or an owner of it, to be.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ConfirmedEntry {
    pub entry: ListEntry,
    pub of_owner: bool,
    /// The owners from the customer up to who is listed, nearest first; empty where that is the customer itself, or
    /// somebody who owns nothing of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<PersonId>,
    /// What looking into it came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<HitOutcome>,
}

/// What the gate needs of a customer, derived from facts, verifications, screenings and cases: no personal
/// data. Current state, made anew by every change.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Standing {
    pub classification: Classification,
    pub level: VerificationLevel,
    /// Worst over the customer and its owners.
    pub hits: HitStatus,
    /// Engine and lists of the latest screening; `None` if never screened.
    pub screened_with: Option<String>,
    pub places: Vec<Located>,
    pub confirmed_entries: Vec<ConfirmedEntry>,
    /// Beside a confirmed hit another waits for a person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hit_open: bool,
    /// What confirmed parties of each list hold of the customer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub listed_owners: Vec<ListedHolding>,
    /// Names of what is currently due and missing.
    pub missing: Vec<String>,
    /// Something is past due.
    pub overdue: bool,
    pub discrepancy_open: bool,
    /// Conditions a person put on the customer, such as after a red flag.
    pub restrictions: Vec<Condition>,
}

impl Standing {
    /// What counts for accounts of others below this customer.
    pub fn on_lists(&self) -> OnLists {
        OnLists {
            hits: self.hits,
            hit_open: self.hit_open,
            confirmed_entries: self.confirmed_entries.clone(),
            listed_owners: self.listed_owners.clone(),
        }
    }

    /// Where everybody starts (DEF-04).
    pub fn unknown() -> Self {
        Self {
            classification: Classification::PresumedForeign,
            level: VerificationLevel::None,
            hits: HitStatus::Clear,
            screened_with: None,
            places: Vec::new(),
            confirmed_entries: Vec::new(),
            hit_open: false,
            listed_owners: Vec::new(),
            missing: Vec::new(),
            overdue: false,
            discrepancy_open: false,
            restrictions: Vec::new(),
        }
    }
}
