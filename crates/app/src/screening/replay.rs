//! A stored screening made again from the lists and the facts of its time (CIP-24).

use std::sync::{Arc, PoisonError};

use domain::fact::{Fact, SubjectId};
use domain::id::ScreeningId;
use domain::screening::{Hit, Screening};
use domain::staff::Scope;
use screening::{Index, Query};
use serde::Serialize;

use super::{ENGINE_VERSION, ToCompare, compared_hash, find_hits};
use crate::customer::{assess, find_visible};
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::store::{StoreError, Transaction};
use crate::watchlist::{ListKeeper, lists_named};

/// What came of making a screening again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplayOutcome {
    /// Hit by hit, score by score.
    Same,
    Differs,
    /// A version of a list that it was compared with is no longer kept.
    ListsNotKept,
    /// What was compared was destroyed since, or an earlier release put it together otherwise.
    FactsNotKept,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreeningReplay {
    pub screening: Screening,
    pub outcome: ReplayOutcome,
    /// The engine of that time is the engine of this binary.
    pub same_engine: bool,
    /// What it comes to now, best first; empty where it could not be made again.
    pub hits: Vec<Hit>,
    /// Hits that are otherwise now, or are on one side only; in order of list and entry.
    pub differing_hits: Vec<DifferingHit>,
    pub missing_lists: Vec<String>,
}

/// One entry, then and now; a side without a score is one on which it was no hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DifferingHit {
    pub list: String,
    pub entry: String,
    pub score_bp: Option<u16>,
    pub score_bp_now: Option<u16>,
    /// Names of features that say otherwise.
    pub features: Vec<String>,
}

/// A screening on record. Who was compared is not in it; whom the lists name is.
pub fn find_screening(env: &Env<'_>, id: ScreeningId) -> Result<Screening, Failure> {
    env.actor.may(Scope::CasesRead).or_else(|_| env.actor.may(Scope::LedgerRead))?;
    env.store().with_reading_tx(|tx| {
        let absent = || Refusal::not_found("no-such-screening", format!("no screening `{id}`"));
        let screening = tx.find_screening(id)?.ok_or_else(absent)?;
        find_visible(tx, env.actor, screening.customer).map_err(|failure| failure.refused_as(absent()))?;
        Ok(screening)
    })
}

/// Replays a stored screening (DESIGN 3.12): with another engine version it reports what differs.
pub fn replay(env: &Env<'_>, keeper: &dyn ListKeeper, id: ScreeningId) -> Result<ScreeningReplay, Failure> {
    let screening = find_screening(env, id)?;
    let mut replay = ScreeningReplay {
        outcome: ReplayOutcome::FactsNotKept,
        same_engine: screening.engine_version == ENGINE_VERSION,
        hits: Vec::new(),
        differing_hits: Vec::new(),
        missing_lists: Vec::new(),
        screening,
    };
    let Some(query) = query_of(env, &replay.screening)? else { return Ok(replay) };
    match index_of(env, keeper, &replay.screening.lists_version)? {
        Err(missing) => {
            replay.missing_lists = missing;
            replay.outcome = ReplayOutcome::ListsNotKept;
        }
        Ok(index) => {
            replay.hits = find_hits(&index, &query, replay.screening.threshold_bp);
            let same = replay.hits == replay.screening.hits;
            replay.outcome = if same { ReplayOutcome::Same } else { ReplayOutcome::Differs };
            replay.differing_hits = differing_hits(&replay.screening.hits, &replay.hits);
        }
    }
    Ok(replay)
}

/// What was asked then; `None` where it can no longer be put together as it was.
fn query_of(env: &Env<'_>, screening: &Screening) -> Result<Option<Query>, Failure> {
    let id = screening.customer;
    let (kind, facts) = env.store().with_reading_tx(|tx| {
        let kind = match screening.subject {
            SubjectId::Customer(_) => Some(find_visible(tx, env.actor, id)?.kind),
            SubjectId::Person(person) => {
                tx.list_persons(id)?.into_iter().find(|found| found.id == person).map(|found| found.kind)
            }
        };
        Ok::<_, Failure>((kind, facts_of(tx, screening)?))
    })?;
    let Some(kind) = kind else { return Ok(None) };
    let reading = assess::own_reading(env, "a stored comparison is made again", vec![id])?;
    let to_compare =
        ToCompare { at: screening.screened_at, facts: &facts, fresh: &[], reading: Some(&reading) };
    for compared in to_compare.open(env, &[(screening.subject, kind)])? {
        let query = compared.query();
        if compared_hash(env, &query)? == screening.compared {
            return Ok(Some(query));
        }
    }
    Ok(None)
}

/// The customer's facts that were on record then.
fn facts_of(tx: &mut dyn Transaction, screening: &Screening) -> Result<Vec<Fact>, Failure> {
    let mut facts = tx.list_facts(screening.customer)?;
    match screening.fact_version {
        Some(last) => facts.retain(|fact| fact.version <= last),
        None => facts.retain(|fact| fact.recorded_at <= screening.screened_at),
    }
    Ok(facts)
}

/// The lists of that time as an index, or the names of those that are no longer kept.
fn index_of(
    env: &Env<'_>,
    keeper: &dyn ListKeeper,
    version: &str,
) -> Result<Result<Arc<Index>, Vec<String>>, Failure> {
    if version == env.lists.version {
        return Ok(Ok(Arc::clone(&env.lists.index)));
    }
    // Held meanwhile: however many ask, one index beside the one in force is in memory.
    let mut earlier = env.platform.earlier_lists.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, index)) = earlier.as_ref().filter(|(of, _)| of == version) {
        return Ok(Ok(Arc::clone(index)));
    }
    *earlier = None;
    let (mut lists, mut missing) = (Vec::new(), Vec::new());
    for named in lists_named(version) {
        let found = keeper.find(&named).map_err(|error| StoreError::Unavailable(Box::new(error)))?;
        match found {
            Some(list) => lists.push(list),
            None => missing.push(named.name),
        }
    }
    if !missing.is_empty() {
        return Ok(Err(missing));
    }
    let index = Arc::new(Index::new(lists));
    if index.version() != version {
        return Ok(Err(vec![version.to_owned()]));
    }
    *earlier = Some((version.to_owned(), Arc::clone(&index)));
    Ok(Ok(index))
}

fn differing_hits(then: &[Hit], now: &[Hit]) -> Vec<DifferingHit> {
    let mut entries: Vec<(&str, &str)> =
        then.iter().chain(now).map(|hit| (hit.list.as_str(), hit.entry.as_str())).collect();
    entries.sort_unstable();
    entries.dedup();
    let find = |hits: &'_ [Hit], (list, entry): (&str, &str)| {
        hits.iter().find(|hit| hit.list == list && hit.entry == entry).cloned()
    };
    let differing = entries.into_iter().filter_map(|of| {
        let (then, now) = (find(then, of), find(now, of));
        (then != now).then(|| DifferingHit {
            list: of.0.to_owned(),
            entry: of.1.to_owned(),
            score_bp: then.as_ref().map(|hit| hit.score_bp),
            score_bp_now: now.as_ref().map(|hit| hit.score_bp),
            features: differing_features(then.as_ref(), now.as_ref()),
        })
    });
    differing.collect()
}

fn differing_features(then: Option<&Hit>, now: Option<&Hit>) -> Vec<String> {
    let features = |hit: Option<&Hit>| hit.map(|hit| hit.features.clone()).unwrap_or_default();
    let (then, now) = (features(then), features(now));
    let only_in_one =
        then.iter().filter(|one| !now.contains(one)).chain(now.iter().filter(|one| !then.contains(one)));
    let mut names: Vec<String> = only_in_one.map(|feature| feature.name.clone()).collect();
    names.sort_unstable();
    names.dedup();
    names
}
