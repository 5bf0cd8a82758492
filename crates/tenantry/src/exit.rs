//! How a command ends: with an exit code that scripts can tell apart, and a word on what to do next.

use std::fmt;
use std::process::ExitCode;

use app::access::AccessLogError;
use app::failure::Failure;
use app::store::StoreError;
use store::{MigrateError, OpenError};

use crate::config::ConfigFaults;

/// What the exit code says. Documented in `--help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done = 0,
    /// The answer is no, or something that was checked is wrong.
    No = 1,
    /// Arguments or configuration cannot be used.
    Unusable = 2,
    /// The platform refuses what was asked.
    Refused = 3,
    /// The work could not be done: store, disk, lock, network.
    Unable = 4,
}

impl Exit {
    /// The code of a problem that has none of its own.
    fn code(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::No => "no",
            Self::Unusable => "unusable",
            Self::Refused => "refused",
            Self::Unable => "unable",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command stopped, and what its caller can do about it.
pub struct Stop {
    pub exit: Exit,
    pub error: anyhow::Error,
    pub next: Option<String>,
    /// The API's code of the problem; else the exit code says its kind.
    pub code: Option<String>,
    /// Somebody else holds the data folder: what only reads may look on.
    pub held_by_another: bool,
}

pub type Outcome = Result<Exit, Stop>;

impl Stop {
    pub fn new(exit: Exit, what: impl fmt::Display) -> Self {
        Self { exit, error: anyhow::anyhow!("{what}"), next: None, code: None, held_by_another: false }
    }

    pub fn unusable(what: impl fmt::Display) -> Self {
        Self::new(Exit::Unusable, what)
    }

    pub fn unable(what: impl fmt::Display) -> Self {
        Self::new(Exit::Unable, what)
    }

    /// The sentence that says what to do next.
    pub fn next(self, next: impl fmt::Display) -> Self {
        Self { next: Some(next.to_string()), ..self }
    }

    /// Says what was being done when it happened.
    pub fn doing(self, what: impl fmt::Display + Send + Sync + 'static) -> Self {
        Self { error: self.error.context(what.to_string()), ..self }
    }

    /// Tells it on standard error, causes and all; as one line of JSON to a program.
    pub fn tell(&self, as_json: bool) {
        if as_json {
            let code = self.code.as_deref().unwrap_or(self.exit.code());
            let text = format!("{:#}", self.error);
            let problem = serde_json::json!({
                "code": code,
                "detail": text.strip_prefix(&format!("{code}: ")).unwrap_or(&text),
                "next": self.next,
            });
            eprintln!("{problem}");
            return;
        }
        eprintln!("tenantry: {:#}", self.error);
        if let Some(next) = &self.next {
            eprintln!("  next: {next}");
        }
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Stop {
    fn from(error: E) -> Self {
        let error = anyhow::Error::new(error);
        let (exit, next) = classify(&error);
        let code = match error.downcast_ref() {
            Some(Failure::Refused(refusal)) => Some(refusal.code.to_owned()),
            _ => None,
        };
        Self { exit, error, next: next.map(str::to_owned), code, held_by_another: false }
    }
}

/// The exit code of an error and the advice that goes with it.
fn classify(error: &anyhow::Error) -> (Exit, Option<&'static str>) {
    if error.is::<ConfigFaults>() {
        return (Exit::Unusable, Some("mend what is named; `tenantry check-config` looks again"));
    }
    if let Some(Failure::Refused(_)) = error.downcast_ref() {
        return (Exit::Refused, None);
    }
    let store = match (error.downcast_ref::<Failure>(), error.downcast_ref::<OpenError>()) {
        (Some(Failure::Store(store)), _) | (_, Some(OpenError::Store(store))) => Some(store),
        _ => error.downcast_ref::<StoreError>(),
    };
    if let Some(AccessLogError::Locked) = error.downcast_ref() {
        return (
            Exit::Unable,
            Some("a server or `access ingest` writes there: wait until it is done, or stop it"),
        );
    }
    let next = match (store, error.downcast_ref::<OpenError>()) {
        (Some(StoreError::DiskFull), _) => Some("make room on the disk and run it again"),
        (Some(StoreError::Corrupt { .. }), _) => {
            Some("keep the files as they are, run `tenantry doctor`, and restore a backup")
        }
        (_, Some(OpenError::InUse { .. })) => {
            Some("stop the process that holds the folder, or name its address with `--server URL`")
        }
        (_, Some(OpenError::Missing { .. })) => Some("name a data folder with `--data DIR`"),
        (_, Some(OpenError::Migrate(MigrateError::Fault(_)) | OpenError::Store(_))) => {
            Some("see that the database runs, and that `store.url` and `store.keys_url` name it")
        }
        (_, Some(OpenError::Address { .. })) => Some("write it as `postgres://USER@HOST/DATABASE`"),
        (_, Some(OpenError::Migrate(_))) => {
            Some("`tenantry migrate --dry-run` says which steps are missing; run the newest release")
        }
        _ => None,
    };
    (Exit::Unable, next)
}

/// Adds what was being done, such as the file that was read.
pub trait Doing<T> {
    fn doing(self, what: impl fmt::Display + Send + Sync + 'static) -> Result<T, Stop>;
}

impl<T, E: Into<Stop>> Doing<T> for Result<T, E> {
    fn doing(self, what: impl fmt::Display + Send + Sync + 'static) -> Result<T, Stop> {
        self.map_err(|error| error.into().doing(what))
    }
}

#[cfg(test)]
mod tests {
    use app::failure::Refusal;

    use super::*;

    #[test]
    fn the_exit_code_says_whose_turn_it_is() {
        let refused = Stop::from(Failure::from(Refusal::invalid("x", "no")));
        let full = Stop::from(StoreError::DiskFull);
        let locked = Stop::from(OpenError::InUse { folder: "d".into() });

        assert_eq!(refused.exit, Exit::Refused);
        assert_eq!((full.exit, full.next.is_some()), (Exit::Unable, true));
        assert_eq!((locked.exit, locked.next.is_some()), (Exit::Unable, true));
    }
}
