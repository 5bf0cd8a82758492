//! What one check said, in a form that is stored and shown.

use serde::{Deserialize, Serialize};
pub use terms::CheckResult;

/// How much a pass of the check says, from most to least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Class {
    /// The issuer's signature holds.
    A,
    /// Check digits or other redundancy that a guess rarely meets.
    B,
    /// It has the exact form of its scheme, by the scheme's own tables.
    C,
    /// Its parts agree with each other and with the day.
    D,
    /// It looks usual, or is on no list of what is not.
    E,
    /// It is there.
    F,
}

/// One finding. Neither the reason nor the explanation contains what was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Id and version of the check, such as `document-expiry@1`.
    pub check: String,
    pub result: CheckResult,
    /// Stable code, such as `expired`.
    pub reason: String,
    pub class: Class,
    /// A sentence for the person who decides.
    pub explanation: String,
}

/// A check by name; its answers are made from it.
pub(crate) struct Rule {
    pub(crate) check: &'static str,
    pub(crate) class: Class,
}

impl Rule {
    pub(crate) fn pass(&self, reason: &str, explanation: &str) -> Check {
        self.says(CheckResult::Pass, reason, explanation)
    }

    pub(crate) fn warn(&self, reason: &str, explanation: &str) -> Check {
        self.says(CheckResult::Warn, reason, explanation)
    }

    pub(crate) fn fail(&self, reason: &str, explanation: &str) -> Check {
        self.says(CheckResult::Fail, reason, explanation)
    }

    pub(crate) fn unknown(&self, reason: &str, explanation: &str) -> Check {
        self.says(CheckResult::Unknown, reason, explanation)
    }

    pub(crate) fn not_applicable(&self, reason: &str, explanation: &str) -> Check {
        self.says(CheckResult::NotApplicable, reason, explanation)
    }

    fn says(&self, result: CheckResult, reason: &str, explanation: &str) -> Check {
        let (check, reason, explanation) = (self.check.into(), reason.into(), explanation.into());
        Check { check, result, reason, class: self.class, explanation }
    }
}
