//! Rows of requests that were answered, by principal and idempotency key.

use app::store::{IdempotentAnswer, StoreError};
use jiff::Timestamp;

use crate::sql::{WrongColumn, statements, values};
use crate::tx::Tx;

statements! { "idempotent_answers";
    INSERT = "INSERT INTO idempotent_answers \
        (principal, idempotency_key, request_hash, status, body_sealed, answered_at_us) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    FIND = "SELECT request_hash, status, body_sealed FROM idempotent_answers \
        WHERE principal = $1 AND idempotency_key = $2";
}

pub fn insert(
    tx: &mut Tx<'_>,
    principal: &str,
    key: &str,
    answer: &IdempotentAnswer,
    at: Timestamp,
) -> Result<(), StoreError> {
    let IdempotentAnswer { request_hash, status, body_sealed } = answer;
    tx.insert(&INSERT, &values![principal, key, request_hash, *status, body_sealed, at], "idempotency_key")
}

pub fn find(tx: &mut Tx<'_>, principal: &str, key: &str) -> Result<Option<IdempotentAnswer>, StoreError> {
    tx.row(&FIND, &values![principal, key], |row| {
        Ok(IdempotentAnswer {
            request_hash: row.text(0)?.to_owned(),
            status: u16::try_from(row.int(1)?)
                .map_err(|_| WrongColumn { column: 1, expected: "an HTTP status" })?,
            body_sealed: row.bytes(2)?.to_vec(),
        })
    })
}
