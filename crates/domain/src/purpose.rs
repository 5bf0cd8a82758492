//! Why identity data is read: every reading carries one (SEC-02).

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A reason a person would accept, in one line. Goes to the ledger, so it holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Purpose(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a purpose is one line of 3 to 200 characters")]
pub struct NotAPurpose;

impl Purpose {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Purpose {
    type Err = NotAPurpose;

    fn from_str(text: &str) -> Result<Self, NotAPurpose> {
        let text = text.trim();
        let length = text.chars().count();
        if (3..=200).contains(&length) && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAPurpose)
        }
    }
}

impl TryFrom<String> for Purpose {
    type Error = NotAPurpose;

    fn try_from(text: String) -> Result<Self, NotAPurpose> {
        text.parse()
    }
}

impl From<Purpose> for String {
    fn from(purpose: Purpose) -> Self {
        purpose.0
    }
}
