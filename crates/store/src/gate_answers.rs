//! Rows of the gate's answers, as canonical records: added in batches, never changed.

use app::store::StoreError;
use jiff::Timestamp;

use crate::sql::{statements, values};
use crate::tx::{SHARD, Tx};

statements! { "gate_answers";
    INSERT = "INSERT INTO gate_answers (shard, answer_id, answered_at_us, record) VALUES ($1, $2, $3, $4) \
        ON CONFLICT DO NOTHING";
    /// Sixteen at once: over a network a statement costs more than its rows.
    INSERT_16 = "INSERT INTO gate_answers (shard, answer_id, answered_at_us, record) VALUES \
        ($1, $2, $3, $4), ($1, $5, $6, $7), ($1, $8, $9, $10), ($1, $11, $12, $13), \
        ($1, $14, $15, $16), ($1, $17, $18, $19), ($1, $20, $21, $22), ($1, $23, $24, $25), \
        ($1, $26, $27, $28), ($1, $29, $30, $31), ($1, $32, $33, $34), ($1, $35, $36, $37), \
        ($1, $38, $39, $40), ($1, $41, $42, $43), ($1, $44, $45, $46), ($1, $47, $48, $49) \
        ON CONFLICT DO NOTHING";
    FIND = "SELECT record FROM gate_answers WHERE shard = $1 AND answer_id = $2";
}

/// An answer that is there already stays as it is: batches may be handed over twice.
pub fn insert(tx: &mut Tx<'_>, answers: &[(String, Timestamp, String)]) -> Result<(), StoreError> {
    let (batches, rest) = answers.as_chunks::<16>();
    for batch in batches {
        let mut values = Vec::with_capacity(49);
        values.push(SHARD.into());
        for (id, at, record) in batch {
            values.extend(values![id, *at, record]);
        }
        tx.execute(&INSERT_16, &values)?;
    }
    for (id, at, record) in rest {
        tx.execute(&INSERT, &values![SHARD, id, *at, record])?;
    }
    Ok(())
}

pub fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<String>, StoreError> {
    tx.row(&FIND, &values![SHARD, id], |row| row.text(0).map(str::to_owned))
}
