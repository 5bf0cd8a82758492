//! Rows of decisions with every finding (CIP-24): added, never changed.

use app::store::StoreError;
use domain::decision::Decision;
use domain::id::{CustomerId, DecisionId};

use crate::body::text_of;
use crate::sql::{statements, values};
use crate::tx::{SHARD, Tx};

statements! { "decisions";
    INSERT = "INSERT INTO decisions \
        (shard, decision_id, customer_id, decided_at_us, body) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    FIND_RECORD = "SELECT body FROM decisions WHERE shard = $1 AND decision_id = $2";
    LIST_OF = "SELECT body FROM decisions WHERE shard = $1 AND customer_id = $2 \
        ORDER BY decided_at_us, decision_id";
}

pub fn insert(tx: &mut Tx<'_>, decision: &Decision) -> Result<(), StoreError> {
    let values = values![SHARD, decision.id, decision.customer, decision.decided_at, text_of(decision)?];
    tx.insert(&INSERT, &values, "decision")
}

pub fn find(tx: &mut Tx<'_>, id: DecisionId) -> Result<Option<Decision>, StoreError> {
    tx.find(&FIND_RECORD, &values![SHARD, id])
}

pub fn list_of(tx: &mut Tx<'_>, customer: CustomerId) -> Result<Vec<Decision>, StoreError> {
    tx.list(&LIST_OF, &values![SHARD, customer])
}
