//! Lists that nobody has loaded for too long, and what follows from it.
//!
//! An age counts from when somebody last loaded the list; for a folder of the operator's that is read at each start, from
//! when its content was first there. So a publisher who changes nothing is not stale as long as it is asked.

use std::collections::BTreeMap;

use domain::watchlist::Watchlist;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::env::Platform;
use crate::failure::{Refusal, RefusalKind};
use crate::store::{StoreError, Transaction};

/// When a list is too old, and what is done then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StaleLists {
    pub then: WhenStale,
    /// A list that was loaded longer ago is stale.
    pub days_max: u32,
    /// The same for single lists by their id, such as one that its publisher changes daily.
    pub days_max_of: BTreeMap<String, u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenStale {
    /// Answers are given; lists, metrics, log and `doctor` say so.
    Warn,
    /// Nobody is enrolled, asked for or compared by request, and the gate refuses actions that fail closed, until the
    /// list is loaded again.
    Refuse,
}

impl Default for StaleLists {
    fn default() -> Self {
        Self { then: WhenStale::Warn, days_max: 30, days_max_of: BTreeMap::new() }
    }
}

impl StaleLists {
    pub fn is_stale(&self, list: &Watchlist, now: Timestamp) -> bool {
        let days = self.days_max_of.get(&list.list).copied().unwrap_or(self.days_max);
        !list.fictional
            && now.duration_since(list.loaded_at) > SignedDuration::from_hours(24 * i64::from(days))
    }

    /// Ids of the lists that are stale, in their order.
    pub fn find<'a>(&self, lists: &'a [Watchlist], now: Timestamp) -> Vec<&'a str> {
        lists.iter().filter(|list| self.is_stale(list, now)).map(|list| list.list.as_str()).collect()
    }
}

/// Ids of the lists in force that are stale; none where comparison is switched off.
pub fn find_stale(platform: &Platform) -> Vec<String> {
    if !platform.settings.screening_on {
        return Vec::new();
    }
    let (lists, now) = (platform.lists(), platform.clock.now());
    let stale = platform.settings.stale_lists.find(&lists.watchlists, now);
    stale.into_iter().map(str::to_owned).collect()
}

/// Refuses where a list is stale and the operator chose so.
pub fn ensure_fresh(platform: &Platform) -> Result<(), Refusal> {
    if platform.settings.stale_lists.then == WhenStale::Warn {
        return Ok(());
    }
    let stale = find_stale(platform);
    if stale.is_empty() {
        return Ok(());
    }
    let detail = format!("too long since these lists were loaded: {}", stale.join(", "));
    Err(Refusal::new(RefusalKind::Unavailable, "lists-stale", detail))
}

/// Says in the log which lists are stale.
pub fn tell_stale(platform: &Platform) {
    let stale = find_stale(platform);
    if !stale.is_empty() {
        let lists = stale.join(", ");
        tracing::warn!(lists, "Too long since these lists were loaded: {lists}. Load them again");
    }
}

/// When each list was loaded last, by id: a publisher who changes nothing is asked all the same.
const LOADED_AT: &str = "lists-loaded-at";

type LoadedAt = BTreeMap<String, Timestamp>;

fn loaded_at(tx: &mut dyn Transaction) -> Result<LoadedAt, StoreError> {
    let kept = tx.find_setting(LOADED_AT)?;
    // What another release wrote may say nothing to this one: an age then counts from when the content was first there.
    Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default())
}

/// Notes that lists were loaded now, and forgets those that are not in force.
pub(super) fn note_loaded(
    tx: &mut dyn Transaction,
    in_force: &[Watchlist],
    (loaded, now): (&[String], Timestamp),
) -> Result<(), StoreError> {
    let mut all = loaded_at(tx)?;
    all.retain(|id, _| in_force.iter().any(|list| list.list == *id));
    all.extend(loaded.iter().map(|id| (id.clone(), now)));
    tx.put_setting(LOADED_AT, &serde_json::to_string(&all).expect("times are plain JSON"))
}

/// Sets when lists were loaded last. `known` are all versions on record, with when their content was first there.
pub(super) fn date(
    tx: &mut dyn Transaction,
    lists: &mut [Watchlist],
    known: &[Watchlist],
) -> Result<(), StoreError> {
    let last = loaded_at(tx)?;
    for list in lists {
        let first = known.iter().find(|known| known.list == list.list && known.sha256 == list.sha256);
        list.loaded_at =
            last.get(&list.list).copied().max(first.map(|first| first.loaded_at)).unwrap_or(list.loaded_at);
    }
    Ok(())
}
