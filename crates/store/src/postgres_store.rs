//! The registry and the key store on PostgreSQL: opening them by URL.

use crate::key_store::SqlKeyStore;
use crate::migration::{self, KEYS, MigrateError, REGISTRY};
use crate::postgres::{Address, Postgres};
use crate::registry::{OpenError, SqlStore};

/// The registry on PostgreSQL.
pub type PostgresStore = SqlStore<Postgres>;

/// The key store on PostgreSQL, in a database of its own.
pub type PostgresKeyStore = SqlKeyStore<Postgres>;

/// What to do about migrations that a database still lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Migrations {
    Run,
    /// Refuse to open, naming them.
    Require,
}

impl PostgresStore {
    pub fn open(url: &str, migrations: Migrations) -> Result<Self, OpenError> {
        let may_migrate = migrations == Migrations::Run;
        let engine = Postgres::open(Address::parse(url)?, REGISTRY, may_migrate, None)?;
        Ok(SqlStore { engine, _lock: None })
    }

    /// Whether the database has taken any migration.
    pub fn has_schema(url: &str) -> Result<bool, OpenError> {
        let applied = Postgres::applied(&Address::parse(url)?).map_err(MigrateError::Fault)?;
        Ok(!applied.is_empty())
    }

    /// Names of the migrations that the database lacks.
    pub fn pending_migrations(url: &str) -> Result<Vec<&'static str>, OpenError> {
        let applied = Postgres::applied(&Address::parse(url)?).map_err(MigrateError::Fault)?;
        let pending = migration::pending(REGISTRY, &applied)?;
        Ok(pending.into_iter().map(|migration| migration.name).collect())
    }
}

impl PostgresKeyStore {
    pub fn open(url: &str, migrations: Migrations) -> Result<Self, OpenError> {
        let may_migrate = migrations == Migrations::Run;
        let engine = Postgres::open(Address::parse(url)?, KEYS, may_migrate, Some("keys"))?;
        Ok(Self { engine })
    }
}
