//! Why a file came into no list.

use std::fmt;

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

/// What of a file was passed over while the rest of it is used. Quotes no value, as values are personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    pub path: String,
    /// A list of the operator's own, which the operator can mend.
    pub is_own: bool,
    /// The first of them, no more than [`PassedOver::NAMED_MAX`].
    pub places: Vec<Place>,
    pub count: u64,
}

/// Where something was passed over, what it was, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Such as `line 3, \`birth_date\``.
    pub at: String,
    pub what: String,
}

impl PassedOver {
    pub const NAMED_MAX: usize = 100;

    pub(super) fn of(path: &str) -> Self {
        Self { path: path.to_owned(), is_own: false, places: Vec::new(), count: 0 }
    }

    pub(super) fn note(&mut self, at: impl fmt::Display, what: impl fmt::Display) {
        self.count += 1;
        if self.places.len() < Self::NAMED_MAX {
            self.places.push(Place { at: at.to_string(), what: what.to_string() });
        }
    }
}
