//! The registry and the key store in SQL: SQLite or PostgreSQL, one set of statements.
//!
//! Knows no HTTP and no key in clear. The engine is named nowhere else in the workspace.

mod accounts;
mod api_keys;
mod backup;
mod blind_references;
mod body;
mod cases;
mod contact_proofs;
mod current_rows;
mod customers;
mod decisions;
mod drafts;
mod events;
mod exemptions;
mod external_ids;
mod facts;
mod fault;
mod folder_lock;
mod gate_answers;
mod idempotent_answers;
mod judgements;
mod key_store;
mod leaves;
mod legal_holds;
mod log;
mod messages;
mod migration;
mod packs;
mod persons;
mod postgres;
mod postgres_store;
mod products;
mod providers;
mod readings;
mod registry;
mod resellers;
mod screenings;
mod settings;
mod special_measures;
mod sql;
mod sqlite;
mod sqlite_store;
mod staff;
#[cfg(test)]
mod statements;
mod transaction;
mod tx;
mod verifications;
mod watchlists;

pub use backup::{BackupError, Form as BackupForm, Part as BackupPart, check as check_backup};
pub use folder_lock::FolderLock;
pub use key_store::{KEYS_FILE, SqlKeyStore, SqliteKeyStore};
pub use migration::MigrateError;
pub use postgres_store::{Migrations, PostgresKeyStore, PostgresStore};
pub use registry::{OpenError, SqlStore, SqliteStore};
pub use sqlite::Check;
pub use sqlite_store::REGISTRY_FILE;
