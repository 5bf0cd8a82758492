//! The registry on the embedded engine: opening a folder, looking after the file.

use std::path::Path;

use app::store::StoreError;

use crate::folder_lock::FolderLock;
use crate::migration::{self, MigrateError, REGISTRY};
use crate::registry::{OpenError, SqlStore, SqliteStore};
use crate::sqlite::{Check, Journal, Options, Sqlite};

/// Name of the registry's file in a data folder or backup.
pub const REGISTRY_FILE: &str = "registry.db";

impl SqliteStore {
    /// Opens or makes the registry of a data folder, takes the folder's lock and brings the schema up to date.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        Self::open_with(folder, None)
    }

    /// The same with at most so many pages in the file, for tests of a full disk.
    pub fn open_with(folder: &Path, pages_max: Option<u32>) -> Result<Self, OpenError> {
        let lock = FolderLock::take(folder)?;
        let options = Options { pages_max, ..Options::at(folder.join(REGISTRY_FILE), Journal::WriteAhead) };
        Ok(SqlStore { engine: Sqlite::open(options, REGISTRY)?, _lock: Some(lock) })
    }

    /// Opens the registry of a folder for reading only, beside whoever holds the lock.
    pub fn open_reading(folder: &Path) -> Result<Self, OpenError> {
        let path = folder.join(REGISTRY_FILE);
        if !path.exists() {
            return Err(OpenError::Missing { folder: folder.display().to_string() });
        }
        let options = Options { reads_only: true, ..Options::at(path, Journal::WriteAhead) };
        Ok(SqlStore { engine: Sqlite::open(options, REGISTRY)?, _lock: None })
    }

    /// A registry in memory, gone when it is dropped.
    pub fn in_memory() -> Result<Self, OpenError> {
        Ok(SqlStore { engine: Sqlite::open(Options::in_memory(), REGISTRY)?, _lock: None })
    }

    /// Names of the migrations that opening the folder would run.
    pub fn pending_migrations(folder: &Path) -> Result<Vec<&'static str>, OpenError> {
        let applied = crate::sqlite::applied_in(&folder.join(REGISTRY_FILE)).map_err(MigrateError::Fault)?;
        let pending = migration::pending(REGISTRY, &applied)?;
        Ok(pending.into_iter().map(|migration| migration.name).collect())
    }

    /// Looks for damage in the file; empty when all is well.
    pub fn check_integrity(&self, check: Check) -> Result<Vec<String>, StoreError> {
        Ok(self.engine.check(check)?)
    }
}
