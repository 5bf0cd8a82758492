//! Why a use case did not do what was asked.
//!
//! A [`Refusal`] is an answer: a stable code, a sentence, and where in the request the cause lies. The rest is
//! work that could not be done.

use std::fmt;

use crate::access::AccessLogError;
use crate::store::StoreError;
use crate::vault::VaultError;

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Vault(VaultError),
    #[error(transparent)]
    AccessLog(#[from] AccessLogError),
}

impl Failure {
    /// Another refusal in place of this one, such as "no such case" for one that may not be seen. What could not be
    /// done stays what it is.
    pub fn refused_as(self, refusal: Refusal) -> Self {
        match self {
            Self::Refused(_) => Self::Refused(refusal),
            other => other,
        }
    }
}

/// A destroyed key is an answer: what was shredded takes nothing new.
impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Destroyed => Refusal::shredded().into(),
            error => Self::Vault(error),
        }
    }
}

/// What kind of refusal it is: callers do something different for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The request is wrong in itself; repeating it changes nothing.
    Invalid,
    /// Who asks may not do this, or not see it.
    Forbidden,
    NotFound,
    /// It conflicts with what is there, such as another version or an external id in use.
    Conflict,
    /// It needs something first, such as a purpose, a notice or a second person.
    Precondition,
    TooMany,
    /// A part that it needs does not answer.
    Unavailable,
}

/// No personal data is ever in `detail`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub kind: RefusalKind,
    /// Stable, in words and dashes, such as `no-such-customer`.
    pub code: &'static str,
    pub detail: String,
    /// JSON pointer (RFC 6901) into the request, where one field is the cause.
    pub pointer: Option<String>,
}

impl Refusal {
    pub fn new(kind: RefusalKind, code: &'static str, detail: impl fmt::Display) -> Self {
        Self { kind, code, detail: detail.to_string(), pointer: None }
    }

    pub fn invalid(code: &'static str, detail: impl fmt::Display) -> Self {
        Self::new(RefusalKind::Invalid, code, detail)
    }

    pub fn not_found(code: &'static str, detail: impl fmt::Display) -> Self {
        Self::new(RefusalKind::NotFound, code, detail)
    }

    pub fn conflict(code: &'static str, detail: impl fmt::Display) -> Self {
        Self::new(RefusalKind::Conflict, code, detail)
    }

    pub fn forbidden(code: &'static str, detail: impl fmt::Display) -> Self {
        Self::new(RefusalKind::Forbidden, code, detail)
    }

    pub fn precondition(code: &'static str, detail: impl fmt::Display) -> Self {
        Self::new(RefusalKind::Precondition, code, detail)
    }

    pub fn shredded() -> Self {
        Self::conflict("customer-shredded", "the customer's records were destroyed; it takes nothing new")
    }

    pub fn at(self, pointer: impl fmt::Display) -> Self {
        Self { pointer: Some(pointer.to_string()), ..self }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.pointer {
            Some(pointer) => write!(f, "{} (at `{pointer}`)", self.detail),
            None => f.write_str(&self.detail),
        }
    }
}

impl std::error::Error for Refusal {}
