//! Packs as they were loaded, which of them are in force on a day, and what nobody has checked in them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::*;
use crate::product::ProductClass;

/// A person's word that an entry says what the gazette says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckRecord {
    pub pack: PackId,
    /// Such as `retention.identity`.
    pub entry: String,
    pub checked_by: String,
    pub checked_on: Date,
    /// Where it was read, such as `89 FR 5698, page 5727`.
    pub gazette: String,
}

/// Reads an operator's check records: a TOML text of `[[checked]]` tables.
pub fn parse_check_records(text: &str) -> Result<Vec<CheckRecord>, PackError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        checked: Vec<CheckRecord>,
    }
    let file: File = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| line_of(text, span.start));
        let path = line.map(|line| path_at(text, line)).unwrap_or_default();
        PackError { path, line, what: error.message().trim_end().replace('\n', "; ") }
    })?;
    Ok(file.checked)
}

/// An entry that nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    pub pack: PackId,
    /// Such as `clocks.reseller_report`.
    pub entry: String,
    pub text: String,
}

impl Warning {
    pub(super) fn unchecked(pack: &PackId, path: String, entry: &dyn Entry) -> Self {
        let source = entry.source();
        let note = entry.note().map(|note| format!(" ({note})")).unwrap_or_default();
        let state = match entry.certainty() {
            Certainty::Unconfirmed => "is unconfirmed",
            _ => "was not compared with its source",
        };
        let text =
            format!("`{path}` {state}: check it against {}, {}{note}", source.document, source.section);
        Self { pack: pack.clone(), entry: path, text }
    }
}

/// A pack as it was loaded: its text's hash is taken, and its signature checked, by who loads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedPack {
    pub pack: Pack,
    /// SHA-256 of the text, in hexadecimal.
    pub sha256: String,
    pub checks: Vec<CheckRecord>,
}

impl LoadedPack {
    /// What is left unchecked after the operator's check records.
    pub fn warnings(&self) -> Vec<Warning> {
        self.pack.warnings().into_iter().filter(|warning| !self.is_checked(&warning.entry)).collect()
    }

    fn is_checked(&self, entry: &str) -> bool {
        self.checks.iter().any(|check| check.pack == self.pack.id && check.entry == entry)
    }

    pub(super) fn citation(&self, table: &str, entry: &dyn Entry) -> Citation {
        let path = entry_path(table, entry);
        Citation {
            pack: self.pack.id.clone(),
            status: self.pack.status,
            document: entry.source().document.clone(),
            section: entry.source().section.clone(),
            certainty: entry.certainty(),
            checked: !entry.is_unchecked() || self.is_checked(&path),
            requirement: entry.requirement().map(str::to_owned),
            entry: path,
        }
    }
}

/// Why packs cannot be loaded together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PacksRefused {
    #[error("pack `{0}` is given twice")]
    Twice(PackId),
    #[error("pack `{pack}` only adds to `{missing}`, which is not loaded")]
    MissingBase { pack: PackId, missing: String },
    #[error("pack `{0}` comes without the SHA-256 of its text in hexadecimal")]
    NotAHash(PackId),
}

/// All packs that are loaded, of every date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packs {
    loaded: Vec<LoadedPack>,
}

impl Packs {
    /// Whether terms of any pack are about a resource of this name.
    pub fn name_resource(&self, resource: &str) -> bool {
        let conditions = self.loaded.iter().flat_map(|loaded| &loaded.pack.interim_terms);
        conditions.flat_map(|rule| &rule.conditions).any(|condition| condition.names_resource(resource))
    }

    /// Puts packs together. Several dates of one name may be loaded: on each day the latest that has come
    /// into force by then counts.
    pub fn merge(mut loaded: Vec<LoadedPack>) -> Result<Self, PacksRefused> {
        loaded.sort_by(|a, b| a.pack.id.cmp(&b.pack.id));
        for pair in loaded.windows(2) {
            if let [first, second] = pair
                && first.pack.id == second.pack.id
            {
                return Err(PacksRefused::Twice(first.pack.id.clone()));
            }
        }
        for one in &loaded {
            if one.sha256.len() != 64 || !one.sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(PacksRefused::NotAHash(one.pack.id.clone()));
            }
            if let Some(base) = &one.pack.builds_on
                && !loaded.iter().any(|other| other.pack.id.name() == base)
            {
                return Err(PacksRefused::MissingBase { pack: one.pack.id.clone(), missing: base.clone() });
            }
        }
        Ok(Self { loaded })
    }

    pub fn loaded(&self) -> &[LoadedPack] {
        &self.loaded
    }

    pub fn warnings(&self) -> Vec<Warning> {
        self.loaded.iter().flat_map(LoadedPack::warnings).collect()
    }

    /// Names every pack and the start of its hash: `in-certin@2022-04-28#9f86d081884c`, in order, with
    /// commas. Stored with every decision.
    pub fn version(&self) -> String {
        let one = |loaded: &LoadedPack| {
            format!("{}#{}", loaded.pack.id, loaded.sha256.chars().take(12).collect::<String>())
        };
        self.loaded.iter().map(one).collect::<Vec<_>>().join(",")
    }

    /// What is in force on a day, the same day for every pack (DEF-07).
    pub fn at(&self, on: Date) -> PacksInForce<'_> {
        self.in_force(|_| on)
    }

    /// What is in force at an instant, by the day it lies in in each pack's time zone.
    pub fn at_instant(&self, at: Timestamp) -> PacksInForce<'_> {
        self.in_force(|pack| pack.time_zone.date_of(at))
    }

    /// The next day after `on` on which a pack or an entry of one starts or ends.
    pub fn next_change_after(&self, on: Date) -> Option<Date> {
        let of_pack = |loaded: &LoadedPack| {
            let pack = &loaded.pack;
            let entries =
                pack.entries().flat_map(|(_, _, entry)| [entry.effective_from(), entry.effective_until()]);
            entries.chain([Some(pack.starts_on()), pack.effective_until]).flatten().collect::<Vec<_>>()
        };
        self.loaded.iter().flat_map(of_pack).filter(|&day| day > on).min()
    }

    fn in_force(&self, day: impl Fn(&Pack) -> Date) -> PacksInForce<'_> {
        let mut latest: BTreeMap<&str, InForce<'_>> = BTreeMap::new();
        for loaded in &self.loaded {
            let on = day(&loaded.pack);
            if loaded.pack.starts_on() > on {
                continue;
            }
            let rank = |loaded: &LoadedPack| (loaded.pack.starts_on(), loaded.pack.id.dated());
            let held = latest.entry(loaded.pack.id.name()).or_insert(InForce { loaded, on });
            if rank(loaded) >= rank(held.loaded) {
                *held = InForce { loaded, on };
            }
        }
        let is_alive = |one: &InForce<'_>| {
            one.loaded.pack.status != PackStatus::Dead
                && one.loaded.pack.effective_until.is_none_or(|until| one.on < until)
        };
        PacksInForce { packs: latest.into_values().filter(is_alive).collect() }
    }
}

/// One pack, and the day on which it is asked.
#[derive(Debug, Clone, Copy)]
pub struct InForce<'a> {
    pub loaded: &'a LoadedPack,
    pub on: Date,
}

impl<'a> InForce<'a> {
    pub fn pack(&self) -> &'a Pack {
        &self.loaded.pack
    }

    /// Whether the pack concerns who and what the facts tell of. Products whose classes are all flagged as
    /// out of scope take it out (DEF-02).
    pub fn applies(&self, facts: &KnownFacts) -> bool {
        let by_condition = self.pack().applies_to.when.as_ref().is_none_or(|when| when.applies(facts));
        by_condition && self.products_in_scope(facts)
    }

    fn products_in_scope(&self, facts: &KnownFacts) -> bool {
        match facts.words_of(NamedFact::AccountProductClass) {
            None => true,
            Some(classes) if classes.is_empty() => true,
            Some(classes) => classes.iter().any(|class| {
                let known = ProductClass::ALL.iter().find(|known| class_word(**known) == *class);
                known.is_none_or(|&class| self.in_scope(class))
            }),
        }
    }

    /// A class that the pack says nothing of is in scope.
    pub fn in_scope(&self, class: ProductClass) -> bool {
        let mut flags = self.pack().product_scope.iter().filter(|scope| scope.is_effective_on(self.on));
        flags.find(|scope| scope.class == class).is_none_or(|scope| scope.in_scope)
    }
}

fn class_word(class: ProductClass) -> String {
    let word = serde_json::to_value(class).expect("a class is a word");
    word.as_str().unwrap_or_default().to_owned()
}
