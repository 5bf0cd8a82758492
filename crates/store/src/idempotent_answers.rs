//! Rows of idempotency keys, by principal, with the answer where one is kept: a status of 0 means none.

use app::store::{IdempotencyKey, KeptAnswer, StoreError};
use jiff::Timestamp;

use crate::sql::{WrongColumn, statements, values};
use crate::tx::Tx;

statements! { "idempotent_answers";
    TAKE = "INSERT INTO idempotent_answers \
        (principal, idempotency_key, request_hash, status, body_sealed, answered_at_us) \
        VALUES ($1, $2, $3, 0, $4, $5) ON CONFLICT DO NOTHING";
    KEEP = "INSERT INTO idempotent_answers \
        (principal, idempotency_key, request_hash, status, body_sealed, answered_at_us) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (principal, idempotency_key) DO UPDATE \
        SET status = excluded.status, body_sealed = excluded.body_sealed \
        WHERE idempotent_answers.status = 0 AND idempotent_answers.request_hash = excluded.request_hash";
    FIND = "SELECT request_hash, status, body_sealed FROM idempotent_answers \
        WHERE principal = $1 AND idempotency_key = $2";
    DELETE_BEFORE = "DELETE FROM idempotent_answers WHERE answered_at_us < $1";
}

pub fn take(
    tx: &mut Tx<'_>,
    principal: &str,
    key: &str,
    request_hash: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let nothing = &[0_u8; 0][..];
    tx.insert(&TAKE, &values![principal, key, request_hash, nothing, at], "idempotency_key")
}

pub fn keep(
    tx: &mut Tx<'_>,
    principal: &str,
    key: &str,
    request_hash: &str,
    answer: &KeptAnswer,
    at: Timestamp,
) -> Result<(), StoreError> {
    let values = values![principal, key, request_hash, answer.status, &answer.body_sealed, at];
    tx.execute(&KEEP, &values).map(|_| ())
}

pub fn find(tx: &mut Tx<'_>, principal: &str, key: &str) -> Result<Option<IdempotencyKey>, StoreError> {
    tx.row(&FIND, &values![principal, key], |row| {
        let status =
            u16::try_from(row.int(1)?).map_err(|_| WrongColumn { column: 1, expected: "an HTTP status" })?;
        let body_sealed = row.bytes(2)?.to_vec();
        Ok(IdempotencyKey {
            request_hash: row.text(0)?.to_owned(),
            answer: (status != 0).then_some(KeptAnswer { status, body_sealed }),
        })
    })
}

pub fn delete_before(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute(&DELETE_BEFORE, &values![before])
}
