//! What time does to customers: warnings and closures that fall due, interim terms that end, verifications that
//! are due again (CIP-16, CIP-20). The gate needs none of this to be right; it makes the work visible.

use domain::case::CaseKind;
use domain::customer::{Customer, Identification, UnableAnswer};
use domain::event::Event;
use domain::id::CustomerId;
use domain::screening::licences_end_at;
use domain::staff::Scope;
use jiff::Timestamp;

use crate::case::{self, NewCase};
use crate::customer::{assess, shred};
use crate::decision::known_facts;
use crate::env::Env;
use crate::failure::Failure;
use crate::notice;
use crate::record::{Happened, append_event};
use crate::store::{CustomerFilter, Page, Transaction};

/// Customers looked at in one transaction.
const RUN: u32 = 500;

/// States in which time alone changes something.
const STATES: [&str; 6] = ["draft", "open", "us_shown", "unable", "verified", "reverify_due"];

/// Goes through the customers once and opens the cases that are due. Running it twice changes nothing more.
/// Returns how many customers had something due.
pub fn advance(env: &Env<'_>) -> Result<u64, Failure> {
    advance_resting(env, &mut || {})
}

/// The same with a rest after each page of customers, so that those who ask meanwhile do not wait for it.
pub fn advance_resting(env: &Env<'_>, rest: &mut dyn FnMut()) -> Result<u64, Failure> {
    env.actor.may(Scope::CasesDecide)?;
    let now = env.now();
    let mut touched = 0;
    for state in STATES {
        let filter = CustomerFilter { state: Some(state.to_owned()), resellers: None };
        let mut page = Page { after: String::new(), limit: RUN };
        loop {
            let customers =
                env.store().with_reading_tx(|tx| Ok::<_, Failure>(tx.list_customers(&filter, &page)?))?;
            let Some(last) = customers.last() else { break };
            page.after = last.id.to_string();
            for customer in customers {
                touched += u64::from(advance_one(env, &customer, now)?);
            }
            rest();
        }
    }
    Ok(touched + tell_due_classes(env, now, rest)?)
}

/// The day on which retention was last gone through.
const RETENTION_SEEN: &str = "retention-seen-on";

/// Names, once a day, the retention classes that are over and held by nothing, each once. Two persons destroy them.
fn tell_due_classes(env: &Env<'_>, now: Timestamp, rest: &mut dyn FnMut()) -> Result<u64, Failure> {
    let today = shred::retention_day(now);
    let seen = env.store().with_reading_tx(|tx| Ok::<_, Failure>(tx.find_setting(RETENTION_SEEN)?))?;
    if seen == Some(today.to_string()) {
        return Ok(0);
    }
    let mut told = 0;
    let mut page = Page { after: String::new(), limit: RUN };
    loop {
        let customers = env
            .store()
            .with_reading_tx(|tx| Ok::<_, Failure>(tx.list_customers(&CustomerFilter::default(), &page)?))?;
        let Some(last) = customers.last() else { break };
        page.after = last.id.to_string();
        for customer in customers {
            let due = env.store().with_reading_tx(|tx| {
                let accounts = tx.list_accounts_of(customer.id)?;
                if accounts.iter().any(|account| shred::ended_at(account).is_none()) {
                    return Ok(Vec::new());
                }
                let mut classes = shred::classes_in_tx(env, tx, &customer)?;
                classes.retain(|class| class.is_due(today));
                Ok::<_, Failure>(classes)
            })?;
            for class in due {
                told += u64::from(env.store().with_tx(|tx| tell_due(env, tx, &customer, &class.class))?);
            }
        }
        rest();
    }
    env.store().with_tx(|tx| Ok::<_, Failure>(tx.put_setting(RETENTION_SEEN, &today.to_string())?))?;
    Ok(told)
}

/// `false` where it is on record already.
fn tell_due(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: &Customer,
    class: &str,
) -> Result<bool, Failure> {
    let named = format!("class-{class}");
    let is_told = |event: &Event| event.kind == "retention.due" && event.reasons.contains(&named);
    if tx.list_events_of(customer.id)?.iter().any(is_told) {
        return Ok(false);
    }
    let happened = Happened {
        kind: "retention.due",
        customer: Some(customer.id),
        account: None,
        object: customer.id.to_string(),
        version: customer.version,
        state: None,
        reasons: vec![named],
    };
    append_event(env, tx, happened)?;
    Ok(true)
}

fn advance_one(env: &Env<'_>, customer: &Customer, now: Timestamp) -> Result<bool, Failure> {
    if licences_end_at(&customer.standing.confirmed_entries).any(|end| end <= now) {
        env.store().with_tx(|tx| look_into_again(env, tx, customer.id))?;
    }
    match &customer.identification {
        Identification::Verified { reverify_at: Some(due), .. } if *due <= now => env.store().with_tx(|tx| {
            let Some(customer) = tx.find_customer(customer.id)? else { return Ok(false) };
            assess::refresh(env, tx, customer, &["reverification-due".to_owned()])?;
            Ok(true)
        }),
        Identification::Verified { reverify_at: Some(due), .. }
            if is_time_to_ask(env, customer, *due, now) =>
        {
            env.store().with_tx(|tx| {
                let Some(customer) = tx.find_customer(customer.id)? else { return Ok(false) };
                notice::ask_again(env, tx, &customer, *due)
            })
        }
        Identification::Unable { answer: UnableAnswer::InterimTerms { until: Some(until) }, .. }
            if *until <= now =>
        {
            env.store().with_tx(|tx| open_closure(env, tx, customer, "interim-terms-over", Some(*until)))
        }
        Identification::Open { .. } | Identification::ReverifyDue { .. } => unverified(env, customer, now),
        _ => Ok(false),
    }
}

/// A licence is over: somebody is to look into the hit again, unless somebody does.
fn look_into_again(env: &Env<'_>, tx: &mut dyn Transaction, customer: CustomerId) -> Result<(), Failure> {
    let filter = crate::store::CaseFilter {
        customer: Some(customer),
        kind: Some(CaseKind::ListHit),
        unresolved: Some(true),
        ..Default::default()
    };
    let waits = !tx.list_cases(&filter, &Page { after: String::new(), limit: 1 })?.is_empty();
    let Some(holder) = tx.find_customer(customer)?.filter(|_| !waits) else { return Ok(()) };
    assess::refresh(env, tx, holder, &["licence-over".to_owned()]).map(drop)
}

/// Whether the packs would have the customer asked by now to confirm who it is (CIP-20).
fn is_time_to_ask(env: &Env<'_>, customer: &Customer, due: Timestamp, now: Timestamp) -> bool {
    let in_force = env.packs.at_instant(now);
    let known = known_facts(customer.kind, customer.standing.classification, None, None, None);
    let Some(rule) = in_force.reverification(assess::risk(customer), &known) else { return false };
    let zone = &rule.pack.time_zone;
    rule.entry.ask_before.is_some_and(|before| domain::clock::due(now, before, zone).until >= due)
}

/// The timers of a customer that is not verified yet, counted from its first opened account.
fn unverified(env: &Env<'_>, customer: &Customer, now: Timestamp) -> Result<bool, Failure> {
    let known = known_facts(customer.kind, customer.standing.classification, None, None, None);
    let in_force = env.packs.at_instant(now);
    let rules = in_force.closures(&known);
    if rules.is_empty() {
        return Ok(false);
    }
    let is_due = |tx: &mut dyn Transaction| {
        let accounts = tx.list_accounts_of(customer.id)?;
        let open = accounts.iter().filter(|account| account.status.closed_at().is_none());
        let Some(opened_at) = open.filter_map(|account| account.status.opened_at()).min() else {
            return Ok::<_, Failure>((Vec::new(), None));
        };
        let due = |period, zone: &domain::clock::Zone| domain::clock::due(opened_at, period, zone).until;
        let warn_at = rules.iter().map(|rule| due(rule.entry.warn_after, &rule.pack.time_zone)).min();
        let close_at = rules.iter().map(|rule| due(rule.entry.close_after, &rule.pack.time_zone)).min();
        let mut reasons = Vec::new();
        for (at, reason) in [(warn_at, "closure-warned"), (close_at, "closure-due")] {
            if at.is_some_and(|at| at <= now) && !has_closure(tx, customer, reason)? {
                reasons.push(reason);
            }
        }
        Ok((reasons, close_at))
    };
    // Most have nothing due, and reading keeps nobody waiting.
    if env.store().with_reading_tx(is_due)?.0.is_empty() {
        return Ok(false);
    }
    env.store().with_tx(|tx| {
        let (reasons, close_at) = is_due(tx)?;
        let mut touched = false;
        for reason in reasons {
            touched |= open_closure(env, tx, customer, reason, close_at)?;
        }
        Ok(touched)
    })
}

/// Whether the customer's open closure case has the reason.
fn has_closure(tx: &mut dyn Transaction, customer: &Customer, reason: &str) -> Result<bool, Failure> {
    let filter = crate::store::CaseFilter {
        customer: Some(customer.id),
        kind: Some(CaseKind::Closure),
        unresolved: Some(true),
        ..Default::default()
    };
    let known = tx.list_cases(&filter, &Page { after: String::new(), limit: 1 })?;
    Ok(known.iter().any(|case| case.reasons.iter().any(|known| known == reason)))
}

/// Opens the closure case or adds the reason to it; `false` where it has the reason already.
fn open_closure(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: &Customer,
    reason: &str,
    due_at: Option<Timestamp>,
) -> Result<bool, Failure> {
    if has_closure(tx, customer, reason)? {
        return Ok(false);
    }
    let new = NewCase {
        kind: CaseKind::Closure,
        account: None,
        subject: None,
        reasons: vec![reason.to_owned()],
        due_at,
        not_by: Vec::new(),
    };
    let case = case::open_in_tx(env, tx, customer.id, new)?;
    if let Some(by) = due_at.filter(|by| *by > env.now()) {
        notice::warn_of_closure(env, tx, customer, &case, by)?;
    }
    Ok(true)
}
