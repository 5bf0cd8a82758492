//! A list of as many names as wanted, made from real ones, with the truth about where each came from.

use screening::trial::{Ordinary, Random, vary};
use screening::{Entry, Name, NameKind, Schema, Watchlist};

/// A made list and, beside each of its entries, what it was made from.
pub struct Made {
    pub list: Watchlist,
    pub origins: Vec<Origin>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Every name is a variation of a name of this entry.
    Entry { list: String, entry_id: String },
    /// An ordinary name of the generator.
    Ordinary,
}

pub const MADE_LIST_ID: &str = "made";

/// How many entries of a thousand are ordinary names: a million variations of a few thousand entries alone would lie
/// closer together than any real list does.
const ORDINARY: u64 = 500;
/// How often, of a thousand, a variation is varied once more.
const TWICE: u64 = 300;

/// At least so many names, as many more as the last entry has; none where the lists have none. The same lists, number
/// and seed give the same list.
pub fn make(lists: &[Watchlist], names: usize, seed: u64) -> Made {
    let mut random = Random::new(seed);
    let ordinary = Ordinary::new();
    let sources: Vec<(&str, &Entry)> =
        lists.iter().flat_map(|list| list.entries.iter().map(|entry| (list.id.as_str(), entry))).collect();
    let (mut entries, mut origins, mut made) = (Vec::new(), Vec::new(), 0);
    while made < names && !sources.is_empty() {
        let (list, source) = *random.pick(&sources);
        let (names, origin) = if random.permille(ORDINARY) {
            (ordinary_names(source, &ordinary, &mut random), Origin::Ordinary)
        } else {
            let origin = Origin::Entry { list: list.to_owned(), entry_id: source.entry_id.clone() };
            (varied_names(source, &mut random), origin)
        };
        made += names.len();
        entries.push(Entry {
            entry_id: format!("made-{:07}", entries.len()),
            schema: source.schema,
            names,
            birth_dates: source.birth_dates.clone(),
            genders: source.genders.clone(),
            countries: source.countries.clone(),
            ..Entry::default()
        });
        origins.push(origin);
    }
    let list = Watchlist {
        id: MADE_LIST_ID.to_owned(),
        title: "made from others".to_owned(),
        version: format!("seed-{seed}"),
        sha256: String::new(),
        entries,
    };
    Made { list, origins }
}

fn varied_names(source: &Entry, random: &mut Random) -> Vec<Name> {
    let person = source.schema == Schema::Person;
    let names =
        source.names.iter().map(|name| Name { text: varied(&name.text, person, random), kind: name.kind });
    names.collect()
}

/// As many names as the source has, all of one made-up party.
fn ordinary_names(source: &Entry, ordinary: &Ordinary, random: &mut Random) -> Vec<Name> {
    let person = source.schema == Schema::Person;
    let first = if person { ordinary.anyone(random) } else { ordinary.any_company(random) };
    let kinds = source.names.iter().map(|name| name.kind).enumerate();
    let names = kinds.map(|(at, kind)| match at {
        0 => Name { text: first.clone(), kind: NameKind::Primary },
        _ => Name { text: varied(&first, person, random), kind },
    });
    names.collect()
}

fn varied(name: &str, person: bool, random: &mut Random) -> String {
    let once = vary(name, person, random).map_or_else(|| name.to_owned(), |(_, name)| name);
    let again = if random.permille(TWICE) { vary(&once, person, random) } else { None };
    again.map_or(once, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_list_and_says_where_each_entry_came_from() {
        let lists = [screening::fictional()];
        let made = make(&lists, 2_000, 7);

        let names: usize = made.list.entries.iter().map(|entry| entry.names.len()).sum();
        let from_lists = made.origins.iter().filter(|origin| **origin != Origin::Ordinary).count();
        assert!((2_000..2_100).contains(&names) && made.origins.len() == made.list.entries.len());
        assert!((made.origins.len() / 3..made.origins.len() * 2 / 3).contains(&from_lists), "{from_lists}");
        assert!(make(&lists, 2_000, 7).list == made.list && make(&lists, 2_000, 8).list != made.list);
        assert!(make(&[], 10, 7).list.entries.is_empty());
    }
}
