//! Rows of verifications: added, never changed.

use app::store::StoreError;
use domain::id::CustomerId;
use domain::verification::Verification;

use crate::body::text_of;
use crate::sql::{statements, values};
use crate::tx::{SHARD, Tx};

statements! { "verifications";
    INSERT = "INSERT INTO verifications \
        (shard, verification_id, customer_id, verified_at_us, body) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    FIND_RECORD = "SELECT body FROM verifications WHERE shard = $1 AND verification_id = $2";
    LIST_OF = "SELECT body FROM verifications WHERE shard = $1 AND customer_id = $2 \
        ORDER BY verified_at_us, verification_id";
}

pub fn insert(tx: &mut Tx<'_>, verification: &Verification) -> Result<(), StoreError> {
    let values = values![
        SHARD,
        verification.id,
        verification.customer,
        verification.verified_at,
        text_of(verification)?
    ];
    tx.insert(&INSERT, &values, "verification")
}

pub fn list_of(tx: &mut Tx<'_>, customer: CustomerId) -> Result<Vec<Verification>, StoreError> {
    tx.list(&LIST_OF, &values![SHARD, customer])
}
