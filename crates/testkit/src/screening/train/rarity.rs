//! Counts how often words stand in names, for `data/rarity.tsv` of the screening engine.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use screening::trial::{Ordinary, Random, training};
use screening::{Schema, Watchlist};

/// Words of a generator that the table did not have are taken in so many of a thousand cases: a word that is missing is
/// no sign of a listed party.
const TAKEN: u64 = 700;

/// Ordinary persons, and as many companies, in which words are counted.
const ORDINARY: usize = 400_000;

/// Tenths of nats below certainty at which a word is held to be never met.
const UNMET: f64 = 125.0;

/// The table anew: of those at large whichever is more, as it stood or as the generators have it; of those listed as
/// the lists have it, each word's entries less one.
pub fn recount(table: &str, folder: &Path, seed: u64) -> std::io::Result<String> {
    let lists = super::read_lists(folder)?.lists;
    Ok(written(&merged(table, &at_large(ORDINARY, seed), &listed(&lists))))
}

/// Shares of names that have the word: of persons at large and listed, of others at large and listed.
type Shares = BTreeMap<String, [f64; 4]>;

fn at_large(count: usize, seed: u64) -> Shares {
    let (ordinary, mut random) = (Ordinary::new(), Random::new(seed));
    let mut shares = Shares::new();
    for (column, person) in [(0, true), (2, false)] {
        for _ in 0..count {
            let name = if person { ordinary.anyone(&mut random) } else { ordinary.any_company(&mut random) };
            for word in training::words(&name, person).into_iter().collect::<HashSet<_>>() {
                shares.entry(word).or_default()[column] += 1.0 / count as f64;
            }
        }
    }
    shares
}

fn listed(lists: &[Watchlist]) -> Shares {
    let mut shares = Shares::new();
    for (column, person) in [(1, true), (3, false)] {
        let entries = lists.iter().flat_map(|list| &list.entries);
        let entries: Vec<_> = entries.filter(|entry| (entry.schema == Schema::Person) == person).collect();
        for entry in &entries {
            let words = entry.names.iter().flat_map(|name| training::words(&name.text, person));
            for word in words.collect::<HashSet<_>>() {
                shares.entry(word).or_default()[column] += 1.0;
            }
        }
        for share in shares.values_mut() {
            share[column] = (share[column] - 1.0).max(0.0) / entries.len().max(1) as f64;
        }
    }
    shares
}

fn merged(table: &str, at_large: &Shares, listed: &Shares) -> Shares {
    let mut merged: Shares = table.lines().filter_map(line).collect();
    for (word, share) in at_large {
        let known = merged.get(word).is_some_and(|known| known[0] + known[2] > 0.0);
        let hash =
            word.bytes().fold(0, |hash: u64, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
        if known || Random::new(hash).permille(TAKEN) {
            let merged = merged.entry(word.clone()).or_default();
            (merged[0], merged[2]) = (merged[0].max(share[0]), merged[2].max(share[2]));
        }
    }
    for (word, share) in listed {
        let merged = merged.entry(word.clone()).or_default();
        (merged[1], merged[3]) = (share[1], share[3]);
    }
    merged
}

/// Of a listed word only the share at large is kept.
fn line(line: &str) -> Option<(String, [f64; 4])> {
    let mut cells = line.split('\t');
    let word = cells.next()?.to_owned();
    let shares: Vec<f64> =
        cells.map(|cell| cell.parse().map_or(0.0, |tenths: f64| (-tenths / 10.0).exp())).collect();
    Some((word, [*shares.first()?, 0.0, *shares.get(2)?, 0.0]))
}

fn written(shares: &Shares) -> String {
    let cell = |share: f64| {
        let tenths = (-10.0 * share.max(1e-300).ln()).round().max(0.0);
        if tenths >= UNMET { "-".to_owned() } else { format!("{tenths}") }
    };
    let rows = shares.iter().map(|(word, share)| (word, share.map(cell)));
    let met = rows.filter(|(_, cells)| cells.iter().any(|cell| cell != "-"));
    met.map(|(word, cells)| format!("{word}\t{}\n", cells.join("\t"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_counted_twice_is_the_same_and_lists_count_less_one() {
        let lists = [screening::fictional()];
        let (large, listed) = (at_large(300, 1), listed(&lists));

        let once = written(&merged("zz\t90\t50\t-\t-\nmaria\t20\t-\t-\t-\n", &large, &listed));
        let twice = written(&merged(&once, &large, &listed));

        assert!(once == twice, "it changed");
        assert!(once.contains("zz\t90\t-\t-\t-\n") && once.contains("maria\t20\t"), "kept");
    }
}
