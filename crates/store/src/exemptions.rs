//! Rows of exemptions: a reference table, without shard.

use app::store::StoreError;
use domain::exemption::Exemption;
use domain::id::ExemptionId;

use crate::body::text_of;
use crate::sql::{statements, values};
use crate::tx::Tx;

statements! { "exemptions";
    INSERT = "INSERT INTO exemptions (exemption_id, version, body) VALUES ($1, $2, $3) ON \
        CONFLICT DO NOTHING";
    FIND = "SELECT body FROM exemptions WHERE exemption_id = $1";
    UPDATE = "UPDATE exemptions SET version = $2, body = $3 WHERE exemption_id = $1 \
        AND version + 1 = $2";
    LIST = "SELECT body FROM exemptions ORDER BY exemption_id";
}

pub fn insert(tx: &mut Tx<'_>, exemption: &Exemption) -> Result<(), StoreError> {
    let values = values![exemption.id, exemption.version, text_of(exemption)?];
    tx.insert(&INSERT, &values, "exemption")
}

pub fn find(tx: &mut Tx<'_>, id: ExemptionId) -> Result<Option<Exemption>, StoreError> {
    tx.find(&FIND, &values![id])
}

pub fn update(tx: &mut Tx<'_>, exemption: &Exemption) -> Result<(), StoreError> {
    let values = values![exemption.id, exemption.version, text_of(exemption)?];
    tx.update(&UPDATE, &values, exemption.id)
}

pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Exemption>, StoreError> {
    tx.list(&LIST, &[])
}
