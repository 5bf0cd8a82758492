//! Who owns and who counts as a person of the home country.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use terms::Country;

use super::{Certainty, Entry, LegalSource};
use crate::fact::Source;
use crate::pack::when::When;

/// How ownership and control make a beneficial owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnershipRuleSet {
    /// Each individual with the share, or with control at any share.
    ShareOrControl,
    /// Each individual with the share, and exactly one with control (the bank model).
    ShareAndOneControlPerson,
}

entry! {
    /// When an individual is a beneficial owner (DEF-06).
    OwnershipRule(this) = this.name.clone();
    {
        name: String,
        /// Parts per million; a share at or above it counts.
        threshold_ppm: u32,
        rule_set: OwnershipRuleSet,
        /// Control passes through an entity to who owns more than this of it; `None`: only along control.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        control_passes_above_ppm: Option<u32>,
    }
}

/// A way to be shown to be a person of the home country (DEF-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonTest {
    Citizenship,
    PermanentResidence,
    /// An entity's place of organisation; its branches abroad share it.
    Organisation,
    Location,
}

entry! {
    /// Who is a person of the home country, in US packs a US person (DEF-03).
    HomePersonRule(this) = this.name.clone();
    {
        name: String,
        /// The home country and its territories.
        home: BTreeSet<Country>,
        /// Any one of these suffices.
        tests: BTreeSet<PersonTest>,
        /// The weakest source that shows citizenship, residence or organisation.
        shown_by: Source,
    }
}
