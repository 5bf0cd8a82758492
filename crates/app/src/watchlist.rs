//! The lists in force: one index in memory, its version in every answer (CIP-23).

use std::sync::Arc;

use domain::staff::Scope;
use domain::watchlist::Watchlist;

use crate::env::{Env, Platform};
use crate::failure::Failure;
use crate::record::{Happened, append_event};

/// The index and what it was made of.
pub struct ListsInForce {
    pub index: Arc<screening::Index>,
    /// Names every list, its version and its content hash.
    pub version: String,
    pub watchlists: Vec<Watchlist>,
}

impl ListsInForce {
    /// Makes an index of what was loaded.
    pub fn new(lists: Vec<screening::Watchlist>, loaded_at: jiff::Timestamp) -> Self {
        let watchlists = lists
            .iter()
            .map(|list| Watchlist {
                list: list.id.clone(),
                title: list.title.clone(),
                version: list.version.clone(),
                sha256: list.sha256.clone(),
                entry_count: list.entries.len() as u64,
                name_count: list.entries.iter().map(|entry| entry.names.len() as u64).sum(),
                loaded_at,
                fictional: list.id == screening::FICTIONAL_LIST_ID,
            })
            .collect();
        let index = screening::Index::new(lists);
        Self { version: index.version(), index: Arc::new(index), watchlists }
    }

    /// True when a built-in list stands in for real ones; every answer says so.
    pub fn fictional(&self) -> bool {
        self.watchlists.iter().any(|list| list.fictional)
    }
}

/// Puts lists in force: records each version that is new, with its hash, then switches at once.
pub fn put_lists_in_force(env: &Env<'_>, lists: ListsInForce) -> Result<u64, Failure> {
    env.actor.may(Scope::ListsWrite)?;
    let added = env.store().with_tx(|tx| {
        let known = tx.list_watchlists()?;
        let mut added = 0;
        for list in &lists.watchlists {
            if known.iter().any(|known| known.list == list.list && known.sha256 == list.sha256) {
                continue;
            }
            tx.insert_watchlist(list)?;
            append_event(
                env,
                tx,
                Happened {
                    kind: "watchlist.loaded",
                    customer: None,
                    account: None,
                    object: format!("{}@{}", list.list, list.version),
                    version: 1,
                    state: Some(&list.sha256),
                    reasons: Vec::new(),
                },
            )?;
            added += 1;
        }
        Ok::<u64, Failure>(added)
    })?;
    env.platform.put_lists(lists);
    Ok(added)
}

/// Lists in force, for whoever may see anything at all.
pub fn watchlists(platform: &Platform) -> Vec<Watchlist> {
    platform.lists().watchlists.clone()
}
