//! Rows of codes sent to contacts.

use app::store::StoreError;
use domain::contact_proof::ContactProof;
use domain::id::{ContactProofId, CustomerId};
use jiff::Timestamp;

use crate::body::text_of;
use crate::sql::{statements, values};
use crate::tx::{SHARD, Tx};

statements! { "contact_proofs";
    INSERT = "INSERT INTO contact_proofs (shard, contact_proof_id, customer_id, sent_at_us, version, \
        body) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    FIND = "SELECT body FROM contact_proofs WHERE shard = $1 AND contact_proof_id = $2";
    UPDATE = "UPDATE contact_proofs SET customer_id = $3, sent_at_us = $4, version = $5, body = $6 \
        WHERE shard = $1 AND contact_proof_id = $2 AND version + 1 = $5";
    COUNT_SINCE = "SELECT COUNT(*) FROM contact_proofs \
        WHERE shard = $1 AND customer_id = $2 AND sent_at_us >= $3";
}

pub fn insert(tx: &mut Tx<'_>, proof: &ContactProof) -> Result<(), StoreError> {
    let values = values![SHARD, proof.id, proof.customer, proof.sent_at, proof.version, text_of(proof)?];
    tx.insert(&INSERT, &values, "contact_proof")
}

pub fn find(tx: &mut Tx<'_>, id: ContactProofId) -> Result<Option<ContactProof>, StoreError> {
    tx.find(&FIND, &values![SHARD, id])
}

pub fn update(tx: &mut Tx<'_>, proof: &ContactProof) -> Result<(), StoreError> {
    let values = values![SHARD, proof.id, proof.customer, proof.sent_at, proof.version, text_of(proof)?];
    tx.update(&UPDATE, &values, proof.id)
}

pub fn count_since(tx: &mut Tx<'_>, customer: CustomerId, since: Timestamp) -> Result<u64, StoreError> {
    let counted = tx.row(&COUNT_SINCE, &values![SHARD, customer, since], |row| row.count(0))?;
    Ok(counted.unwrap_or_default())
}
