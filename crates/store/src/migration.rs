//! Migrations: forward only, each with a checksum, recorded in the database, under a lock.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::fault::Fault;

/// One step of a schema. Text that was released is never edited; a later step changes what it made.
#[derive(Debug)]
pub struct Migration {
    pub version: i64,
    pub name: &'static str,
    /// Names the types `{int64}`, `{text}` and `{bytes}`; `{clustered}` after a table whose rows are small
    /// enough to lie in its primary key.
    pub sql: &'static str,
}

macro_rules! migrations {
    ($folder:literal: $($version:literal $name:literal)+) => {
        &[$(Migration {
            version: $version,
            name: $name,
            sql: include_str!(concat!("../migrations", $folder, "/", $name, ".sql")),
        }),+]
    };
}

/// The registry's schema.
pub const REGISTRY: &[Migration] = migrations! { "":
    1 "0001_catalogue_and_staff"
    2 "0002_customers"
    3 "0003_work_and_traces"
    4 "0004_log"
    5 "0005_messages_due"
    6 "0006_keys_by_age"
};

/// The key store's schema.
pub const KEYS: &[Migration] = migrations! { "/keys":
    1 "0001_keys"
};

/// Which engine a migration is rendered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

impl Migration {
    /// SHA-256 of the text before rendering, so that both engines record the same.
    pub fn checksum(&self) -> String {
        Sha256::digest(self.sql).iter().fold(String::with_capacity(64), |mut text, byte| {
            write!(text, "{byte:02x}").expect("writing to a string cannot fail");
            text
        })
    }

    pub fn render(&self, dialect: Dialect) -> String {
        render(self.sql, dialect)
    }
}

/// Writes the types of an engine. SQLite's tables are STRICT; text compares by bytes on both.
pub fn render(sql: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite => sql
            .replace("\n){clustered};", "\n) STRICT, WITHOUT ROWID;")
            .replace("\n);", "\n) STRICT;")
            .replace("{int64}", "INTEGER")
            .replace("{text}", "TEXT")
            .replace("{bytes}", "BLOB"),
        Dialect::Postgres => sql
            .replace("{clustered}", "")
            .replace("{int64}", "BIGINT")
            .replace("{text}", "TEXT COLLATE \"C\"")
            .replace("{bytes}", "BYTEA"),
    }
}

/// What records the steps taken; the row of version 0 is the lock.
pub const LEDGER_OF_MIGRATIONS: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    version  {int64} NOT NULL,
    name     {text}  NOT NULL,
    checksum {text}  NOT NULL,
    PRIMARY KEY (version)
);
INSERT INTO schema_migrations (version, name, checksum) VALUES (0, 'lock', '') ON CONFLICT DO NOTHING;
";

/// Held until the transaction ends, so that two nodes do not migrate at once.
pub const LOCK: &str = "UPDATE schema_migrations SET checksum = checksum WHERE version = 0";

pub const LIST_APPLIED: &str =
    "SELECT version, name, checksum FROM schema_migrations WHERE version > 0 ORDER BY version";

pub const RECORD: &str = "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)";

/// A step that a database has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    pub version: i64,
    pub name: String,
    pub checksum: String,
}

/// Why a database cannot be brought to this program's schema.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error(
        "migration `{name}` was changed after the database took it; this program does not fit this database"
    )]
    Changed { name: String },
    #[error(
        "the database has migration {version} `{name}`, which this program does not know; use a newer program"
    )]
    Newer { version: i64, name: String },
    #[error("migrations are missing: {names}; run `tenantry migrate`")]
    Pending { names: String },
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The steps still to take, in order.
pub fn pending<'a>(
    known: impl IntoIterator<Item = &'a Migration>,
    applied: &[Applied],
) -> Result<Vec<&'a Migration>, MigrateError> {
    let mut known: Vec<&Migration> = known.into_iter().collect();
    for step in applied {
        match known.iter().find(|migration| migration.version == step.version) {
            None => return Err(MigrateError::Newer { version: step.version, name: step.name.clone() }),
            Some(migration) if migration.checksum() != step.checksum => {
                return Err(MigrateError::Changed { name: step.name.clone() });
            }
            Some(_) => {}
        }
    }
    known.retain(|migration| applied.iter().all(|step| step.version != migration.version));
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(migration: &Migration) -> Applied {
        Applied {
            version: migration.version,
            name: migration.name.to_owned(),
            checksum: migration.checksum(),
        }
    }

    #[test]
    fn what_a_database_lacks_is_still_to_do() {
        let done: Vec<_> = REGISTRY.iter().take(2).map(applied).collect();

        let names: Vec<_> =
            pending(REGISTRY, &done).unwrap().iter().map(|migration| migration.name).collect();

        assert_eq!(names[..2], ["0003_work_and_traces", "0004_log"]);
        assert_eq!(names.len(), REGISTRY.len() - 2);
    }

    #[test]
    fn a_migration_edited_after_its_release_is_refused() {
        let edited = Applied { checksum: "0".repeat(64), ..applied(&REGISTRY[0]) };

        assert!(matches!(pending(REGISTRY, &[edited]), Err(MigrateError::Changed { .. })));
    }

    #[test]
    fn a_database_of_a_newer_program_is_refused() {
        let newer = Applied { version: 9_999, ..applied(&REGISTRY[0]) };

        assert!(matches!(pending(REGISTRY, &[newer]), Err(MigrateError::Newer { version: 9_999, .. })));
    }

    #[test]
    fn versions_rise_by_one_and_stand_in_the_file_names() {
        for migrations in [REGISTRY, KEYS] {
            for (number, migration) in (1..).zip(migrations) {
                assert_eq!(migration.version, number);
                assert!(migration.name.starts_with(&format!("{number:04}_")), "{}", migration.name);
            }
        }
    }

    #[test]
    fn no_type_is_left_unrendered() {
        for migration in REGISTRY.iter().chain(KEYS) {
            for dialect in [Dialect::Sqlite, Dialect::Postgres] {
                let sql = migration.render(dialect);
                let code: String = sql.lines().filter_map(|line| line.split("--").next()).collect();
                assert!(!code.contains('{'), "{}", migration.name);
            }
            let rendered = migration.render(Dialect::Sqlite);
            assert_eq!(rendered.matches("CREATE TABLE").count(), rendered.matches(") STRICT").count());
        }
    }
}
