//! What came of looking into a confirmed hit.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What persons found out about a confirmed hit. Which of these a list foresees, the packs say.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum HitOutcome {
    /// A licence lets us deal with them.
    Licensed {
        /// The authority's number of it.
        licence: String,
        until: Timestamp,
    },
    /// There is no licence and none is to be had.
    NotLicensed,
    /// What raised the flag was explained.
    Resolved,
    /// It was not, and nothing more can be found out.
    NotResolved,
}

/// The word for an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HitOutcomeKind {
    Licensed,
    NotLicensed,
    Resolved,
    NotResolved,
}

impl HitOutcomeKind {
    pub const ALL: [Self; 4] = [Self::Licensed, Self::NotLicensed, Self::Resolved, Self::NotResolved];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Licensed => "licensed",
            Self::NotLicensed => "not_licensed",
            Self::Resolved => "resolved",
            Self::NotResolved => "not_resolved",
        }
    }

    /// Whether it lets through what was held back: that takes two persons (SEC-04).
    pub fn weakens(self) -> bool {
        matches!(self, Self::Licensed | Self::Resolved)
    }
}

impl HitOutcome {
    pub fn kind(&self) -> HitOutcomeKind {
        match self {
            Self::Licensed { .. } => HitOutcomeKind::Licensed,
            Self::NotLicensed => HitOutcomeKind::NotLicensed,
            Self::Resolved => HitOutcomeKind::Resolved,
            Self::NotResolved => HitOutcomeKind::NotResolved,
        }
    }

    /// When it ends by itself.
    pub fn ends_at(&self) -> Option<Timestamp> {
        match self {
            Self::Licensed { until, .. } => Some(*until),
            _ => None,
        }
    }

    /// The sentence that the record has of it.
    pub(super) fn line(&self, at: Timestamp) -> String {
        match self {
            Self::Licensed { licence, until } if at < *until => {
                format!("licensed under `{licence}` until {until}")
            }
            Self::Licensed { licence, until } => format!("licence `{licence}` is over since {until}"),
            Self::NotLicensed => "not licensed".to_owned(),
            Self::Resolved => "resolved".to_owned(),
            Self::NotResolved => "not resolved".to_owned(),
        }
    }
}
