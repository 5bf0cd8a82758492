//! Evidence weighed against a claimed identity.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
pub use terms::CheckResult;

use crate::fact::SubjectId;
use crate::id::{CustomerId, VerificationId};

/// How far a subject has been verified. A pack names the level it asks for; the order is fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerificationLevel {
    #[default]
    None,
    ContactProven,
    NonDocumentary,
    Documentary,
    Additional,
}

impl VerificationLevel {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ContactProven => "contact_proven",
            Self::NonDocumentary => "non_documentary",
            Self::Documentary => "documentary",
            Self::Additional => "additional",
        }
    }
}

/// What a verification comes to. No failure of an adapter counts as a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Pass,
    Fail,
    Inconclusive,
    Unavailable,
}

/// The way a subject was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    ContactEmail,
    ContactTelephone,
    Documentary,
    NonDocumentary,
    Additional,
    Vouching,
}

impl Method {
    /// The level a pass of this method reaches on its own. Vouching is never sufficient alone, so it
    /// reaches none.
    pub fn level(self) -> VerificationLevel {
        match self {
            Self::ContactEmail | Self::ContactTelephone => VerificationLevel::ContactProven,
            Self::NonDocumentary => VerificationLevel::NonDocumentary,
            Self::Documentary => VerificationLevel::Documentary,
            Self::Additional => VerificationLevel::Additional,
            Self::Vouching => VerificationLevel::None,
        }
    }
}

/// One finding of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Id and version of the check, such as `document-expiry@1`.
    pub check: String,
    pub result: CheckResult,
    /// Stable code, such as `expired`.
    pub reason: String,
}

/// Record of one verification: method, adapter, result, time, evidence (REQUIREMENTS section 3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    pub id: VerificationId,
    pub customer: CustomerId,
    pub subject: SubjectId,
    pub method: Method,
    /// Who looked: `person`, or the name of an adapter.
    pub adapter: String,
    pub checks: Vec<Check>,
    pub outcome: Outcome,
    /// Facts and documents it rests on, by id or hash.
    pub evidence: Vec<String>,
    pub verified_at: Timestamp,
    pub verified_by: String,
}

/// Folds checks: a fail fails, unknown or warn is inconclusive, an adapter that is down is unavailable.
/// No check at all proves nothing.
pub fn fold(checks: &[Check], adapter_answered: bool) -> Outcome {
    if !adapter_answered {
        return Outcome::Unavailable;
    }
    let any = |wanted: CheckResult| checks.iter().any(|check| check.result == wanted);
    if any(CheckResult::Fail) {
        Outcome::Fail
    } else if any(CheckResult::Unknown) || any(CheckResult::Warn) || !any(CheckResult::Pass) {
        Outcome::Inconclusive
    } else {
        Outcome::Pass
    }
}

/// The level a subject has reached: the highest of its passes, where a later fail of the same method
/// takes an earlier pass back.
pub fn level_reached<'a>(
    verifications: impl IntoIterator<Item = &'a Verification>,
    subject: SubjectId,
) -> VerificationLevel {
    let mut latest: std::collections::HashMap<Method, &Verification> = Default::default();
    for verification in verifications.into_iter().filter(|verification| verification.subject == subject) {
        if matches!(verification.outcome, Outcome::Inconclusive | Outcome::Unavailable) {
            continue;
        }
        let held = latest.entry(verification.method).or_insert(verification);
        if (verification.verified_at, verification.id) > (held.verified_at, held.id) {
            *held = verification;
        }
    }
    latest
        .values()
        .filter(|verification| verification.outcome == Outcome::Pass)
        .map(|verification| verification.method.level())
        .max()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CIP-12: a time-out never passes.
    #[test]
    fn only_passes_pass() {
        let check = |result| Check { check: "document-expiry@1".into(), result, reason: "checked".into() };
        let cases = [
            (vec![], true, Outcome::Inconclusive),
            (vec![check(CheckResult::Pass)], true, Outcome::Pass),
            (vec![check(CheckResult::Pass)], false, Outcome::Unavailable),
            (vec![check(CheckResult::Pass), check(CheckResult::Unknown)], true, Outcome::Inconclusive),
            (vec![check(CheckResult::Warn), check(CheckResult::Fail)], true, Outcome::Fail),
            (vec![check(CheckResult::NotApplicable)], true, Outcome::Inconclusive),
        ];
        for (checks, answered, expected) in cases {
            assert_eq!(fold(&checks, answered), expected, "{checks:?}");
        }
    }
}
