//! Words of a company's name before they are compared: abbreviations as one word or in full, numbers without `No.`.

use std::{collections::HashMap, sync::OnceLock};

use crate::text::{Piece, Word};

/// Each line an abbreviation and the words that it stands for, one of them after the other.
const SHORT_WORDS: &str = include_str!("../data/short_words.txt");

/// A name has no more words when its abbreviations are in full.
const WORDS_MAX: usize = 40;

/// What stands before a number and says no more than that it is one.
const NUMBER_SIGNS: [&str; 7] = ["no", "nr", "num", "numero", "number", "nomer", "numara"];

/// What stands after a number and makes it an ordinal.
const ORDINAL_ENDS: [&str; 4] = ["st", "nd", "rd", "th"];

pub fn plain(words: Vec<Word>) -> Vec<Word> {
    let mut plain: Vec<Word> = Vec::with_capacity(words.len());
    for mut word in words {
        match plain.last_mut() {
            // `S.A.` is one word of a company's name; `V.V.` are two initials of a person.
            Some(whole) if word.piece == Piece::Letter => {
                whole.text.push_str(&word.text);
                continue;
            }
            Some(before) if word.text.as_bytes()[0].is_ascii_digit() && is_number_sign(&before.text) => {
                plain.pop();
            }
            _ => {}
        }
        if let Some(number) = number(&word.text) {
            word.text = number;
        }
        plain.push(word);
    }
    let in_full = plain.into_iter().flat_map(|word| match short_words().get(word.text.as_str()) {
        Some(whole) => whole.iter().map(|text| Word { text: (*text).to_owned(), ..word.clone() }).collect(),
        None => vec![word],
    });
    in_full.take(WORDS_MAX).collect()
}

fn is_number_sign(word: &str) -> bool {
    NUMBER_SIGNS.contains(&word)
}

/// The digits of `No5`, `5th` and `05`; `None` for what is no number or has nothing beside its digits.
fn number(word: &str) -> Option<String> {
    let start = word.find(|letter: char| letter.is_ascii_digit())?;
    let (sign, rest) = word.split_at(start);
    let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, ordinal) = rest.split_at(end);
    let is_plain =
        (sign.is_empty() || is_number_sign(sign)) && (ordinal.is_empty() || ORDINAL_ENDS.contains(&ordinal));
    let zeros = digits.len() - digits.trim_start_matches('0').len();
    let digits = &digits[zeros.min(digits.len() - 1)..];
    (is_plain && digits != word).then(|| digits.to_owned())
}

fn short_words() -> &'static HashMap<&'static str, Vec<&'static str>> {
    static SHORT: OnceLock<HashMap<&'static str, Vec<&'static str>>> = OnceLock::new();
    SHORT.get_or_init(|| {
        let lines = SHORT_WORDS.lines().map(|line| line.split(' '));
        lines.filter_map(|mut words| Some((words.next()?, words.collect()))).collect()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::words;

    fn plain_words(name: &str) -> String {
        plain(words(name)).into_iter().map(|word| word.text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn numbers_are_their_digits_and_abbreviations_their_words() {
        for (name, expected) in [
            ("Factory No. 5", "factory 5"),
            ("Factory Nr 5", "factory 5"),
            ("Factory №5", "factory 5"),
            ("Фабрика № 5", "fabrika 5"),
            ("5th Brigade", "5 brigade"),
            ("Brigade 05", "brigade 5"),
            ("Unit 00", "unit 0"),
            ("3M Trading", "3m trading"),
            ("No Limits", "no limits"),
            ("A.B.C. 7", "abc 7"),
            ("АО «НПП «Рубин»", "ao nauchno proizvodstvennoe predpriyatie rubin"),
        ] {
            assert_eq!(plain_words(name), expected, "{name}");
        }
    }

    proptest! {
        /// Whatever a name is made of.
        #[test]
        fn words_stay_few_and_are_never_empty(name in "((No|nr|npp|okb|usa|[A-Za-z0-9]{1,6})[ .№]){0,60}") {
            let plain = plain(words(&name));
            prop_assert!(plain.len() <= WORDS_MAX && plain.iter().all(|word| !word.text.is_empty()));
        }
    }
}
