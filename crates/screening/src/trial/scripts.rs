//! Names in Latin letters written in another script, as newspapers and registers would write them.

use unicode_normalization::UnicodeNormalization;

use super::{Random, blocks::Block};

const SCRIPTS: &str = include_str!("../../data/ordinary/scripts.txt");

/// Vowels of a row of syllables, in the order of its columns.
const VOWELS: &str = "aiueo";

/// The first syllable of Hangul, how many syllables share a vowel, and the ends of syllables by their places.
const HANGUL: u32 = 0xac00;
const ENDS: u32 = 28;
const CLOSING: [(char, u32); 4] = [('ㄴ', 4), ('ㄹ', 8), ('ㅁ', 16), ('ㅇ', 21)];

/// One script, and what it writes for letters.
pub struct Transcription {
    pub script: String,
    between: String,
    /// Letters with marks of a word's start and end, longest first, and what may stand for them.
    rules: Vec<(String, Vec<String>)>,
}

impl Transcription {
    /// All scripts that are known.
    pub fn all() -> Vec<Transcription> {
        Block::parse_all(SCRIPTS).iter().map(Transcription::of).collect()
    }

    fn of(block: &Block) -> Self {
        let mut rules = Vec::new();
        for (letters, written) in block.lists().filter(|(letters, _)| *letters != "between") {
            let written = written.split_whitespace().map(|text| text.trim_matches('-').to_owned());
            let Some((start, end)) = letters.split_once('*') else {
                rules.push((letters.to_owned(), written.collect()));
                continue;
            };
            let endings = VOWELS.chars().map(|vowel| format!("{vowel}{end}")).chain([String::new()]);
            rules.extend(endings.zip(written).map(|(ending, text)| (format!("{start}{ending}"), vec![text])));
        }
        rules.retain(|(letters, _)| !letters.is_empty());
        rules.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
        let between = block.text("between").replace('_', " ");
        Self { script: block.name.clone(), between, rules }
    }

    /// The name in this script. A family name that stands first with a comma goes to the end.
    pub fn write(&self, name: &str, random: &mut Random) -> String {
        let name = match name.split_once(", ") {
            Some((family, given)) => format!("{given} {family}"),
            None => name.to_owned(),
        };
        let plain: String = name.nfd().filter(|letter| !matches!(letter, '\u{300}'..='\u{36f}')).collect();
        let words = plain.split(|letter: char| !letter.is_ascii_alphabetic() && !is_apostrophe(letter));
        let words: Vec<String> = words
            .map(|word| self.word(&word.to_ascii_lowercase(), random))
            .filter(|word| !word.is_empty())
            .collect();
        let name = words.join(&self.between);
        close_syllables(&name)
    }

    fn word(&self, word: &str, random: &mut Random) -> String {
        // Doubled letters are one sound, but for vowels, which are long.
        let mut letters: Vec<char> = word.chars().filter(char::is_ascii_alphabetic).collect();
        letters.dedup_by(|a, b| a == b && !VOWELS.contains(*a));
        let marked: String = ['^'].into_iter().chain(letters).chain(['$']).collect();
        let (mut rest, mut out) = (marked.as_str(), String::new());
        while !rest.is_empty() {
            // At the start the mark may be part of the rule or be passed over.
            match self
                .rules
                .iter()
                .find(|(letters, _)| rest.starts_with(letters.as_str()) && fits(letters, rest))
            {
                Some((letters, written)) => {
                    out.push_str(random.pick::<String>(written));
                    rest = &rest[letters.len()..];
                }
                None => rest = &rest[rest.chars().next().map_or(1, char::len_utf8)..],
            }
        }
        out
    }
}

/// A syllable that ends in n is none where a vowel follows: that n begins the next one.
fn fits(letters: &str, rest: &str) -> bool {
    let closed =
        letters.len() > 1 && letters.ends_with('n') && letters[..letters.len() - 1].ends_with(is_vowel);
    !(closed && rest[letters.len()..].starts_with(is_vowel))
}

fn is_vowel(letter: char) -> bool {
    VOWELS.contains(letter)
}

fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '’' | '‘' | '`')
}

/// Single jamo become the ends of the syllables before them.
fn close_syllables(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        let Some((_, end)) = CLOSING.iter().find(|(jamo, _)| *jamo == letter) else {
            out.push(letter);
            continue;
        };
        let before = out.chars().next_back().map_or(0, u32::from);
        let open = before >= HANGUL && (before - HANGUL).is_multiple_of(ENDS);
        if let Some(closed) = char::from_u32(before + end).filter(|_| open) {
            out.pop();
            out.push(closed);
        } else if *end != CLOSING[1].1 {
            out.push(if *end == CLOSING[0].1 { '느' } else { '므' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_they_are_usual_in_other_scripts() {
        let all = Transcription::all();
        for (script, name, written) in [
            ("cyrillic", "PUTIN, Vladimir", "владимир путин"),
            ("kana", "Vladimir Putin", "ヴラディミル・プティン"),
            ("hangul", "Kim Putin", "킴 푸틴"),
            ("han", "Karimov", "卡里莫夫"),
            ("han", "Ivan Romanov", "伊万·罗马诺夫"),
        ] {
            let transcription = all.iter().find(|all| all.script == script).expect("the script is known");
            assert_eq!(transcription.write(name, &mut Random::new(1)), written);
        }
    }

    #[test]
    fn nothing_latin_is_left() {
        let ordinary = super::super::Ordinary::new();
        let mut random = Random::new(9);
        for transcription in Transcription::all() {
            for _ in 0..500 {
                let name = ordinary.anyone(&mut random);
                if name.chars().any(|letter| letter > '\u{24f}') {
                    continue;
                }
                let written = transcription.write(&name, &mut random);
                assert!(!written.is_empty(), "{name}");
                assert!(!written.chars().any(|letter| letter.is_ascii_alphabetic()), "{name} {written}");
            }
        }
    }
}
