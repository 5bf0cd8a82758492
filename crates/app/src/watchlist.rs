//! The lists in force: one index in memory, its version in every answer (CIP-23).

pub mod follow_the_money;
pub mod matching;

use std::io::Read;
use std::sync::Arc;

use domain::access::LineError;
use domain::staff::Scope;
use domain::watchlist::Watchlist;
use screening::{Comparison, Hit, Query};
use serde::Serialize;
use serde_json::Value;

use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::record::{Happened, append_event};

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

/// Puts lists in force: records each version that is new, with its hash, then switches at once.
pub fn put_lists_in_force(env: &Env<'_>, lists: ListsInForce) -> Result<u64, Failure> {
    env.actor.may_everywhere(Scope::ListsWrite)?;
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
                Happened::of("watchlist.loaded", format!("{}@{}", list.list, list.version), 1)
                    .state(&list.sha256),
            )?;
            added += 1;
        }
        Ok::<u64, Failure>(added)
    })?;
    env.platform.put_lists(lists);
    Ok(added)
}

/// A list as it was read, with its entries.
pub type LoadedList = screening::Watchlist;
pub type LoadedEntry = screening::Entry;

/// What the engine is asked, and what it answers.
pub type AskedQuery = Query;
pub type QueryHit = Hit;

/// Keeps lists until the next start, and each version that was ever in force: a port, since a use case writes no
/// files.
pub trait ListKeeper: Send + Sync {
    /// In the place of those kept before, which are still found by their hash.
    fn keep(&self, lists: &[screening::Watchlist]) -> std::io::Result<()>;

    /// A version of a list by the start of its content hash; `None` where it is no longer kept.
    fn find(&self, version: &ListVersion) -> std::io::Result<Option<screening::Watchlist>>;
}

/// One list in the name of a set of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListVersion {
    pub list: String,
    /// Hexadecimal digits that its content hash begins with.
    pub hash_start: String,
    /// As it stands in the name: list, the publisher's version, start of the hash.
    pub name: String,
}

/// The lists that the name of a set says, as [`screening::Index::version`] makes it. A publisher's version may hold
/// spaces, so that a name ends after its hash.
pub fn lists_named(set: &str) -> Vec<ListVersion> {
    let mut named = Vec::new();
    let mut name = String::new();
    for part in set.split(' ') {
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(part);
        let Some((list, hash_start)) =
            name.split_once('@').and_then(|(list, rest)| Some((list, rest.rsplit_once('#')?.1)))
        else {
            continue;
        };
        let (list, hash_start) = (list.to_owned(), hash_start.to_owned());
        named.push(ListVersion { list, hash_start, name: std::mem::take(&mut name) });
    }
    named
}

/// Lists of one request.
const LISTS_MAX: usize = 1_000;

/// Reads lists as a JSON array, as [`screening::Watchlist`] writes itself. Whoever sends them read the published
/// files and vouches for their hashes.
pub fn parse_lists(json: impl Read) -> Result<Vec<screening::Watchlist>, Refusal> {
    let refused = |detail: String| Refusal::invalid("lists-refused", detail);
    let lists: Vec<screening::Watchlist> = serde_json::from_reader(json).map_err(|error| {
        refused(format!("not lists, at line {}, column {}", error.line(), error.column()))
    })?;
    if lists.is_empty() || lists.len() > LISTS_MAX {
        return Err(refused(format!("1 to {LISTS_MAX} lists are put in force together")));
    }
    for (number, list) in lists.iter().enumerate() {
        let at = format!("/{number}");
        check_list(list).map_err(|what| refused(what.to_owned()).at(at.clone()))?;
        if lists[..number].iter().any(|other| other.id == list.id) {
            return Err(refused("a list of this id stands before".to_owned()).at(at));
        }
    }
    Ok(lists)
}

/// Ids become names of files, and all of this goes into versions that are stored with every hit.
fn check_list(list: &screening::Watchlist) -> Result<(), &'static str> {
    let is_code = |text: &str| {
        (1..=100).contains(&text.len())
            && !text.starts_with('.')
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let is_line = |text: &str| text.len() <= 500 && !text.chars().any(char::is_control);
    if !is_code(&list.id) {
        return Err("an id has letters, digits, `-`, `_` and `.`, at most 100");
    }
    if list.sha256.len() != 64 || !list.sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("`sha256` is 64 hexadecimal digits");
    }
    if list.version.is_empty() || !is_line(&list.version) || !is_line(&list.title) {
        return Err("`version` and `title` are one line of at most 500 bytes");
    }
    Ok(())
}

/// Puts lists in force and keeps them for the next start.
pub fn load_lists(
    env: &Env<'_>,
    keeper: &dyn ListKeeper,
    lists: Vec<screening::Watchlist>,
) -> Result<u64, Failure> {
    env.actor.may_everywhere(Scope::ListsWrite)?;
    keeper.keep(&lists).map_err(|error| crate::store::StoreError::Unavailable(Box::new(error)))?;
    env.platform.note_rescreening();
    put_lists_in_force(env, ListsInForce::new(lists, env.now()))
}

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
}

#[derive(Serialize)]
pub struct QueryAnswer {
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
    Ok(QueryAnswer { hits: screening::screen(index, &query, wanted.threshold, wanted.top) })
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
