//! Foreign names whose usual writing in another script is known as a whole.

use std::{collections::HashMap, sync::OnceLock};

use super::is_silent;

/// Each line a name in Latin letters, and how it is written elsewhere.
const NAMES: &str = include_str!("../../data/names_known.txt");

/// The name in Latin letters, where it is known as a whole.
pub fn latin(letters: impl Iterator<Item = char>) -> Option<&'static str> {
    static KNOWN: OnceLock<HashMap<String, &'static str>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let lines = NAMES.lines().filter(|line| !line.starts_with('#'));
        let names = lines.flat_map(|line| {
            let mut words = line.split(' ');
            let latin = words.next().unwrap_or("");
            words.map(move |word| (plain(word.chars()), latin))
        });
        names.collect()
    });
    known.get(&plain(letters)).copied()
}

/// Without marks, and in one of several forms of a letter.
fn plain(letters: impl Iterator<Item = char>) -> String {
    let is_sign = |letter| matches!(letter, 'ー' | '\u{64e}'..='\u{650}');
    let letters = letters.filter(|letter| !is_sign(*letter) && !is_silent(*letter));
    let one_form = letters.map(|letter| match letter {
        'أ' | 'إ' | 'آ' => 'ا',
        'ى' | 'ی' => 'ي',
        'ک' => 'ك',
        'ة' => 'ه',
        _ => letter,
    });
    one_form.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::text::words;

    #[test]
    fn names_are_known_however_their_letters_are_written() {
        for (text, expected) in [
            ("محمد على", "muhammad ali"),
            ("مُحَمَّد", "muhammad"),
            ("الکسندر", "aleksandr"),
            ("ウラジーミル・プーチン", "vladimir puchin"),
            ("弗拉基米尔·普京", "vladimir pujing"),
            ("阿里", "a li"),
            ("블라디미르", "vladimir"),
            ("ולדימיר", "vladimir"),
        ] {
            let words: Vec<String> = words(text).into_iter().map(|word| word.text).collect();
            assert_eq!(words.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn every_name_stands_once() {
        let lines = NAMES.lines().filter(|line| !line.starts_with('#'));
        let mut seen = HashSet::new();
        for word in lines.flat_map(|line| line.split(' ').skip(1)) {
            assert!(plain(word.chars()).chars().nth(1).is_some(), "`{word}` is too short");
            assert!(seen.insert(word), "`{word}` stands twice");
        }
    }
}
