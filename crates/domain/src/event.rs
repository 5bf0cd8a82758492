//! What happened: past tense, thin, in the order of positions.

use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{AccountId, CustomerId, EventId};

/// Why something was done: 2 to 64 small letters, digits and dashes, so that no personal data gets into events.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReasonCode(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a reason code is 2 to 64 small letters, digits and dashes")]
pub struct NotAReasonCode;

impl FromStr for ReasonCode {
    type Err = NotAReasonCode;

    fn from_str(text: &str) -> Result<Self, NotAReasonCode> {
        let is_code = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (2..=64).contains(&text.len()) && text.bytes().all(is_code) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAReasonCode)
        }
    }
}

impl From<ReasonCode> for String {
    fn from(code: ReasonCode) -> Self {
        code.0
    }
}

/// One event: ids, the new state and reason codes, never personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub id: EventId,
    /// Such as `account.opened`, `case.resolved`, `measure.activated`.
    #[serde(rename = "type")]
    pub kind: String,
    pub at: Timestamp,
    pub customer: Option<CustomerId>,
    pub account: Option<AccountId>,
    /// The object that changed: an id of any noun.
    pub object: String,
    /// The object's version after the change.
    pub version: u64,
    pub state: Option<String>,
    pub reasons: Vec<String>,
    pub actor: String,
    /// False in the test space.
    pub livemode: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_code_is_words_and_dashes() {
        let long = "x".repeat(65);
        let cases = [
            ("asked-to", true),
            ("rf-02", true),
            (&long[..64], true),
            ("x", false),
            (&*long, false),
            ("Ivan Petrov", false),
            ("ivan@mail.example", false),
            ("", false),
        ];
        for (text, good) in cases {
            assert_eq!(text.parse::<ReasonCode>().is_ok(), good, "{text}");
        }
    }
}
