//! Rows of the operator's settings.

use app::store::StoreError;

use crate::sql::{statements, values};
use crate::tx::Tx;

statements! { "settings";
    FIND = "SELECT value FROM settings WHERE name = $1";
    PUT = "INSERT INTO settings (name, value) VALUES ($1, $2) \
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    /// Changes nothing, and makes work that does the same run again (see `Tx::lock_catalogue`).
    TOUCH_CATALOGUE = "INSERT INTO settings (name, value) VALUES ('catalogue.lock', '') \
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
}

pub fn find(tx: &mut Tx<'_>, name: &str) -> Result<Option<String>, StoreError> {
    tx.row(&FIND, &values![name], |row| row.text(0).map(str::to_owned))
}

pub fn put(tx: &mut Tx<'_>, name: &str, value: &str) -> Result<(), StoreError> {
    tx.execute(&PUT, &values![name, value]).map(|_| ())
}
