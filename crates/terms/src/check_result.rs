//! What a check found, in one word.

use serde::{Deserialize, Serialize};

/// What one check said (DESIGN 3.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    Pass,
    Warn,
    Fail,
    /// What the check needs is not there.
    Unknown,
    /// The check does not concern evidence of this kind.
    NotApplicable,
}
