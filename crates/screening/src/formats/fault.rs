//! Why a file came into no list.

use thiserror::Error;

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotRead {
    #[error("not a list in a known format")]
    Unknown,
    #[error("cut short at {at}: {what}")]
    Cut { at: String, what: String },
    #[error("damaged at {at}: {what}")]
    Damaged { at: String, what: String },
    #[error("larger than the limit of {limit} bytes")]
    TooLarge { limit: usize },
    #[error("line {line} is longer than the limit of {limit} bytes")]
    LineTooLong { line: u64, limit: usize },
    #[error("no list in its folder that it belongs to")]
    NoMainFile,
    #[error("a delta in no folder that is named by its version")]
    NoVersion,
    #[error("a delta that does not fit `{list}`: {what}")]
    NotFitting { list: String, what: String },
    #[error("an older version of `{list}` ({version}); the newest is used")]
    OlderVersion { list: String, version: String },
    #[error("another form of the same version of `{list}`, and no fuller one; `{used}` is used")]
    OtherForm { list: String, used: String },
    #[error(
        "another version of `{list}`, and neither says which is newer; `{used}` is used: keep the one you mean"
    )]
    OtherVersion { list: String, used: String },
}

impl NotRead {
    pub(super) fn cut(at: impl ToString, what: &str) -> Self {
        Self::Cut { at: at.to_string(), what: what.to_owned() }
    }

    pub(super) fn damaged(at: impl ToString, what: &str) -> Self {
        Self::Damaged { at: at.to_string(), what: what.to_owned() }
    }

    pub(super) fn not_fitting(list: &str, what: &str) -> Self {
        Self::NotFitting { list: list.to_owned(), what: what.to_owned() }
    }

    /// Whether the file is a list but unsound or one too many, so that a person must look at it.
    pub fn is_fault(&self) -> bool {
        use NotRead::*;
        match self {
            Cut { .. } | Damaged { .. } | TooLarge { .. } | LineTooLong { .. } => true,
            OtherVersion { .. } | NoVersion | NotFitting { .. } => true,
            Unknown | NoMainFile | OlderVersion { .. } | OtherForm { .. } => false,
        }
    }
}

/// A file of which nothing came into a list, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    pub path: String,
    pub why: NotRead,
}
