//! What persons say of a hit: that it is somebody else, that it is not, and what looking into it came to (CIP-23).

use domain::id::{CustomerId, JudgementId, ScreeningId};
use domain::screening::{Hit, HitOutcome, HitStatus, Judgement, JudgementKind, Screening, status_of_hit};
use domain::staff::Scope;

use super::shown::terms_for;
use crate::customer::{assess, find_visible};
use crate::draft::check_reason;
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::record::{Happened, Recorded, append_event, append_leaf, owner_of};
use crate::store::Transaction;
use crate::vault::Place;

/// One pair of subject and entry, and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    pub customer: CustomerId,
    pub screening: ScreeningId,
    pub list: String,
    pub entry: String,
    pub kind: JudgementKind,
    /// What looking into a true match came to.
    pub outcome: Option<HitOutcome>,
}

/// Who says it, and why.
pub struct Said<'a> {
    pub reason: &'a str,
    pub by: &'a str,
    /// The second person.
    pub approved_by: Option<&'a str>,
}

/// Records that looking into a confirmed hit came to nothing good: one person may, since it lets nobody through.
pub fn record_outcome(env: &Env<'_>, judged: &Judged, reason: &str) -> Result<Judgement, Failure> {
    env.actor.may(Scope::HitsJudge)?;
    env.store().with_tx(|tx| {
        check_possible(env, tx, judged)?;
        let person = env.actor.person()?.to_string();
        check_reason(reason)?;
        let (screening, hit) = find_hit(tx, judged)?;
        let judgements = tx.list_judgements(judged.customer)?;
        let is_confirmed = status_of_hit(&screening, &hit, &judgements) == HitStatus::Confirmed;
        if !is_confirmed || judged.outcome.as_ref().is_none_or(|outcome| outcome.kind().weakens()) {
            let detail =
                "one person records `not_licensed` or `not_resolved` of a confirmed hit; draft all else";
            return Err(Refusal::precondition("second-person-needed", detail).into());
        }
        judge_in_tx(env, tx, judged, &Said { reason, by: &person, approved_by: None })
    })
}

/// Refuses what could not be recorded, before a second person spends time on it.
pub fn check_possible(env: &Env<'_>, tx: &mut dyn Transaction, judged: &Judged) -> Result<(), Failure> {
    let customer = find_visible(tx, env.actor, judged.customer)?;
    let (_, hit) = find_hit(tx, judged)?;
    let Some(outcome) = &judged.outcome else { return Ok(()) };
    let refused =
        |detail: String| Failure::from(Refusal::invalid("hit-outcome-refused", detail).at("/outcome"));
    if judged.kind != JudgementKind::TrueMatch {
        return Err(refused("an outcome is of a true match".to_owned()));
    }
    let terms = terms_for(env, &customer);
    let foreseen = terms.iter().find(|terms| terms.list == hit.list).map_or(&[][..], |terms| &terms.outcomes);
    if !foreseen.contains(&outcome.kind()) {
        let known: Vec<&str> = foreseen.iter().map(|kind| kind.as_str()).collect();
        let list = &hit.list;
        return Err(refused(format!("the packs in force foresee for `{list}`: {}", none_or(&known))));
    }
    if let HitOutcome::Licensed { licence, until } = outcome {
        let is_number = (1..=100).contains(&licence.len())
            && licence.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" -_./:()".contains(&byte));
        if !is_number {
            return Err(refused(
                "a licence is a number or code of at most 100 letters, digits and signs".to_owned(),
            ));
        }
        if *until <= env.now() {
            return Err(refused("the licence is over already".to_owned()));
        }
    }
    Ok(())
}

fn none_or(words: &[&str]) -> String {
    if words.is_empty() { "no outcome".to_owned() } else { words.join(", ") }
}

/// Records a judgement, assesses the customer anew and settles its case.
pub fn judge_in_tx(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    judged: &Judged,
    said: &Said<'_>,
) -> Result<Judgement, Failure> {
    let judgement = insert(env, tx, judged, said)?;
    settle(env, tx, judged.customer, said.by)?;
    Ok(judgement)
}

/// Assesses a customer anew after judgements, and settles its case.
pub(super) fn settle(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    customer: CustomerId,
    by: &str,
) -> Result<(), Failure> {
    let holder = find_visible(tx, env.actor, customer)?;
    assess::refresh(env, tx, holder, &["hit-judged".to_owned()])?;
    let settled = assess::Settled { outcome: "hits-judged", by };
    assess::resolve_if_settled(env, tx, customer, &settled)
}

/// Records a judgement with its leaf.
pub(super) fn insert(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    judged: &Judged,
    said: &Said<'_>,
) -> Result<Judgement, Failure> {
    let (screening, hit) = find_hit(tx, judged)?;
    let id: JudgementId = env.new_id();
    let object = id.to_string();
    let owner = owner_of(Some(judged.customer));
    let place = Place { owner, table: "judgements", column: "reason_sealed", row: &object, version: 1 };
    let judgement = Judgement {
        id,
        customer: judged.customer,
        subject: screening.subject,
        screening: screening.id,
        list: hit.list,
        entry: hit.entry,
        entry_hash: hit.entry_hash,
        compared: screening.compared,
        kind: judged.kind,
        outcome: judged.outcome.clone(),
        reason_sealed: Some(env.vault().seal(&place, said.reason.as_bytes())?),
        judged_at: env.now(),
        judged_by: said.by.to_owned(),
        approved_by: said.approved_by.map(str::to_owned),
    };
    tx.insert_judgement(&judgement)?;
    let recorded = Recorded {
        kind: "judgement",
        object: &object,
        version: 1,
        customer: Some(judgement.customer),
        subject: Some(judgement.subject),
        owner: owner_of(Some(judgement.customer)),
    };
    append_leaf(env, tx, recorded, &judgement)?;
    let outcome = judgement.outcome.iter().map(|outcome| outcome.kind().as_str().replace('_', "-"));
    append_event(
        env,
        tx,
        Happened::of("hit.judged", judgement.id, 1)
            .to(judgement.customer)
            .state(judgement.kind.as_str())
            .because(outcome.collect()),
    )?;
    Ok(judgement)
}

/// The hit that is spoken on.
fn find_hit(tx: &mut dyn Transaction, judged: &Judged) -> Result<(Screening, Hit), Failure> {
    let absent = || Refusal::not_found("no-such-hit", "no such hit of this customer");
    let screening = tx
        .find_screening(judged.screening)?
        .filter(|screening| screening.customer == judged.customer)
        .ok_or_else(absent)?;
    let hit = screening
        .hits
        .iter()
        .find(|hit| hit.list == judged.list && hit.entry == judged.entry)
        .cloned()
        .ok_or_else(absent)?;
    Ok((screening, hit))
}
