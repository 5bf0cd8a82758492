//! Many open hits cleared with one word, where the operator allows it: by two persons, each hit with a judgement and
//! a leaf of its own.

use std::collections::BTreeSet;

use domain::case::CaseKind;
use domain::draft::DraftAction;
use domain::id::CustomerId;
use domain::screening::{HitStatus, JudgementKind, OpenHit, Screening, status_of_hit};
use domain::staff::Scope;

use super::judge::{self, Judged, Said};
use crate::customer::assess;
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::store::{CaseFilter, Page, Transaction};

/// What one transaction bears, whatever the operator allows.
const TOGETHER_MAX: u32 = 500;

/// Cases looked at under one reading of the store.
const CASES_AT_ONCE: u32 = 200;

/// Which hits are meant.
struct Wanted<'a> {
    list: &'a str,
    entry: Option<&'a str>,
    below_bp: Option<u16>,
}

/// The action with the hits that are open now, so that the second person sees what the first meant. Others of the kind
/// that come up later are not cleared by it.
pub fn named_in_full(env: &Env<'_>, action: DraftAction) -> Result<DraftAction, Failure> {
    let DraftAction::ClearHits { list, entry, below_bp, .. } = action else { return Ok(action) };
    env.actor.may_everywhere(Scope::HitsJudge)?;
    let at_most = env.settings().hits_cleared_together_max.min(TOGETHER_MAX) as usize;
    if at_most == 0 {
        let detail = "hits are cleared one by one here; `platform.hits_cleared_together_max` allows more";
        return Err(Refusal::precondition("clearing-together-off", detail).into());
    }
    if entry.is_none() && below_bp.is_none() {
        let detail = "name an entry, or a score below which hits are cleared";
        return Err(Refusal::invalid("hits-not-named", detail).at("/action").into());
    }
    let wanted = Wanted { list: &list, entry: entry.as_deref(), below_bp };
    let mut hits = find_open(env, &wanted, at_most)?;
    let more = hits.len() > at_most;
    hits.truncate(at_most);
    if hits.is_empty() {
        return Err(Refusal::not_found("no-such-hit", "no open hit of this kind").into());
    }
    Ok(DraftAction::ClearHits { list, entry, below_bp, hits, more })
}

/// Open hits in the order in which their cases were opened, one more than `at_most` where there are more.
fn find_open(env: &Env<'_>, wanted: &Wanted<'_>, at_most: usize) -> Result<Vec<OpenHit>, Failure> {
    let filter =
        CaseFilter { kind: Some(CaseKind::ListHit), unresolved: Some(true), ..CaseFilter::default() };
    let (mut seen, mut hits) = (BTreeSet::new(), Vec::new());
    let mut page = Page { after: String::new(), limit: CASES_AT_ONCE };
    loop {
        let last = env.store().with_reading_tx(|tx| {
            let cases = tx.list_cases(&filter, &page)?;
            for case in cases.iter().filter(|case| seen.insert(case.customer)) {
                add_open_of(tx, case.customer, wanted, &mut hits)?;
                if hits.len() > at_most {
                    return Ok(None);
                }
            }
            Ok::<_, Failure>(cases.last().map(|case| case.id.to_string()))
        })?;
        match last {
            Some(last) => page.after = last,
            None => break,
        }
    }
    hits.truncate(at_most + 1);
    Ok(hits)
}

fn add_open_of(
    tx: &mut dyn Transaction,
    customer: CustomerId,
    wanted: &Wanted<'_>,
    hits: &mut Vec<OpenHit>,
) -> Result<(), Failure> {
    let screenings = tx.list_screenings(customer)?;
    let judgements = tx.list_judgements(customer)?;
    for screening in assess::latest_screenings(&screenings).values() {
        let is_meant = |hit: &&domain::screening::Hit| {
            hit.list == wanted.list
                && wanted.entry.is_none_or(|entry| hit.entry == entry)
                && wanted.below_bp.is_none_or(|below| hit.score_bp < below)
                && status_of_hit(screening, hit, &judgements) == HitStatus::Open
        };
        hits.extend(screening.hits.iter().filter(is_meant).map(|hit| OpenHit {
            customer,
            screening: screening.id,
            entry: hit.entry.clone(),
            score_bp: hit.score_bp,
        }));
    }
    Ok(())
}

/// Clears what is still open of the hits that a draft names.
pub fn clear_in_tx(
    env: &Env<'_>,
    tx: &mut dyn Transaction,
    list: &str,
    hits: &[OpenHit],
    said: &Said<'_>,
) -> Result<(), Failure> {
    // Always in one order, so that two of these at once wait for each other instead of in a circle.
    let mut hits = hits.to_vec();
    hits.sort();
    for of_customer in hits.chunk_by(|a, b| a.customer == b.customer) {
        let customer = of_customer[0].customer;
        let judgements = tx.list_judgements(customer)?;
        let mut any = false;
        for open in of_customer {
            let Some(screening) = tx.find_screening(open.screening)? else { continue };
            if !is_still_open(&screening, list, open, &judgements) {
                continue;
            }
            let judged = Judged {
                customer,
                screening: open.screening,
                list: list.to_owned(),
                entry: open.entry.clone(),
                kind: JudgementKind::FalsePositive,
                outcome: None,
            };
            judge::insert(env, tx, &judged, said)?;
            any = true;
        }
        if any {
            judge::settle(env, tx, customer, said.by)?;
        }
    }
    Ok(())
}

fn is_still_open(
    screening: &Screening,
    list: &str,
    open: &OpenHit,
    judgements: &[domain::screening::Judgement],
) -> bool {
    let hit = screening.hits.iter().find(|hit| hit.list == list && hit.entry == open.entry);
    hit.is_some_and(|hit| status_of_hit(screening, hit, judgements) == HitStatus::Open)
}
