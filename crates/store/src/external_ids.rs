//! The control plane's own names of customers and accounts: from outside reference to shard and id.
//!
//! These rows do not begin with the shard: who asks does not know it yet.

use app::store::StoreError;

use crate::sql::{statements, values};
use crate::tx::{SHARD, Tx};

#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Customer,
    Account,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Account => "account",
        }
    }
}

statements! { "external_ids";
    INSERT = "INSERT INTO external_ids (kind, external_id, shard, id) VALUES ($1, $2, $3, $4) \
        ON CONFLICT DO NOTHING";
    FIND = "SELECT id FROM external_ids WHERE kind = $1 AND external_id = $2";
    DELETE = "DELETE FROM external_ids WHERE kind = $1 AND external_id = $2 AND id = $3";
}

/// The id behind an external id.
pub fn find(tx: &mut Tx<'_>, kind: Kind, external_id: &str) -> Result<Option<String>, StoreError> {
    tx.row(&FIND, &values![kind.as_str(), external_id], |row| row.text(0).map(str::to_owned))
}

/// Takes an external id for an object.
pub fn take(tx: &mut Tx<'_>, kind: Kind, external_id: Option<&String>, id: &str) -> Result<(), StoreError> {
    match external_id {
        Some(external_id) => {
            tx.insert(&INSERT, &values![kind.as_str(), external_id, SHARD, id], "external_id")
        }
        None => Ok(()),
    }
}

/// The same where nobody holds it; else nothing happens.
pub fn take_if_free(tx: &mut Tx<'_>, kind: Kind, external_id: &str, id: &str) -> Result<(), StoreError> {
    tx.execute(&INSERT, &values![kind.as_str(), external_id, SHARD, id]).map(|_| ())
}

/// Gives an external id of an object free.
pub fn free(tx: &mut Tx<'_>, kind: Kind, external_id: Option<&String>, id: &str) -> Result<(), StoreError> {
    match external_id {
        Some(external_id) => tx.execute(&DELETE, &values![kind.as_str(), external_id, id]).map(|_| ()),
        None => Ok(()),
    }
}
