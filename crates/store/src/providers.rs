//! Rows of providers: a reference table, without shard.

use app::store::StoreError;
use domain::id::ProviderId;
use domain::provider::Provider;

use crate::body::text_of;
use crate::sql::{statements, values};
use crate::tx::Tx;

statements! { "providers";
    INSERT = "INSERT INTO providers (provider_id, version, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    FIND = "SELECT body FROM providers WHERE provider_id = $1";
    UPDATE = "UPDATE providers SET version = $2, body = $3 WHERE provider_id = $1 AND version + 1 = $2";
    LIST = "SELECT body FROM providers ORDER BY provider_id";
}

pub fn insert(tx: &mut Tx<'_>, provider: &Provider) -> Result<(), StoreError> {
    tx.insert(&INSERT, &values![provider.id, provider.version, text_of(provider)?], "provider")
}

pub fn find(tx: &mut Tx<'_>, id: ProviderId) -> Result<Option<Provider>, StoreError> {
    tx.find(&FIND, &values![id])
}

pub fn update(tx: &mut Tx<'_>, provider: &Provider) -> Result<(), StoreError> {
    tx.update(&UPDATE, &values![provider.id, provider.version, text_of(provider)?], provider.id)
}

pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Provider>, StoreError> {
    tx.list(&LIST, &[])
}
