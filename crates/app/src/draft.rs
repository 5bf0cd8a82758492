//! Four eyes, enforced here and nowhere else: who drafts does not approve (SEC-04).

use domain::draft::{Draft, DraftAction, DraftStatus, NotApprovable};
use domain::id::{CustomerId, DraftId, StaffId};
use domain::special_measure::Extension;
use domain::staff::Scope;
use jiff::Timestamp;

use crate::case::{self, Resolution};
use crate::customer::{assess, find_visible, shred};
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::record::{Happened, append_event, owner_of};
use crate::screening::clear;
use crate::screening::judge::{self, Judged, Said};
use crate::store::Transaction;
use crate::vault::{Opened, Place};
use crate::{account, exemption, legal_hold, special_measure, staff};

/// Which scope a person needs to draft or approve an action.
fn scope_of(action: &DraftAction) -> Scope {
    match action {
        DraftAction::DecideCase { .. } | DraftAction::CloseAccount { .. } => Scope::CasesDecide,
        DraftAction::JudgeHit { .. } | DraftAction::ClearHits { .. } => Scope::HitsJudge,
        DraftAction::ActivateMeasure { .. }
        | DraftAction::RevokeMeasure { .. }
        | DraftAction::ExtendMeasure { .. }
        | DraftAction::GrantExemption { .. } => Scope::MeasuresWrite,
        DraftAction::ReleaseHold { .. }
        | DraftAction::ShredCustomer { .. }
        | DraftAction::ShredClass { .. } => Scope::HoldsWrite,
        DraftAction::TrustPack { .. } => Scope::PacksWrite,
        DraftAction::GiveRole { .. } => Scope::StaffWrite,
    }
}

/// Drafts an action. It has no effect until a second person approves it. While a word on a case or on hits waits, the same
/// is not said again: the second of two would be approved when the first has settled what it is about.
pub fn draft(env: &Env<'_>, action: DraftAction, reason: &str) -> Result<Draft, Failure> {
    env.actor.may(scope_of(&action))?;
    let person = env.actor.person()?;
    check_reason(reason)?;
    let action = clear::named_in_full(env, action)?;
    env.store().with_tx(|tx| {
        let customer = check_possible(env, tx, &action)?;
        let action = named_in_full(tx, action.clone())?;
        check_new(tx, &action)?;
        let id: DraftId = env.new_id();
        let reason_sealed =
            env.vault().seal(&reason_place(customer, &id.to_string()), reason.trim().as_bytes())?;
        let draft = Draft {
            id,
            action,
            customer,
            reason_sealed: Some(reason_sealed),
            drafted_by: person,
            drafted_at: env.now(),
            status: DraftStatus::Waiting,
            version: 1,
        };
        tx.insert_draft(&draft)?;
        tell(env, tx, &draft, "draft.made")?;
        Ok(draft)
    })
}

fn check_new(tx: &mut dyn Transaction, action: &DraftAction) -> Result<(), Failure> {
    use DraftAction::{ClearHits, DecideCase, JudgeHit};
    if !matches!(action, DecideCase { .. } | JudgeHit { .. } | ClearHits { .. }) {
        return Ok(());
    }
    match tx.list_waiting_drafts()?.into_iter().find(|draft| draft.action == *action) {
        Some(draft) => {
            let detail = format!("`{}` says the same and waits for a second person", draft.id);
            Err(Refusal::conflict("draft-waits", detail).into())
        }
        None => Ok(()),
    }
}

/// The second person sees what kind of case is decided.
fn named_in_full(tx: &mut dyn Transaction, action: DraftAction) -> Result<DraftAction, Failure> {
    Ok(match action {
        DraftAction::DecideCase { case, kind: None, outcome } => {
            let kind = tx.find_case(case)?.map(|case| case.kind);
            DraftAction::DecideCase { case, kind, outcome }
        }
        action => action,
    })
}

/// Where a draft's reason is sealed: it dies with the customer's records.
fn reason_place(customer: Option<CustomerId>, draft: &str) -> Place<'_> {
    Place { owner: owner_of(customer), table: "drafts", column: "reason_sealed", row: draft, version: 1 }
}

/// The reason of a draft in clear, for who may see the draft. `None` once it was shredded.
pub fn open_reason(env: &Env<'_>, draft: &Draft) -> Result<Option<String>, Failure> {
    let Some(sealed) = &draft.reason_sealed else { return Ok(None) };
    match env.vault().open(&reason_place(draft.customer, &draft.id.to_string()), sealed)? {
        Opened::Plain(plain) => Ok(String::from_utf8(plain).ok()),
        Opened::Shredded => Ok(None),
    }
}

/// A reason is one or more sentences that name nobody.
pub fn check_reason(reason: &str) -> Result<(), Refusal> {
    let length = reason.trim().chars().count();
    if (3..=2_000).contains(&length) && !reason.chars().any(|c| c.is_control() && c != '\n') {
        Ok(())
    } else {
        Err(Refusal::invalid("reason-missing", "give a reason of 3 to 2,000 characters").at("/reason"))
    }
}

/// Refuses what could not be carried out, before a second person spends time on it.
fn check_possible(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    action: &DraftAction,
) -> Result<Option<CustomerId>, Failure> {
    match action {
        DraftAction::DecideCase { case, kind, outcome } => {
            let found = tx.find_case(*case)?.filter(|found| kind.is_none_or(|kind| found.kind == kind));
            let found = found.ok_or_else(|| {
                Refusal::not_found("no-such-case", format!("no case `{case}` of this kind"))
            })?;
            find_visible(tx, env.actor, found.customer)?;
            if found.is_resolved() {
                return Err(Refusal::conflict("case-resolved", "the case is resolved already").into());
            }
            case::check_reviewer(&found, env.actor.person()?)?;
            case::check_outcome(found.kind, *outcome)?;
            if *outcome == domain::draft::CaseOutcome::Verify {
                let customer = find_visible(tx, env.actor, found.customer)?;
                assess::check_verifiable(env, tx, &customer)?;
            }
            Ok(Some(found.customer))
        }
        DraftAction::JudgeHit { .. } => {
            let Some(judged) = judged(action) else { return Ok(None) };
            judge::check_possible(env, tx, &judged)?;
            Ok(Some(judged.customer))
        }
        DraftAction::ClearHits { .. } => Ok(None),
        DraftAction::ActivateMeasure { measure } | DraftAction::RevokeMeasure { measure } => {
            env.actor.may_everywhere(scope_of(action))?;
            special_measure::find_in_tx(tx, *measure)?;
            Ok(None)
        }
        DraftAction::ExtendMeasure { measure, until, reference } => {
            env.actor.may_everywhere(scope_of(action))?;
            special_measure::check_extension(tx, *measure, &extension(*until, reference))?;
            Ok(None)
        }
        DraftAction::GrantExemption { exemption } => {
            env.actor.may_everywhere(scope_of(action))?;
            exemption::find_in_tx(tx, *exemption)?;
            Ok(None)
        }
        DraftAction::ReleaseHold { hold } => Ok(Some(legal_hold::find_in_tx(env, tx, *hold)?.customer)),
        DraftAction::CloseAccount { account } => {
            Ok(Some(account::find_account_visible(tx, env, *account)?.0.id))
        }
        DraftAction::ShredCustomer { customer } => Ok(Some(find_visible(tx, env.actor, *customer)?.id)),
        DraftAction::ShredClass { customer, class } => {
            let customer = find_visible(tx, env.actor, *customer)?;
            shred::find_class(env, tx, &customer, class)?;
            Ok(Some(customer.id))
        }
        DraftAction::TrustPack { .. } => {
            env.actor.may_everywhere(scope_of(action))?;
            Ok(None)
        }
        DraftAction::GiveRole { staff, .. } => {
            env.actor.may_everywhere(scope_of(action))?;
            staff::find_in_tx(tx, *staff)?;
            Ok(None)
        }
    }
}

/// Approves a draft and carries it out, in one transaction. The second person sees what the first drafted and
/// changes nothing of it.
pub fn approve(env: &Env<'_>, id: DraftId) -> Result<Draft, Failure> {
    let person = env.actor.person()?;
    let draft = find_to_settle(env, id)?;
    // Keys are destroyed outside the registry, so this one is not a part of the transaction below: it is done
    // first, and doing it twice changes nothing.
    match &draft.action {
        DraftAction::ShredCustomer { customer } => {
            draft.clone().approve(person, env.now()).map_err(refuse)?;
            shred::shred(env, *customer)?;
        }
        DraftAction::ShredClass { customer, class } => {
            draft.clone().approve(person, env.now()).map_err(refuse)?;
            shred::shred_class(env, *customer, class)?;
        }
        _ => {}
    }
    env.store().with_tx(|tx| {
        let current = find_in_tx(tx, id)?;
        let approved = current.approve(person, env.now()).map_err(refuse)?;
        carry_out(env, tx, &approved, person)?;
        let approved = Draft { version: approved.version + 1, ..approved };
        tx.update_draft(&approved)?;
        tell(env, tx, &approved, "draft.approved")?;
        Ok(approved)
    })
}

/// Rejects a draft; nothing happens.
pub fn reject(env: &Env<'_>, id: DraftId) -> Result<Draft, Failure> {
    settle(env, id, "draft.rejected", Draft::reject)
}

/// Takes a draft of one's own back; nothing happens.
pub fn withdraw(env: &Env<'_>, id: DraftId) -> Result<Draft, Failure> {
    settle(env, id, "draft.withdrawn", Draft::withdraw)
}

/// Ends a draft without carrying it out.
fn settle(
    env: &Env<'_>,
    id: DraftId,
    kind: &str,
    how: fn(Draft, StaffId, Timestamp) -> Result<Draft, NotApprovable>,
) -> Result<Draft, Failure> {
    let person = env.actor.person()?;
    find_to_settle(env, id)?;
    env.store().with_tx(|tx| {
        let settled = how(find_in_tx(tx, id)?, person, env.now()).map_err(refuse)?;
        let settled = Draft { version: settled.version + 1, ..settled };
        tx.update_draft(&settled)?;
        tell(env, tx, &settled, kind)?;
        Ok(settled)
    })
}

/// Drafts that wait for somebody, of those this person could approve or has made.
pub fn list_waiting(env: &Env<'_>) -> Result<Vec<Draft>, Failure> {
    env.actor.may(Scope::CasesRead).or_else(|_| env.actor.may(Scope::StaffWrite))?;
    env.store().with_reading_tx(|tx| {
        let mut drafts = Vec::new();
        for draft in tx.list_waiting_drafts()? {
            if env.actor.may(scope_of(&draft.action)).is_ok() && is_visible(env, tx, &draft)? {
                drafts.push(draft);
            }
        }
        Ok(drafts)
    })
}

/// A draft that the actor may settle, as far as scope and branch go.
fn find_to_settle(env: &Env<'_>, id: DraftId) -> Result<Draft, Failure> {
    let draft = env.store().with_reading_tx(|tx| {
        let draft = find_in_tx(tx, id)?;
        if is_visible(env, tx, &draft)? { Ok(draft) } else { Err(Failure::from(absent(id))) }
    })?;
    env.actor.may(scope_of(&draft.action))?;
    Ok(draft)
}

/// What concerns no customer concerns the whole installation, and no branch of it.
fn is_visible(env: &Env<'_>, tx: &mut dyn Transaction, draft: &Draft) -> Result<bool, Failure> {
    let Some(customer) = draft.customer else { return Ok(env.actor.branch.is_none()) };
    match find_visible(tx, env.actor, customer) {
        Ok(_) => Ok(true),
        Err(Failure::Refused(_)) => Ok(false),
        Err(failure) => Err(failure),
    }
}

fn absent(id: DraftId) -> Refusal {
    Refusal::not_found("no-such-draft", format!("no draft `{id}`"))
}

fn find_in_tx(tx: &mut dyn Transaction, id: DraftId) -> Result<Draft, Failure> {
    Ok(tx.find_draft(id)?.ok_or_else(|| absent(id))?)
}

fn refuse(not_approvable: NotApprovable) -> Refusal {
    match not_approvable {
        NotApprovable::SamePerson => Refusal::forbidden("same-person", not_approvable),
        NotApprovable::NotDrafter => Refusal::forbidden("not-drafter", not_approvable),
        NotApprovable::NotWaiting => Refusal::conflict("draft-settled", not_approvable),
    }
}

fn carry_out(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    draft: &Draft,
    approved_by: StaffId,
) -> Result<(), Failure> {
    match &draft.action {
        DraftAction::DecideCase { case, outcome, .. } => {
            let resolution =
                Resolution { case: *case, outcome: *outcome, decided_by: draft.drafted_by, approved_by };
            case::resolve_in_tx(env, tx, &resolution)?;
        }
        DraftAction::JudgeHit { .. } => {
            let (by, second) = (draft.drafted_by.to_string(), approved_by.to_string());
            let reason = open_reason(env, draft)?.unwrap_or_default();
            let said = Said { reason: &reason, by: &by, approved_by: Some(&second) };
            if let Some(judged) = judged(&draft.action) {
                judge::check_possible(env, tx, &judged)?;
                judge::judge_in_tx(env, tx, &judged, &said)?;
            }
        }
        DraftAction::ClearHits { list, hits, .. } => {
            let (by, second) = (draft.drafted_by.to_string(), approved_by.to_string());
            let reason = open_reason(env, draft)?.unwrap_or_default();
            let said = Said { reason: &reason, by: &by, approved_by: Some(&second) };
            clear::clear_in_tx(env, tx, list, hits, &said)?;
        }
        DraftAction::ActivateMeasure { measure } => special_measure::activate_in_tx(env, tx, *measure)?,
        DraftAction::RevokeMeasure { measure } => special_measure::revoke_in_tx(env, tx, *measure)?,
        DraftAction::ExtendMeasure { measure, until, reference } => {
            special_measure::extend_in_tx(env, tx, *measure, extension(*until, reference))?;
        }
        DraftAction::GrantExemption { exemption } => exemption::grant_in_tx(env, tx, *exemption)?,
        DraftAction::ReleaseHold { hold } => legal_hold::release_in_tx(env, tx, *hold)?,
        DraftAction::CloseAccount { account } => {
            let (_, found) = account::find_account_visible(tx, env, *account)?;
            let closed = found.close(env.now()).map_err(account::refuse)?;
            account::put_and_tell(env, tx, closed, "account.closed", vec!["two-persons".to_owned()])?;
        }
        DraftAction::ShredCustomer { .. } | DraftAction::ShredClass { .. } => {}
        DraftAction::TrustPack { pack } => crate::pack::activate_in_tx(env, tx, pack)?,
        DraftAction::GiveRole { staff, roles } => staff::give_roles_in_tx(env, tx, *staff, roles)?,
    }
    Ok(())
}

/// What a draft says of a hit.
fn judged(action: &DraftAction) -> Option<Judged> {
    match action.clone() {
        DraftAction::JudgeHit { customer, screening, list, entry, kind, outcome } => {
            Some(Judged { customer, screening, list, entry, kind, outcome })
        }
        _ => None,
    }
}

fn extension(until: Timestamp, reference: &str) -> Extension {
    Extension { until, reference: reference.trim().to_owned() }
}

fn tell(env: &Env<'_>, tx: &mut dyn Transaction, draft: &Draft, kind: &str) -> Result<(), Failure> {
    let happened =
        Happened::of(kind, draft.id, draft.version).to(draft.customer).state(draft.status.as_str());
    append_event(env, tx, happened)
}
