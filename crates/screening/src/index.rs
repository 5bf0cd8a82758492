//! All names of all lists, arranged so that a query meets only those that could be near.
//!
//! **What is promised.** An answer has every entry that comparing the asked name with each listed one by itself would
//! put at the threshold or above, with the same score; there is no limit on how many names are looked at. Words agree
//! only if they are *near* ([`crate::token::are_near`]): the same, of one group, of one outline of consonants, or the
//! same but for `k` letters on each side, one up to eight letters and two from nine on. Near words are found by keys
//! of what is left when letters are dropped. A name is left out only by one of three bounds, none of which is below
//! what it can come to: how much a word has to add at least, so that less alike words need not be looked for
//! (`search/look.rs`); the sum of what its near words add (`search/reached.rs`); and
//! [`crate::model::Weights::total_max`] of all its words.
//! `tests/real_lists.rs` compares everything with everything.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use crate::{
    compare::{Verdict, conclude},
    delta::by_id,
    entry::{Entry, Watchlist},
    evidence::Details,
    model::log_odds,
    query::{Hit, Query},
};

mod asking;
mod entries;
mod family;
mod file;
mod flat;
mod listing;
mod lookup;
mod near;
mod scan;
mod search;
mod segment;
mod tokens;

use asking::{Best, ask, hit};
pub use file::NoIndex;
use segment::Segment;

/// Nothing less probable is ever answered.
const SCORE_MIN: f64 = 0.000_1;

/// Scores have six decimals.
const ROUNDING: f64 = 0.000_000_5;

/// Lists made ready for questions. Never changes; a new version of a list makes a new index, which shares with the one
/// before what is the same in both.
pub struct Index {
    lists: Vec<ListInfo>,
    parts: Vec<Part>,
}

/// A segment without the entries that are no longer listed as they were.
#[derive(Clone)]
struct Part {
    segment: Arc<Segment>,
    gone: Arc<Gone>,
}

/// Entries by their places, as bits.
#[derive(Clone, Default)]
struct Gone {
    bits: Vec<u64>,
    count: usize,
}

impl Gone {
    fn add(&mut self, entry: u32) {
        let at = entry as usize / 64;
        if self.bits.len() <= at {
            self.bits.resize(at + 1, 0);
        }
        self.count += usize::from(!self.has(entry));
        self.bits[at] |= 1 << (entry % 64);
    }

    fn has(&self, entry: u32) -> bool {
        self.bits.get(entry as usize / 64).is_some_and(|bits| bits >> (entry % 64) & 1 == 1)
    }
}

impl Part {
    fn new(lists: Vec<(String, Vec<Entry>)>) -> Self {
        Self { segment: Arc::new(Segment::new(lists)), gone: Arc::default() }
    }

    fn entries(&self) -> impl Iterator<Item = (u32, &str, &Entry)> {
        let all = (0..self.segment.entries.len() as u32).filter(|&at| !self.gone.has(at));
        all.map(|at| (at, self.segment.list_of(at), self.segment.entries.get(at)))
    }
}

/// What an index knows of one list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListInfo {
    pub id: String,
    pub title: String,
    pub version: String,
    pub sha256: String,
    pub entry_count: usize,
    /// Published names, each counted once an entry.
    pub name_count: usize,
}

impl ListInfo {
    fn of(list: &Watchlist) -> Self {
        Self {
            id: list.id.clone(),
            title: list.title.clone(),
            version: list.version.clone(),
            sha256: list.sha256.clone(),
            entry_count: list.entries.len(),
            name_count: list.entries.iter().map(|entry| entry.names.len()).sum(),
        }
    }
}

/// An index of more parts is made anew.
const PARTS_MAX: usize = 8;

/// So is one of which more than this part, one of so many, is gone so far or new this time.
const CHANGED_SHARE: usize = 4;

impl Index {
    pub fn new(lists: Vec<Watchlist>) -> Self {
        let infos = lists.iter().map(ListInfo::of).collect();
        let entries = lists.into_iter().map(|list| (list.id, list.entries)).collect();
        Self { lists: infos, parts: vec![Part::new(entries)] }
    }

    /// The index of these lists, which answers as [`Index::new`] of them would. What is in this one already is not made
    /// again, unless so much changed that it would be slow to ask.
    pub fn changed_to(&self, lists: Vec<Watchlist>) -> Self {
        let infos: Vec<ListInfo> = lists.iter().map(ListInfo::of).collect();
        let mut gone: Vec<Gone> = self.parts.iter().map(|part| (*part.gone).clone()).collect();
        let mut entered = Vec::new();
        let mut old: HashMap<&str, Vec<(usize, u32, &Entry)>> = HashMap::new();
        for (number, part) in self.parts.iter().enumerate() {
            for (at, list, entry) in part.entries() {
                old.entry(list).or_default().push((number, at, entry));
            }
        }
        let mut changed = 0;
        for list in &lists {
            let old = old.remove(list.id.as_str()).unwrap_or_default();
            let (before, now) = (by_id(old.iter().map(|(.., entry)| *entry)), by_id(&list.entries));
            let is_same = |id: &str| before.get(id).is_some_and(|before| now.get(id) == Some(before));
            for (number, at, entry) in old {
                if !is_same(&entry.entry_id) {
                    gone[number].add(at);
                }
            }
            let new = list.entries.iter().filter(|entry| !is_same(&entry.entry_id)).cloned();
            let new: Vec<Entry> = new.collect();
            if !new.is_empty() {
                changed += new.len();
                entered.push((list.id.clone(), new));
            }
        }
        old.into_values().flatten().for_each(|(number, at, _)| gone[number].add(at));
        changed += gone.iter().map(|gone| gone.count).sum::<usize>();
        let all: usize = infos.iter().map(|info| info.entry_count).sum();
        if changed * CHANGED_SHARE > all || (!entered.is_empty() && self.parts.len() >= PARTS_MAX) {
            return Self::new(lists);
        }
        let parts = self.parts.iter().zip(gone);
        let parts = parts.map(|(part, gone)| Part { segment: part.segment.clone(), gone: Arc::new(gone) });
        let new = (!entered.is_empty()).then(|| Part::new(entered));
        Self { lists: infos, parts: parts.chain(new).collect() }
    }

    pub fn lists(&self) -> &[ListInfo] {
        &self.lists
    }

    pub fn entry_count(&self) -> usize {
        self.lists.iter().map(|list| list.entry_count).sum()
    }

    /// Published names, each counted once an entry.
    pub fn name_count(&self) -> usize {
        self.lists.iter().map(|list| list.name_count).sum()
    }

    /// Names every list with its version and the start of its content hash, in the order of ids.
    pub fn version(&self) -> String {
        let lists = self.lists.iter().map(|list| {
            let hash = list.sha256.get(..12).unwrap_or(&list.sha256);
            format!("{}@{}#{hash}", list.id, list.version)
        });
        let mut lists: Vec<String> = lists.collect();
        lists.sort_unstable();
        lists.join(" ")
    }

    /// The entry as the index holds it; `None` where the list or entry is not in it.
    pub fn find_entry(&self, list: &str, entry_id: &str) -> Option<&Entry> {
        let found = |part: &'_ Part| part.segment.with_id(list, entry_id).find(|&at| !part.gone.has(at));
        self.parts.iter().find_map(|part| Some(part.segment.entries.get(found(part)?)))
    }
}

/// Entries that score `threshold` or more, best first, at most `top`. Without a threshold only matches are answered.
pub fn screen(index: &Index, query: &Query, threshold: Option<f64>, top: usize) -> Vec<Hit> {
    let threshold = threshold.unwrap_or(crate::DEFAULT_THRESHOLD).max(SCORE_MIN);
    let details = Details::of(query);
    // What is rounded up to the threshold reaches it.
    let floor = (log_odds(threshold - ROUNDING) - details.odds_max()) as f32;
    let mut scored: Vec<(&Segment, u32, Best, Verdict)> = Vec::new();
    for part in &index.parts {
        let best: BTreeMap<u32, Best> = ask(part, query, &details, floor, top);
        let part_scored = best.into_iter().map(|(entry, best)| {
            let verdict = conclude(best.odds(), &details, part.segment.entries.get(entry));
            (&*part.segment, entry, best, verdict)
        });
        scored.extend(part_scored.filter(|(.., verdict)| verdict.score >= threshold));
    }
    scored.sort_by(|a, b| {
        let by_place = || place(a.0, a.1).cmp(&place(b.0, b.1));
        b.3.odds.total_cmp(&a.3.odds).then_with(by_place)
    });
    scored.truncate(top);
    scored
        .into_iter()
        .map(|(segment, entry, best, verdict)| hit(segment, query, entry, &best, verdict))
        .collect()
}

fn place(segment: &Segment, entry: u32) -> (&str, &str) {
    (segment.list_of(entry), &segment.entries.get(entry).entry_id)
}

#[cfg(test)]
mod tests;
