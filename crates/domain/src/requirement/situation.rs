//! What stands on record of a customer, as far as requirements ask: no value, no personal data.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fact::{Source, SubjectId, SubjectKind};
use crate::field::{AddressKind, Field, Form};
use crate::ownership::OwnershipFinding;
use crate::pack::{KnownFacts, Proof, Risk};
use crate::person::Classification;
use crate::verification::{Method, VerificationLevel};

/// One value on record, without the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresentField {
    pub field: Field,
    pub source: Source,
    pub proof: Proof,
    /// Of an address; `None` if not told, which no rule about kinds holds against it.
    pub address_kind: Option<AddressKind>,
}

impl PresentField {
    pub fn declared(field: Field) -> Self {
        Self { field, source: Source::Declared, proof: Proof::Declared, address_kind: None }
    }

    pub(super) fn is_proven(&self, wanted: Proof) -> bool {
        // Proof of control is how a contact is validated.
        let contact = matches!(self.field.form(), Form::Email | Form::Telephone);
        self.proof >= wanted || (contact && self.proof >= Proof::Controlled)
    }
}

/// One subject as it stands on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectState {
    pub id: SubjectId,
    pub kind: SubjectKind,
    pub classification: Classification,
    pub level: VerificationLevel,
    /// Methods passed and not taken back since.
    pub methods_passed: Vec<Method>,
    pub fields: Vec<PresentField>,
    pub claims_us: bool,
    pub doubtful: bool,
}

impl SubjectState {
    pub(super) fn has(&self, field: Field) -> bool {
        self.fields.iter().any(|present| present.field == field)
    }
}

/// An inconsistency that was found and not resolved yet (CIP-18).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenDiscrepancy {
    /// The case or finding, such as `case_…`.
    pub id: String,
    pub subject: SubjectId,
    pub found_at: Timestamp,
}

/// All that requirements are computed from. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Situation {
    pub now: Timestamp,
    /// What conditions may ask of provider, products and accounts; facts about the subjects are added here.
    pub known: KnownFacts,
    pub customer: SubjectState,
    /// The beneficial owners.
    pub owners: Vec<SubjectState>,
    /// `None` for an individual, or while nothing was computed.
    pub ownership: Option<OwnershipFinding>,
    /// When the first account was opened; `None` before that.
    pub opened_at: Option<Timestamp>,
    /// Notices shown, as `id@version`.
    pub notices_shown: BTreeSet<String>,
    pub verified_at: Option<Timestamp>,
    pub risk: Risk,
    pub open_discrepancies: Vec<OpenDiscrepancy>,
    /// Last comparison with the lists in force.
    pub screened_at: Option<Timestamp>,
    /// It was with other lists than those in force: due again now, and never late by that alone.
    pub lists_changed: bool,
}
