//! Countries by their ISO 3166-1 codes and by the names that lists and forms give them.

mod table;

use std::{collections::HashMap, fmt, str::FromStr, sync::OnceLock};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An existing country or territory: its ISO 3166-1 alpha-2 code, in capitals.
///
/// `XK` (Kosovo) is taken too, because lists and banks use it. Says nothing about recognition.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

/// The text is no alpha-2 code in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no country has this two-letter code")]
pub struct NoSuchCountry;

impl Country {
    /// Every country, in the order of its code.
    pub fn all() -> impl ExactSizeIterator<Item = Country> {
        table::COUNTRIES.iter().map(|row| Country(row.code))
    }

    /// Finds a country by what people write: an English short or official name in any word
    /// order and with any accents, an alias in use on sanctions lists, or a code of two or three
    /// letters. `None` where the text names no present country, such as the Soviet Union.
    pub fn named(text: &str) -> Option<Country> {
        static BY_NAME: OnceLock<HashMap<String, Country>> = OnceLock::new();
        let by_name = BY_NAME.get_or_init(|| {
            let mut by_name = HashMap::new();
            for row in table::COUNTRIES {
                let names = [row.name, row.alpha3].into_iter();
                let code = std::str::from_utf8(&row.code).unwrap_or_default();
                for name in names.chain([code]).chain(row.aliases.iter().copied()) {
                    by_name.insert(name_key(name), Country(row.code));
                }
            }
            by_name
        });
        by_name.get(&name_key(text)).copied()
    }

    /// The two letters, in capitals.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("every constructor takes ASCII letters only")
    }

    /// The ISO 3166-1 alpha-3 code (`XKX` for Kosovo).
    pub fn alpha3(self) -> &'static str {
        self.row().alpha3
    }

    /// The English short name in everyday form: `Iran`, not `Iran (Islamic Republic of)`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    fn row(self) -> &'static table::Row {
        let index = table::COUNTRIES
            .binary_search_by(|row| row.code.cmp(&self.0))
            .expect("every constructor looks the code up in this table");
        &table::COUNTRIES[index]
    }
}

impl FromStr for Country {
    type Err = NoSuchCountry;

    fn from_str(text: &str) -> Result<Self, NoSuchCountry> {
        let letters: [u8; 2] = text.as_bytes().try_into().map_err(|_| NoSuchCountry)?;
        let code = letters.map(|letter| letter.to_ascii_uppercase());
        table::COUNTRIES
            .binary_search_by(|row| row.code.cmp(&code))
            .map(|_| Country(code))
            .map_err(|_| NoSuchCountry)
    }
}

impl TryFrom<String> for Country {
    type Error = NoSuchCountry;

    fn try_from(text: String) -> Result<Self, NoSuchCountry> {
        text.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> String {
        country.code().to_owned()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Country({})", self.code())
    }
}

/// What is left of a name when case, accents, punctuation, word order and small words are taken
/// away, so that `Iran (Islamic Republic of)` and `Islamic Republic of Iran` are one.
fn name_key(text: &str) -> String {
    // No country has a longer name, and the text may come from outside.
    let plain: String = text.chars().take(120).filter_map(plain_letter).collect();
    let small = |word: &&str| matches!(*word, "of" | "the" | "and");
    // A name of small words alone keeps them: `AND` is Andorra.
    let only_small = plain.split_whitespace().all(|word| small(&word));
    let mut words: Vec<&str> = plain
        .split_whitespace()
        .filter(|word| only_small || !small(word))
        .map(|word| if word == "st" { "saint" } else { word })
        .collect();
    words.sort_unstable();
    words.join(" ")
}

/// `None` for characters that vanish (apostrophes, full stops), a space for those that part words.
fn plain_letter(letter: char) -> Option<char> {
    Some(match letter {
        'a'..='z' | '0'..='9' => letter,
        'A'..='Z' => letter.to_ascii_lowercase(),
        'À'..='Å' | 'à'..='å' => 'a',
        'Ç' | 'ç' => 'c',
        'È'..='Ë' | 'è'..='ë' => 'e',
        'Ì'..='Ï' | 'ì'..='ï' | 'İ' | 'ı' => 'i',
        'Ñ' | 'ñ' => 'n',
        'Ò'..='Ö' | 'ò'..='ö' | 'Ø' | 'ø' => 'o',
        'Ù'..='Ü' | 'ù'..='ü' => 'u',
        '\'' | '’' | '‘' | '`' | '.' => return None,
        _ => ' ',
    })
}

#[cfg(test)]
mod tests;
