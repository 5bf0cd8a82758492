//! Four eyes (SEC-04): a sensitive action is drafted by one person and takes effect when another approves.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::case::CaseKind;
use crate::id::{
    AccountId, CaseId, CustomerId, DraftId, ExemptionId, LegalHoldId, ScreeningId, SpecialMeasureId, StaffId,
};
use crate::screening::{HitOutcome, JudgementKind, OpenHit};
use crate::staff::Role;

/// What waits for the second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum DraftAction {
    DecideCase {
        case: CaseId,
        /// The case knows it: given, it must be that; left out, it is put in when the draft is made.
        #[serde(default)]
        kind: Option<CaseKind>,
        outcome: CaseOutcome,
    },
    JudgeHit {
        customer: CustomerId,
        screening: ScreeningId,
        list: String,
        entry: String,
        kind: JudgementKind,
        /// What looking into a true match came to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<HitOutcome>,
    },
    /// Says of many open hits of one list together that each is somebody else: those of one entry, those below a
    /// score, or both.
    ClearHits {
        list: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entry: Option<String>,
        /// In basis points; what scored so or more is left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        below_bp: Option<u16>,
        /// Put in when the draft is made: the second person approves these and no others.
        #[serde(default)]
        hits: Vec<OpenHit>,
        /// There were more than are cleared together.
        #[serde(default)]
        more: bool,
    },
    ActivateMeasure {
        measure: SpecialMeasureId,
    },
    RevokeMeasure {
        measure: SpecialMeasureId,
    },
    /// Lets a measure last longer, by an instrument of its own (SM-04).
    ExtendMeasure {
        measure: SpecialMeasureId,
        until: Timestamp,
        reference: String,
    },
    GrantExemption {
        exemption: ExemptionId,
    },
    ReleaseHold {
        hold: LegalHoldId,
    },
    CloseAccount {
        account: AccountId,
    },
    ShredCustomer {
        customer: CustomerId,
    },
    /// One retention class of the customer and its persons; the others stay.
    ShredClass {
        customer: CustomerId,
        class: String,
    },
    TrustPack {
        pack: String,
    },
    GiveRole {
        staff: StaffId,
        roles: Vec<Role>,
    },
}

/// The answers of a person to a case, among them the four to an identity that cannot be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseOutcome {
    /// Identity is verified.
    Verify,
    /// A1: do not open (CIP-14).
    Refuse,
    /// A2: use on interim terms (CIP-15).
    InterimTerms,
    /// A3: close after failed attempts (CIP-16).
    Close,
    /// A4: the appeal is upheld and identification starts again (CIP-17).
    Reopen,
    /// The appeal fails, or there was nothing to do.
    Dismiss,
}

impl CaseOutcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Refuse => "refuse",
            Self::InterimTerms => "interim_terms",
            Self::Close => "close",
            Self::Reopen => "reopen",
            Self::Dismiss => "dismiss",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DraftStatus {
    Waiting,
    Approved { by: StaffId, at: Timestamp },
    Rejected { by: StaffId, at: Timestamp },
    Withdrawn { at: Timestamp },
}

impl DraftStatus {
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved { .. } => "approved",
            Self::Rejected { .. } => "rejected",
            Self::Withdrawn { .. } => "withdrawn",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub id: DraftId,
    pub action: DraftAction,
    /// The customer concerned, where there is one.
    pub customer: Option<CustomerId>,
    /// Internal reason, sealed under the customer's record key, or the installation's where there is no customer.
    /// `None` in rows from before it was sealed.
    #[serde(default, with = "crate::fact::sealed_text")]
    pub reason_sealed: Option<Vec<u8>>,
    pub drafted_by: StaffId,
    pub drafted_at: Timestamp,
    pub status: DraftStatus,
    pub version: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotApprovable {
    #[error("the person who drafted it cannot approve it")]
    SamePerson,
    #[error("only the person who drafted it withdraws it")]
    NotDrafter,
    #[error("it no longer waits for approval")]
    NotWaiting,
}

impl Draft {
    /// Approves it. A single person is never enough.
    pub fn approve(self, by: StaffId, at: Timestamp) -> Result<Self, NotApprovable> {
        self.settle(by, DraftStatus::Approved { by, at })
    }

    /// Rejects it; the drafter withdraws instead.
    pub fn reject(self, by: StaffId, at: Timestamp) -> Result<Self, NotApprovable> {
        self.settle(by, DraftStatus::Rejected { by, at })
    }

    /// Takes it back; nothing happens. Only its drafter does.
    pub fn withdraw(self, by: StaffId, at: Timestamp) -> Result<Self, NotApprovable> {
        match self.status {
            DraftStatus::Waiting if self.drafted_by == by => {
                Ok(Self { status: DraftStatus::Withdrawn { at }, ..self })
            }
            DraftStatus::Waiting => Err(NotApprovable::NotDrafter),
            _ => Err(NotApprovable::NotWaiting),
        }
    }

    fn settle(self, by: StaffId, status: DraftStatus) -> Result<Self, NotApprovable> {
        if self.status != DraftStatus::Waiting {
            return Err(NotApprovable::NotWaiting);
        }
        if self.drafted_by == by {
            return Err(NotApprovable::SamePerson);
        }
        Ok(Self { status, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    /// SEC-04: single approval is insufficient.
    #[test]
    fn nobody_approves_their_own_draft() {
        let staff = |number| StaffId::from(Uuid::from_u128(number));
        let draft = Draft {
            id: DraftId::from(Uuid::from_u128(1)),
            action: DraftAction::ReleaseHold { hold: LegalHoldId::from(Uuid::from_u128(2)) },
            customer: None,
            reason_sealed: None,
            drafted_by: staff(1),
            drafted_at: Timestamp::UNIX_EPOCH,
            status: DraftStatus::Waiting,
            version: 1,
        };

        let alone = draft.clone().approve(staff(1), Timestamp::UNIX_EPOCH);
        let approved = draft.approve(staff(2), Timestamp::UNIX_EPOCH).unwrap();

        assert_eq!(alone.unwrap_err(), NotApprovable::SamePerson);
        assert_eq!(
            approved.clone().withdraw(staff(1), Timestamp::UNIX_EPOCH),
            Err(NotApprovable::NotWaiting)
        );
        assert_eq!(approved.clone().approve(staff(3), Timestamp::UNIX_EPOCH), Err(NotApprovable::NotWaiting));
    }
}
