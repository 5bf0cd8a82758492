//! Rows of cases: present state under a version.

use app::store::{CaseFilter, Page, StoreError};
use domain::case::Case;
use domain::id::{CaseId, CustomerId};

use crate::body::{code_of, text_of};
use crate::sql::{Statement, statements, values};
use crate::tx::{PAGE_MAX, SHARD, Tx};

statements! { "cases";
    INSERT = "INSERT INTO cases (shard, case_id, customer_id, kind, state, version, body) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    FIND = "SELECT body FROM cases WHERE shard = $1 AND case_id = $2";
    UPDATE = "UPDATE cases SET customer_id = $3, kind = $4, state = $5, version = $6, body = $7 \
        WHERE shard = $1 AND case_id = $2 AND version + 1 = $6";
    LIST = "SELECT body FROM cases WHERE shard = $1 AND case_id > $2 AND ($4 = '' OR kind = $4) \
        ORDER BY case_id LIMIT $3";
    LIST_UNRESOLVED = "SELECT body FROM cases WHERE shard = $1 AND case_id > $2 AND ($4 = '' OR kind = $4) \
        AND state <> 'resolved' ORDER BY case_id LIMIT $3";
    LIST_RESOLVED = "SELECT body FROM cases WHERE shard = $1 AND case_id > $2 AND ($4 = '' OR kind = $4) \
        AND state = 'resolved' ORDER BY case_id LIMIT $3";
    LIST_OF = "SELECT body FROM cases WHERE shard = $1 AND customer_id = $5 AND case_id > $2 \
        AND ($4 = '' OR kind = $4) ORDER BY case_id LIMIT $3";
    LIST_UNRESOLVED_OF = "SELECT body FROM cases WHERE shard = $1 AND customer_id = $5 AND case_id > $2 \
        AND ($4 = '' OR kind = $4) AND state <> 'resolved' ORDER BY case_id LIMIT $3";
    LIST_RESOLVED_OF = "SELECT body FROM cases WHERE shard = $1 AND customer_id = $5 AND case_id > $2 \
        AND ($4 = '' OR kind = $4) AND state = 'resolved' ORDER BY case_id LIMIT $3";
    LIST_UNDER = "SELECT cases.body FROM customers JOIN cases \
        ON cases.shard = customers.shard AND cases.customer_id = customers.customer_id \
        WHERE customers.shard = $1 AND customers.reseller_id = $5 AND cases.case_id > $2 \
        AND ($4 = '' OR cases.kind = $4) AND ($6 = '' OR (cases.state = 'resolved') = ($6 = 'resolved')) \
        AND ($7 = '' OR cases.customer_id = $7) ORDER BY cases.case_id LIMIT $3";
}

pub fn insert(tx: &mut Tx<'_>, case: &Case) -> Result<(), StoreError> {
    let (kind, state) = (code_of(&case.kind)?, code_of(&case.status)?);
    let values = values![SHARD, case.id, case.customer, kind, state, case.version, text_of(case)?];
    tx.insert(&INSERT, &values, "case")
}

pub fn find(tx: &mut Tx<'_>, id: CaseId) -> Result<Option<Case>, StoreError> {
    tx.find(&FIND, &values![SHARD, id])
}

pub fn update(tx: &mut Tx<'_>, case: &Case) -> Result<(), StoreError> {
    let (kind, state) = (code_of(&case.kind)?, code_of(&case.status)?);
    let values = values![SHARD, case.id, case.customer, kind, state, case.version, text_of(case)?];
    tx.update(&UPDATE, &values, case.id)
}

/// In order of id, which is the order of opening.
pub fn list(tx: &mut Tx<'_>, filter: &CaseFilter, page: &Page) -> Result<Vec<Case>, StoreError> {
    if let Some(resellers) = &filter.resellers {
        return list_under(tx, resellers, filter, page);
    }
    let kind = filter.kind.as_ref().map(code_of).transpose()?.unwrap_or_default();
    let limit = page.limit.min(PAGE_MAX);
    let statements: [&Statement; 3] = match filter.customer {
        None => [&LIST, &LIST_UNRESOLVED, &LIST_RESOLVED],
        Some(_) => [&LIST_OF, &LIST_UNRESOLVED_OF, &LIST_RESOLVED_OF],
    };
    let [all, unresolved, resolved] = statements;
    let statement = match filter.unresolved {
        None => all,
        Some(true) => unresolved,
        Some(false) => resolved,
    };
    match filter.customer {
        None => tx.list(statement, &values![SHARD, &page.after, limit, kind]),
        Some(customer) => tx.list(statement, &values![SHARD, &page.after, limit, kind, customer]),
    }
}

/// A page of each reseller's customers, then the first of them all, as for customers.
fn list_under(
    tx: &mut Tx<'_>,
    resellers: &[CustomerId],
    filter: &CaseFilter,
    page: &Page,
) -> Result<Vec<Case>, StoreError> {
    let kind = filter.kind.as_ref().map(code_of).transpose()?.unwrap_or_default();
    let limit = page.limit.min(PAGE_MAX);
    let state = match filter.unresolved {
        None => "",
        Some(true) => "unresolved",
        Some(false) => "resolved",
    };
    let customer = filter.customer.map(|customer| customer.to_string()).unwrap_or_default();
    let mut cases: Vec<Case> = Vec::new();
    for reseller in resellers {
        let values = values![SHARD, &page.after, limit, &kind, *reseller, state, &customer];
        cases.extend(tx.list::<Case>(&LIST_UNDER, &values)?);
        cases.sort_by_key(|case| case.id);
        cases.dedup_by_key(|case| case.id);
        cases.truncate(limit as usize);
    }
    Ok(cases)
}
