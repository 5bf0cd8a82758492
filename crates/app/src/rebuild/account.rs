//! An account's row from the events about it, and a lost one from the decisions about it.

use domain::account::{Account, AccountStatus};
use domain::event::Event;
use domain::id::{AccountId, CustomerId};
use jiff::Timestamp;

use super::near;
use crate::env::Env;
use crate::failure::Failure;
use crate::store::Transaction;

/// The row as the events have it, and the columns in which the found one differs.
pub fn derive(found: &Account, events: &[Event]) -> (Account, Vec<&'static str>) {
    let mut derived = found.clone();
    let mut columns = Vec::new();
    let told = Told::of(found.id, events);
    if let Some(status) = told.status(&found.status)
        && !is_same(&found.status, &status)
    {
        derived.status = status;
        columns.push("status");
    }
    if told.version > found.version {
        derived.version = told.version;
        columns.push("version");
    }
    (derived, columns)
}

/// What events tell of one account.
struct Told<'a> {
    /// The last state, and since when.
    state: Option<(&'a str, Timestamp)>,
    opened_at: Option<Timestamp>,
    version: u64,
}

impl<'a> Told<'a> {
    fn of(account: AccountId, events: &'a [Event]) -> Self {
        let object = account.to_string();
        let mut told = Self { state: None, opened_at: None, version: 0 };
        let of_account =
            events.iter().filter(|event| event.kind.starts_with("account.") && event.object == object);
        for event in of_account {
            told.version = told.version.max(event.version);
            let Some(state) = event.state.as_deref() else { continue };
            if told.state.is_none_or(|(before, _)| before != state) {
                told.state = Some((state, event.at));
            }
            if event.kind == "account.opened" {
                told.opened_at = Some(event.at);
            }
        }
        told
    }

    /// What no event tells, such as the measure it was suspended under, stays as the row has it.
    fn status(&self, found: &AccountStatus) -> Option<AccountStatus> {
        let (state, at) = self.state?;
        Some(match state {
            "pending" => AccountStatus::Pending,
            "refused" => AccountStatus::Refused { refused_at: at },
            "open" => AccountStatus::Open { opened_at: self.opened_at.unwrap_or(at) },
            "suspended" => {
                let under = match found {
                    AccountStatus::Suspended { under, .. } => *under,
                    _ => None,
                };
                AccountStatus::Suspended { opened_at: self.opened_at.unwrap_or(at), suspended_at: at, under }
            }
            "closed" => AccountStatus::Closed { opened_at: self.opened_at, closed_at: at },
            _ => return None,
        })
    }
}

fn is_same(found: &AccountStatus, derived: &AccountStatus) -> bool {
    let at = |status: &AccountStatus| match status {
        AccountStatus::Refused { refused_at } => Some(*refused_at),
        AccountStatus::Suspended { suspended_at, .. } => Some(*suspended_at),
        AccountStatus::Closed { closed_at, .. } => Some(*closed_at),
        AccountStatus::Pending | AccountStatus::Open { .. } => None,
    };
    let is_near = |a: Option<Timestamp>, b: Option<Timestamp>| match (a, b) {
        (Some(a), Some(b)) => near(a, b),
        (a, b) => a.is_none() && b.is_none(),
    };
    found.as_str() == derived.as_str()
        && is_near(at(found), at(derived))
        && is_near(found.opened_at(), derived.opened_at())
}

/// Replaces the row, raising its version as far as events tell of.
pub fn put(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    derived: Account,
    columns: &[&str],
) -> Result<(), Failure> {
    let found = tx.find_account(derived.id)?.map_or(derived.version, |found| found.version);
    for version in found + 1..=derived.version {
        tx.update_account(&Account { version, ..derived.clone() })?;
    }
    let reasons = columns.iter().map(|&column| column.to_owned()).collect();
    crate::account::put(env, tx, derived, "account.rebuilt", reasons).map(|_| ())
}

/// The account as the last decision about it had it.
pub fn find_in_decisions(
    tx: &mut dyn Transaction,
    customer: CustomerId,
    account: AccountId,
) -> Result<Option<Account>, Failure> {
    let decisions = tx.list_decisions(customer)?;
    let last = decisions.into_iter().rev().find(|decision| decision.facts.account.id == account);
    Ok(last.map(|decision| Account::clone(&decision.facts.account)))
}

/// Puts a lost row back, in the state that events tell of.
pub fn put_back(env: &Env<'_>, tx: &mut dyn Transaction, lost: Account) -> Result<(), Failure> {
    let events = tx.list_events_of(lost.customer)?;
    let (derived, _) = derive(&lost, &events);
    tx.insert_account(&derived)?;
    crate::account::put(env, tx, derived, "account.rebuilt", vec!["row".to_owned()]).map(|_| ())
}
