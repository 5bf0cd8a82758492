//! Rows of readings (SEC-02): added before the look, never changed.

use app::reading::ReadingRecord;
use app::store::StoreError;

use crate::body::text_of;
use crate::sql::{statements, values};
use crate::tx::{SHARD, Tx};

statements! { "readings";
    INSERT = "INSERT INTO readings \
        (shard, reading_id, customer_id, read_at_us, body) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    FIND_RECORD = "SELECT body FROM readings WHERE shard = $1 AND reading_id = $2";
}

pub fn insert(tx: &mut Tx<'_>, reading: &ReadingRecord) -> Result<(), StoreError> {
    let values = values![SHARD, reading.id, reading.customer, reading.read_at, text_of(reading)?];
    tx.insert(&INSERT, &values, "reading")
}
