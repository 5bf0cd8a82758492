//! Rows of cases: present state under a version.

use app::store::{CaseFilter, Page, StoreError};
use domain::case::Case;
use domain::id::CaseId;

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
    let kind = filter.kind.as_ref().map(code_of).transpose()?.unwrap_or_default();
    let limit = page.limit.min(PAGE_MAX);
    match filter.customer {
        None => {
            let statement: &Statement = match filter.unresolved {
                None => &LIST,
                Some(true) => &LIST_UNRESOLVED,
                Some(false) => &LIST_RESOLVED,
            };
            tx.list(statement, &values![SHARD, &page.after, limit, kind])
        }
        Some(customer) => {
            let statement: &Statement = match filter.unresolved {
                None => &LIST_OF,
                Some(true) => &LIST_UNRESOLVED_OF,
                Some(false) => &LIST_RESOLVED_OF,
            };
            tx.list(statement, &values![SHARD, &page.after, limit, kind, customer])
        }
    }
}
