//! Other ways to read a name in the characters of China, Japan or Korea.
//!
//! `山田太郎` is Shan Tiantailang in Chinese and Yamada Taro in Japanese, `김정은` is Kim Jongun or Kim Jong Un, and most of
//! a Chinese company's name is ordinary words that lists translate. Every reading is a text that is compared by itself.

use std::{borrow::Cow, collections::HashMap, sync::OnceLock};

use crate::{legal, text::romanise_han};

/// Names of persons, of families and of companies' words: see data/README.md.
const NAMES_JA: &str = include_str!("../data/names_ja.tsv");
const WORDS_HAN: &str = include_str!("../data/words_han.txt");

/// Longer texts are no names of persons.
const PERSON_LETTERS_MAX: usize = 8;

/// No more readings than this of one name, beside the name itself.
const READINGS_MAX: usize = 3;

/// No word of the data is longer.
const WORD_LETTERS_MAX: usize = 6;

/// The name itself, and how else it may be read.
pub fn readings(name: &str, person: bool) -> impl Iterator<Item = Cow<'_, str>> {
    let others = match () {
        () if !name.chars().any(|letter| is_han(letter) || is_hangul(letter)) => Vec::new(),
        () if person => of_person(name),
        () => of_company(name).into_iter().collect(),
    };
    [Cow::Borrowed(name)].into_iter().chain(others.into_iter().take(READINGS_MAX).map(Cow::Owned))
}

fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{9fff}' | '々')
}

fn is_hangul(letter: char) -> bool {
    matches!(letter, '\u{ac00}'..='\u{d7a3}')
}

fn is_kana(letter: char) -> bool {
    matches!(letter, '\u{3041}'..='\u{30ff}')
}

fn of_person(name: &str) -> Vec<String> {
    let chunks: Vec<&str> =
        name.split([' ', '\u{3000}', '・', '·']).filter(|chunk| !chunk.is_empty()).collect();
    let letters: Vec<char> = chunks.iter().flat_map(|chunk| chunk.chars()).collect();
    match () {
        () if letters.len() > PERSON_LETTERS_MAX => Vec::new(),
        () if letters.iter().all(|letter| is_hangul(*letter)) => by_syllables(&chunks).into_iter().collect(),
        () => japanese().read(&chunks),
    }
}

/// Given names of two syllables, which lists write as two words.
fn by_syllables(chunks: &[&str]) -> Option<String> {
    let korean = match chunks {
        [name] => (3..=4).contains(&name.chars().count()),
        [family, given] => family.chars().count() <= 2 && given.chars().count() == 2,
        _ => false,
    };
    let syllables = chunks.iter().flat_map(|chunk| chunk.chars()).map(String::from);
    korean.then(|| syllables.collect::<Vec<_>>().join(" "))
}

struct Japanese {
    family: HashMap<&'static str, Vec<&'static str>>,
    given: HashMap<&'static str, Vec<&'static str>>,
}

fn japanese() -> &'static Japanese {
    static NAMES: OnceLock<Japanese> = OnceLock::new();
    NAMES.get_or_init(|| {
        let mut names = Japanese { family: HashMap::new(), given: HashMap::new() };
        for line in NAMES_JA.lines() {
            let mut cells = line.split('\t');
            let written = cells.next().unwrap_or("");
            for of in [&mut names.family, &mut names.given] {
                let readings: Vec<&str> = cells.next().unwrap_or("").split_whitespace().collect();
                if !readings.is_empty() {
                    of.insert(written, readings);
                }
            }
        }
        names
    })
}

impl Japanese {
    /// In kana, most usual first: a family name and a given name that are both known, or that stand apart.
    fn read(&self, chunks: &[&str]) -> Vec<String> {
        match chunks {
            [name] => {
                let splits = name.char_indices().skip(1).map(|(at, _)| name.split_at(at));
                // The longest family name counts, as `長谷川`.
                let mut splits: Vec<_> =
                    splits.filter(|(family, _)| self.family.contains_key(family)).collect();
                splits.reverse();
                splits
                    .into_iter()
                    .map(|(family, given)| self.pair(family, given))
                    .find(|pair| !pair.is_empty())
                    .unwrap_or_default()
            }
            [family, given] => self.pair(family, given),
            _ => Vec::new(),
        }
    }

    fn pair(&self, family: &str, given: &str) -> Vec<String> {
        let of = |names: &HashMap<&'static str, Vec<&'static str>>, written: &str| -> Vec<String> {
            match names.get(written) {
                Some(readings) => readings.iter().map(|reading| (*reading).to_owned()).collect(),
                None if !written.is_empty() && written.chars().all(is_kana) => vec![written.to_owned()],
                None => Vec::new(),
            }
        };
        let (family, given) = (of(&self.family, family), of(&self.given, given));
        let pair = |at: usize, to: usize| Some(format!("{} {}", family.get(at)?, given.get(to)?));
        [pair(0, 0), pair(0, 1), pair(1, 0)].into_iter().flatten().collect()
    }
}

/// Words of the data by their letters, and what they mean.
fn words_han() -> &'static HashMap<&'static str, &'static str> {
    static WORDS: OnceLock<HashMap<&'static str, &'static str>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let lines = WORDS_HAN.lines().filter(|line| !line.starts_with('#'));
        let words = lines.flat_map(|line| {
            let mut words = line.split_whitespace();
            let meaning = words.next().unwrap_or("");
            words.map(move |word| (word, meaning.trim_matches('-')))
        });
        words.collect()
    })
}

/// The ordinary words in English, legal forms as they stand, all else by its sounds; `None` where there is no such word.
fn of_company(name: &str) -> Option<String> {
    let (mut out, mut known) = (Vec::<String>::new(), false);
    let mut open = String::new();
    let mut parts = Vec::new();
    for chunk in name.split_whitespace() {
        legal::cut(chunk, |part, form| parts.push((part, form)));
    }
    for (part, form) in parts {
        known |= form;
        if form || !part.chars().any(|letter| is_han(letter) || is_hangul(letter)) {
            out.push(part.to_owned());
            continue;
        }
        let mut rest = part;
        while let Some(letter) = rest.chars().next() {
            match longest_word(rest) {
                Some((word, meaning)) => {
                    known |= word.chars().nth(1).is_some();
                    close(&mut open, &mut out);
                    out.extend(meaning.split('_').filter(|word| !word.is_empty()).map(str::to_owned));
                    rest = &rest[word.len()..];
                }
                None => {
                    open.push(letter);
                    rest = &rest[letter.len_utf8()..];
                }
            }
        }
        close(&mut open, &mut out);
    }
    known.then(|| out.join(" "))
}

fn longest_word(text: &str) -> Option<(&str, &'static str)> {
    let ends: Vec<usize> =
        text.char_indices().map(|(at, letter)| at + letter.len_utf8()).take(WORD_LETTERS_MAX).collect();
    ends.into_iter().rev().find_map(|end| Some((&text[..end], *words_han().get(&text[..end])?)))
}

/// What stood between known words is a name: one word by its sounds.
fn close(open: &mut String, out: &mut Vec<String>) {
    if !open.is_empty() {
        out.push(romanise_han(open));
        open.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_readings_of_their_languages() {
        for (name, person, expected) in [
            ("山田太郎", true, "山田太郎|ヤマダ タロウ|ヤマタ タロウ"),
            ("長谷川 さくら", true, "長谷川 さくら|ハセガワ さくら"),
            ("习近平", true, "习近平"),
            ("김정은", true, "김정은|김 정 은"),
            ("김 정은", true, "김 정은|김 정 은"),
            ("블라디미르 푸틴", true, "블라디미르 푸틴"),
            ("Vladimir Putin", true, "Vladimir Putin"),
            (
                "深圳市亿路发科技有限公司",
                false,
                "深圳市亿路发科技有限公司|shenzhen yilufa technology 有限公司",
            ),
            ("조선무역은행", false, "조선무역은행|north korea trading bank"),
            ("华为", false, "华为"),
        ] {
            let read: Vec<_> = readings(name, person).collect();
            assert_eq!(read.join("|"), expected);
        }
    }
}
