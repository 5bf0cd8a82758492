//! How identity is shown, and what follows where it is not.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use terms::Country;

use super::{Certainty, Column, Entry, LegalSource, joined};
use crate::clock::Period;
use crate::pack::when::When;
use crate::special_measure::Condition;
use crate::verification::VerificationLevel;

entry! {
    /// The verification level asked for.
    VerificationRule(this) = this.name.clone();
    {
        name: String,
        subjects: BTreeSet<Column>,
        level: VerificationLevel,
        /// What the instrument calls it, such as `validated`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        /// Time after opening; `None`: before it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_within: Option<Period>,
    }
}

entry! {
    /// Documents that count as documentary evidence (CIP-11); the rest goes the non-documentary way.
    AcceptedDocuments(this) = {
        let issuer = this.issued_in.map_or_else(|| "any".to_owned(), |country| country.code().to_owned());
        format!("{issuer}.{}", joined(&this.subjects, Column::as_str))
    };
    {
        /// Issuing country; `None`: any country that has no entry of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        issued_in: Option<Country>,
        subjects: BTreeSet<Column>,
        kinds: BTreeSet<String>,
    }
}

/// What an evidence rule asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceStep {
    /// A non-documentary method beside documents.
    NonDocumentary,
    Documentary,
    /// Data on people with authority over the account (CIP-13).
    Signatories,
    /// An open substantive discrepancy blocks `verified` (CIP-18).
    ResolveDiscrepancies,
    /// The entity's own statement of its owners may be relied on unless known facts speak against it.
    OwnerStatementSuffices,
}

entry! {
    /// A rule on evidence; the remote-opening rule is one (CIP-12).
    EvidenceRule(this) = this.name.clone();
    {
        name: String,
        step: EvidenceStep,
        text: String,
    }
}

entry! {
    /// When an account is not opened (A1, CIP-14).
    RefusalRule(this) = this.name.clone();
    {
        name: String,
        text: String,
        /// The notice that tells the applicant.
        notice: String,
    }
}

entry! {
    /// On what terms an account may be used while its holder is not verified (A2, CIP-15).
    InterimRule(this) = this.name.clone();
    {
        name: String,
        conditions: Vec<Condition>,
        /// How long after opening the terms may last; `None`: until closure.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_most: Option<Period>,
    }
}

entry! {
    /// When, after failed attempts, an account is closed (A3, CIP-16). Periods count from opening.
    ClosureRule(this) = this.name.clone();
    {
        name: String,
        warn_after: Period,
        close_after: Period,
        attempts_max: u32,
        notice: String,
    }
}

entry! {
    /// Redress of those not verified or whose information may be compromised (A4, CIP-17).
    RedressRule(this) = this.name.clone();
    {
        name: String,
        second_reviewer: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer_within: Option<Period>,
        text: String,
    }
}
