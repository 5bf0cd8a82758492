//! A list read from one file or set, before it is decided which version of it is used.

use std::collections::{BTreeMap, HashMap, HashSet};

use sha2::{Digest, Sha256};
use terms::PartialDate;

use super::{LeftOut, NotRead, PassedOver, eu, ftm, hex, name};
use crate::entry::{Entry, Watchlist};

pub struct Draft {
    pub path: String,
    pub id: String,
    pub title: String,
    pub date: Option<String>,
    /// Greater for a newer version: the day as a number, or the greatest number given so far.
    pub order: u64,
    pub sha256: String,
    pub entries: Vec<Entry>,
    pub passed_over: PassedOver,
}

/// A file's content once unpacked and decoded; the hash is of the bytes as they came.
pub struct File<'a> {
    pub path: &'a str,
    pub sha256: String,
    pub text: &'a str,
}

impl File<'_> {
    /// The file's name up to the first full stop.
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(self.path);
        name.split('.').next().unwrap_or(name)
    }
}

impl Draft {
    pub fn new(file: &File<'_>, id: &str, title: &str, date: Option<String>, entries: Vec<Entry>) -> Self {
        let (path, sha256) = (file.path.to_owned(), file.sha256.clone());
        let order = date.as_deref().map_or(0, order_of);
        let (id, title, passed_over) = (id.to_owned(), title.to_owned(), PassedOver::of(&path));
        Self { path, id, title, date, order, sha256, entries, passed_over }
    }

    /// Whether it was read from FollowTheMoney entities, whose deltas it can take.
    pub fn is_ftm(&self) -> bool {
        self.id.starts_with(ftm::ID_PREFIX)
    }

    fn version(&self) -> String {
        self.date.clone().unwrap_or_else(|| format!("content-{}", &self.sha256[..12]))
    }

    fn value_count(&self) -> usize {
        self.entries.iter().map(Entry::value_count).sum()
    }

    /// Whether this is another form of the version in `fuller`: all it lists is there, and either both say that they
    /// are of one day, or they list the same.
    fn is_form_of(&self, fuller: &Draft) -> bool {
        let ids =
            |draft: &Draft| draft.entries.iter().map(|entry| entry.entry_id.clone()).collect::<HashSet<_>>();
        let (ours, theirs) = (ids(self), ids(fuller));
        let one_day = self.date.is_some() && self.date == fuller.date;
        self.order == fuller.order && ours.is_subset(&theirs) && (one_day || ours.len() == theirs.len())
    }

    fn into_watchlist(mut self) -> (Watchlist, PassedOver) {
        let version = self.version();
        let entries = tidy(self.entries, &mut self.passed_over);
        let list = Watchlist { id: self.id, title: self.title, version, sha256: self.sha256, entries };
        (list, self.passed_over)
    }
}

/// Keeps the newest version of each list, of one version its fullest form, and names what is not used.
pub fn newest(drafts: Vec<Draft>, left_out: &mut Vec<LeftOut>) -> Vec<(Watchlist, PassedOver)> {
    let mut by_list: BTreeMap<String, Vec<Draft>> = BTreeMap::new();
    for draft in drafts {
        match draft.entries.iter().find(|entry| entry.is_full()) {
            Some(entry) => {
                let at = format!("entry `{}`", entry.entry_id);
                let why = NotRead::damaged(at, "more values of one kind than any entry has");
                left_out.push(LeftOut { path: draft.path, why });
            }
            None => by_list.entry(draft.id.clone()).or_default().push(draft),
        }
    }
    let mut lists = Vec::new();
    for (id, mut drafts) in by_list {
        if id == eu::JOURNAL_ID {
            lists.push(join_journal(drafts));
            continue;
        }
        drafts.sort_by_cached_key(|draft| {
            (draft.order, draft.date.clone(), draft.entries.len(), draft.value_count(), draft.path.clone())
        });
        let Some(newest) = drafts.pop() else { continue };
        for other in drafts {
            let (list, used) = (id.clone(), newest.path.clone());
            let why = match () {
                () if other.order < newest.order => NotRead::OlderVersion { list, version: other.version() },
                () if other.is_form_of(&newest) => NotRead::OtherForm { list, used },
                () => NotRead::OtherVersion { list, used },
            };
            left_out.push(LeftOut { path: other.path, why });
        }
        lists.push(newest.into_watchlist());
    }
    lists
}

/// One list over all regulations, unlike the others of which the newest file counts.
fn join_journal(mut drafts: Vec<Draft>) -> (Watchlist, PassedOver) {
    drafts.sort_by(|a, b| a.path.cmp(&b.path));
    let hashes: Vec<&str> = drafts.iter().map(|draft| draft.sha256.as_str()).collect();
    let sha256 = joint_hash(&hashes);
    let (id, title) = (eu::JOURNAL_ID.to_owned(), eu::JOURNAL_TITLE.to_owned());
    let mut passed_over = PassedOver::of(drafts.first().map_or("", |draft| draft.path.as_str()));
    let entries = tidy(drafts.into_iter().flat_map(|draft| draft.entries).collect(), &mut passed_over);
    (Watchlist { id, title, version: format!("content-{}", &sha256[..12]), sha256, entries }, passed_over)
}

/// Entries that name somebody. Two of one id that share a name are one entry; if they share none, the later one gets
/// an id of its own, because one of them would hide the other.
pub fn tidy(entries: Vec<Entry>, passed_over: &mut PassedOver) -> Vec<Entry> {
    let mut by_id: HashMap<String, usize> = HashMap::new();
    let mut tidy: Vec<Entry> = Vec::with_capacity(entries.len());
    for mut entry in entries {
        if entry.names.is_empty() {
            passed_over.note(format!("entry `{}`", entry.entry_id), "no name, so that it is left out");
            continue;
        }
        name::split_titles(&mut entry);
        if by_id.get(&entry.entry_id).is_some_and(|&index| !share_a_name(&tidy[index], &entry)) {
            entry.entry_id = format!("{}~{}", entry.entry_id, made_id(&[entry.caption()]));
        }
        match by_id.get(&entry.entry_id) {
            Some(&index) => tidy[index].absorb(entry),
            None => {
                by_id.insert(entry.entry_id.clone(), tidy.len());
                tidy.push(entry);
            }
        }
    }
    tidy
}

fn share_a_name(a: &Entry, b: &Entry) -> bool {
    a.names.iter().any(|name| b.names.iter().any(|other| other.text == name.text))
}

pub fn joint_hash(hashes: &[&str]) -> String {
    hex(&Sha256::digest(hashes.join("\n").as_bytes()))
}

/// The digits of a date as one number.
pub fn order_of(date: &str) -> u64 {
    date.chars().filter(char::is_ascii_digit).take(8).collect::<String>().parse().unwrap_or(0)
}

/// The same for the latest day that lines of a list carry, which is not its day of publication.
pub fn order_of_latest(latest: Option<PartialDate>) -> u64 {
    latest.map_or(0, |date| order_of(&date.to_string()))
}

/// An id for a line that its publisher gives none: the same line keeps the same id.
pub fn made_id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex(&hash.finalize()[..8])
}

/// Parts of a cell that holds several values.
pub fn several(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(';').map(str::trim).filter(|part| !part.is_empty())
}
