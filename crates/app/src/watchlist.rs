//! The lists in force: one index in memory, its version in every answer (CIP-23).

pub mod asking;
pub mod follow_the_money;
mod loading;
pub mod matching;
pub mod self_test;
pub mod stale;

use std::sync::Arc;

use crate::env::Env;
use crate::failure::Failure;
use domain::staff::Scope;
use domain::watchlist::Watchlist;

pub use asking::{Mode, PairAnswer, QueryAnswer, Wanted, answer_pair, answer_query};
pub use loading::{
    ListKeeper, ListVersion, Loading, last_in_force, lists_named, load_lists, parse_lists, put_lists_in_force,
};
pub use stale::ensure_fresh;

/// The index and what it was made of. Cheap to clone.
#[derive(Clone)]
pub struct ListsInForce {
    pub index: Arc<screening::Index>,
    /// Names every list, its version and its content hash.
    pub version: String,
    pub watchlists: Vec<Watchlist>,
}

impl ListsInForce {
    /// Makes an index of what was loaded.
    pub fn new(lists: Vec<screening::Watchlist>, loaded_at: jiff::Timestamp) -> Self {
        Self::of(screening::Index::new(lists), loaded_at)
    }

    /// What an index has that is made already.
    pub fn of(index: screening::Index, loaded_at: jiff::Timestamp) -> Self {
        let watchlists = index.lists().iter().map(|list| Watchlist {
            list: list.id.clone(),
            title: list.title.clone(),
            version: list.version.clone(),
            sha256: list.sha256.clone(),
            entry_count: list.entry_count as u64,
            name_count: list.name_count as u64,
            loaded_at,
            fictional: list.id == screening::FICTIONAL_LIST_ID,
        });
        let watchlists = watchlists.collect();
        Self { version: index.version(), index: Arc::new(index), watchlists }
    }

    /// True when a built-in list stands in for real ones; every answer says so.
    pub fn fictional(&self) -> bool {
        self.watchlists.iter().any(|list| list.fictional)
    }
}

/// Whether a version of lists names the stand-in.
pub fn is_of_fictional_list(version: &str) -> bool {
    let id_of = |list: &str| list.split_once('@').is_some_and(|(id, _)| id == screening::FICTIONAL_LIST_ID);
    version.split(' ').any(id_of)
}

/// A list as it was read, with its entries.
pub type LoadedList = screening::Watchlist;
pub type LoadedEntry = screening::Entry;

/// What the engine is asked, and what it answers.
pub type AskedQuery = screening::Query;
pub type QueryHit = screening::Hit;

/// Whether somebody may ask whom the lists name.
pub fn may_query(env: &Env<'_>) -> Result<(), Failure> {
    let judges = env.actor.may_everywhere(Scope::HitsJudge);
    Ok(judges.or_else(|_| env.actor.may_everywhere(Scope::ListsWrite))?)
}
