//! Rows of list versions: each version ever loaded stays on record.

use app::store::StoreError;
use domain::watchlist::Watchlist;

use crate::body::text_of;
use crate::sql::{statements, values};
use crate::tx::Tx;

statements! { "watchlists";
    INSERT = "INSERT INTO watchlists (list, version, sha256, loaded_at_us, body) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    LIST = "SELECT body FROM watchlists ORDER BY loaded_at_us DESC, list, version, sha256";
}

/// The same content of the same version twice is a duplicate.
pub fn insert(tx: &mut Tx<'_>, watchlist: &Watchlist) -> Result<(), StoreError> {
    let Watchlist { list, version, sha256, loaded_at, .. } = watchlist;
    tx.insert(&INSERT, &values![list, version, sha256, *loaded_at, text_of(watchlist)?], "watchlist")
}

pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Watchlist>, StoreError> {
    tx.list(&LIST, &[])
}
