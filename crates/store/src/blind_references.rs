//! Blind indexes of sealed values: from keyed hash to shard, customer and subject.
//!
//! These rows do not begin with the shard: who asks does not know it yet.

use app::store::StoreError;
use app::vault::IndexPurpose;
use domain::id::CustomerId;

use crate::sql::{WrongColumn, statements, values};
use crate::tx::{PAGE_MAX, SHARD, Tx};

statements! { "blind_references";
    INSERT = "INSERT INTO blind_references (purpose, blind, shard, customer_id, subject_id) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    FIND = "SELECT customer_id, subject_id FROM blind_references WHERE purpose = $1 AND blind = $2 \
        ORDER BY shard, customer_id, subject_id LIMIT $3";
    LIST_OF = "SELECT purpose, blind, subject_id FROM blind_references WHERE shard = $1 AND customer_id = $2 \
        ORDER BY purpose, blind, subject_id";
    DELETE = "DELETE FROM blind_references WHERE shard = $1 AND customer_id = $2";
}

/// The same reference twice is one reference.
pub fn insert(
    tx: &mut Tx<'_>,
    purpose: IndexPurpose,
    blind: &[u8; 32],
    customer: CustomerId,
    subject: &str,
) -> Result<(), StoreError> {
    tx.execute(&INSERT, &values![purpose.as_str(), blind, SHARD, customer, subject]).map(|_| ())
}

pub fn find(
    tx: &mut Tx<'_>,
    purpose: IndexPurpose,
    blind: &[u8; 32],
    limit: u32,
) -> Result<Vec<(CustomerId, String)>, StoreError> {
    tx.rows(&FIND, &values![purpose.as_str(), blind, limit.min(PAGE_MAX)], |row| {
        let customer = row.text(0)?.parse();
        let customer = customer.map_err(|_| WrongColumn { column: 0, expected: "the id of a customer" })?;
        Ok((customer, row.text(1)?.to_owned()))
    })
}

pub fn list_of(
    tx: &mut Tx<'_>,
    customer: CustomerId,
) -> Result<Vec<(IndexPurpose, [u8; 32], String)>, StoreError> {
    tx.rows(&LIST_OF, &values![SHARD, customer], |row| {
        let purpose = row.text(0)?;
        let purpose = IndexPurpose::ALL.into_iter().find(|one| one.as_str() == purpose);
        let purpose = purpose.ok_or(WrongColumn { column: 0, expected: "a purpose" })?;
        let blind = row.bytes(1)?.try_into();
        let blind = blind.map_err(|_| WrongColumn { column: 1, expected: "32 bytes" })?;
        Ok((purpose, blind, row.text(2)?.to_owned()))
    })
}

pub fn delete_of(tx: &mut Tx<'_>, customer: CustomerId) -> Result<u64, StoreError> {
    tx.execute(&DELETE, &values![SHARD, customer])
}
