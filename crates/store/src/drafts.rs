//! Rows of actions that wait for a second person.

use app::store::StoreError;
use domain::draft::Draft;
use domain::id::DraftId;

use crate::body::{code_of, text_of};
use crate::sql::{statements, values};
use crate::tx::{SHARD, Tx};

statements! { "drafts";
    INSERT = "INSERT INTO drafts (shard, draft_id, state, drafted_at_us, version, body) VALUES ($1, \
        $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    FIND = "SELECT body FROM drafts WHERE shard = $1 AND draft_id = $2";
    UPDATE = "UPDATE drafts SET state = $3, drafted_at_us = $4, version = $5, body = $6 WHERE shard \
        = $1 AND draft_id = $2 AND version + 1 = $5";
    LIST_WAITING = "SELECT body FROM drafts WHERE shard = $1 AND state = 'waiting' \
        ORDER BY drafted_at_us, draft_id";
}

pub fn insert(tx: &mut Tx<'_>, draft: &Draft) -> Result<(), StoreError> {
    let values =
        values![SHARD, draft.id, code_of(&draft.status)?, draft.drafted_at, draft.version, text_of(draft)?];
    tx.insert(&INSERT, &values, "draft")
}

pub fn find(tx: &mut Tx<'_>, id: DraftId) -> Result<Option<Draft>, StoreError> {
    tx.find(&FIND, &values![SHARD, id])
}

pub fn update(tx: &mut Tx<'_>, draft: &Draft) -> Result<(), StoreError> {
    let values =
        values![SHARD, draft.id, code_of(&draft.status)?, draft.drafted_at, draft.version, text_of(draft)?];
    tx.update(&UPDATE, &values, draft.id)
}

pub fn list_waiting(tx: &mut Tx<'_>) -> Result<Vec<Draft>, StoreError> {
    tx.list(&LIST_WAITING, &values![SHARD])
}
