//! Whom a pack applies to, and the fields of the record that it asks for.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Certainty, Entry, LegalSource, joined, nothing};
use crate::clock::Period;
use crate::fact::SubjectKind;
use crate::field::{AddressKind, Field};
use crate::pack::when::When;

/// The columns of REQUIREMENTS section 3: whom a field is asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// A customer that is an individual.
    Individual,
    /// A customer that is an entity.
    Entity,
    BeneficialOwner,
}

impl Column {
    pub fn of_customer(kind: SubjectKind) -> Self {
        match kind {
            SubjectKind::Individual => Self::Individual,
            SubjectKind::Entity => Self::Entity,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Individual => "individual",
            Self::Entity => "entity",
            Self::BeneficialOwner => "beneficial_owner",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    Required,
    /// Never asked for; kept if given.
    Optional,
}

/// How a value must have been shown to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The subject's word is enough.
    #[default]
    Declared,
    /// Control of the contact was proven (CIP-07).
    Controlled,
    /// A check of evidence confirmed the value.
    Validated,
}

/// Where a field's values come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collected {
    /// The subject or the control plane gives it.
    #[default]
    Given,
    /// Kept in the access and lease ledgers, so never asked for.
    Logged,
}

entry! {
    /// Whom the pack applies to, by its `when`.
    AppliesTo(_this) = String::new();
    {
        /// The same in words, for a person.
        text: String,
    }
}

entry! {
    /// A field of the record (CIP-03 to CIP-09).
    FieldRule(this) = format!("{}.{}", this.name, joined(&this.subjects, Column::as_str));
    {
        name: Field,
        subjects: BTreeSet<Column>,
        need: Need,
        #[serde(default, skip_serializing_if = "nothing")]
        proof: Proof,
        #[serde(default, skip_serializing_if = "nothing")]
        collected: Collected,
        /// Of the required fields of one group a single one is enough.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        any_of: Option<String>,
        /// Address kinds that count; any if empty (CIP-04).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kinds: Vec<AddressKind>,
        /// Time after opening; `None`: before it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_within: Option<Period>,
    }
}
