//! Some of the listed entries, made ready for questions at once.

use std::sync::Mutex;

use crate::{
    compare::{Family, families},
    entry::Entry,
    evidence::{Details, plain_number, plain_wallet},
};

use super::{
    entries::Entries,
    family::{Names, NamesBuilder},
    flat::{Reader, put_all},
    lookup::{Lookup, hash},
    search::Scratch,
};

/// Entries of some lists. Never changes.
pub struct Segment {
    /// Ids of the lists.
    lists: Vec<String>,
    pub entries: Entries,
    by_id: Lookup,
    by_number: Lookup,
    by_wallet: Lookup,
    persons: Names,
    others: Names,
    /// Working memory of questions that are over.
    scratches: Mutex<Vec<[Scratch; 2]>>,
}

impl Segment {
    /// Of entries under the ids of their lists.
    pub fn new(given: Vec<(String, Vec<Entry>)>) -> Self {
        let (mut lists, mut entries) = (Vec::new(), Entries::default());
        let (mut persons, mut others) = (NamesBuilder::new(true), NamesBuilder::new(false));
        let (mut by_id, mut by_number, mut by_wallet) = (Vec::new(), Vec::new(), Vec::new());
        for (id, given) in given {
            let number = lists.len().min(usize::from(u16::MAX)) as u16;
            lists.push(id);
            for entry in given {
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
            lists,
            entries,
            by_id: Lookup::new(by_id),
            by_number: Lookup::new(by_number),
            by_wallet: Lookup::new(by_wallet),
            persons: persons.build(),
            others: others.build(),
            scratches: Mutex::new(Vec::new()),
        }
    }

    /// The id of the entry's list.
    pub fn list_of(&self, at: u32) -> &str {
        &self.lists[usize::from(self.entries.list_of(at))]
    }

    /// Places of the entries with this id.
    pub fn with_id<'a>(&'a self, list: &'a str, entry_id: &'a str) -> impl Iterator<Item = u32> + 'a {
        let found = self.by_id.get(hash(entry_id.bytes()));
        found.filter(move |&at| self.list_of(at) == list && self.entries.get(at).entry_id == entry_id)
    }

    /// Entries with a number or a wallet of those asked.
    pub fn with_numbers(&self, details: &Details) -> Vec<u32> {
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

    pub fn names(&self, family: Family) -> &Names {
        match family {
            Family::Person => &self.persons,
            Family::Other => &self.others,
        }
    }

    pub fn take_scratch(&self) -> [Scratch; 2] {
        let kept = self.scratches.lock().ok().and_then(|mut kept| kept.pop());
        kept.unwrap_or_else(|| [Scratch::new(&self.persons), Scratch::new(&self.others)])
    }

    pub fn keep_scratch(&self, scratch: [Scratch; 2]) {
        if let Ok(mut kept) = self.scratches.lock() {
            kept.push(scratch);
        }
    }

    pub fn put(&self, to: &mut Vec<u8>) {
        put_all(&serde_json::to_vec(&self.lists).unwrap_or_default(), to);
        self.entries.put(to);
        for lookup in [&self.by_id, &self.by_number, &self.by_wallet] {
            lookup.put(to);
        }
        self.persons.put(to);
        self.others.put(to);
    }

    /// `None` where the bytes are none.
    pub fn take(from: &mut Reader) -> Option<Self> {
        let lists: Vec<String> = serde_json::from_slice(&from.all::<u8>()?).ok()?;
        let entries = Entries::take(from)?;
        let count = entries.len();
        if (0..count as u32).any(|at| usize::from(entries.list_of(at)) >= lists.len()) {
            return None;
        }
        let [by_id, by_number, by_wallet] =
            [Lookup::take(from, count)?, Lookup::take(from, count)?, Lookup::take(from, count)?];
        let (persons, others) = (Names::take(from, count)?, Names::take(from, count)?);
        let fit = persons.is_of_persons() && !others.is_of_persons();
        let scratches = Mutex::default();
        fit.then(|| Self { lists, entries, by_id, by_number, by_wallet, persons, others, scratches })
    }
}
