//! Text of any script folded to lower-case ASCII words.

use any_ascii::any_ascii_char;
use unicode_normalization::UnicodeNormalization;

/// Longer texts are no names; what follows is not compared.
const LETTERS_MAX: usize = 1000;
const WORDS_MAX: usize = 40;
const WORD_LETTERS_MAX: usize = 40;

/// A word as it is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word {
    /// Letters `a` to `z` and digits only, never empty.
    pub text: String,
    /// From a script that leaves out vowels (Arabic, Hebrew).
    pub unvowelled: bool,
    /// A letter of an abbreviation with full stops, such as each of `S.A.`.
    pub abbreviation: bool,
}

/// Words in their order. Case, accents, punctuation and apostrophes are gone; each Han or Hangul
/// character is a word of its own, because those scripts do not part words.
pub fn words(text: &str) -> Vec<Word> {
    let text: String = text.chars().take(LETTERS_MAX).collect();
    let mut words = Vec::new();
    for chunk in text.split_whitespace() {
        let abbreviation = is_abbreviation(chunk);
        // The Arabic article is written together with its word.
        let (article, chunk) = match chunk.strip_prefix("ال") {
            Some(rest) if rest.chars().count() > 2 => (Some("al".to_owned()), rest),
            _ => (None, chunk),
        };
        let article = article.map(|text| (text, true));
        for (text, unvowelled) in article.into_iter().chain(split(chunk)) {
            words.push(Word { text, unvowelled, abbreviation });
        }
    }
    words.truncate(WORDS_MAX);
    words
}

fn split(chunk: &str) -> Vec<(String, bool)> {
    let mut words = Vec::new();
    let (mut word, mut unvowelled) = (String::new(), false);
    for letter in chunk.nfkc() {
        if is_accent(letter) || is_apostrophe(letter) {
            continue;
        }
        // At the start these carry a vowel, elsewhere they lengthen one that is not written.
        let latin = match letter {
            'ا' | 'أ' | 'إ' | 'آ' | 'ع' | 'א' | 'ע' => {
                if word.is_empty() {
                    "a"
                } else {
                    ""
                }
            }
            other => any_ascii_char(other),
        };
        let alone = stands_alone(letter);
        let letters = latin.bytes().filter(u8::is_ascii_alphanumeric);
        let parts_words = alone || (letters.clone().next().is_none() && !letter.is_alphabetic());
        if parts_words && !word.is_empty() {
            words.push((std::mem::take(&mut word), unvowelled));
            unvowelled = false;
        }
        unvowelled |= matches!(letter, '\u{590}'..='\u{6ff}' | '\u{750}'..='\u{77f}');
        word.extend(letters.map(|byte| char::from(byte.to_ascii_lowercase())));
        word.truncate(WORD_LETTERS_MAX);
        if alone && !word.is_empty() {
            words.push((std::mem::take(&mut word), false));
        }
    }
    if !word.is_empty() {
        words.push((word, unvowelled));
    }
    words
}

/// `S.A.`, `L.L.C`, `V.V.`: single letters, each but the last with its full stop.
fn is_abbreviation(chunk: &str) -> bool {
    let parts: Vec<&str> = chunk.trim_matches([',', ';', '(', ')', '.']).split('.').collect();
    parts.len() > 1 && parts.iter().all(|part| part.chars().count() == 1)
}

fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
}

fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '`' | '´' | '’' | '‘' | '‛' | 'ʼ' | 'ʿ' | 'ʾ' | 'ʻ' | '′' | '"')
}

fn stands_alone(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2ffff}' | '\u{ac00}'..='\u{d7af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_become_plain_words() {
        for (text, expected) in [
            ("AL-ZAWAHIRI, Ayman", "al zawahiri ayman"),
            ("Sa'id  O’Neil", "said oneil"),
            ("Müller-Łukasz", "muller lukasz"),
            ("Владимир Путин", "vladimir putin"),
            ("习近平", "xi jin ping"),
            ("김정은", "gim jeong eun"),
            ("ＡＢＣ　１２", "abc 12"),
            ("Ma\u{300}ra\u{202e}", "mara"),
            ("سالم المشهداني", "slm al mshhdny"),
            ("\u{0}\u{ffff} — !", ""),
        ] {
            let words: Vec<String> = words(text).into_iter().map(|word| word.text).collect();
            assert_eq!(words.join(" "), expected, "{text}");
        }
        assert!(words("محسن")[0].unvowelled && words("S.A.")[0].abbreviation);
    }
}
