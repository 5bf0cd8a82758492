//! Comparing a subject again only with what changed on the lists since it was compared before.
//!
//! A score depends on the two parties and the engine alone, so a hit on an entry that did not change stands as it is.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError};

use domain::screening::{ByDelta, ClosedBecause, ClosedHit, Hit, Screening};
use screening::{Index, Query, Watchlist, delta};

use super::{HITS_MAX, find_hits};
use crate::customer::assess;
use crate::env::Env;
use crate::watchlist::{ListKeeper, ListVersion, lists_named};

/// What a customer and its persons were compared with before.
pub struct Earlier<'a> {
    /// All on record.
    pub screenings: &'a [Screening],
    /// Who keeps the lists of that time; without one everything is compared again.
    pub keeper: Option<&'a dyn ListKeeper>,
}

impl Earlier<'_> {
    /// Fills in the hits of a screening that has none yet: by delta where that comes to the same as comparing with
    /// every entry, else by that.
    pub fn fill(&self, env: &Env<'_>, query: &Query, screening: &mut Screening) {
        let before = assess::latest_screenings(self.screenings).remove(&screening.subject);
        let Some(before) = before.filter(|before| is_of_the_same(before, screening)) else {
            screening.hits = find_hits(&env.lists.index, query, screening.threshold_bp);
            return;
        };
        let delta = self.keeper.and_then(|keeper| find_delta(env, keeper, &before.lists_version));
        match delta.and_then(|delta| delta.hits_now(query, before)) {
            Some(hits) => {
                screening.hits = hits;
                screening.by_delta =
                    Some(ByDelta { screening: before.id, lists_version: before.lists_version.clone() });
            }
            None => screening.hits = find_hits(&env.lists.index, query, screening.threshold_bp),
        }
        screening.closed = closed(&env.lists.index, before, screening);
    }
}

/// Whether only the lists can make a difference.
fn is_of_the_same(before: &Screening, now: &Screening) -> bool {
    before.engine_version == now.engine_version
        && before.threshold_bp == now.threshold_bp
        && before.compared == now.compared
}

fn closed(index: &Index, before: &Screening, now: &Screening) -> Vec<ClosedHit> {
    let is_hit_now =
        |hit: &Hit| now.hits.iter().any(|other| other.list == hit.list && other.entry == hit.entry);
    let gone = before.hits.iter().filter(|hit| !is_hit_now(hit));
    let closed = gone.filter_map(|hit| {
        let because = match index.find_entry(&hit.list, &hit.entry) {
            None => ClosedBecause::EntryRemoved,
            // Better ones took its place: it is still like the subject.
            Some(_) if now.hits.len() >= HITS_MAX => return None,
            Some(_) => ClosedBecause::EntryChanged,
        };
        Some(ClosedHit { list: hit.list.clone(), entry: hit.entry.clone(), because })
    });
    closed.collect()
}

/// Sets of lists that customers are still compared with, at most; who was compared with another is compared with
/// everything.
const DELTAS_MAX: usize = 32;

/// The ways from earlier lists to those in force, for as long as customers are gone through. Together they hold no
/// more entries than the lists in force.
#[derive(Default)]
pub struct Deltas {
    to: String,
    /// `None` where what is needed is not kept.
    from: HashMap<String, Option<Arc<Delta>>>,
}

impl Deltas {
    fn entry_count(&self) -> usize {
        self.from.values().flatten().map(|delta| delta.index.entry_count()).sum()
    }
}

/// What two sets of lists differ in.
struct Delta {
    /// Entries that are new or changed, as they are now.
    index: Index,
    /// Lists and ids of entries that are gone or changed.
    left: BTreeSet<(String, String)>,
    /// Lists that are no longer in force.
    lists_left: Vec<String>,
}

impl Delta {
    /// The hits that comparing with every entry would come to; `None` where these alone do not say.
    fn hits_now(&self, query: &Query, before: &Screening) -> Option<Vec<Hit>> {
        let standing: Vec<Hit> = before.hits.iter().filter(|hit| !self.has_left(hit)).cloned().collect();
        if before.hits.len() >= HITS_MAX && standing.len() < before.hits.len() {
            // Those that had no place then may have one now.
            return None;
        }
        let entered = find_hits(&self.index, query, before.threshold_bp);
        match (standing.is_empty(), entered.is_empty()) {
            (_, true) => Some(standing),
            (true, false) => Some(entered),
            // Scores on record are rounded, so that they do not say which of them come first.
            (false, false) => None,
        }
    }

    fn has_left(&self, hit: &Hit) -> bool {
        self.lists_left.contains(&hit.list) || self.left.contains(&(hit.list.clone(), hit.entry.clone()))
    }

    /// `None` where a version of a list is not kept.
    fn between(keeper: &dyn ListKeeper, from: &str, to: &str) -> std::io::Result<Option<Self>> {
        let (before, now) = (lists_named(from), lists_named(to));
        let of_id = |list: &str| before.iter().find(|before| before.list == list);
        let (mut lists, mut left) = (Vec::new(), BTreeSet::new());
        for named in &now {
            let then = of_id(&named.list);
            if then.is_some_and(|then| then.hash_start == named.hash_start) {
                continue;
            }
            let Some(new) = keeper.find(named)? else { return Ok(None) };
            let old = match then {
                Some(then) => match keeper.find(then)? {
                    Some(old) => old.entries,
                    None => return Ok(None),
                },
                None => Vec::new(),
            };
            let changed = delta(&old, &new.entries);
            left.extend(changed.left.into_iter().map(|entry| (named.list.clone(), entry)));
            lists.push(Watchlist { entries: changed.entered, ..new });
        }
        let is_left = |then: &&ListVersion| now.iter().all(|named| named.list != then.list);
        let lists_left = before.iter().filter(is_left).map(|then| then.list.clone()).collect();
        Ok(Some(Self { index: Index::new(lists), left, lists_left }))
    }
}

/// The way from earlier lists to those in force, made once for all who were compared with them.
fn find_delta(env: &Env<'_>, keeper: &dyn ListKeeper, from: &str) -> Option<Arc<Delta>> {
    let to = &env.lists.version;
    // Held meanwhile: however many ask, it is made once.
    let mut deltas = env.platform.deltas.lock().unwrap_or_else(PoisonError::into_inner);
    if deltas.to != *to {
        *deltas = Deltas { to: to.clone(), from: HashMap::new() };
    }
    if let Some(known) = deltas.from.get(from) {
        return known.clone();
    }
    if deltas.from.len() >= DELTAS_MAX {
        return None;
    }
    let made = Delta::between(keeper, from, to).unwrap_or_else(|error| {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, from, "A kept list cannot be read: customers are compared with every entry");
        None
    });
    let room = env.lists.index.entry_count().saturating_sub(deltas.entry_count());
    let made = made.filter(|delta| delta.index.entry_count() <= room).map(Arc::new);
    deltas.from.insert(from.to_owned(), made.clone());
    made
}

/// Lets go of what [`Earlier::fill`] keeps in memory, once everybody was gone through.
pub fn forget(env: &Env<'_>) {
    *env.platform.deltas.lock().unwrap_or_else(PoisonError::into_inner) = Deltas::default();
}

#[cfg(test)]
mod tests;
