//! The ways in which one name is written differently: by a slip, by another spelling of its sounds, by its words.

use super::Random;

mod slips;
mod spellings;
mod words;

pub use slips::misspell;

/// What was done to a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Variation {
    /// A letter left out, doubled, exchanged or struck beside the right one.
    Misspelt,
    /// Another common spelling of a name, or of some of its letters.
    Respelt,
    /// Words in another order.
    Reordered,
    /// A middle name, a patronymic or a lesser word left out.
    Shortened,
    /// A given name as its first letter.
    Initial,
    /// Two words as one.
    Joined,
    /// One word as two.
    Split,
    /// The legal form left out or written otherwise.
    LegalForm,
    /// An ordinary word in another language.
    Translated,
}

/// How often each happens, of persons and of others.
const SHARES: [(Variation, u64, u64); 9] = [
    (Variation::Misspelt, 25, 20),
    (Variation::Respelt, 30, 10),
    (Variation::Reordered, 15, 5),
    (Variation::Shortened, 14, 10),
    (Variation::Initial, 5, 0),
    (Variation::Joined, 6, 5),
    (Variation::Split, 5, 5),
    (Variation::LegalForm, 0, 25),
    (Variation::Translated, 0, 20),
];

impl Variation {
    pub const ALL: [Variation; 9] = {
        let mut all = [Variation::Misspelt; 9];
        let mut at = 0;
        while at < all.len() {
            all[at] = SHARES[at].0;
            at += 1;
        }
        all
    };

    pub fn name(self) -> &'static str {
        match self {
            Variation::Misspelt => "misspelt",
            Variation::Respelt => "respelt",
            Variation::Reordered => "reordered",
            Variation::Shortened => "shortened",
            Variation::Initial => "initial",
            Variation::Joined => "joined",
            Variation::Split => "split",
            Variation::LegalForm => "legal form",
            Variation::Translated => "translated",
        }
    }
}

/// The name in another way that is usual for a person or for anything else; `None` where nothing was found to change.
pub fn vary(name: &str, person: bool, random: &mut Random) -> Option<(Variation, String)> {
    const TRIES: usize = 8;
    let share =
        |(_, of_person, of_other): &(Variation, u64, u64)| if person { *of_person } else { *of_other };
    let total: u64 = SHARES.iter().map(share).sum();
    (0..TRIES).find_map(|_| {
        let mut at = random.number() % total;
        let chosen = SHARES.iter().find(|shares| {
            let here = at < share(shares);
            at = at.saturating_sub(share(shares));
            here
        });
        let variation = chosen?.0;
        Some((variation, vary_by(name, person, variation, random)?))
    })
}

/// The name changed in just this way; `None` where it cannot be.
pub fn vary_by(name: &str, person: bool, variation: Variation, random: &mut Random) -> Option<String> {
    let varied = match variation {
        Variation::Misspelt => misspell(name, random),
        Variation::Respelt => spellings::respell(name, random),
        Variation::Reordered => words::reorder(name, person, random),
        Variation::Shortened => words::shorten(name, person, random),
        Variation::Initial if person => words::initial(name, random),
        Variation::Joined => words::join(name, random),
        Variation::Split => words::split(name, random),
        Variation::LegalForm if !person => spellings::other_form(name, random),
        Variation::Translated if !person => spellings::translate(name, random),
        _ => None,
    };
    varied
        .filter(|varied| varied != name && varied.chars().filter(|letter| letter.is_alphabetic()).count() > 2)
}

/// Words between blanks.
fn split_words(name: &str) -> Vec<&str> {
    name.split_whitespace().collect()
}

/// Letters of scripts that are spelt out: a slip leaves them a misspelt name and not another one.
fn is_spelt(letter: char) -> bool {
    letter.is_alphabetic() && letter < '\u{900}'
}

#[cfg(test)]
mod tests;
