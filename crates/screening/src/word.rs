//! What ordinary words are worth: particles, titles, common names, and words that stand for one another.

use std::{
    collections::{BTreeMap, HashMap},
    sync::OnceLock,
};

const PARTICLES: &str = "al el ul ad ar ash at az bin ibn ben bint binti ould wuld wald bou de da dos del \
    della di du la le les los las van von der den ter ten zu zur y und et and the of for in ul ur st";

/// Lesser words of names of companies.
const COMPANY_PARTICLES: &str =
    "imeni im imena named after va ve wa to by para pour fur fuer sur con a an aux dlya with";

const TITLES: &str = "mr mrs ms miss dr prof professor sir lord lady hon sheikh shaikh shaykh sheik haji hajj hajji \
    mullah mulla maulawi mawlawi qari sayyid syed sayed sayyed general gen colonel col major maj captain capt lt jr sr \
    ayatollah imam alhaji hadji engineer eng ing";

/// Given and family names that stand for one another. Each line is a group; its first word names it.
const NAMES_ALIKE: &str = include_str!("../data/names_alike.txt");

/// The same for syllables of Korean and Chinese names, which mean other things in names of companies.
const NAMES_EAST: &str = include_str!("../data/names_east.txt");

/// Whether a word is a particle, or a title in a name of a person.
pub fn is_minor(word: &str, person: bool) -> bool {
    static SETS: OnceLock<[HashMap<&'static str, ()>; 3]> = OnceLock::new();
    let set = |text: &'static str| text.split_whitespace().map(|word| (word, ())).collect();
    let [particles, titles, lesser] =
        SETS.get_or_init(|| [set(PARTICLES), set(TITLES), set(COMPANY_PARTICLES)]);
    particles.contains_key(word) || if person { titles } else { lesser }.contains_key(word)
}

/// Ordinary words of company names in the languages that lists romanise. With a star: all words that begin so.
const WORDS_ALIKE: &str = include_str!("../data/words_alike.txt");

/// Groups of persons' names begin at 0, those of syllables and of ordinary words here.
const EAST_START: u16 = 5_000;
const WORDS_START: u16 = 10_000;

/// The number of a group, and the word that names it.
type Group = (u16, &'static str);

struct Groups {
    whole: HashMap<&'static str, Group>,
    /// Beginnings of words by their length, longest first.
    stems: Vec<(usize, HashMap<&'static str, Group>)>,
}

impl Groups {
    fn new(text: &'static str, start: u16) -> Self {
        let mut groups = Groups { whole: HashMap::new(), stems: Vec::new() };
        let mut stems: BTreeMap<usize, HashMap<_, _>> = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            let head = line.split_whitespace().next().unwrap_or("");
            let group = (start + number as u16, head);
            for word in line.split_whitespace() {
                // A word in two groups stays in the first.
                match word.strip_suffix('*') {
                    Some(stem) => stems.entry(stem.len()).or_default().entry(stem).or_insert(group),
                    None => groups.whole.entry(word).or_insert(group),
                };
            }
        }
        groups.stems = stems.into_iter().rev().collect();
        groups
    }

    fn find(&self, word: &str) -> Option<Group> {
        let by_stem = || self.stems.iter().find_map(|(len, stems)| stems.get(word.get(..*len)?).copied());
        self.whole.get(word).copied().or_else(by_stem)
    }
}

/// The number of the word's group, with the word that names the group; `None` for words apart.
pub fn group(word: &str, person: bool) -> Option<Group> {
    static GROUPS: OnceLock<[Groups; 3]> = OnceLock::new();
    let [names, east, words] = GROUPS.get_or_init(|| {
        [(NAMES_ALIKE, 0), (NAMES_EAST, EAST_START), (WORDS_ALIKE, WORDS_START)]
            .map(|(text, start)| Groups::new(text, start))
    });
    if person {
        names.find(word).or_else(|| east.find(word))
    } else {
        words.find(word).or_else(|| names.find(word))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ordinary_words_stand_in_one_group_and_stems_are_not_short() {
        let mut seen = HashSet::new();
        for word in [NAMES_ALIKE, NAMES_EAST].into_iter().flat_map(str::split_whitespace) {
            assert!(seen.insert(word), "`{word}` stands twice");
            assert!(!is_minor(word, true), "`{word}` is a particle or a title");
        }
        let mut seen = HashSet::new();
        for word in WORDS_ALIKE.split_whitespace() {
            assert!(seen.insert(word), "`{word}` stands twice");
            let letters = word.strip_suffix('*').unwrap_or(word);
            let plain = letters.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
            assert!(plain, "`{word}` is not as words are compared");
            assert!(letters == word || letters.len() >= 3, "`{word}` begins too many words");
        }
        assert!(is_minor("imeni", false) && !is_minor("imeni", true));
    }
}
