//! Rows of API keys; the secret is nowhere, its hash finds the key.

use app::store::StoreError;
use domain::api_key::ApiKey;
use domain::id::ApiKeyId;

use crate::body::text_of;
use crate::sql::{statements, values};
use crate::tx::Tx;

statements! { "api_keys";
    INSERT = "INSERT INTO api_keys (api_key_id, secret_hash, version, body) VALUES ($1, $2, $3, $4) \
        ON CONFLICT DO NOTHING";
    FIND = "SELECT body FROM api_keys WHERE api_key_id = $1";
    FIND_BY_HASH = "SELECT body FROM api_keys WHERE secret_hash = $1";
    UPDATE = "UPDATE api_keys SET secret_hash = $2, version = $3, body = $4 \
        WHERE api_key_id = $1 AND version + 1 = $3";
    LIST = "SELECT body FROM api_keys ORDER BY api_key_id";
}

pub fn insert(tx: &mut Tx<'_>, key: &ApiKey) -> Result<(), StoreError> {
    tx.insert(&INSERT, &values![key.id, &key.secret_hash, key.version, text_of(key)?], "api_key")
}

pub fn find(tx: &mut Tx<'_>, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
    tx.find(&FIND, &values![id])
}

pub fn find_by_hash(tx: &mut Tx<'_>, secret_hash: &str) -> Result<Option<ApiKey>, StoreError> {
    tx.find(&FIND_BY_HASH, &values![secret_hash])
}

pub fn update(tx: &mut Tx<'_>, key: &ApiKey) -> Result<(), StoreError> {
    tx.update(&UPDATE, &values![key.id, &key.secret_hash, key.version, text_of(key)?], key.id)
}

pub fn list(tx: &mut Tx<'_>) -> Result<Vec<ApiKey>, StoreError> {
    tx.list(&LIST, &[])
}
