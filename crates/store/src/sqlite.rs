//! The embedded engine: one file, one writer at a time, many readers.
//!
//! Work of several callers is run one after the other inside one transaction, each behind a savepoint, and
//! acknowledged after the one commit that makes all of it durable.

mod connection;
mod file;
mod group;

pub use file::{Check, Journal, Options, applied_in, overwrite};

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::fault::Fault;
use crate::migration::{Applied, MigrateError, Migration};
use crate::sql::{Engine, EngineWork, Isolation, Verdict};
#[cfg(test)]
pub use connection::numbered;
use connection::{Borrowed, fault_of};
use group::{Outcome, Writer};

/// Idle reading connections kept for the next reader.
const IDLE_READERS: usize = 8;

pub struct Sqlite {
    options: Options,
    writer: Mutex<Writer>,
    /// Callers on their way to the writer: whoever finds none behind it commits.
    waiting: AtomicUsize,
    readers: Mutex<Vec<rusqlite::Connection>>,
}

/// What came of work, before its group's end is known.
type Ran = std::thread::Result<Result<(), Verdict>>;

impl Sqlite {
    /// Opens or makes the database and brings its schema up to `migrations`.
    pub fn open(options: Options, migrations: &[Migration]) -> Result<Self, MigrateError> {
        let connection = options.connect().map_err(|error| fault_of(&error, ""))?;
        let mut writer = Writer::new(connection);
        if options.reads_only {
            options.require_current(writer.connection(), migrations)?;
        } else {
            options.migrate(writer.connection_mut(), migrations)?;
            options.limit_pages(writer.connection()).map_err(|error| fault_of(&error, ""))?;
        }
        Ok(Self {
            options,
            writer: Mutex::new(writer),
            waiting: AtomicUsize::new(0),
            readers: Mutex::new(Vec::new()),
        })
    }

    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The steps the schema has taken.
    pub fn applied(&self) -> Result<Vec<Applied>, Fault> {
        file::applied(self.writer().connection()).map_err(|error| fault_of(&error, "schema_migrations"))
    }

    /// Looks for damage: SQLite's own check of pages and indexes, then of foreign keys. Empty when all is well.
    pub fn check(&self, check: Check) -> Result<Vec<String>, Fault> {
        let connection = self.options.connect().map_err(|error| fault_of(&error, ""))?;
        file::check(&connection, check)
    }

    /// Copies one state of the database to a new file while work goes on.
    pub fn copy_to(&self, path: &std::path::Path) -> Result<(), Fault> {
        let connection = self.options.connect().map_err(|error| fault_of(&error, ""))?;
        file::copy(&connection, path)
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs work in the group that is open, or opens one. The last in line commits for all.
    fn write_in_group(&self, work: EngineWork<'_>) -> Result<(Ran, Arc<Outcome>), Fault> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut writer = self.writer();
        self.waiting.fetch_sub(1, Ordering::SeqCst);

        let outcome = writer.join()?;
        let ran = writer.run(work);
        let is_last = self.waiting.load(Ordering::SeqCst) == 0;
        if writer.lost() {
            writer.give_up();
        } else if is_last || writer.is_full() || self.options.is_single() {
            // Whoever waits learns the outcome; a failure is told once the work ran alone.
            let _ = writer.finish();
        }
        Ok((ran, outcome))
    }

    /// Runs work in a transaction of its own: what is wrong is then this work's.
    fn write_alone(&self, work: EngineWork<'_>) -> Result<Ran, Fault> {
        let mut writer = self.writer();
        let _ = writer.finish();
        writer.join()?;
        let ran = writer.run(work);
        if writer.lost() {
            writer.give_up();
            return match ran {
                Ok(Ok(())) => Err(Fault::unavailable("the transaction was undone by the engine")),
                ran => Ok(ran),
            };
        }
        writer.finish()?;
        Ok(ran)
    }

    fn take_reader(&self) -> Result<rusqlite::Connection, Fault> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(connection) => Ok(connection),
            None => self.options.connect_reader().map_err(|error| fault_of(&error, "")),
        }
    }
}

impl Engine for Sqlite {
    fn write(&self, _: Isolation, work: EngineWork<'_>) -> Result<(), Fault> {
        if self.options.reads_only {
            return Err(Fault::Refused("this process only reads".to_owned()));
        }
        let (ran, outcome) = self.write_in_group(work)?;
        let ran = if outcome.wait_until_committed() { ran } else { self.write_alone(work)? };
        match ran {
            Err(panic) => resume_unwind(panic),
            Ok(Ok(()) | Err(Verdict::Abandon)) => Ok(()),
            Ok(Err(Verdict::Failed(fault))) => Err(fault),
        }
    }

    fn read(&self, work: EngineWork<'_>) -> Result<(), Fault> {
        let verdict = if self.options.is_single() {
            // What others wrote and did not commit must not be seen.
            let mut writer = self.writer();
            let _ = writer.finish();
            let connection = writer.connection();
            set_query_only(connection, true)?;
            let ran = read_on(connection, work);
            set_query_only(connection, false)?;
            ran?
        } else {
            let connection = self.take_reader()?;
            let verdict = read_on(&connection, work)?;
            let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
            if readers.len() < IDLE_READERS {
                readers.push(connection);
            }
            verdict
        };
        match verdict {
            Err(panic) => resume_unwind(panic),
            Ok(Ok(()) | Err(Verdict::Abandon)) => Ok(()),
            Ok(Err(Verdict::Failed(fault))) => Err(fault),
        }
    }

    fn scrub(&self) -> Result<(), Fault> {
        let mut writer = self.writer();
        let _ = writer.finish();
        self.options.scrub_journal().map_err(|error| Fault::Unavailable(error.into()))
    }
}

fn set_query_only(connection: &rusqlite::Connection, on: bool) -> Result<(), Fault> {
    connection.pragma_update(None, "query_only", on).map_err(|error| fault_of(&error, ""))
}

fn read_on(connection: &rusqlite::Connection, work: EngineWork<'_>) -> Result<Ran, Fault> {
    let run = |sql: &str| -> Result<(), Fault> {
        let done = connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
        done.map(|_| ()).map_err(|error| fault_of(&error, ""))
    };
    run("BEGIN")?;
    let ran = catch_unwind(AssertUnwindSafe(|| work(&mut Borrowed(connection))));
    if !connection.is_autocommit() {
        run("ROLLBACK")?;
    }
    Ok(ran)
}
