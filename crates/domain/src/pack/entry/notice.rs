//! What is shown or told to whom, in the words of the law.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Certainty, Entry, LegalSource, nothing};
use crate::pack::when::When;

/// When a notice is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeMoment {
    BeforeCollection,
    OnRefusal,
    OnInterimTerms,
    OnSuspension,
    BeforeClosure,
    OnClosure,
    /// An appeal came in.
    OnAppeal,
    OnAppealAnswer,
    BeforeReverification,
}

impl NoticeMoment {
    pub const ALL: [Self; 9] = [
        Self::BeforeCollection,
        Self::OnRefusal,
        Self::OnInterimTerms,
        Self::OnSuspension,
        Self::BeforeClosure,
        Self::OnClosure,
        Self::OnAppeal,
        Self::OnAppealAnswer,
        Self::BeforeReverification,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::BeforeCollection => "before_collection",
            Self::OnRefusal => "on_refusal",
            Self::OnInterimTerms => "on_interim_terms",
            Self::OnSuspension => "on_suspension",
            Self::BeforeClosure => "before_closure",
            Self::OnClosure => "on_closure",
            Self::OnAppeal => "on_appeal",
            Self::OnAppealAnswer => "on_appeal_answer",
            Self::BeforeReverification => "before_reverification",
        }
    }
}

entry! {
    /// A text that customers are shown or sent (CIP-22).
    NoticeRule(this) = this.id.clone();
    {
        id: String,
        version: u32,
        /// BCP 47 tag of the text.
        #[serde(default = "english", skip_serializing_if = "is_english")]
        language: String,
        moment: NoticeMoment,
        /// Of the mail; `None` where it is shown only, never mailed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
        /// May hold the placeholders of [`Placeholder`](super::Placeholder).
        text: String,
        /// What is said of a reason code; of a code without words nothing is said.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        reasons: BTreeMap<String, String>,
        /// Reason codes under which nothing at all is sent, since telling would tip off.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        silent_on: BTreeSet<String>,
        /// Goes also to an address that nobody proved to answer.
        #[serde(default, skip_serializing_if = "nothing")]
        to_unproven: bool,
    }
}

fn english() -> String {
    "en".to_owned()
}

fn is_english(language: &str) -> bool {
    language == "en"
}
