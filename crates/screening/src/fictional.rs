//! A small list of invented parties, for trying things out where no real list can be had.

use sha2::{Digest, Sha256};
use terms::PartialDate;

use crate::{
    entry::{Entry, NameKind, Schema, Wallet, Watchlist},
    formats::hex,
};

pub const FICTIONAL_LIST_ID: &str = "fictional";

/// Lines of `schema|names by ;|birth date|countries|number|wallet`. All of it is invented; any
/// likeness to a living person is chance.
const LINES: &str = include_str!("fictional/entries.txt");

/// The fictional list; its title says what it is.
pub fn fictional() -> Watchlist {
    let entries =
        LINES.lines().filter(|line| !line.is_empty()).enumerate().map(|(index, line)| entry(index, line));
    let sha256 = hex(&Sha256::digest(LINES.as_bytes()));
    Watchlist {
        id: FICTIONAL_LIST_ID.to_owned(),
        title: "Fictional list for trying out: every entry is invented".to_owned(),
        version: format!("content-{}", &sha256[..12]),
        sha256,
        entries: entries.collect(),
    }
}

fn entry(index: usize, line: &str) -> Entry {
    let mut fields = line.split('|');
    let mut field = || fields.next().unwrap_or("").trim();
    let schema = Schema::named(field());
    let mut entry = Entry { entry_id: format!("fic-{:03}", index + 1), schema, ..Entry::default() };
    for (index, name) in field().split(';').enumerate() {
        entry.add_name(name, if index == 0 { NameKind::Primary } else { NameKind::Alias });
    }
    entry.birth_dates.extend(field().parse::<PartialDate>());
    field().split(' ').for_each(|country| entry.add_country(country));
    entry.add_identifier("Registration number", field(), "");
    let wallet = field();
    if !wallet.is_empty() {
        entry.wallets.push(Wallet { currency: String::new(), address: wallet.to_owned() });
    }
    entry.add_program("FICTION");
    entry.remarks = "Invented for demonstration.".to_owned();
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_invented_entry_is_whole() {
        let list = fictional();

        assert!((55..=70).contains(&list.entries.len()), "{}", list.entries.len());
        assert!(list.title.contains("Fictional"));
        for entry in &list.entries {
            assert!(!entry.names.is_empty() && !entry.countries.is_empty(), "{}", entry.entry_id);
        }
        assert!(list.entries.iter().any(|entry| !entry.wallets.is_empty()));
    }
}
