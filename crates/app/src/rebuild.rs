//! The present state made anew from what is only ever added: facts, verifications, screenings, judgements, decisions
//! and events (DESIGN 2). Says what differed, by id and column; what a row held is told nowhere.
//!
//! What is in no record cannot be made anew, and is taken as it stands: whether something was overdue at the last
//! assessment, the conditions of restrictions, the measure an
//! account was suspended under and approvals given for it, who a customer is to the control plane (external ids,
//! provider, reseller, notice), drafts, holds, measures, exemptions, the catalogue, staff and keys.

mod account;
mod case;
mod customer;

use std::collections::BTreeSet;

use domain::customer::{Customer, Identification};
use domain::event::Event;
use domain::id::{AccountId, CustomerId};
use domain::purpose::Purpose;
use domain::staff::Scope;
use jiff::{SignedDuration, Timestamp};

use crate::actor::Actor;
use crate::customer::facts::references_of;
use crate::env::Env;
use crate::failure::Failure;
use crate::reading::Reading;
use crate::record::{Happened, append_event};
use crate::store::{
    CaseFilter, CurrentTable, CustomerFilter, Page, RowFault, RowsChecked, StoreError, Transaction,
};

/// Rows looked at in one transaction.
const RUN: u32 = 500;

/// What was compared, and what differed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub customers: u64,
    pub differences: Vec<RowFault>,
    /// Blind references are compared only where they are mended: it takes identity data, and that a record of it.
    pub references_compared: bool,
}

impl Report {
    /// Differences that are still there.
    pub fn left(&self) -> usize {
        self.differences.iter().filter(|one| !one.mended).count()
    }

    fn take(&mut self, faults: Vec<RowFault>) {
        self.differences.extend(faults);
    }
}

/// Compares the present state with what it is derived from. `mend` replaces what differs, with an event for each row,
/// and needs nobody else to write meanwhile.
pub fn check(env: &Env<'_>, mend: bool) -> Result<Report, Failure> {
    env.actor.may(Scope::LedgerRead)?;
    let mut report = Report { references_compared: mend, ..Report::default() };
    report.take(in_pages(env, mend, |tx, page| tx.check_external_ids(page, mend))?);
    for table in CurrentTable::ALL {
        report.take(in_pages(env, mend, |tx, page| tx.check_rows(table, page, mend))?);
    }
    report.take(in_pages(env, mend, |tx, _| tx.check_log_heads(mend))?);
    if report.differences.iter().any(|one| one.columns.contains(&"body")) {
        // A record that cannot be read cannot be compared, and stands in the way of its page.
        return Ok(report);
    }
    report.take(check_missing(env, mend)?);
    let mut page = Page { after: String::new(), limit: RUN };
    loop {
        let customers = env
            .store()
            .with_reading_tx(|tx| Ok::<_, Failure>(tx.list_customers(&CustomerFilter::default(), &page)?))?;
        let Some(last) = customers.last() else { break };
        page.after = last.id.to_string();
        report.customers += customers.len() as u64;
        for customer in &customers {
            report.take(check_customer(env, customer.id, mend)?);
        }
        if mend {
            report.take(check_references(env, &customers)?);
        }
    }
    let mended = report.differences.iter().filter(|one| one.mended).count();
    if mended > 0 {
        env.store().with_tx(|tx| append_event(env, tx, rebuilt(mended)))?;
    }
    Ok(report)
}

fn rebuilt(mended: usize) -> Happened<'static> {
    Happened {
        kind: "registry.rebuilt",
        customer: None,
        account: None,
        object: "registry".to_owned(),
        version: 1,
        state: None,
        reasons: vec![format!("rows-{mended}")],
    }
}

/// Runs a check of the store over all pages, writing only where it mends.
fn in_pages(
    env: &Env<'_>,
    mend: bool,
    check: impl Fn(&mut dyn Transaction, &Page) -> Result<RowsChecked, StoreError> + Send + Sync,
) -> Result<Vec<RowFault>, Failure> {
    let mut faults = Vec::new();
    let mut page = Page { after: String::new(), limit: RUN };
    loop {
        let run = |tx: &mut dyn Transaction| Ok::<_, Failure>(check(tx, &page)?);
        let checked = if mend { env.store().with_tx(run) } else { env.store().with_reading_tx(run) }?;
        faults.extend(checked.faults);
        let Some(next) = checked.next else { return Ok(faults) };
        page.after = next;
    }
}

/// Rows that events tell of and that are gone. An account is in the decisions about it; a customer is nowhere else.
fn check_missing(env: &Env<'_>, mend: bool) -> Result<Vec<RowFault>, Failure> {
    let mut faults = Vec::new();
    let mut seen: BTreeSet<AccountId> = BTreeSet::new();
    let mut after = 0;
    loop {
        let events = env.store().log().list_events(after, RUN)?;
        let Some((last, _)) = events.last() else { return Ok(faults) };
        after = *last;
        for (_, event) in &events {
            let run = |tx: &mut dyn Transaction| missing(env, tx, event, mend);
            let is_of_row = event.kind == "customer.enrolled"
                || (event.kind.starts_with("account.")
                    && event.object.parse().is_ok_and(|account| seen.insert(account)));
            if is_of_row {
                faults.extend(if mend {
                    env.store().with_tx(run)
                } else {
                    env.store().with_reading_tx(run)
                }?);
            }
        }
    }
}

fn missing(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    event: &Event,
    mend: bool,
) -> Result<Option<RowFault>, Failure> {
    let Some(customer) = event.customer else { return Ok(None) };
    let fault = |table, mended| RowFault { table, id: event.object.clone(), columns: vec!["row"], mended };
    if event.kind == "customer.enrolled" {
        return Ok(if tx.find_customer(customer)?.is_none() {
            Some(fault("customers", false))
        } else {
            None
        });
    }
    let Ok(account) = event.object.parse::<AccountId>() else { return Ok(None) };
    if tx.find_account(account)?.is_some() {
        return Ok(None);
    }
    let Some(lost) = account::find_in_decisions(tx, customer, account)? else {
        return Ok(Some(fault("accounts", false)));
    };
    if mend {
        account::put_back(env, tx, lost)?;
    }
    Ok(Some(fault("accounts", mend)))
}

/// Accounts and cases first: where a customer stands is derived from them too.
fn check_customer(env: &Env<'_>, id: CustomerId, mend: bool) -> Result<Vec<RowFault>, Failure> {
    let compare = |tx: &mut dyn Transaction| {
        let mut faults = Vec::new();
        let Some(customer) = tx.find_customer(id)? else { return Ok::<_, Failure>(faults) };
        let events = tx.list_events_of(id)?;
        for found in tx.list_accounts_of(id)? {
            let (derived, columns) = account::derive(&found, &events);
            if !columns.is_empty() {
                if mend {
                    account::put(env, tx, derived, &columns)?;
                }
                faults.push(fault("accounts", found.id.to_string(), columns, mend));
            }
        }
        let of_customer = CaseFilter { customer: Some(id), ..CaseFilter::default() };
        for found in tx.list_cases(&of_customer, &Page { after: String::new(), limit: 10_000 })? {
            let (derived, columns) = case::derive(&found, &events);
            if !columns.is_empty() {
                if mend {
                    case::put(env, tx, derived, &columns)?;
                }
                faults.push(fault("cases", found.id.to_string(), columns, mend));
            }
        }
        let (derived, columns) = customer::derive(env, tx, &customer, &events)?;
        if !columns.is_empty() {
            if mend {
                customer::put(env, tx, derived, &columns)?;
            }
            faults.push(fault("customers", id.to_string(), columns, mend));
        }
        Ok(faults)
    };
    if mend { env.store().with_tx(compare) } else { env.store().with_reading_tx(compare) }
}

fn fault(table: &'static str, id: String, columns: Vec<&'static str>, mended: bool) -> RowFault {
    RowFault { table, id, columns, mended }
}

/// Blind references of a page of customers against their values, under one reading of the platform's own.
fn check_references(env: &Env<'_>, customers: &[Customer]) -> Result<Vec<RowFault>, Failure> {
    let system = Actor::system();
    let as_system = Env { actor: &system, ..*env };
    let purpose: Purpose = "make blind references anew".parse().expect("a good purpose");
    let ids = customers.iter().map(|customer| customer.id).collect();
    let reading = Reading::record(&as_system, Some(&purpose), "rebuild", ids)?;
    let mut faults = Vec::new();
    for customer in customers {
        let (facts, found) = env.store().with_reading_tx(|tx| {
            Ok::<_, Failure>((tx.list_facts(customer.id)?, tx.list_references(customer.id)?))
        })?;
        let derived: BTreeSet<_> = references_of(env, &reading, &facts)?
            .into_iter()
            .map(|(purpose, blind, subject)| (purpose, blind, subject.to_string()))
            .collect();
        let found: BTreeSet<_> = found.into_iter().collect();
        let columns: BTreeSet<&'static str> =
            derived.symmetric_difference(&found).map(|(purpose, _, _)| purpose.as_str()).collect();
        if columns.is_empty() {
            continue;
        }
        env.store().with_tx(|tx| {
            tx.delete_references(customer.id)?;
            for (purpose, blind, subject) in &derived {
                tx.insert_reference(*purpose, blind, customer.id, subject)?;
            }
            Ok::<_, Failure>(())
        })?;
        let columns = columns.into_iter().collect();
        faults.push(fault("blind_references", customer.id.to_string(), columns, true));
    }
    Ok(faults)
}

/// Whether two instants are of one change: the row is written a moment before or after its event.
fn near(a: Timestamp, b: Timestamp) -> bool {
    a.duration_since(b).abs() <= SignedDuration::from_secs(60)
}

/// Whether nothing but the record's own key is left of a customer, or not even that.
fn is_shredded(env: &Env<'_>, customer: &Customer) -> Result<bool, Failure> {
    let closed = matches!(customer.identification, Identification::Closed { .. });
    Ok(closed && !env.vault().has_key(&crate::record::owner_of(Some(customer.id)))?)
}
