//! The lists in force: one index in memory, its version in every answer (CIP-23).

pub mod follow_the_money;
mod loading;
pub mod matching;
pub mod self_test;
pub mod stale;

use std::sync::Arc;

use domain::access::LineError;
use domain::staff::Scope;
use domain::watchlist::Watchlist;
use screening::{Comparison, Hit, Query};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::env::Env;
use crate::failure::Failure;

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

/// Whether a version of lists names the stand-in.
pub fn is_of_fictional_list(version: &str) -> bool {
    let id_of = |list: &str| list.split_once('@').is_some_and(|(id, _)| id == screening::FICTIONAL_LIST_ID);
    version.split(' ').any(id_of)
}

/// A list as it was read, with its entries.
pub type LoadedList = screening::Watchlist;
pub type LoadedEntry = screening::Entry;

/// What the engine is asked, and what it answers.
pub type AskedQuery = Query;
pub type QueryHit = Hit;

/// One query of a line: at least a name or a wallet.
pub fn parse_query(fields: Value) -> Result<Query, LineError> {
    let query: Query = serde_json::from_value(fields)
        .map_err(|error| LineError::new("bad_field", crate::wording::without_values(&error)))?;
    if query.names.iter().all(|name| name.trim().is_empty()) && query.wallets.is_empty() {
        return Err(LineError::new("missing_field", "`names` is missing or empty"));
    }
    Ok(query)
}

/// How many hits an answer has, and from which score on.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// 0 to 1; `None` for the calibrated default.
    pub threshold: Option<f64>,
    pub top: usize,
    pub mode: Mode,
}

/// How names are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Our engine. Nothing else ever decides anything.
    #[default]
    Precise,
    /// As the Treasury's public search scores, for comparing with it.
    Ofac,
}

impl Mode {
    fn is_precise(&self) -> bool {
        *self == Self::Precise
    }
}

impl std::str::FromStr for Mode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "precise" => Ok(Self::Precise),
            "ofac" => Ok(Self::Ofac),
            _ => Err("a mode is `precise` or `ofac`"),
        }
    }
}

#[derive(Serialize)]
pub struct QueryAnswer {
    /// Left out where it is the engine's own.
    #[serde(skip_serializing_if = "Mode::is_precise")]
    pub mode: Mode,
    pub hits: Vec<Hit>,
}

/// Whether somebody may ask whom the lists name.
pub fn may_query(env: &Env<'_>) -> Result<(), Failure> {
    let judges = env.actor.may_everywhere(Scope::HitsJudge);
    Ok(judges.or_else(|_| env.actor.may_everywhere(Scope::ListsWrite))?)
}

/// Answers one line of queries. What is asked is compared and kept nowhere.
pub fn answer_query(
    index: &screening::Index,
    fields: Value,
    wanted: Wanted,
) -> Result<QueryAnswer, LineError> {
    let query = parse_query(fields)?;
    let screen = match wanted.mode {
        Mode::Precise => screening::screen,
        Mode::Ofac => screening::screen_as_ofac,
    };
    Ok(QueryAnswer { mode: wanted.mode, hits: screen(index, &query, wanted.threshold, wanted.top) })
}

/// Answers one line of pairs: `a` against `b`.
pub fn answer_pair(mut fields: Value) -> Result<Comparison, LineError> {
    let mut party = |name: &str| {
        let given = fields.get_mut(name).map(Value::take).filter(Value::is_object);
        let given = given.ok_or_else(|| LineError::new("missing_field", format!("`{name}` is missing")))?;
        parse_query(given).map_err(|error| LineError::new(&error.code, format!("`{name}`: {}", error.detail)))
    };
    let (a, b) = (party("a")?, party("b")?);
    Ok(screening::compare(&a, &b))
}
