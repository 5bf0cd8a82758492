//! Destroying a customer's keys: every copy becomes unreadable, backups included (RET-03, RET-04).

use std::collections::BTreeSet;

use domain::account::{Account, AccountStatus};
use domain::clock::Zone;
use domain::customer::{Customer, Identification, Standing};
use domain::fact::SubjectId;
use domain::id::CustomerId;
use domain::pack::KnownFacts;
use domain::retention::{AccountActivity, Activity, Kept, RetentionEnd, retention_end};
use jiff::{SignedDuration, Timestamp};

use crate::customer::{find_visible, put};
use crate::decision::known_facts;
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::record::{Happened, append_event};
use crate::store::Transaction;

/// What was destroyed, without the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destruction {
    pub customer: CustomerId,
    pub keys_destroyed: u64,
    pub references_forgotten: u64,
}

/// Destroys all keys of a customer and its persons. Called on approval of a draft, so by two persons. A legal
/// hold wins; an account that is not closed is never due; and retention has ended everywhere (RET-01).
pub fn shred(env: &Env<'_>, id: CustomerId) -> Result<Destruction, Failure> {
    let now = env.now();
    let persons = env.store().with_reading_tx(|tx| {
        let customer = find_visible(tx, env.actor, id)?;
        if let Some(hold) = tx.list_legal_holds(id)?.iter().find(|hold| hold.is_in_force(now)) {
            let detail = format!("legal hold `{}` is in force; nothing is destroyed", hold.id);
            return Err(Refusal::conflict("legal-hold", detail).into());
        }
        let open = tx.list_accounts_of(id)?.into_iter().find(|account| {
            !matches!(account.status, AccountStatus::Closed { .. } | AccountStatus::Refused { .. })
        });
        if let Some(account) = open {
            let detail = format!("account `{}` is not closed; its holder's records are not due", account.id);
            return Err(Refusal::conflict("account-not-closed", detail).into());
        }
        check_retention_over(env, tx, &customer, now)?;
        Ok::<_, Failure>(tx.list_persons(id)?)
    })?;
    let mut keys_destroyed = env.vault().shred(SubjectId::Customer(id), None)?;
    for person in &persons {
        keys_destroyed += env.vault().shred(SubjectId::Person(person.id), None)?;
    }
    let references_forgotten = env.store().with_tx(|tx| {
        let forgotten = tx.delete_references(id)?;
        if let Some(customer) = tx.find_customer(id)? {
            let identification = Identification::Closed { closed_at: now };
            put(tx, Customer { identification, standing: Standing::unknown(), ..customer })?;
        }
        let happened = Happened {
            kind: "customer.shredded",
            customer: None,
            account: None,
            object: id.to_string(),
            version: 1,
            state: Some("shredded"),
            reasons: vec![format!("keys-{keys_destroyed}")],
        };
        append_event(env, tx, happened)?;
        Ok::<u64, Failure>(forgotten)
    })?;
    Ok(Destruction { customer: id, keys_destroyed, references_forgotten })
}

/// Refuses while any field on record, or what was verified of it, is still to be kept under any pack that
/// reaches any account of the customer. All keys go at once, so the latest day decides.
fn check_retention_over(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: &Customer,
    now: Timestamp,
) -> Result<(), Failure> {
    let accounts = tx.list_accounts_of(customer.id)?;
    let facts = tx.list_facts(customer.id)?;
    let activity = Activity {
        accounts: accounts.iter().map(|account| activity_of(env, account)).collect::<Result<_, _>>()?,
        record_made_at: facts.iter().map(|fact| fact.recorded_at).max().unwrap_or(customer.created_at),
    };
    let kept: BTreeSet<Kept> =
        facts.iter().map(|fact| Kept::Field(fact.field)).chain([Kept::Verification]).collect();
    let in_force = env.packs.at_instant(now);
    // A day is over everywhere on Earth twelve hours after it is over in UTC: retention never ends early.
    let today =
        Zone::utc().date_of(now.saturating_sub(SignedDuration::from_hours(12)).unwrap_or(Timestamp::MIN));
    for known in profiles(tx, customer, &accounts)? {
        for &kept in &kept {
            let end = retention_end(kept, &in_force, &known, &activity);
            if !end.is_due(today) {
                let until = match &end {
                    RetentionEnd::Through { last_day, .. } => format!("kept through {last_day}"),
                    _ => "an account is not closed".to_owned(),
                };
                let detail = format!("the records are not due: {until}");
                return Err(Refusal::conflict("retention-not-due", detail).into());
            }
        }
    }
    Ok(())
}

/// Accesses may be recorded under our id of the account or the control plane's own. What was refused never ran.
fn activity_of(env: &Env<'_>, account: &Account) -> Result<AccountActivity, Failure> {
    let mut last_access_at = env.access().last_access(&account.id.to_string())?;
    if let Some(external_id) = &account.external_id {
        last_access_at = last_access_at.max(env.access().last_access(external_id)?);
    }
    let closed_at = match account.status {
        AccountStatus::Refused { refused_at } => Some(refused_at),
        _ => account.status.closed_at(),
    };
    Ok(AccountActivity { closed_at, last_access_at })
}

/// What packs may ask of the customer, by each of its accounts.
fn profiles(
    tx: &mut dyn Transaction,
    customer: &Customer,
    accounts: &[Account],
) -> Result<Vec<KnownFacts>, Failure> {
    let classification = customer.standing.classification;
    let provider = tx.find_provider(customer.provider)?;
    if accounts.is_empty() {
        return Ok(vec![known_facts(customer.kind, classification, None, None, provider.as_ref())]);
    }
    let mut profiles = Vec::new();
    for account in accounts {
        let product = tx.find_product(account.product)?;
        let provider = tx.find_provider(account.provider)?;
        profiles.push(known_facts(
            customer.kind,
            classification,
            Some(account),
            product.as_ref(),
            provider.as_ref(),
        ));
    }
    Ok(profiles)
}
