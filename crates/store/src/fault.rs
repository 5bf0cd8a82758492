//! What can go wrong in an engine, before it is told in the words of the port.

use app::store::StoreError;

pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// A failure of a statement or a commit. Holds no values of rows.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Somebody else was in the way; the same work may go through if it runs again.
    #[error("the database was busy with other work")]
    Conflict(#[source] Source),
    /// A unique column holds the value already.
    #[error("`{0}` is in use already")]
    Duplicate(&'static str),
    #[error("the disk is full")]
    DiskFull,
    #[error("the database is damaged: {0}")]
    Corrupt(String),
    /// The database does not take the row; a mistake of the caller.
    #[error("refused: {0}")]
    Refused(String),
    #[error("a row of `{table}` cannot be read: {detail}")]
    Unreadable { table: &'static str, detail: String },
    #[error("the database does not answer")]
    Unavailable(#[source] Source),
}

impl Fault {
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::Unavailable(message.into().into())
    }

    /// The same again: causes can be told twice but not copied.
    pub fn retold(&self) -> Self {
        match self {
            Self::Conflict(source) => Self::Conflict(source.to_string().into()),
            Self::Duplicate(what) => Self::Duplicate(what),
            Self::DiskFull => Self::DiskFull,
            Self::Corrupt(detail) => Self::Corrupt(detail.clone()),
            Self::Refused(detail) => Self::Refused(detail.clone()),
            Self::Unreadable { table, detail } => Self::Unreadable { table, detail: detail.clone() },
            Self::Unavailable(source) => Self::Unavailable(source.to_string().into()),
        }
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Duplicate(what) => Self::Duplicate { what },
            Fault::DiskFull => Self::DiskFull,
            Fault::Corrupt(detail) => Self::Corrupt { detail },
            Fault::Refused(detail) => Self::Refused { detail },
            Fault::Unreadable { table, detail } => Self::Unreadable { table, detail },
            Fault::Conflict(source) | Fault::Unavailable(source) => Self::Unavailable(source),
        }
    }
}
