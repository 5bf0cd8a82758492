//! A case's row from the events about it.

use domain::case::{Case, CaseStatus};
use domain::event::Event;

use crate::env::Env;
use crate::failure::Failure;
use crate::store::Transaction;

/// The row as the events have it, and the columns in which the found one differs.
pub fn derive(found: &Case, events: &[Event]) -> (Case, Vec<&'static str>) {
    let object = found.id.to_string();
    let mut derived = found.clone();
    let mut columns = Vec::new();
    let mut reasons: Vec<String> = Vec::new();
    let mut status = None;
    let mut version = 0;
    for event in events.iter().filter(|event| event.kind.starts_with("case.") && event.object == object) {
        version = version.max(event.version);
        match event.kind.as_str() {
            "case.opened" => {
                reasons.clone_from(&event.reasons);
                status = Some(CaseStatus::Open);
            }
            "case.extended" => reasons.extend(event.reasons.iter().cloned()),
            "case.claimed" => {
                let claimed = |claimed_by| CaseStatus::Claimed { claimed_by, claimed_at: event.at };
                status = event.actor.parse().ok().map(claimed);
            }
            "case.resolved" => {
                status = Some(CaseStatus::Resolved {
                    outcome: event.reasons.first().cloned().unwrap_or_default(),
                    // The approver: who drafted it is in the decisions of the case.
                    resolved_by: event.actor.clone(),
                    resolved_at: event.at,
                });
            }
            _ => {}
        }
    }
    if let Some(status) = status
        && !is_same(&found.status, &status)
    {
        derived.status = status;
        columns.push("status");
    }
    if !reasons.is_empty() && found.reasons != reasons {
        derived.reasons = reasons;
        columns.push("reasons");
    }
    if version > found.version {
        derived.version = version;
        columns.push("version");
    }
    (derived, columns)
}

fn is_same(found: &CaseStatus, derived: &CaseStatus) -> bool {
    match (found, derived) {
        (CaseStatus::Open, CaseStatus::Open) => true,
        (CaseStatus::Claimed { claimed_by: a, .. }, CaseStatus::Claimed { claimed_by: b, .. }) => a == b,
        (CaseStatus::Resolved { outcome: a, .. }, CaseStatus::Resolved { outcome: b, .. }) => a == b,
        _ => false,
    }
}

/// Replaces the row, raising its version as far as events tell of.
pub fn put(env: &Env<'_>, tx: &mut dyn Transaction, derived: Case, columns: &[&str]) -> Result<(), Failure> {
    let found = tx.find_case(derived.id)?.map_or(derived.version, |found| found.version);
    for version in found + 1..=derived.version {
        tx.update_case(&Case { version, ..derived.clone() })?;
    }
    let reasons = columns.iter().map(|&column| column.to_owned()).collect();
    crate::case::put(env, tx, derived, "case.rebuilt", reasons).map(|_| ())
}
