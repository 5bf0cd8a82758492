//! Rows of screenings (CIP-23). A later screening is a new row.

use app::store::StoreError;
use domain::id::{CustomerId, ScreeningId};
use domain::screening::Screening;

use crate::body::text_of;
use crate::sql::{statements, values};
use crate::tx::{SHARD, Tx};

statements! { "screenings";
    INSERT = "INSERT INTO screenings \
        (shard, screening_id, customer_id, screened_at_us, body) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    FIND_RECORD = "SELECT body FROM screenings WHERE shard = $1 AND screening_id = $2";
    LIST_OF = "SELECT body FROM screenings WHERE shard = $1 AND customer_id = $2 \
        ORDER BY screened_at_us, screening_id";
}

pub fn insert(tx: &mut Tx<'_>, screening: &Screening) -> Result<(), StoreError> {
    let values = values![SHARD, screening.id, screening.customer, screening.screened_at, text_of(screening)?];
    tx.insert(&INSERT, &values, "screening")
}

pub fn find(tx: &mut Tx<'_>, id: ScreeningId) -> Result<Option<Screening>, StoreError> {
    tx.find(&FIND_RECORD, &values![SHARD, id])
}

pub fn list_of(tx: &mut Tx<'_>, customer: CustomerId) -> Result<Vec<Screening>, StoreError> {
    tx.list(&LIST_OF, &values![SHARD, customer])
}
