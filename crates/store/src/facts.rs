//! Rows of facts: added, never changed.

use app::store::StoreError;
use domain::fact::Fact;
use domain::id::CustomerId;

use crate::body::text_of;
use crate::sql::{statements, values};
use crate::tx::{SHARD, Tx};

statements! { "facts";
    INSERT = "INSERT INTO facts \
        (shard, fact_id, customer_id, subject_id, recorded_at_us, version, body) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    FIND_RECORD = "SELECT body FROM facts WHERE shard = $1 AND fact_id = $2";
    LIST_OF = "SELECT body FROM facts WHERE shard = $1 AND customer_id = $2 \
        ORDER BY version, fact_id";
}

pub fn insert(tx: &mut Tx<'_>, fact: &Fact) -> Result<(), StoreError> {
    let values = values![
        SHARD,
        fact.id,
        fact.customer,
        fact.subject.to_string(),
        fact.recorded_at,
        fact.version,
        text_of(fact)?
    ];
    tx.insert(&INSERT, &values, "fact")
}

pub fn list_of(tx: &mut Tx<'_>, customer: CustomerId) -> Result<Vec<Fact>, StoreError> {
    tx.list(&LIST_OF, &values![SHARD, customer])
}
