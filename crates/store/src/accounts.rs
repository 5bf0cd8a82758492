//! Rows of accounts: present state under a version.

use app::store::{Page, StoreError};
use domain::account::Account;
use domain::id::{AccountId, CustomerId};

use crate::body::text_of;
use crate::external_ids::{self, Kind};
use crate::sql::{statements, values};
use crate::tx::{PAGE_MAX, SHARD, Tx};

statements! { "accounts";
    INSERT = "INSERT INTO accounts \
        (shard, account_id, customer_id, external_id, state, reseller_id, created_at_us, version, body) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
    FIND = "SELECT body FROM accounts WHERE shard = $1 AND account_id = $2";
    FIND_EXTERNAL_ID = "SELECT external_id FROM accounts \
        WHERE shard = $1 AND account_id = $2 AND version + 1 = $3";
    UPDATE = "UPDATE accounts SET customer_id = $3, external_id = $4, state = $5, reseller_id = $6, \
        version = $7, body = $8 WHERE shard = $1 AND account_id = $2 AND version + 1 = $7";
    LIST_OF = "SELECT body FROM accounts WHERE shard = $1 AND customer_id = $2 ORDER BY account_id";
    LIST = "SELECT body FROM accounts WHERE shard = $1 AND account_id > $2 ORDER BY account_id LIMIT $3";
}

pub fn insert(tx: &mut Tx<'_>, account: &Account) -> Result<(), StoreError> {
    let id = account.id.to_string();
    let values = values![
        SHARD,
        &id,
        account.customer,
        account.external_id.as_ref(),
        account.status.as_str(),
        account.reseller,
        account.created_at,
        account.version,
        text_of(account)?,
    ];
    external_ids::take(tx, Kind::Account, account.external_id.as_ref(), &id)?;
    let inserted = tx.insert(&INSERT, &values, "account");
    if let Err(StoreError::Duplicate { .. }) = inserted {
        external_ids::free(tx, Kind::Account, account.external_id.as_ref(), &id)?;
    }
    inserted
}

pub fn find(tx: &mut Tx<'_>, id: AccountId) -> Result<Option<Account>, StoreError> {
    tx.find(&FIND, &values![SHARD, id])
}

pub fn find_by_external_id(tx: &mut Tx<'_>, external_id: &str) -> Result<Option<Account>, StoreError> {
    match external_ids::find(tx, Kind::Account, external_id)? {
        Some(id) => tx.find(&FIND, &values![SHARD, id]),
        None => Ok(None),
    }
}

pub fn update(tx: &mut Tx<'_>, account: &Account) -> Result<(), StoreError> {
    let id = account.id.to_string();
    let before = tx.row(&FIND_EXTERNAL_ID, &values![SHARD, &id, account.version], |row| {
        row.optional_text(0).map(|text| text.map(str::to_owned))
    })?;
    let Some(before) = before else { return Err(StoreError::VersionConflict { object: id }) };
    let changed = before != account.external_id;
    if changed {
        external_ids::take(tx, Kind::Account, account.external_id.as_ref(), &id)?;
    }
    let values = values![
        SHARD,
        &id,
        account.customer,
        account.external_id.as_ref(),
        account.status.as_str(),
        account.reseller,
        account.version,
        text_of(account)?,
    ];
    tx.update(&UPDATE, &values, &id)?;
    if changed {
        external_ids::free(tx, Kind::Account, before.as_ref(), &id)?;
    }
    Ok(())
}

pub fn list_of(tx: &mut Tx<'_>, customer: CustomerId) -> Result<Vec<Account>, StoreError> {
    tx.list(&LIST_OF, &values![SHARD, customer])
}

pub fn list(tx: &mut Tx<'_>, page: &Page) -> Result<Vec<Account>, StoreError> {
    tx.list(&LIST, &values![SHARD, &page.after, page.limit.min(PAGE_MAX)])
}
