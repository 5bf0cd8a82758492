//! Rows of installed packs.

use app::pack::PackRecord;
use app::store::StoreError;

use crate::body::text_of;
use crate::sql::{statements, values};
use crate::tx::Tx;

statements! { "packs";
    PUT = "INSERT INTO packs (pack_id, body) VALUES ($1, $2) \
        ON CONFLICT (pack_id) DO UPDATE SET body = excluded.body";
    LIST = "SELECT body FROM packs ORDER BY pack_id";
}

pub fn put(tx: &mut Tx<'_>, pack: &PackRecord) -> Result<(), StoreError> {
    tx.execute(&PUT, &values![&pack.id, text_of(pack)?]).map(|_| ())
}

pub fn list(tx: &mut Tx<'_>) -> Result<Vec<PackRecord>, StoreError> {
    tx.list(&LIST, &[])
}
