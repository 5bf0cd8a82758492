//! Rows of ledger leaves: added in the transaction of the change, numbered by the sequencer.

use app::store::{NewLeaf, SequencedLeaf, StoreError};

use crate::sql::{Row, WrongColumn, statements, values};
use crate::tx::{PAGE_MAX, SHARD, Tx};

statements! { "leaves";
    INSERT = "INSERT INTO leaves \
        (shard, leaf_id, kind, object, version, customer_id, body, salt_sealed, salt_owner) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
    NUMBER = "UPDATE leaves SET position = numbered.position FROM ( \
        SELECT leaf_id, ROW_NUMBER() OVER (ORDER BY leaf_id) + $2 - 1 AS position FROM ( \
        SELECT leaf_id FROM leaves WHERE shard = $1 AND position IS NULL ORDER BY leaf_id LIMIT $3 \
        ) AS waiting) AS numbered \
        WHERE leaves.shard = $1 AND leaves.leaf_id = numbered.leaf_id";
    LIST_FROM = "SELECT position, leaf_id, kind, object, body, salt_sealed, salt_owner FROM leaves \
        WHERE shard = $1 AND position >= $2 ORDER BY position LIMIT $3";
    FIND = "SELECT position, leaf_id, kind, object, body, salt_sealed, salt_owner FROM leaves \
        WHERE shard = $1 AND kind = $2 AND object = $3 AND version = $4 AND position IS NOT NULL \
        ORDER BY position LIMIT 1";
}

pub fn insert(tx: &mut Tx<'_>, leaf: &NewLeaf) -> Result<(), StoreError> {
    let values = values![
        SHARD,
        leaf.id,
        leaf.kind,
        &leaf.object,
        leaf.version,
        leaf.customer,
        &leaf.body,
        &leaf.salt_sealed,
        &leaf.salt_owner,
    ];
    tx.insert(&INSERT, &values, "leaf")
}

/// Gives the positions from `next` on to leaves that have none, in the order of their ids.
pub fn number(tx: &mut Tx<'_>, next: u64, limit: u32) -> Result<u64, StoreError> {
    tx.execute(&NUMBER, &values![SHARD, next, limit.min(PAGE_MAX)])
}

pub fn list_from(tx: &mut Tx<'_>, from: u64, limit: u32) -> Result<Vec<SequencedLeaf>, StoreError> {
    tx.rows(&LIST_FROM, &values![SHARD, from, limit.min(PAGE_MAX)], read)
}

pub fn find(
    tx: &mut Tx<'_>,
    kind: &str,
    object: &str,
    version: u64,
) -> Result<Option<SequencedLeaf>, StoreError> {
    tx.row(&FIND, &values![SHARD, kind, object, version], read)
}

fn read(row: &Row) -> Result<SequencedLeaf, WrongColumn> {
    Ok(SequencedLeaf {
        position: row.count(0)?,
        leaf: row.text(1)?.parse().map_err(|_| WrongColumn { column: 1, expected: "the id of a leaf" })?,
        kind: row.text(2)?.to_owned(),
        object: row.text(3)?.to_owned(),
        body: row.bytes(4)?.to_vec(),
        salt_sealed: row.bytes(5)?.to_vec(),
        salt_owner: row.text(6)?.to_owned(),
    })
}
