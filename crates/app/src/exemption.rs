//! Grants that lift identification terms, and nothing else (ADP-03).

use domain::exemption::{Exemption, ExemptionScope};
use domain::id::ExemptionId;
use domain::staff::Scope;
use jiff::Timestamp;

use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::record::{Happened, append_event};
use crate::store::Transaction;

/// Enters an exemption; it lifts nothing until a second person approves it.
pub fn draft(
    env: &Env<'_>,
    scope: ExemptionScope,
    reference: &str,
    expires_at: Option<Timestamp>,
) -> Result<Exemption, Failure> {
    env.actor.may_everywhere(Scope::MeasuresWrite)?;
    if reference.trim().is_empty() || reference.len() > 500 {
        let detail = "name the instrument, in at most 500 bytes";
        return Err(Refusal::invalid("reference-missing", detail).at("/reference").into());
    }
    let exemption = Exemption {
        id: env.new_id(),
        scope,
        reference: reference.trim().to_owned(),
        granted_at: env.now(),
        expires_at,
        revoked_at: None,
        approved: false,
        version: 1,
    };
    env.store().with_tx(|tx| {
        tx.insert_exemption(&exemption)?;
        tell(env, tx, &exemption, "exemption.drafted")
    })?;
    Ok(exemption)
}

pub fn list(env: &Env<'_>) -> Result<Vec<Exemption>, Failure> {
    env.actor.may_everywhere(Scope::MeasuresRead)?;
    env.store().with_reading_tx(|tx| Ok(tx.list_exemptions()?))
}

/// Ends an exemption at once; the accounts it reached need identification again.
pub fn revoke(env: &Env<'_>, id: ExemptionId) -> Result<Exemption, Failure> {
    env.actor.may_everywhere(Scope::MeasuresWrite)?;
    env.actor.person()?;
    env.store().with_tx(|tx| {
        let found = find_in_tx(tx, id)?;
        if found.revoked_at.is_some() {
            return Err(Refusal::conflict("exemption-revoked", "the exemption is revoked already").into());
        }
        let revoked = Exemption { revoked_at: Some(env.now()), version: found.version + 1, ..found };
        tx.update_exemption(&revoked)?;
        tell(env, tx, &revoked, "exemption.revoked")?;
        Ok(revoked)
    })
}

pub(crate) fn find_in_tx(tx: &mut dyn Transaction, id: ExemptionId) -> Result<Exemption, Failure> {
    let absent = || Refusal::not_found("no-such-exemption", format!("no exemption `{id}`"));
    Ok(tx.find_exemption(id)?.ok_or_else(absent)?)
}

/// Called on approval of a draft.
pub(crate) fn grant_in_tx(env: &Env<'_>, tx: &mut dyn Transaction, id: ExemptionId) -> Result<(), Failure> {
    let found = find_in_tx(tx, id)?;
    let granted = Exemption { approved: true, granted_at: env.now(), version: found.version + 1, ..found };
    tx.update_exemption(&granted)?;
    tell(env, tx, &granted, "exemption.granted")
}

fn tell(env: &Env<'_>, tx: &mut dyn Transaction, exemption: &Exemption, kind: &str) -> Result<(), Failure> {
    crate::gate::touch_orders(env, tx)?;
    append_event(env, tx, Happened::of(kind, exemption.id, exemption.version))
}
