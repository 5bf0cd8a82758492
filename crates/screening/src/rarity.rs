//! How often words stand in names of persons, and in names of companies, vessels and other things.
//!
//! The counts are shipped and never taken from the lists at hand, so that a score depends on the two parties alone:
//! it stays when a list grows, and a pair compared by itself scores as it does among a million.

use std::{collections::HashMap, sync::OnceLock};

/// Each line a word, then how often persons have it at large and on lists, then the same for other names: tenths of
/// nats below certainty, `-` where it was never met. `data/README.md` says how it was counted.
const TABLE: &str = include_str!("../data/rarity.tsv");

/// A word that was never met is held to be this rare, in tenths of nats.
const UNMET: u8 = 125;

/// Negative logarithms of frequencies, in tenths of nats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rarity {
    pub at_large: u8,
    pub listed: u8,
}

impl Rarity {
    /// In nats. How often people have the word counts most; how often lists have it, somewhat.
    pub fn weight(self) -> f32 {
        let frequency = |tenths: u8| (-f32::from(tenths) / 10.0).exp();
        let both = frequency(self.at_large) + 0.2 * frequency(self.listed);
        -(both + frequency(UNMET)).ln()
    }
}

pub fn rarity(word: &str, person: bool) -> Rarity {
    static WORDS: OnceLock<HashMap<&'static str, [u8; 4]>> = OnceLock::new();
    let words = WORDS.get_or_init(|| TABLE.lines().filter_map(line).collect());
    let of = words.get(word).copied().unwrap_or([UNMET; 4]);
    if person { Rarity { at_large: of[0], listed: of[1] } } else { Rarity { at_large: of[2], listed: of[3] } }
}

fn line(line: &'static str) -> Option<(&'static str, [u8; 4])> {
    let mut cells = line.split('\t');
    let word = cells.next()?;
    let mut next = || Some(cells.next()?.parse().unwrap_or(UNMET));
    Some((word, [next()?, next()?, next()?, next()?]))
}
