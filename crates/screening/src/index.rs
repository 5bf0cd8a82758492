//! All names of all lists, arranged so that a query meets only those that could be near.
//!
//! **What is promised.** An answer has every entry that comparing the asked name with each listed one by itself would
//! put at the threshold or above, with the same score; there is no limit on how many names are looked at. Words agree
//! only if they are *near* ([`crate::token::are_near`]): the same, of one group, of one outline of consonants, or the
//! same but for `k` letters on each side, one up to eight letters and two from nine on. All near words of the lists
//! are found by keys of what is left when letters are dropped; a name is left out only where
//! [`crate::model::Weights::total_max`] bounds what its near words can come to below the threshold.
//! `tests/real_lists.rs` compares everything with everything.

use std::{collections::BTreeMap, sync::Mutex};

use crate::{
    compare::{Family, SAME_SIGNS, Verdict, conclude, discount, explain, families, names},
    entry::{Entry, NameKind, Watchlist},
    evidence::{Details, plain_number, plain_wallet},
    model::{NameOdds, Weights, log_odds},
    name::{align, parse},
    query::{Hit, Query},
    reading::readings,
    token::Token,
};

mod entries;
mod family;
mod file;
mod flat;
mod listing;
mod lookup;
mod near;
mod scan;
mod search;
mod tokens;

use entries::Entries;
use family::{Names, NamesBuilder};
pub use file::NoIndex;
use lookup::{Lookup, hash};
use search::{Scratch, Search};

/// Nothing less probable is ever answered.
const SCORE_MIN: f64 = 0.000_1;

/// Scores have six decimals.
const ROUNDING: f64 = 0.000_000_5;

/// Lists made ready for questions. Never changes; a new version of a list makes a new index.
pub struct Index {
    lists: Vec<ListInfo>,
    entries: Entries,
    by_id: Lookup,
    by_number: Lookup,
    by_wallet: Lookup,
    persons: Names,
    others: Names,
    /// Working memory of questions that are over.
    scratches: Mutex<Vec<[Scratch; 2]>>,
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

impl Index {
    pub fn new(lists: Vec<Watchlist>) -> Self {
        let (mut infos, mut entries) = (Vec::new(), Entries::default());
        let (mut persons, mut others) = (NamesBuilder::new(true), NamesBuilder::new(false));
        let (mut by_id, mut by_number, mut by_wallet) = (Vec::new(), Vec::new(), Vec::new());
        for list in lists {
            let number = infos.len().min(usize::from(u16::MAX)) as u16;
            let name_count = list.entries.iter().map(|entry| entry.names.len()).sum();
            let entry_count = list.entries.len();
            let Watchlist { id, title, version, sha256, entries: listed } = list;
            infos.push(ListInfo { id, title, version, sha256, entry_count, name_count });
            for entry in listed {
                let at = entries.len() as u32;
                for family in families(None, Some(entry.schema)) {
                    let builder = if family == Family::Person { &mut persons } else { &mut others };
                    builder.add(at, &entry);
                }
                let numbers = entry.identifiers.iter().map(|number| plain_number(&number.value));
                by_number.extend(numbers.map(|number| (hash(number.bytes()), at)));
                let wallets = entry.wallets.iter().map(|wallet| plain_wallet(&wallet.address));
                by_wallet.extend(wallets.map(|wallet| (hash(wallet.bytes()), at)));
                by_id.push((hash(entry.entry_id.bytes()), at));
                entries.push(entry, number);
            }
        }
        Self {
            lists: infos,
            entries,
            by_id: Lookup::new(by_id),
            by_number: Lookup::new(by_number),
            by_wallet: Lookup::new(by_wallet),
            persons: persons.build(),
            others: others.build(),
            scratches: Mutex::new(Vec::new()),
        }
    }

    pub fn lists(&self) -> &[ListInfo] {
        &self.lists
    }

    pub fn entry_count(&self) -> usize {
        self.entries.len()
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
        let list = self.lists.iter().position(|info| info.id == list)? as u16;
        let found = self.by_id.get(hash(entry_id.bytes()));
        let mut found = found.filter(|&at| self.entries.list_of(at) == list).map(|at| self.entries.get(at));
        found.find(|entry| entry.entry_id == entry_id)
    }

    /// Entries with a number or a wallet of those asked.
    fn with_numbers(&self, details: &Details) -> Vec<u32> {
        let mut found = Vec::new();
        for number in details.numbers() {
            let has = |at: &u32| {
                let mut numbers = self.entries.get(*at).identifiers.iter();
                numbers.any(|listed| plain_number(&listed.value) == *number)
            };
            found.extend(self.by_number.get(hash(number.bytes())).filter(has));
        }
        for wallet in details.wallets() {
            let has = |at: &u32| {
                let mut wallets = self.entries.get(*at).wallets.iter();
                wallets.any(|listed| plain_wallet(&listed.address) == *wallet)
            };
            found.extend(self.by_wallet.get(hash(wallet.bytes())).filter(has));
        }
        found
    }

    fn names(&self, family: Family) -> &Names {
        match family {
            Family::Person => &self.persons,
            Family::Other => &self.others,
        }
    }

    fn take_scratch(&self) -> [Scratch; 2] {
        let kept = self.scratches.lock().ok().and_then(|mut kept| kept.pop());
        kept.unwrap_or_else(|| [Scratch::new(&self.persons), Scratch::new(&self.others)])
    }

    fn keep_scratch(&self, scratch: [Scratch; 2]) {
        if let Ok(mut kept) = self.scratches.lock() {
            kept.push(scratch);
        }
    }
}

/// Entries that score `threshold` or more, best first, at most `top`. Without a threshold only matches are answered.
pub fn screen(index: &Index, query: &Query, threshold: Option<f64>, top: usize) -> Vec<Hit> {
    let threshold = threshold.unwrap_or(crate::DEFAULT_THRESHOLD).max(SCORE_MIN);
    let details = Details::of(query);
    // What is rounded up to the threshold reaches it.
    let floor = (log_odds(threshold - ROUNDING) - details.odds_max()) as f32;
    let mut best: BTreeMap<u32, Best> = BTreeMap::new();
    let mut scratch = index.take_scratch();
    let asked = query.schema();
    for (family, scratch) in [Family::Person, Family::Other].into_iter().zip(&mut scratch) {
        if asked.is_some() && !families(asked, None).contains(&family) {
            continue;
        }
        for (asked_name, name) in names(&query.names).enumerate() {
            let enough = details.is_empty().then_some(top);
            for (reading, text) in readings(name, family == Family::Person).enumerate() {
                let asking = Asking { index, family, query, asked: (asked_name, reading), floor, enough };
                asking.ask(&text, scratch, &mut best);
            }
        }
    }
    index.keep_scratch(scratch);
    for entry in index.with_numbers(&details) {
        best.entry(entry).or_default();
    }
    let scored = best.into_iter().map(|(entry, best)| {
        let verdict = conclude(best.odds(), &details, index.entries.get(entry));
        (entry, best, verdict)
    });
    let mut scored: Vec<(u32, Best, Verdict)> =
        scored.filter(|(.., verdict)| verdict.score >= threshold).collect();
    scored.sort_by(|a, b| {
        let place = |entry: u32| {
            let list = &index.lists[usize::from(index.entries.list_of(entry))].id;
            (list, &index.entries.get(entry).entry_id)
        };
        b.2.odds.total_cmp(&a.2.odds).then_with(|| place(a.0).cmp(&place(b.0)))
    });
    scored.truncate(top);
    scored.into_iter().map(|(entry, best, verdict)| hit(index, query, entry, &best, verdict)).collect()
}

/// The best of an entry's names so far.
#[derive(Default)]
struct Best {
    found: Option<Found>,
}

struct Found {
    odds: f32,
    family: Family,
    row: u32,
    /// Which of the asked names, and which reading of it.
    asked: (usize, usize),
}

impl Best {
    /// `None` where only a number agrees.
    fn odds(&self) -> Option<f64> {
        self.found.as_ref().map(|found| f64::from(found.odds))
    }
}

/// One name asked among the names of one family.
struct Asking<'a> {
    index: &'a Index,
    family: Family,
    query: &'a Query,
    asked: (usize, usize),
    floor: f32,
    /// How many entries are answered at most, where names alone decide which.
    enough: Option<usize>,
}

/// After so many names it is looked whether the others can still be among the best.
const LOOK_EVERY: usize = 32;

impl Asking<'_> {
    fn ask(&self, name: &str, scratch: &mut Scratch, best: &mut BTreeMap<u32, Best>) {
        let person = self.family == Family::Person;
        let listed = self.index.names(self.family);
        let parsed = parse(name, person);
        let ours: Vec<&Token> = parsed.iter().collect();
        if ours.is_empty() {
            for &row in listed.raw(name) {
                self.offer(row, SAME_SIGNS, best);
            }
            return;
        }
        let weights = Weights::of(person);
        let mut floor = self.floor;
        let search = Search::new(listed, &ours, floor);
        for (number, (row, at_most)) in search.candidates(scratch).into_iter().enumerate() {
            if number % LOOK_EVERY == 0 {
                floor = floor.max(self.last_of_enough(best));
            }
            if at_most < floor {
                break;
            }
            let schema = self.index.entries.schema(listed.entry_of(row));
            if !families(self.query.schema(), Some(schema)).contains(&self.family) {
                continue;
            }
            let known = best.get(&listed.entry_of(row)).and_then(Best::odds).unwrap_or(f64::NEG_INFINITY);
            if f64::from(at_most) <= known {
                continue;
            }
            let theirs = listed.tokens_of(row);
            let theirs: Vec<&Token> = theirs.iter().collect();
            let pairs = search.align(row, &theirs);
            if !pairs.is_empty() {
                let odds = weights.weigh(&pairs, &ours, &theirs).total + discount(listed.kind_of(row));
                self.offer(row, odds, best);
            }
        }
    }

    /// The odds of the last entry that would be answered now; less than all where there is still room.
    fn last_of_enough(&self, best: &BTreeMap<u32, Best>) -> f32 {
        match self.enough {
            Some(enough) if enough > 0 && best.len() >= enough => {
                let mut odds: Vec<f32> = best
                    .values()
                    .map(|best| best.found.as_ref().map_or(f32::MIN, |found| found.odds))
                    .collect();
                let (_, last, _) = odds.select_nth_unstable_by(enough - 1, |a, b| b.total_cmp(a));
                *last
            }
            _ => f32::MIN,
        }
    }

    /// Of an entry's names the best counts; of those that are as good the first.
    fn offer(&self, row: u32, odds: f32, best: &mut BTreeMap<u32, Best>) {
        if odds < self.floor {
            return;
        }
        let listed = self.index.names(self.family);
        let best = best.entry(listed.entry_of(row)).or_default();
        let is_better = |known: &Found| {
            let of_one_name = (known.family, known.asked) == (self.family, self.asked);
            let is_before = of_one_name && listed.place_of(row) < listed.place_of(known.row);
            odds > known.odds || (odds == known.odds && is_before)
        };
        if best.found.as_ref().is_none_or(is_better) {
            best.found = Some(Found { odds, family: self.family, row, asked: self.asked });
        }
    }
}

fn hit(index: &Index, query: &Query, at: u32, best: &Best, verdict: Verdict) -> Hit {
    let entry = index.entries.get(at);
    let mut hit = Hit {
        list: index.lists[usize::from(index.entries.list_of(at))].id.clone(),
        entry_id: entry.entry_id.clone(),
        name: entry.caption().to_owned(),
        score: verdict.score,
        is_match: verdict.is_match,
        features: verdict.features,
    };
    let Some(found) = &best.found else { return hit };
    let listed = index.names(found.family);
    let person = found.family == Family::Person;
    if let Some(name) = listed.name_of(found.row, entry) {
        hit.name.clone_from(&name.text);
    }
    let (asked_name, reading) = found.asked;
    let asked = names(&query.names).nth(asked_name).and_then(|name| readings(name, person).nth(reading));
    let parsed = parse(&asked.unwrap_or_default(), person);
    let tokens = listed.tokens_of(found.row);
    let (ours, theirs): (Vec<&Token>, Vec<&Token>) = (parsed.iter().collect(), tokens.iter().collect());
    let pairs = align(&ours, &theirs, person);
    let odds = match pairs.is_empty() {
        true => NameOdds::default(),
        false => Weights::of(person).weigh(&pairs, &ours, &theirs),
    };
    let weak = listed.kind_of(found.row) == NameKind::WeakAlias;
    explain(&mut hit.features, (&pairs, &odds), &ours, &theirs, weak);
    hit
}

#[cfg(test)]
mod tests;
