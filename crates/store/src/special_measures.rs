//! Rows of special measures: a reference table, without shard.

use app::store::StoreError;
use domain::id::SpecialMeasureId;
use domain::special_measure::SpecialMeasure;

use crate::body::{code_of, text_of};
use crate::sql::{statements, values};
use crate::tx::Tx;

statements! { "special_measures";
    INSERT = "INSERT INTO special_measures (special_measure_id, state, effective_from_us, \
        version, body) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    FIND = "SELECT body FROM special_measures WHERE special_measure_id = $1";
    UPDATE = "UPDATE special_measures SET state = $2, effective_from_us = $3, version = $4, body = \
        $5 WHERE special_measure_id = $1 AND version + 1 = $4";
    LIST = "SELECT body FROM special_measures ORDER BY special_measure_id";
}

pub fn insert(tx: &mut Tx<'_>, measure: &SpecialMeasure) -> Result<(), StoreError> {
    let values = values![
        measure.id,
        code_of(&measure.status)?,
        measure.effective_from,
        measure.version,
        text_of(measure)?
    ];
    tx.insert(&INSERT, &values, "special_measure")
}

pub fn find(tx: &mut Tx<'_>, id: SpecialMeasureId) -> Result<Option<SpecialMeasure>, StoreError> {
    tx.find(&FIND, &values![id])
}

pub fn update(tx: &mut Tx<'_>, measure: &SpecialMeasure) -> Result<(), StoreError> {
    let values = values![
        measure.id,
        code_of(&measure.status)?,
        measure.effective_from,
        measure.version,
        text_of(measure)?
    ];
    tx.update(&UPDATE, &values, measure.id)
}

pub fn list(tx: &mut Tx<'_>) -> Result<Vec<SpecialMeasure>, StoreError> {
    tx.list(&LIST, &[])
}
