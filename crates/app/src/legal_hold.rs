//! Legal holds: while one is in force nothing of the customer is destroyed (RET-04, LE-03).

use domain::id::{CustomerId, LegalHoldId};
use domain::legal_hold::LegalHold;
use domain::staff::Scope;
use jiff::Timestamp;

use crate::customer::find_visible;
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::record::{Happened, append_event};
use crate::store::Transaction;

/// Places a hold. One that is in place under the same reference is returned as it is.
pub fn place(
    env: &Env<'_>,
    customer: CustomerId,
    reference: &str,
    expires_at: Option<Timestamp>,
) -> Result<LegalHold, Failure> {
    env.actor.may(Scope::HoldsWrite)?;
    let reference = reference.trim();
    if reference.is_empty() || reference.len() > 200 || reference.chars().any(char::is_control) {
        let detail = "a hold's reference is one line of 1 to 200 bytes";
        return Err(Refusal::invalid("reference-missing", detail).at("/reference").into());
    }
    let now = env.now();
    if expires_at.is_some_and(|expires_at| expires_at <= now) {
        return Err(Refusal::invalid("hold-over", "the hold would be over already").at("/expires_at").into());
    }
    env.store().with_tx(|tx| {
        find_visible(tx, env.actor, customer)?;
        let placed = tx.list_legal_holds(customer)?;
        let same = placed.into_iter().find(|hold| hold.reference == reference && hold.is_in_force(now));
        if let Some(hold) = same {
            return Ok(hold);
        }
        let hold = LegalHold {
            id: env.new_id(),
            customer,
            reference: reference.to_owned(),
            placed_at: now,
            placed_by: env.actor.to_string(),
            expires_at,
            renewals: 0,
            released_at: None,
            version: 1,
        };
        tx.insert_legal_hold(&hold)?;
        tell(env, tx, &hold, "hold.placed", "in_force")?;
        Ok(hold)
    })
}

pub fn list(env: &Env<'_>, customer: CustomerId) -> Result<Vec<LegalHold>, Failure> {
    env.actor.may(Scope::CustomersRead)?;
    env.store().with_reading_tx(|tx| {
        find_visible(tx, env.actor, customer)?;
        Ok(tx.list_legal_holds(customer)?)
    })
}

pub(crate) fn find_in_tx(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    id: LegalHoldId,
) -> Result<LegalHold, Failure> {
    let absent = || Refusal::not_found("no-such-hold", format!("no hold `{id}`"));
    let hold = tx.find_legal_hold(id)?.ok_or_else(absent)?;
    find_visible(tx, env.actor, hold.customer).map_err(|failure| failure.refused_as(absent()))?;
    Ok(hold)
}

/// Called on approval of a draft: destruction is possible again.
pub(crate) fn release_in_tx(env: &Env<'_>, tx: &mut dyn Transaction, id: LegalHoldId) -> Result<(), Failure> {
    let hold = find_in_tx(env, tx, id)?;
    if hold.released_at.is_some() {
        return Err(Refusal::conflict("hold-released", "the hold is released already").into());
    }
    let released = LegalHold { released_at: Some(env.now()), version: hold.version + 1, ..hold };
    tx.update_legal_hold(&released)?;
    tell(env, tx, &released, "hold.released", "released")
}

fn tell(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    hold: &LegalHold,
    kind: &str,
    state: &str,
) -> Result<(), Failure> {
    append_event(env, tx, Happened::of(kind, hold.id, hold.version).to(hold.customer).state(state))
}
