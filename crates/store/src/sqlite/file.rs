//! The file of an embedded database: how it is opened, migrated, checked and copied.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, params};

use super::connection::{fault_of, numbered};
use crate::fault::Fault;
use crate::migration::{self, Applied, Dialect, MigrateError, Migration};

/// How changes get to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Journal {
    /// Write-ahead log: readers and the writer do not wait for each other.
    WriteAhead,
    /// A rollback journal that is overwritten, so that destroyed keys lie in no log and no free page.
    Scrubbed,
}

#[derive(Debug, Clone)]
pub struct Options {
    /// `None` for a database in memory, which dies with its store.
    pub path: Option<PathBuf>,
    pub journal: Journal,
    /// Refuses to write and takes no lock, so that it may run beside a server.
    pub reads_only: bool,
    /// Most pages of the file, for tests of a full disk; `None` for no limit.
    pub pages_max: Option<u32>,
}

/// How thorough a look for damage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Pages and rows, in time proportional to the size of the file.
    Quick,
    /// Also that every index agrees with its table.
    Thorough,
}

impl Options {
    pub fn in_memory() -> Self {
        Self { path: None, journal: Journal::WriteAhead, reads_only: false, pages_max: None }
    }

    pub fn at(path: impl Into<PathBuf>, journal: Journal) -> Self {
        Self { path: Some(path.into()), journal, reads_only: false, pages_max: None }
    }

    /// One connection for readers and writers: in memory there is but one, and beside a rollback journal
    /// readers would keep the writer waiting.
    pub fn is_single(&self) -> bool {
        self.path.is_none() || self.journal == Journal::Scrubbed
    }

    pub(super) fn connect(&self) -> rusqlite::Result<Connection> {
        let connection = match &self.path {
            Some(path) => {
                let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                if !self.reads_only && !path.exists() {
                    // Made by us first, so that nobody else on the machine may read it. Where this fails, SQLite says why.
                    let _ = make_private(path);
                    flags |= OpenFlags::SQLITE_OPEN_CREATE;
                }
                Connection::open_with_flags(path, flags)?
            }
            None => Connection::open_in_memory()?,
        };
        connection.busy_timeout(Duration::from_secs(10))?;
        connection.set_prepared_statement_cache_capacity(256);
        connection.pragma_update(None, "cell_size_check", true)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        match self.journal {
            Journal::WriteAhead => {
                if !self.reads_only {
                    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
                }
                connection.pragma_update(None, "synchronous", "FULL")?;
                connection.pragma_update(None, "cache_size", -32_768)?;
                connection.pragma_update_and_check(None, "journal_size_limit", 67_108_864, |_| Ok(()))?;
            }
            Journal::Scrubbed => {
                connection.pragma_update_and_check(None, "journal_mode", "persist", |_| Ok(()))?;
                connection.pragma_update(None, "synchronous", "EXTRA")?;
                connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
            }
        }
        if self.reads_only {
            connection.pragma_update(None, "query_only", true)?;
        }
        Ok(connection)
    }

    pub(super) fn connect_reader(&self) -> rusqlite::Result<Connection> {
        let connection = Self { reads_only: true, ..self.clone() }.connect()?;
        connection.pragma_update(None, "cache_size", -8_192)?;
        Ok(connection)
    }

    pub(super) fn limit_pages(&self, connection: &Connection) -> rusqlite::Result<()> {
        match self.pages_max {
            Some(pages_max) => {
                connection.pragma_update_and_check(None, "max_page_count", pages_max, |_| Ok(()))
            }
            None => Ok(()),
        }
    }

    pub(super) fn migrate(
        &self,
        connection: &mut Connection,
        known: &[Migration],
    ) -> Result<(), MigrateError> {
        let fault = |error: rusqlite::Error| MigrateError::Fault(fault_of(&error, "schema_migrations"));
        let transaction =
            connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(fault)?;
        transaction
            .execute_batch(&migration::render(migration::LEDGER_OF_MIGRATIONS, Dialect::Sqlite))
            .map_err(fault)?;
        let applied = applied(&transaction).map_err(fault)?;
        for step in migration::pending(known, &applied)? {
            transaction.execute_batch(&step.render(Dialect::Sqlite)).map_err(fault)?;
            let record = numbered(migration::RECORD);
            transaction.execute(&record, params![step.version, step.name, step.checksum()]).map_err(fault)?;
        }
        transaction.commit().map_err(fault)
    }

    /// Whoever only reads cannot migrate: the schema must fit as it is.
    pub(super) fn require_current(
        &self,
        connection: &Connection,
        known: &[Migration],
    ) -> Result<(), MigrateError> {
        let applied = applied(connection).map_err(|error| fault_of(&error, "schema_migrations"))?;
        let pending = migration::pending(known, &applied)?;
        if pending.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = pending.iter().map(|migration| migration.name).collect();
        Err(MigrateError::Pending { names: names.join(", ") })
    }

    /// Overwrites the rollback journal, which still holds pages as they were before the last change. Its
    /// header is cleared already, so nobody reads it.
    pub(super) fn scrub_journal(&self) -> std::io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        if self.journal != Journal::Scrubbed {
            return Ok(());
        }
        let mut name = path.clone().into_os_string();
        name.push("-journal");
        overwrite(Path::new(&name))
    }
}

/// Writes zeros over a file, if there is one, down to the disk.
pub fn overwrite(path: &Path) -> std::io::Result<()> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut left = file.metadata()?.len();
    let zeros = [0_u8; 8_192];
    while left > 0 {
        let count = left.min(zeros.len() as u64);
        file.write_all(&zeros[..count as usize])?;
        left -= count;
    }
    file.sync_all()
}

/// An empty file that only its owner may read.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}

/// The steps a database has taken; none where it never took one.
pub(super) fn applied(connection: &Connection) -> rusqlite::Result<Vec<Applied>> {
    if !connection.table_exists(None, "schema_migrations")? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare(migration::LIST_APPLIED)?;
    let rows = statement.query_map([], |row| {
        Ok(Applied { version: row.get(0)?, name: row.get(1)?, checksum: row.get(2)? })
    })?;
    rows.collect()
}

/// The steps that a database file has taken, without opening it for work.
pub fn applied_in(path: &Path) -> Result<Vec<Applied>, Fault> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let read = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .and_then(|connection| applied(&connection));
    read.map_err(|error| fault_of(&error, "schema_migrations"))
}

pub(super) fn check(connection: &Connection, check: Check) -> Result<Vec<String>, Fault> {
    let pragma = match check {
        Check::Quick => "PRAGMA quick_check",
        Check::Thorough => "PRAGMA integrity_check",
    };
    let told = connection.prepare(pragma).and_then(|mut statement| {
        statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()
    });
    let mut findings = match told {
        Ok(told) => told,
        Err(error) => match fault_of(&error, "") {
            Fault::Corrupt(detail) => vec![detail],
            fault => return Err(fault),
        },
    };
    findings.retain(|finding| finding != "ok");
    if findings.is_empty() {
        let orphans = connection.prepare("PRAGMA foreign_key_check").and_then(|mut statement| {
            let rows = statement.query_map([], |row| {
                Ok(format!(
                    "a row of `{}` belongs to none of `{}`",
                    row.get::<_, String>(0)?,
                    row.get::<_, String>(2)?
                ))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        });
        findings.extend(orphans.map_err(|error| fault_of(&error, ""))?);
    }
    Ok(findings)
}

/// Takes all pages at once. A writer beside a rollback journal may be in the way for a moment.
fn whole(backup: &Backup<'_, '_>) -> rusqlite::Result<()> {
    const TRIES: u32 = 100;
    for _ in 0..TRIES {
        match backup.step(-1)? {
            StepResult::Done => return Ok(()),
            _ => std::thread::sleep(Duration::from_millis(100)),
        }
    }
    Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), None))
}

/// Copies one state of a database into a new file and puts it on the disk.
pub(super) fn copy(from: &Connection, path: &Path) -> Result<(), Fault> {
    let io = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::StorageFull => Fault::DiskFull,
        _ => Fault::Unavailable(error.into()),
    };
    make_private(path).map_err(io)?;
    let copied = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(|mut to| {
        // One step holds one snapshot, whatever is written meanwhile.
        whole(&Backup::new(from, &mut to)?)?;
        // A single file, without a log beside it.
        to.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(()))?;
        Ok(to)
    });
    let to = copied.map_err(|error| fault_of(&error, ""))?;
    let findings = check(&to, Check::Quick)?;
    if !findings.is_empty() {
        return Err(Fault::Corrupt(findings.join("; ")));
    }
    drop(to);
    fs::File::open(path).and_then(|file| file.sync_all()).map_err(io)
}
