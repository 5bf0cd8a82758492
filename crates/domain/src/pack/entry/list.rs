//! What watchlists are for and what a hit on one means.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Certainty, Comparison, Entry, LegalSource, nothing};
use crate::clock::Period;
use crate::pack::when::When;
use crate::screening::{Consequence, HitOutcomeKind};

entry! {
    /// Whether subjects are compared with watchlists, and until when (CIP-23).
    ListCheck(this) = this.name.clone();
    {
        name: String,
        required: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_within: Option<Period>,
        text: String,
    }
}

entry! {
    /// What an entry of a list means for a provider, once a person confirmed it (CIP-23).
    ListConsequence(this) = this.name.clone();
    {
        name: String,
        /// Fixed ids of lists, such as `us-ofac-sdn`.
        lists: BTreeSet<String>,
        consequence: Consequence,
        /// What looking into a confirmed hit may come to.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        outcomes: BTreeSet<HitOutcomeKind>,
        text: String,
    }
}

/// How ownership through entities counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribution {
    /// Shares are multiplied along each chain and added up.
    Product,
    /// An entity of which they hold enough counts as one of them, with all that it owns.
    PassedOn,
}

entry! {
    /// From which share on what listed parties own is treated as they are (the 50 per cent rules).
    ListOwnership(this) = this.name.clone();
    {
        name: String,
        lists: BTreeSet<String>,
        threshold_ppm: u32,
        comparison: Comparison,
        attribution: Attribution,
        /// Shares of several parties of the list count together.
        #[serde(default, skip_serializing_if = "nothing")]
        aggregated: bool,
        /// Control counts as a share that is large enough.
        #[serde(default, skip_serializing_if = "nothing")]
        control: bool,
        text: String,
    }
}
