//! Measures: drafted, previewed, activated by a second person, over without a job having run (SM-01 to SM-04).

use domain::id::{AccountId, CustomerId, SpecialMeasureId};
use domain::pack::KnownFacts;
use domain::special_measure::{
    AppliesTo, Extension, MeasureAction, MeasureMatch, MeasureStatus, SpecialMeasure, Target,
};
use domain::staff::Scope;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::bounds::{check_conditions, check_count, check_line};
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::gate;
use crate::record::{Happened, append_event};
use crate::store::Transaction;

/// A measure as its instrument gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMeasure {
    pub target: Target,
    pub determination_on: Date,
    pub effective_from: Timestamp,
    pub expires_at: Timestamp,
    pub legal_reference: String,
    pub document_hash: String,
    pub action: MeasureAction,
    pub applies_to: AppliesTo,
}

/// A draft, and what somebody should look at before approving it.
pub struct Drafted {
    pub measure: SpecialMeasure,
    pub warnings: Vec<String>,
}

/// Enters a measure as a draft: nothing is touched.
pub fn draft(env: &Env<'_>, new: &NewMeasure) -> Result<Drafted, Failure> {
    env.actor.may_everywhere(Scope::MeasuresWrite)?;
    check(new)?;
    if new.expires_at <= env.now() {
        let detail = "the measure's time is over already";
        return Err(Refusal::invalid("measure-interval", detail).at("/expires_at").into());
    }
    let measure = SpecialMeasure {
        id: env.new_id(),
        target: new.target.clone(),
        determination_on: new.determination_on,
        effective_from: new.effective_from,
        expires_at: new.expires_at,
        extended_by: Vec::new(),
        legal_reference: new.legal_reference.trim().to_owned(),
        document_hash: new.document_hash.to_lowercase(),
        action: new.action.clone(),
        applies_to: new.applies_to.clone(),
        status: MeasureStatus::Draft,
        version: 1,
    };
    env.store().with_tx(|tx| {
        tx.insert_measure(&measure)?;
        gate::touch_orders(env, tx)?;
        tell(env, tx, &measure, "measure.drafted")
    })?;
    Ok(Drafted { warnings: clock_warnings(env, &measure), measure })
}

fn check(new: &NewMeasure) -> Result<(), Refusal> {
    if new.expires_at <= new.effective_from {
        let detail = "the measure ends before it begins";
        return Err(Refusal::invalid("measure-interval", detail).at("/expires_at"));
    }
    check_reference(&new.legal_reference)
        .map_err(|detail| Refusal::invalid("legal-reference-missing", detail).at("/legal_reference"))?;
    let is_hash = new.document_hash.len() == 64 && new.document_hash.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_hash {
        let detail = "give the SHA-256 of the determination, in hexadecimal";
        return Err(Refusal::invalid("document-hash-missing", detail).at("/document_hash"));
    }
    let empty = match &new.target {
        Target::Jurisdiction { places } => places.is_empty(),
        Target::Person { customers, entries } => {
            check_count(customers.len(), "/target/customers")?;
            check_count(entries.len(), "/target/entries")?;
            for (number, entry) in entries.iter().enumerate() {
                check_line(&entry.list, &format!("/target/entries/{number}/list"))?;
                check_line(&entry.entry, &format!("/target/entries/{number}/entry"))?;
            }
            customers.is_empty() && entries.is_empty()
        }
    };
    if empty {
        return Err(Refusal::invalid("target-empty", "the measure aims at nobody").at("/target"));
    }
    if let MeasureAction::Condition { conditions } = &new.action {
        if conditions.is_empty() {
            return Err(Refusal::invalid("conditions-empty", "the measure asks for nothing").at("/action"));
        }
        check_conditions(conditions, "/action/conditions")?;
    }
    Ok(())
}

/// The instrument behind a measure, or behind a longer one.
fn check_reference(reference: &str) -> Result<(), &'static str> {
    if reference.trim().is_empty() || reference.len() > 500 || reference.chars().any(char::is_control) {
        return Err("name the instrument, in one line of at most 500 bytes");
    }
    Ok(())
}

/// What the packs' time frames say of the dates; a warning, since the dates are the instrument's.
fn clock_warnings(env: &Env<'_>, measure: &SpecialMeasure) -> Vec<String> {
    let in_force = env.packs.at_instant(env.now());
    let mut warnings = Vec::new();
    for rule in in_force.measure_clocks(&KnownFacts::new()) {
        let zone = &rule.pack.time_zone;
        let earliest =
            domain::clock::due_by_day(measure.determination_on, rule.entry.not_before, zone).due_on;
        if zone.date_of(measure.effective_from) < earliest {
            warnings.push(format!(
                "in force before {earliest}, which is {} after the determination ({} {})",
                rule.entry.not_before, rule.citation.document, rule.citation.section
            ));
        }
        let latest = domain::clock::due_by_day(measure.determination_on, rule.entry.lasts, zone).due_on;
        if zone.date_of(measure.expires_at) > latest {
            warnings.push(format!(
                "ends after {latest}, which is {} after the determination ({} {})",
                rule.entry.lasts, rule.citation.document, rule.citation.section
            ));
        }
    }
    warnings
}

/// Which accounts a measure touches, by reason and strength; nothing changes. The gate's table answers, so it
/// is level with the log to a fraction of a second.
pub fn preview(
    env: &Env<'_>,
    id: SpecialMeasureId,
) -> Result<Vec<(AccountId, CustomerId, MeasureMatch)>, Failure> {
    env.actor.may_everywhere(Scope::MeasuresRead)?;
    let measure = env.store().with_reading_tx(|tx| find_in_tx(tx, id))?;
    Ok(env.platform.gate.accounts_touched_by(&measure))
}

pub fn list(env: &Env<'_>) -> Result<Vec<SpecialMeasure>, Failure> {
    env.actor.may_everywhere(Scope::MeasuresRead)?;
    env.store().with_reading_tx(|tx| Ok(tx.list_measures()?))
}

pub fn find(env: &Env<'_>, id: SpecialMeasureId) -> Result<SpecialMeasure, Failure> {
    env.actor.may_everywhere(Scope::MeasuresRead)?;
    env.store().with_reading_tx(|tx| find_in_tx(tx, id))
}

pub(crate) fn find_in_tx(tx: &mut dyn Transaction, id: SpecialMeasureId) -> Result<SpecialMeasure, Failure> {
    let absent = || Refusal::not_found("no-such-measure", format!("no measure `{id}`"));
    Ok(tx.find_measure(id)?.ok_or_else(absent)?)
}

/// Called on approval of a draft.
pub(crate) fn activate_in_tx(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    id: SpecialMeasureId,
) -> Result<(), Failure> {
    let measure = find_in_tx(tx, id)?;
    if measure.status != MeasureStatus::Draft {
        return Err(Refusal::conflict("measure-not-draft", "only a draft is activated").into());
    }
    let status = MeasureStatus::Approved { approved_at: env.now() };
    put(env, tx, SpecialMeasure { status, ..measure }, "measure.activated")
}

/// Called on approval of a draft: the earlier profile of every account is back.
pub(crate) fn revoke_in_tx(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    id: SpecialMeasureId,
) -> Result<(), Failure> {
    let measure = find_in_tx(tx, id)?;
    if matches!(measure.status, MeasureStatus::Revoked { .. }) {
        return Err(Refusal::conflict("measure-revoked", "the measure is revoked already").into());
    }
    let status = MeasureStatus::Revoked { revoked_at: env.now() };
    put(env, tx, SpecialMeasure { status, ..measure }, "measure.revoked")
}

/// Refuses what extends no approved measure, or by no instrument.
pub(crate) fn check_extension(
    tx: &mut dyn Transaction,
    id: SpecialMeasureId,
    extension: &Extension,
) -> Result<SpecialMeasure, Failure> {
    check_reference(&extension.reference)
        .map_err(|detail| Refusal::invalid("reference-missing", detail).at("/reference"))?;
    let measure = find_in_tx(tx, id)?;
    if !matches!(measure.status, MeasureStatus::Approved { .. }) {
        return Err(Refusal::conflict("measure-not-approved", "only an approved measure is extended").into());
    }
    if extension.until <= measure.ends_at() {
        let detail = format!("the measure lasts until {} already", measure.ends_at());
        return Err(Refusal::invalid("extension-too-short", detail).at("/until").into());
    }
    Ok(measure)
}

/// Called on approval of a draft: the first end stays on record (SM-04).
pub(crate) fn extend_in_tx(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    id: SpecialMeasureId,
    extension: Extension,
) -> Result<(), Failure> {
    let mut measure = check_extension(tx, id, &extension)?;
    measure.extended_by.push(extension);
    put(env, tx, measure, "measure.extended")
}

fn put(env: &Env<'_>, tx: &mut dyn Transaction, measure: SpecialMeasure, kind: &str) -> Result<(), Failure> {
    let measure = SpecialMeasure { version: measure.version + 1, ..measure };
    tx.update_measure(&measure)?;
    gate::touch_orders(env, tx)?;
    tell(env, tx, &measure, kind)
}

fn tell(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    measure: &SpecialMeasure,
    kind: &str,
) -> Result<(), Failure> {
    let happened = Happened::of(kind, measure.id, measure.version)
        .state(measure.status.as_str())
        .because(vec![format!("determination-{}", measure.document_hash)]);
    append_event(env, tx, happened)
}
