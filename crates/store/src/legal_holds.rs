//! Rows of legal holds.

use app::store::StoreError;
use domain::id::{CustomerId, LegalHoldId};
use domain::legal_hold::LegalHold;

use crate::body::text_of;
use crate::sql::{statements, values};
use crate::tx::{SHARD, Tx};

statements! { "legal_holds";
    INSERT = "INSERT INTO legal_holds (shard, legal_hold_id, customer_id, version, body) VALUES ($1, \
        $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    FIND = "SELECT body FROM legal_holds WHERE shard = $1 AND legal_hold_id = $2";
    UPDATE = "UPDATE legal_holds SET customer_id = $3, version = $4, body = $5 WHERE shard = $1 AND \
        legal_hold_id = $2 AND version + 1 = $4";
    LIST_OF = "SELECT body FROM legal_holds WHERE shard = $1 AND customer_id = $2 ORDER BY legal_hold_id";
}

pub fn insert(tx: &mut Tx<'_>, hold: &LegalHold) -> Result<(), StoreError> {
    let values = values![SHARD, hold.id, hold.customer, hold.version, text_of(hold)?];
    tx.insert(&INSERT, &values, "legal_hold")
}

pub fn find(tx: &mut Tx<'_>, id: LegalHoldId) -> Result<Option<LegalHold>, StoreError> {
    tx.find(&FIND, &values![SHARD, id])
}

pub fn update(tx: &mut Tx<'_>, hold: &LegalHold) -> Result<(), StoreError> {
    let values = values![SHARD, hold.id, hold.customer, hold.version, text_of(hold)?];
    tx.update(&UPDATE, &values, hold.id)
}

pub fn list_of(tx: &mut Tx<'_>, customer: CustomerId) -> Result<Vec<LegalHold>, StoreError> {
    tx.list(&LIST_OF, &values![SHARD, customer])
}
