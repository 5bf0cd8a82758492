//! What changed between two versions of a list, as far as comparisons can tell.

use std::collections::HashMap;

use crate::entry::Entry;

/// The way from one version of a list to another. A score depends on the two parties alone, so that only these entries
/// can score otherwise than before.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Delta {
    /// Added, or changed in what is compared, as they are now; in the order of the newer version.
    pub entered: Vec<Entry>,
    /// Ids of entries that were changed or removed, in order.
    pub left: Vec<String>,
}

/// The delta of the entries of two versions. They are the same by their id; where a publisher uses one more than once, all of its
/// entries go together.
pub fn delta(old: &[Entry], new: &[Entry]) -> Delta {
    let (before, now) = (by_id(old), by_id(new));
    let is_other = |id: &str, there: &HashMap<&str, Vec<&Entry>>, here: &[&Entry]| {
        there.get(id).is_none_or(|there| !same_to_compare(there, here))
    };
    let entered = new.iter().filter(|entry| {
        let id = entry.entry_id.as_str();
        is_other(id, &before, &now[id])
    });
    let left = before.iter().filter(|(id, entries)| is_other(id, &now, entries));
    let mut left: Vec<String> = left.map(|(id, _)| (*id).to_owned()).collect();
    left.sort_unstable();
    Delta { entered: entered.cloned().collect(), left }
}

/// Entries under their ids, those of one id in their order.
pub(crate) fn by_id<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> HashMap<&'a str, Vec<&'a Entry>> {
    let mut by_id: HashMap<&str, Vec<&Entry>> = HashMap::new();
    for entry in entries {
        by_id.entry(&entry.entry_id).or_default().push(entry);
    }
    by_id
}

fn same_to_compare(some: &[&Entry], others: &[&Entry]) -> bool {
    some.len() == others.len() && some.iter().zip(others).all(|(a, b)| compared(a) == compared(b))
}

/// All of an entry that a comparison could ever look at. A field that is new in [`Entry`] has to be put on one side.
fn compared(entry: &Entry) -> impl PartialEq + '_ {
    let Entry {
        entry_id: _,
        schema,
        names,
        birth_dates,
        genders,
        countries,
        identifiers,
        addresses,
        wallets,
        programs: _,
        remarks: _,
        titles,
        birth_spans,
        birth_places,
        nationalities,
        details: _,
    } = entry;
    let places = (countries, nationalities, addresses, birth_places);
    (schema, names, titles, birth_dates, birth_spans, genders, identifiers, wallets, places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NameKind, Schema, fictional};

    fn changed(change: impl FnOnce(&mut Vec<Entry>)) -> (Vec<String>, Vec<String>) {
        let old = fictional();
        let mut new = old.clone();
        change(&mut new.entries);
        let Delta { entered, left } = delta(&old.entries, &new.entries);
        (entered.into_iter().map(|entry| entry.entry_id).collect(), left)
    }

    #[test]
    fn a_delta_is_what_was_added_changed_and_removed() {
        let ids = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        type Change = fn(&mut Vec<Entry>);
        let cases: [(&str, Change, &[&str], &[&str]); 9] = [
            ("nothing", |_| {}, &[], &[]),
            ("another order", |entries| entries.reverse(), &[], &[]),
            ("only told", |entries| entries[0].remarks = "See also".into(), &[], &[]),
            ("removed", |entries| drop(entries.remove(1)), &[], &["fic-002"]),
            (
                "renamed",
                |entries| entries[2].add_name("Other Name", NameKind::Alias),
                &["fic-003"],
                &["fic-003"],
            ),
            ("retyped", |entries| entries[2].schema = Schema::Vessel, &["fic-003"], &["fic-003"]),
            ("under a new number", |entries| entries[3].entry_id = "new".to_owned(), &["new"], &["fic-004"]),
            (
                "under a number twice",
                |entries| entries.push(Entry { remarks: "again".into(), ..entries[4].clone() }),
                &["fic-005", "fic-005"],
                &["fic-005"],
            ),
            ("emptied", Vec::clear, &[], &[]),
        ];
        for (what, change, entered, left) in cases {
            let found = changed(change);
            if what == "emptied" {
                assert_eq!((found.0.len(), found.1.len()), (0, fictional().entries.len()));
                continue;
            }
            assert_eq!(found, (ids(entered), ids(left)), "{what}");
        }
    }
}
