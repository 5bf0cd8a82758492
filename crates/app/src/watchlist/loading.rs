//! Lists put in force: every version on record, the set kept for the next start, and a list that shrank too much
//! only with the word of a person.

use std::fmt;
use std::io::Read;

use domain::staff::Scope;
use domain::watchlist::Watchlist;

use super::{ListsInForce, stale};
use crate::env::Env;
use crate::failure::{Failure, Refusal};
use crate::record::{Happened, append_event};
use crate::store::{StoreError, Transaction};

/// Names the set that was put in force last.
const IN_FORCE: &str = "lists-in-force";

/// Fewer entries may go at once whatever share of a list they are, unless they are all of it.
const SHRINKAGE_MIN: u64 = 10;

/// Lists that a refusal names.
const SHRUNK_NAMED_MAX: usize = 5;

/// How lists take the place of those before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loading {
    /// Lists that are not among the new ones stay in force.
    pub keep_others: bool,
    /// Ids of lists that may have lost more entries than allowed: somebody looked.
    pub let_shrink: Vec<String>,
}

/// A list that lost more of its entries than the operator allows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shrunk {
    list: String,
    before: u64,
    now: u64,
}

impl fmt::Display for Shrunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { list, before, now } = self;
        let percent = (before - now) * 100 / before;
        write!(f, "the list `{list}` lost {percent} % of its entries ({before} before, {now} now)")
    }
}

/// Puts lists in force: records each version that is new, with its hash, then switches at once. Whoever calls this
/// has the lists from where the operator put them: one that shrank is told in the log and stops nothing.
pub fn put_lists_in_force(env: &Env<'_>, lists: ListsInForce) -> Result<u64, Failure> {
    env.actor.may_everywhere(Scope::ListsWrite)?;
    let before = env.store().with_reading_tx(|tx| in_force_before(tx))?;
    let now =
        |id: &str| lists.watchlists.iter().find(|list| list.list == id).map_or(0, |list| list.entry_count);
    for Shrunk { list, before, now } in shrunk(env, &before, now) {
        tracing::warn!(
            list,
            before,
            now,
            "The list `{list}` lost many of its {before} entries: {now} are left"
        );
    }
    put(env, lists, &[], &[])
}

/// `loaded` are the ids of those that somebody loads at this moment.
fn put(
    env: &Env<'_>,
    mut lists: ListsInForce,
    let_pass: &[Shrunk],
    loaded: &[String],
) -> Result<u64, Failure> {
    let now = env.now();
    let (added, dated) = env.store().with_tx(|tx| {
        if tx.find_setting(IN_FORCE)?.as_deref() != Some(&lists.version) {
            tx.put_setting(IN_FORCE, &lists.version)?;
        }
        let_pass.iter().try_for_each(|one| tell_shrunk(env, tx, one))?;
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
        if !loaded.is_empty() {
            stale::note_loaded(tx, &lists.watchlists, (loaded, now))?;
        }
        let mut dated = lists.watchlists.clone();
        stale::date(tx, &mut dated, &known)?;
        Ok::<_, Failure>((added, dated))
    })?;
    lists.watchlists = dated;
    env.platform.put_lists(lists);
    Ok(added)
}

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

/// Puts lists in force and keeps them for the next start. One that lost too many entries stops all of it.
pub fn load_lists(
    env: &Env<'_>,
    keeper: &dyn ListKeeper,
    mut lists: Vec<screening::Watchlist>,
    loading: &Loading,
) -> Result<u64, Failure> {
    env.actor.may_everywhere(Scope::ListsWrite)?;
    let before = env.store().with_reading_tx(|tx| in_force_before(tx))?;
    let is_in_force = |id: &String| before.iter().any(|list| list.list == *id);
    if let Some(unknown) = loading.let_shrink.iter().find(|id| !is_in_force(id)) {
        let detail = format!("no list `{unknown}` is in force that could have lost entries");
        return Err(Refusal::invalid("lists-refused", detail).into());
    }
    let loaded: Vec<String> = lists.iter().map(|list| list.id.clone()).collect();
    if loading.keep_others {
        add_others(keeper, &before, &mut lists)?;
    }
    let now = |id: &str| {
        let same = lists.iter().find(|list| list.id == id);
        same.map_or(0, |list| list.entries.len() as u64)
    };
    let shrunk = shrunk(env, &before, now);
    let stops: Vec<&Shrunk> = shrunk.iter().filter(|one| !loading.let_shrink.contains(&one.list)).collect();
    if !stops.is_empty() {
        return Err(Refusal::conflict("list-shrank", told(&stops)).into());
    }
    keeper.keep(&lists).map_err(|error| StoreError::Unavailable(Box::new(error)))?;
    env.platform.note_rescreening();
    let index = env.lists.index.changed_to(lists);
    put(env, ListsInForce::of(index, env.now()), &shrunk, &loaded)
}

/// The real lists that were put in force last, each with when it was loaded last.
pub fn last_in_force(env: &Env<'_>) -> Result<Vec<Watchlist>, Failure> {
    env.store().with_reading_tx(|tx| {
        let mut lists = in_force_before(tx)?;
        let known = lists.clone();
        stale::date(tx, &mut lists, &known)?;
        Ok(lists)
    })
}

/// The lists that were put in force last; none where that is not on record.
fn in_force_before(tx: &mut dyn Transaction) -> Result<Vec<Watchlist>, Failure> {
    let Some(set) = tx.find_setting(IN_FORCE)? else { return Ok(Vec::new()) };
    let known = tx.list_watchlists()?;
    let of = |named: ListVersion| {
        known.iter().find(|one| one.list == named.list && one.sha256.starts_with(&named.hash_start)).cloned()
    };
    Ok(lists_named(&set).into_iter().filter_map(of).filter(|list| !list.fictional).collect())
}

/// Adds the lists that are in force and not among the new ones.
fn add_others(
    keeper: &dyn ListKeeper,
    before: &[Watchlist],
    lists: &mut Vec<screening::Watchlist>,
) -> Result<(), Failure> {
    for other in before {
        if lists.iter().any(|list| list.id == other.list) {
            continue;
        }
        let (list, hash_start) = (other.list.clone(), other.sha256.clone());
        let name = format!("{list}@{}", other.version);
        let found = keeper.find(&ListVersion { list, hash_start, name: name.clone() });
        match found.map_err(|error| StoreError::Unavailable(Box::new(error)))? {
            Some(found) => lists.push(found),
            None => {
                let detail = format!("`{name}` is in force and is no longer kept; load it too");
                return Err(Refusal::conflict("list-not-kept", detail).into());
            }
        }
    }
    Ok(())
}

/// Lists that lost more entries than the operator allows, among them those that are gone. `now` counts the entries of
/// a list.
fn shrunk(env: &Env<'_>, before: &[Watchlist], now: impl Fn(&str) -> u64) -> Vec<Shrunk> {
    let max_percent = env.settings().list_shrinkage_max_percent;
    let compared = before.iter().map(|list| Shrunk {
        list: list.list.clone(),
        before: list.entry_count,
        now: now(&list.list),
    });
    let is_too_much = |one: &Shrunk| {
        let lost = one.before.saturating_sub(one.now);
        let are_many = lost >= SHRINKAGE_MIN || lost == one.before;
        are_many && lost * 100 > one.before * u64::from(max_percent)
    };
    compared.filter(is_too_much).collect()
}

/// The first of them by name, and how many more.
fn told(shrunk: &[&Shrunk]) -> String {
    let named: Vec<String> = shrunk.iter().take(SHRUNK_NAMED_MAX).map(ToString::to_string).collect();
    match shrunk.len() - named.len() {
        0 => named.join("; "),
        more => format!("{}; and {more} more lists", named.join("; ")),
    }
}

/// Who let it pass is the actor of the event, and on the ledger with it.
fn tell_shrunk(env: &Env<'_>, tx: &mut dyn Transaction, one: &Shrunk) -> Result<(), Failure> {
    let reasons = vec![format!("entries-before-{}", one.before), format!("entries-now-{}", one.now)];
    append_event(env, tx, Happened::of("watchlist.shrinkage-let-pass", &one.list, 1).because(reasons))
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
