//! Wrapped keys in a database of their own, apart from the data and its backups (SEC-01, RET-03).

use std::path::Path;

use app::store::StoreError;
use app::vault::{KeyStore, KeyStoreError, WrappedKey};

use crate::fault::Fault;
use crate::migration::KEYS;
use crate::registry::{OpenError, answered, told};
use crate::sql::{Engine, Isolation, Row, WrongColumn, statements, values};
use crate::sqlite::{Check, Journal, Options, Sqlite};
use crate::tx::{PAGE_MAX, Tx};

/// Name of the key store's file in a data folder or backup.
pub const KEYS_FILE: &str = "keys.db";

statements! { "keys";
    FIND = "SELECT name, wrapped, master_key FROM keys WHERE name = $1 AND destroyed = 0";
    ADD = "INSERT INTO keys (name, wrapped, master_key, destroyed) VALUES ($1, $2, $3, 0) \
        ON CONFLICT DO NOTHING";
    LIST_NAMES = "SELECT name FROM keys WHERE name >= $1 AND name < $2 AND destroyed = 0 ORDER BY name";
    DESTROY = "UPDATE keys SET wrapped = $2, master_key = '', destroyed = 1 WHERE name = $1";
    LIST = "SELECT name, wrapped, master_key FROM keys WHERE name > $1 AND destroyed = 0 \
        ORDER BY name LIMIT $2";
    REWRAP = "UPDATE keys SET wrapped = $2, master_key = $3 WHERE name = $1 AND destroyed = 0";
}

/// The key store in SQL.
pub struct SqlKeyStore<E> {
    pub(crate) engine: E,
}

/// The key store on the embedded engine.
pub type SqliteKeyStore = SqlKeyStore<Sqlite>;

impl SqliteKeyStore {
    /// Opens or makes the key store of a data folder. Whoever writes holds the folder's lock already.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        let options = Options::at(folder.join(KEYS_FILE), Journal::Scrubbed);
        Ok(Self { engine: Sqlite::open(options, KEYS)? })
    }

    /// A key store in memory, gone when it is dropped.
    pub fn in_memory() -> Result<Self, OpenError> {
        Ok(Self { engine: Sqlite::open(Options::in_memory(), KEYS)? })
    }

    /// Looks for damage in the file; empty when all is well.
    pub fn check_integrity(&self, check: Check) -> Result<Vec<String>, StoreError> {
        Ok(self.engine.check(check)?)
    }
}

impl<E: Engine> SqlKeyStore<E> {
    fn writing<T: Send>(
        &self,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send,
    ) -> Result<T, KeyStoreError> {
        let mut answer = None;
        let done = self
            .engine
            .write(Isolation::Snapshot, &mut |connection| answered(connection, &mut work, &mut answer));
        told(done, answer).map_err(silent)
    }

    fn reading<T: Send>(
        &self,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send,
    ) -> Result<T, KeyStoreError> {
        let mut answer = None;
        let done = self.engine.read(&mut |connection| answered(connection, &mut work, &mut answer));
        told(done, answer).map_err(silent)
    }
}

fn silent(error: StoreError) -> KeyStoreError {
    KeyStoreError(error.into())
}

impl<E: Engine> KeyStore for SqlKeyStore<E> {
    fn find_key(&self, name: &str) -> Result<Option<WrappedKey>, KeyStoreError> {
        self.reading(|tx| tx.row(&FIND, &values![name], read))
    }

    fn add_key(&self, key: &WrappedKey) -> Result<Option<WrappedKey>, KeyStoreError> {
        self.writing(|tx| {
            tx.execute(&ADD, &values![&key.name, &key.wrapped, &key.master_key])?;
            tx.row(&FIND, &values![&key.name], read)
        })
    }

    fn add_keys(&self, keys: &[WrappedKey]) -> Result<Vec<Option<WrappedKey>>, KeyStoreError> {
        self.writing(|tx| {
            let mut there = Vec::new();
            for key in keys {
                tx.execute(&ADD, &values![&key.name, &key.wrapped, &key.master_key])?;
                there.push(tx.row(&FIND, &values![&key.name], read)?);
            }
            Ok(there)
        })
    }

    fn destroy_keys(&self, name_prefix: &str) -> Result<Vec<String>, KeyStoreError> {
        if name_prefix.is_empty() {
            let detail = "destroying keys takes the beginning of a name".to_owned();
            return Err(silent(StoreError::Refused { detail }));
        }
        // Names compare by bytes, so all that begin with the prefix lie before it with the last character.
        let end = format!("{name_prefix}\u{10FFFF}");
        let names = self.writing(|tx| {
            let name = |row: &Row| row.text(0).map(str::to_owned);
            let names = tx.rows(&LIST_NAMES, &values![name_prefix, &end], name)?;
            for name in &names {
                tx.execute(&DESTROY, &values![name, &[0_u8; 0][..]])?;
            }
            Ok(names)
        })?;
        // Also when nothing was left to destroy: the run before may have died between commit and scrubbing.
        self.scrub()?;
        Ok(names)
    }

    fn list_keys(&self, after: &str, limit: u32) -> Result<Vec<WrappedKey>, KeyStoreError> {
        self.reading(|tx| tx.rows(&LIST, &values![after, limit.min(PAGE_MAX)], read))
    }

    fn rewrap(&self, keys: &[WrappedKey]) -> Result<(), KeyStoreError> {
        self.writing(|tx| {
            for key in keys {
                // A key destroyed since it was listed stays destroyed.
                tx.execute(&REWRAP, &values![&key.name, &key.wrapped, &key.master_key])?;
            }
            Ok(())
        })?;
        self.scrub()
    }
}

impl<E: Engine> SqlKeyStore<E> {
    fn scrub(&self) -> Result<(), KeyStoreError> {
        self.engine.scrub().map_err(|fault: Fault| silent(fault.into()))
    }
}

fn read(row: &Row) -> Result<WrappedKey, WrongColumn> {
    Ok(WrappedKey {
        name: row.text(0)?.to_owned(),
        wrapped: row.bytes(1)?.to_vec(),
        master_key: row.text(2)?.to_owned(),
    })
}
