//! The registry and the key store, on the engine that the configuration names.

use std::path::Path;
use std::sync::Arc;

use app::store::Store;
use app::vault::KeyStore;
use store::{Check, Migrations, OpenError, PostgresKeyStore, PostgresStore, SqliteKeyStore, SqliteStore};

use super::folder::DataFolder;
use crate::config::Config;
use crate::exit::{Exit, Stop};

/// How a command works with an installation. Each may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Looks on beside whoever holds the folder's lock.
    Reading,
    /// Takes the lock. Accesses are only read, so that it works beside a server on a database server.
    Writing,
    /// Makes an installation where there is none. Nothing else does: a mistyped folder is no new one.
    Beginning,
    /// Takes accesses in, too.
    Serving,
}

/// Both stores; each engine has its own ways of looking after them.
pub enum Stores {
    Sqlite { registry: Arc<SqliteStore>, keys: Arc<SqliteKeyStore> },
    Postgres { registry: Arc<PostgresStore>, keys: Arc<PostgresKeyStore> },
}

impl Stores {
    pub fn open(config: &Config, folder: &DataFolder, how: Access) -> Result<Self, Stop> {
        match (&config.store.url, &config.store.keys_url) {
            (Some(registry), Some(keys)) => {
                // Other nodes work with the same schema: only who may begin one changes it.
                let migrations = if how >= Access::Beginning { Migrations::Run } else { Migrations::Require };
                let registry = PostgresStore::open(registry.expose(), migrations)?;
                let keys = PostgresKeyStore::open(keys.expose(), migrations)?;
                Ok(Self::Postgres { registry: Arc::new(registry), keys: Arc::new(keys) })
            }
            _ => Self::open_folder(folder, how),
        }
    }

    fn open_folder(folder: &DataFolder, how: Access) -> Result<Self, Stop> {
        let registry = match how {
            Access::Reading => SqliteStore::open_reading(folder.path())?,
            _ => SqliteStore::open(folder.path()).map_err(|error| held(error, folder))?,
        };
        let keys = SqliteKeyStore::open(folder.path())?;
        Ok(Self::Sqlite { registry: Arc::new(registry), keys: Arc::new(keys) })
    }

    pub fn registry(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite { registry, .. } => Arc::<SqliteStore>::clone(registry),
            Self::Postgres { registry, .. } => Arc::<PostgresStore>::clone(registry),
        }
    }

    pub fn keys(&self) -> Arc<dyn KeyStore> {
        match self {
            Self::Sqlite { keys, .. } => Arc::<SqliteKeyStore>::clone(keys),
            Self::Postgres { keys, .. } => Arc::<PostgresKeyStore>::clone(keys),
        }
    }

    /// What the engine finds damaged, file by file. A database server looks after its own files.
    pub fn check_integrity(&self) -> Result<Vec<String>, Stop> {
        let Self::Sqlite { registry, keys } = self else { return Ok(Vec::new()) };
        let mut damage = Vec::new();
        for (file, found) in [
            (store::REGISTRY_FILE, registry.check_integrity(Check::Thorough)?),
            (store::KEYS_FILE, keys.check_integrity(Check::Thorough)?),
        ] {
            damage.extend(found.into_iter().map(|what| format!("{file}: {what}")));
        }
        Ok(damage)
    }

    /// Whether somebody began an installation here. Makes nothing.
    pub fn exist(config: &Config, folder: &DataFolder) -> Result<bool, Stop> {
        Ok(match &config.store.url {
            Some(url) => PostgresStore::has_schema(url.expose())? && folder.path().is_dir(),
            None => folder.path().join(store::REGISTRY_FILE).is_file(),
        })
    }

    /// Names of the migrations that opening for writing would run.
    pub fn pending_migrations(config: &Config, folder: &Path) -> Result<Vec<&'static str>, Stop> {
        Ok(match &config.store.url {
            Some(url) => PostgresStore::pending_migrations(url.expose())?,
            None => SqliteStore::pending_migrations(folder)?,
        })
    }
}

/// Says who holds the folder, and where it can be asked instead.
fn held(error: OpenError, folder: &DataFolder) -> Stop {
    let OpenError::InUse { folder: name } = &error else { return error.into() };
    let what = format!("another process works in `{name}`");
    let next = match folder.noted_address() {
        Some(address) => format!(
            "it serves at {address}: ask it with `--server URL` and a token in TENANTRY_TOKEN, or stop it"
        ),
        None => "wait until it is done, or stop it".to_owned(),
    };
    Stop { held_by_another: true, ..Stop::new(Exit::Unable, what).next(next) }
}
