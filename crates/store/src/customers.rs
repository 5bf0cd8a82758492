//! Rows of customers: present state under a version.

use app::store::{CustomerFilter, Page, StoreError};
use domain::customer::Customer;
use domain::id::CustomerId;

use crate::body::text_of;
use crate::external_ids::{self, Kind};
use crate::sql::{statements, values};
use crate::tx::{PAGE_MAX, SHARD, Tx};

statements! { "customers";
    INSERT = "INSERT INTO customers \
        (shard, customer_id, external_id, state, reseller_id, created_at_us, version, body) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
    FIND = "SELECT body FROM customers WHERE shard = $1 AND customer_id = $2";
    FIND_EXTERNAL_ID = "SELECT external_id FROM customers \
        WHERE shard = $1 AND customer_id = $2 AND version + 1 = $3";
    UPDATE = "UPDATE customers SET external_id = $3, state = $4, reseller_id = $5, version = $6, body = $7 \
        WHERE shard = $1 AND customer_id = $2 AND version + 1 = $6";
    /// Changes nothing, and makes work that does the same run again (see `Tx::lock_customer`).
    TOUCH = "UPDATE customers SET version = version WHERE shard = $1 AND customer_id = $2";
    LIST = "SELECT body FROM customers WHERE shard = $1 AND customer_id > $2 \
        ORDER BY customer_id LIMIT $3";
    LIST_IN_STATE = "SELECT body FROM customers WHERE shard = $1 AND state = $4 AND customer_id > $2 \
        ORDER BY customer_id LIMIT $3";
    LIST_UNDER = "SELECT body FROM customers WHERE shard = $1 AND reseller_id = $4 AND customer_id > $2 \
        ORDER BY customer_id LIMIT $3";
    LIST_UNDER_IN_STATE = "SELECT body FROM customers \
        WHERE shard = $1 AND reseller_id = $5 AND state = $4 AND customer_id > $2 \
        ORDER BY customer_id LIMIT $3";
    COUNT_BY_STATE = "SELECT state, COUNT(*) FROM customers WHERE shard = $1 GROUP BY state ORDER BY state";
}

pub fn insert(tx: &mut Tx<'_>, customer: &Customer) -> Result<(), StoreError> {
    let id = customer.id.to_string();
    let values = values![
        SHARD,
        &id,
        customer.external_id.as_ref(),
        customer.identification.as_str(),
        customer.reseller,
        customer.created_at,
        customer.version,
        text_of(customer)?,
    ];
    external_ids::take(tx, Kind::Customer, customer.external_id.as_ref(), &id)?;
    let inserted = tx.insert(&INSERT, &values, "customer");
    if let Err(StoreError::Duplicate { .. }) = inserted {
        external_ids::free(tx, Kind::Customer, customer.external_id.as_ref(), &id)?;
    }
    inserted
}

pub fn find(tx: &mut Tx<'_>, id: CustomerId) -> Result<Option<Customer>, StoreError> {
    tx.find(&FIND, &values![SHARD, id])
}

pub fn find_by_external_id(tx: &mut Tx<'_>, external_id: &str) -> Result<Option<Customer>, StoreError> {
    match external_ids::find(tx, Kind::Customer, external_id)? {
        Some(id) => tx.find(&FIND, &values![SHARD, id]),
        None => Ok(None),
    }
}

pub fn update(tx: &mut Tx<'_>, customer: &Customer) -> Result<(), StoreError> {
    let id = customer.id.to_string();
    let before = tx.row(&FIND_EXTERNAL_ID, &values![SHARD, &id, customer.version], |row| {
        row.optional_text(0).map(|text| text.map(str::to_owned))
    })?;
    let Some(before) = before else { return Err(StoreError::VersionConflict { object: id }) };
    let changed = before != customer.external_id;
    if changed {
        external_ids::take(tx, Kind::Customer, customer.external_id.as_ref(), &id)?;
    }
    let values = values![
        SHARD,
        &id,
        customer.external_id.as_ref(),
        customer.identification.as_str(),
        customer.reseller,
        customer.version,
        text_of(customer)?,
    ];
    tx.update(&UPDATE, &values, &id)?;
    if changed {
        external_ids::free(tx, Kind::Customer, before.as_ref(), &id)?;
    }
    Ok(())
}

pub fn list(tx: &mut Tx<'_>, filter: &CustomerFilter, page: &Page) -> Result<Vec<Customer>, StoreError> {
    let limit = page.limit.min(PAGE_MAX);
    let Some(resellers) = &filter.resellers else {
        return match &filter.state {
            Some(state) => tx.list(&LIST_IN_STATE, &values![SHARD, &page.after, limit, state]),
            None => tx.list(&LIST, &values![SHARD, &page.after, limit]),
        };
    };
    // A page of each branch, then the first of them all: SQL shared by both engines has no arrays.
    let mut customers: Vec<Customer> = Vec::new();
    for reseller in resellers {
        let branch: Vec<Customer> = match &filter.state {
            Some(state) => {
                tx.list(&LIST_UNDER_IN_STATE, &values![SHARD, &page.after, limit, state, *reseller])?
            }
            None => tx.list(&LIST_UNDER, &values![SHARD, &page.after, limit, *reseller])?,
        };
        customers.extend(branch);
        customers.sort_by_key(|customer| customer.id);
        customers.dedup_by_key(|customer| customer.id);
        customers.truncate(limit as usize);
    }
    Ok(customers)
}

pub fn count_by_state(tx: &mut Tx<'_>) -> Result<Vec<(String, u64)>, StoreError> {
    tx.rows(&COUNT_BY_STATE, &values![SHARD], |row| Ok((row.text(0)?.to_owned(), row.count(1)?)))
}
