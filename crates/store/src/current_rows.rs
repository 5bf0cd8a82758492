//! Rows of the present state against what they are derived from: columns against the record in the row, the index of
//! external ids against both, the log's counts against its positions. Made anew where told to (DESIGN 2).

use app::store::{CurrentTable, Page, RowFault, RowsChecked, StoreError};
use domain::account::Account;
use domain::case::Case;
use domain::customer::Customer;
use domain::reseller::Reseller;

use crate::body::{self, code_of};
use crate::external_ids::{self, Kind};
use crate::sql::{Row, Statement, Value, WrongColumn, statements, values};
use crate::tx::{PAGE_MAX, SHARD, Tx};

statements! { "current rows";
    CUSTOMERS = "SELECT customer_id, body, external_id, state, reseller_id, version FROM customers \
        WHERE shard = $1 AND customer_id > $2 ORDER BY customer_id LIMIT $3";
    MEND_CUSTOMER = "UPDATE customers SET external_id = $3, state = $4, reseller_id = $5, version = $6 \
        WHERE shard = $1 AND customer_id = $2";
    ACCOUNTS = "SELECT account_id, body, customer_id, external_id, state, reseller_id, version FROM accounts \
        WHERE shard = $1 AND account_id > $2 ORDER BY account_id LIMIT $3";
    MEND_ACCOUNT = "UPDATE accounts SET customer_id = $3, external_id = $4, state = $5, reseller_id = $6, \
        version = $7 WHERE shard = $1 AND account_id = $2";
    CASES = "SELECT case_id, body, customer_id, kind, state, version FROM cases \
        WHERE shard = $1 AND case_id > $2 ORDER BY case_id LIMIT $3";
    MEND_CASE = "UPDATE cases SET customer_id = $3, kind = $4, state = $5, version = $6 \
        WHERE shard = $1 AND case_id = $2";
    RESELLERS = "SELECT customer_id, body, parent_id, state, version FROM resellers \
        WHERE shard = $1 AND customer_id > $2 ORDER BY customer_id LIMIT $3";
    MEND_RESELLER = "UPDATE resellers SET parent_id = $3, state = $4, version = $5 \
        WHERE shard = $1 AND customer_id = $2";
    EXTERNAL_IDS = "SELECT kind, external_id, id FROM external_ids \
        WHERE kind > $1 OR (kind = $1 AND external_id > $2) ORDER BY kind, external_id LIMIT $3";
    FIND_CUSTOMER = "SELECT body FROM customers WHERE shard = $1 AND customer_id = $2";
    FIND_ACCOUNT = "SELECT body FROM accounts WHERE shard = $1 AND account_id = $2";
    FIND_HEADS = "SELECT leaf_count, event_count FROM log_heads WHERE shard = $1";
    COUNT_LEAVES = "SELECT COALESCE(MAX(position), -1) FROM leaves WHERE shard = $1 AND position IS NOT NULL";
    COUNT_EVENTS = "SELECT COALESCE(MAX(position), 0) FROM events WHERE shard = $1 AND position IS NOT NULL";
    PUT_HEADS = "INSERT INTO log_heads (shard, leaf_count, event_count) VALUES ($1, $2, $3) \
        ON CONFLICT (shard) DO UPDATE SET leaf_count = excluded.leaf_count, event_count = excluded.event_count";
}

/// What one table's columns repeat of the record beside them.
struct Table {
    name: &'static str,
    list: &'static Statement,
    mend: &'static Statement,
    columns: &'static [&'static str],
    /// The columns as the record has them, in order; `version` is a number, all others are texts.
    derive: fn(&str) -> Option<Vec<Option<String>>>,
    external: Option<Kind>,
}

fn table(table: CurrentTable) -> Table {
    match table {
        CurrentTable::Customers => Table {
            name: "customers",
            list: &CUSTOMERS,
            mend: &MEND_CUSTOMER,
            columns: &["external_id", "state", "reseller_id", "version"],
            derive: |text| {
                let one: Customer = body::read("customers", text).ok()?;
                let state = Some(one.identification.as_str().to_owned());
                let reseller = one.reseller.map(|id| id.to_string());
                Some(vec![one.external_id, state, reseller, Some(one.version.to_string())])
            },
            external: Some(Kind::Customer),
        },
        CurrentTable::Accounts => Table {
            name: "accounts",
            list: &ACCOUNTS,
            mend: &MEND_ACCOUNT,
            columns: &["customer_id", "external_id", "state", "reseller_id", "version"],
            derive: |text| {
                let one: Account = body::read("accounts", text).ok()?;
                let state = Some(one.status.as_str().to_owned());
                let (customer, version) = (Some(one.customer.to_string()), Some(one.version.to_string()));
                Some(vec![customer, one.external_id, state, one.reseller.map(|id| id.to_string()), version])
            },
            external: Some(Kind::Account),
        },
        CurrentTable::Cases => Table {
            name: "cases",
            list: &CASES,
            mend: &MEND_CASE,
            columns: &["customer_id", "kind", "state", "version"],
            derive: |text| {
                let one: Case = body::read("cases", text).ok()?;
                let (kind, state) = (code_of(&one.kind).ok()?, code_of(&one.status).ok()?);
                let customer = Some(one.customer.to_string());
                Some(vec![customer, Some(kind), Some(state), Some(one.version.to_string())])
            },
            external: None,
        },
        CurrentTable::Resellers => Table {
            name: "resellers",
            list: &RESELLERS,
            mend: &MEND_RESELLER,
            columns: &["parent_id", "state", "version"],
            derive: |text| {
                let one: Reseller = body::read("resellers", text).ok()?;
                let state = code_of(&one.status).ok()?;
                Some(vec![one.parent.map(|id| id.to_string()), Some(state), Some(one.version.to_string())])
            },
            external: None,
        },
    }
}

/// A row as it was read: id, record, columns.
type Read = (String, String, Vec<Option<String>>);

pub fn check(tx: &mut Tx<'_>, of: CurrentTable, page: &Page, mend: bool) -> Result<RowsChecked, StoreError> {
    let table = table(of);
    let limit = page.limit.min(PAGE_MAX);
    let rows: Vec<Read> = tx.rows(table.list, &values![SHARD, &page.after, limit], |row| {
        let columns = (0..table.columns.len()).map(|at| column(row, at + 2, table.columns[at]));
        Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned(), columns.collect::<Result<_, _>>()?))
    })?;
    let next = if rows.len() < limit as usize { None } else { rows.last().map(|(id, _, _)| id.clone()) };
    let mut faults = Vec::new();
    for row in &rows {
        faults.extend(check_row(tx, &table, row, mend)?);
    }
    Ok(RowsChecked { faults, next })
}

fn column(row: &Row, at: usize, name: &str) -> Result<Option<String>, WrongColumn> {
    if name == "version" {
        return Ok(Some(row.int(at)?.to_string()));
    }
    row.optional_text(at).map(|text| text.map(str::to_owned))
}

fn check_row(
    tx: &mut Tx<'_>,
    table: &Table,
    (id, record, columns): &Read,
    mend: bool,
) -> Result<Vec<RowFault>, StoreError> {
    let fault = |name, columns, mended| RowFault { table: name, id: id.clone(), columns, mended };
    let Some(derived) = (table.derive)(record) else {
        return Ok(vec![fault(table.name, vec!["body"], false)]);
    };
    let mut faults = Vec::new();
    let pairs = table.columns.iter().zip(derived.iter().zip(columns));
    let differing: Vec<&'static str> =
        pairs.filter(|(_, (derived, column))| derived != column).map(|(&name, _)| name).collect();
    if !differing.is_empty() {
        if mend {
            write(tx, table, id, &derived)?;
        }
        faults.push(fault(table.name, differing, mend));
    }
    let external = table.columns.iter().position(|name| *name == "external_id");
    let external_id = external.and_then(|at| derived[at].as_ref());
    if let (Some(kind), Some(external_id)) = (table.external, external_id) {
        let leads_here = |tx: &mut Tx<'_>| {
            Ok::<_, StoreError>(external_ids::find(tx, kind, external_id)?.as_ref() == Some(id))
        };
        if !leads_here(tx)? {
            if mend {
                external_ids::take_if_free(tx, kind, external_id, id)?;
            }
            let mended = mend && leads_here(tx)?;
            faults.push(fault("external_ids", vec!["id"], mended));
        }
    }
    Ok(faults)
}

fn write(tx: &mut Tx<'_>, table: &Table, id: &str, derived: &[Option<String>]) -> Result<(), StoreError> {
    let mut values: Vec<Value<'_>> = values![SHARD, id].to_vec();
    for (name, value) in table.columns.iter().zip(derived) {
        values.push(match value {
            Some(number) if *name == "version" => Value::from(number.parse::<u64>().unwrap_or_default()),
            value => Value::from(value.as_ref()),
        });
    }
    tx.execute(table.mend, &values).map(|_| ())
}

/// External ids whose customer or account is not there, or goes by another name. Where told to they are removed, so
/// that whom they belong to can take them again.
pub fn check_external_ids(tx: &mut Tx<'_>, page: &Page, mend: bool) -> Result<RowsChecked, StoreError> {
    let limit = page.limit.min(PAGE_MAX);
    let (kind, after) = page.after.split_once(' ').unwrap_or_default();
    let rows = tx.rows(&EXTERNAL_IDS, &values![kind, after, limit], |row| {
        Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned(), row.text(2)?.to_owned()))
    })?;
    let full = rows.len() == limit as usize;
    let next = rows.last().filter(|_| full).map(|(kind, external_id, _)| format!("{kind} {external_id}"));
    let mut faults = Vec::new();
    for (kind, external_id, id) in rows {
        let (kind, table, find, at) = if kind == "customer" {
            (Kind::Customer, table(CurrentTable::Customers), &FIND_CUSTOMER, 0)
        } else {
            (Kind::Account, table(CurrentTable::Accounts), &FIND_ACCOUNT, 1)
        };
        let record = tx.row(find, &values![SHARD, &id], |row| row.text(0).map(str::to_owned))?;
        let named = match record.as_deref().map(table.derive) {
            None => None,
            Some(Some(mut columns)) => columns.swap_remove(at),
            // A record that cannot be read leads nobody away.
            Some(None) => continue,
        };
        if named.as_ref() != Some(&external_id) {
            if mend {
                external_ids::free(tx, kind, Some(&external_id), &id)?;
            }
            faults.push(RowFault { table: "external_ids", id, columns: vec!["id"], mended: mend });
        }
    }
    Ok(RowsChecked { faults, next })
}

/// Leaves count from position 0, events from 1.
pub fn check_log_heads(tx: &mut Tx<'_>, mend: bool) -> Result<RowsChecked, StoreError> {
    let mut last =
        |statement| tx.row(statement, &values![SHARD], |row| row.int(0)).map(Option::unwrap_or_default);
    let (leaves, events) = (last(&COUNT_LEAVES)? + 1, last(&COUNT_EVENTS)?);
    let heads = tx.row(&FIND_HEADS, &values![SHARD], |row| Ok((row.int(0)?, row.int(1)?)))?;
    let (leaf_count, event_count) = heads.unwrap_or_default();
    let mut columns = Vec::new();
    columns.extend((leaf_count != leaves).then_some("leaf_count"));
    columns.extend((event_count != events).then_some("event_count"));
    if columns.is_empty() {
        return Ok(RowsChecked::default());
    }
    if mend {
        tx.execute(&PUT_HEADS, &values![SHARD, leaves, events])?;
    }
    let fault = RowFault { table: "log_heads", id: SHARD.to_string(), columns, mended: mend };
    Ok(RowsChecked { faults: vec![fault], next: None })
}
