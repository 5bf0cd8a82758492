//! FollowTheMoney delta files: what changed between two versions of a collection.

pub(super) mod chain;

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{
    NotRead, PassedOver,
    draft::tidy,
    encoding, ftm, hex,
    json::{self, Object},
};
use crate::entry::{Entry, Watchlist};

/// Why a delta was not applied. Nothing of it was: the list is as before.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DeltaError {
    #[error(transparent)]
    NotRead(#[from] NotRead),
    #[error("change {number}: an operation that is none of `ADD`, `MOD`, `DEL`, or no entity with an id")]
    NotAChange { number: usize },
    #[error("change {number}: `{id}` is added and on the list already: the delta is of another version")]
    AlreadyListed { number: usize, id: String },
    #[error("change {number}: `{id}` is changed and not on the list: the delta is of another version")]
    NotListed { number: usize, id: String },
}

/// The list after the changes, which are one object a line: `{"op":"ADD|MOD|DEL","entity":{…}}`. `version` is the
/// publisher's name for what comes out. The new hash is that of the old hash and of the hash of the changes, so that
/// it says which file a list began with and every change since.
///
/// Entities that only give context are passed over; a removal names no kind, so one of something unlisted is no
/// error.
pub fn apply_delta(list: Watchlist, version: &str, changes: &[u8]) -> Result<Watchlist, DeltaError> {
    let hashes = [list.sha256.as_str(), &hex(&Sha256::digest(changes))].join("\n");
    let mut objects = Vec::new();
    json::read(&encoding::decode(changes), |object| objects.push(object))?;
    let mut listed = Listed::new(list.entries);
    let mut of_parts = Vec::new();
    for (index, change) in objects.iter().enumerate() {
        if !listed.apply(index + 1, change)? {
            of_parts.push(change);
        }
    }
    // After all entries, as an entity may come before the one it belongs to.
    of_parts.into_iter().for_each(|change| listed.apply_to_parts(change));
    Ok(Watchlist {
        version: version.to_owned(),
        sha256: hex(&Sha256::digest(hashes.as_bytes())),
        entries: tidy(listed.entries.into_iter().flatten().collect(), &mut PassedOver::of("")),
        ..list
    })
}

fn entity(change: &Object) -> Option<&Object> {
    let entity = change.get("entity").and_then(serde_json::Value::as_object);
    entity.filter(|entity| !json::text(entity, "id").is_empty())
}

struct Listed {
    /// `None` where one was removed; order is kept.
    entries: Vec<Option<Entry>>,
    by_id: HashMap<String, usize>,
    /// Places of the entries that hold something of an entity of its own, by that entity's id.
    by_part: HashMap<String, Vec<usize>>,
}

impl Listed {
    fn new(entries: Vec<Entry>) -> Self {
        let mut by_part: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            for id in ftm::part_ids(entry) {
                by_part.entry(id.to_owned()).or_default().push(index);
            }
        }
        let by_id =
            entries.iter().enumerate().map(|(index, entry)| (entry.entry_id.clone(), index)).collect();
        Self { entries: entries.into_iter().map(Some).collect(), by_id, by_part }
    }

    /// Whether the change was one of an entry.
    fn apply(&mut self, number: usize, change: &Object) -> Result<bool, DeltaError> {
        let entity = entity(change).ok_or(DeltaError::NotAChange { number })?;
        let id = json::text(entity, "id").to_owned();
        let place = self.by_id.get(&id).copied();
        match (json::text(change, "op"), ftm::is_listed(entity)) {
            ("ADD", true) if place.is_some() => return Err(DeltaError::AlreadyListed { number, id }),
            ("ADD", true) => self.insert(ftm::entry(entity)),
            ("MOD", true) => match place {
                Some(place) => self.replace(place, ftm::entry(entity)),
                None => return Err(DeltaError::NotListed { number, id }),
            },
            // One that is a target no longer stays in the collection, for context.
            ("DEL", _) | ("MOD", false) if place.is_some() => self.remove(&id),
            ("ADD" | "MOD" | "DEL", _) => return Ok(false),
            _ => return Err(DeltaError::NotAChange { number }),
        }
        Ok(true)
    }

    fn apply_to_parts(&mut self, change: &Object) {
        let Some(entity) = entity(change) else { return };
        self.remove_part(json::text(entity, "id"));
        if json::text(change, "op") != "DEL" {
            self.add_parts(entity);
        }
    }

    fn insert(&mut self, entry: Entry) {
        self.by_id.insert(entry.entry_id.clone(), self.entries.len());
        self.entries.push(Some(entry));
    }

    /// What came from entities of their own stays: they have changes of their own.
    fn replace(&mut self, place: usize, mut entry: Entry) {
        if let Some(old) = self.entries[place].take() {
            ftm::keep_parts(&old, &mut entry);
        }
        self.entries[place] = Some(entry);
    }

    fn remove(&mut self, id: &str) {
        if let Some(place) = self.by_id.remove(id) {
            self.entries[place] = None;
        }
    }

    fn add_parts(&mut self, entity: &Object) {
        for part in ftm::Part::of(entity) {
            let Some(&place) = self.by_id.get(&part.holder) else { continue };
            if let Some(entry) = &mut self.entries[place] {
                part.add_to(entry);
                self.by_part.entry(part.id).or_default().push(place);
            }
        }
    }

    fn remove_part(&mut self, id: &str) {
        for place in self.by_part.remove(id).unwrap_or_default() {
            if let Some(entry) = &mut self.entries[place] {
                ftm::remove_part(entry, id);
            }
        }
    }
}

#[cfg(test)]
mod tests;
