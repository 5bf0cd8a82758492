//! Rows of judgements on hits: added, never changed.

use app::store::StoreError;
use domain::id::CustomerId;
use domain::screening::Judgement;

use crate::body::text_of;
use crate::sql::{statements, values};
use crate::tx::{SHARD, Tx};

statements! { "judgements";
    INSERT = "INSERT INTO judgements \
        (shard, judgement_id, customer_id, judged_at_us, body) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    FIND_RECORD = "SELECT body FROM judgements WHERE shard = $1 AND judgement_id = $2";
    LIST_OF = "SELECT body FROM judgements WHERE shard = $1 AND customer_id = $2 \
        ORDER BY judged_at_us, judgement_id";
}

pub fn insert(tx: &mut Tx<'_>, judgement: &Judgement) -> Result<(), StoreError> {
    let values = values![SHARD, judgement.id, judgement.customer, judgement.judged_at, text_of(judgement)?];
    tx.insert(&INSERT, &values, "judgement")
}

pub fn list_of(tx: &mut Tx<'_>, customer: CustomerId) -> Result<Vec<Judgement>, StoreError> {
    tx.list(&LIST_OF, &values![SHARD, customer])
}
