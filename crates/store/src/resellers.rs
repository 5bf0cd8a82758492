//! Rows of the register of resellers. Parents may lie in other shards, so no foreign key leads to them.

use app::store::StoreError;
use domain::id::CustomerId;
use domain::reseller::Reseller;

use crate::body::{code_of, text_of};
use crate::sql::{statements, values};
use crate::tx::{SHARD, Tx};

statements! { "resellers";
    INSERT = "INSERT INTO resellers (shard, customer_id, parent_id, state, version, body) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    UPDATE = "UPDATE resellers SET parent_id = $3, state = $4, version = $5, body = $6 \
        WHERE shard = $1 AND customer_id = $2 AND version + 1 = $5";
    FIND = "SELECT body FROM resellers WHERE shard = $1 AND customer_id = $2";
    LIST = "SELECT body FROM resellers WHERE shard = $1 ORDER BY customer_id";
}

pub fn put(tx: &mut Tx<'_>, reseller: &Reseller) -> Result<(), StoreError> {
    let state = code_of(&reseller.status)?;
    let body = text_of(reseller)?;
    let values = values![SHARD, reseller.customer, reseller.parent, state, reseller.version, body];
    if tx.execute(&UPDATE, &values)? == 1 {
        return Ok(());
    }
    // No version before it: it is the first, or somebody else was faster.
    tx.update(&INSERT, &values, reseller.customer)
}

pub fn find(tx: &mut Tx<'_>, customer: CustomerId) -> Result<Option<Reseller>, StoreError> {
    tx.find(&FIND, &values![SHARD, customer])
}

pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Reseller>, StoreError> {
    tx.list(&LIST, &values![SHARD])
}
