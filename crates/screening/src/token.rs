//! One word of a name: what it weighs, and how like another it is.

use crate::{
    rarity::{Rarity, rarity},
    sound::{self, Passage, Sound},
    text::{Script, Word},
    word,
};

/// The likeness of words that stand for one another, such as `Aleksandr` and `Sasha`.
pub const VARIANT: f32 = 0.95;

/// Below this two words are different words.
pub const ALIKE_MIN: f32 = 0.55;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Whole,
    Initial,
    /// Has a digit: it agrees fully or not at all.
    Number,
    /// A particle, title or legal form.
    Minor,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token {
    pub text: Box<str>,
    pub kind: Kind,
    pub script: Script,
    pub sounds: Box<[Sound]>,
    /// Consonants in broad classes: what spellings of one name in any script have in common.
    pub outline: Box<[u8]>,
    pub group: Option<u16>,
    pub rarity: Rarity,
}

impl Token {
    pub fn new(word: &Word, person: bool) -> Self {
        let text = word.text.as_str();
        let kind = match () {
            () if text.bytes().any(|byte| byte.is_ascii_digit()) => Kind::Number,
            () if word::is_minor(text, person) => Kind::Minor,
            () if text.len() == 1 => Kind::Initial,
            () => Kind::Whole,
        };
        Self::of(text, kind, word.script, person)
    }

    pub fn of(text: &str, kind: Kind, script: Script, person: bool) -> Self {
        let sounds = sound::sounds(text);
        Self {
            kind,
            script,
            outline: sound::outline(&sounds).into(),
            sounds: sounds.into(),
            group: word::group(text, person).map(|(number, _)| number),
            rarity: rarity(text, person),
            text: text.into(),
        }
    }

    /// How much the word tells, in nats: the negative logarithm of how often names have it.
    pub fn weight(&self) -> f32 {
        match self.kind {
            Kind::Minor => 0.3,
            Kind::Initial => 2.0,
            Kind::Number => 5.0,
            // Few letters can be many things.
            Kind::Whole => self.rarity.weight().min(2.2 * self.text.len() as f32),
        }
    }
}

/// How like two words are: 1 for the same word, 0 for different ones.
pub fn likeness(a: &Token, b: &Token) -> f32 {
    if a.text == b.text {
        return 1.0;
    }
    if a.kind == Kind::Number || b.kind == Kind::Number {
        return 0.0;
    }
    if a.kind == Kind::Initial || b.kind == Kind::Initial {
        let whole = a.kind == Kind::Whole || b.kind == Kind::Whole;
        return if whole && a.text.as_bytes()[0] == b.text.as_bytes()[0] { 0.8 } else { 0.0 };
    }
    if a.group.is_some() && a.group == b.group {
        return VARIANT;
    }
    if a.kind == Kind::Minor || b.kind == Kind::Minor {
        return 0.0;
    }
    let sounded = sound::likeness((&a.sounds, a.script), (&b.sounds, b.script));
    let spelt = match Passage::between(a.script, b.script).0 {
        Passage::Spelt => spelling(a.text.as_bytes(), b.text.as_bytes()),
        _ => 0.0,
    };
    sounded.max(spelt).min(0.98)
}

/// Likeness of plain letters: how many slips of the pen turn one into the other.
pub fn spelling(a: &[u8], b: &[u8]) -> f32 {
    let longer = a.len().max(b.len());
    if longer == 0 || a.len().abs_diff(b.len()) > 3 {
        return 0.0;
    }
    (1.0 - edits(a, b) / longer as f32).max(0.0)
}

/// Weighted edits, with transposition. Vowels are cheap to change; a doubled letter is hardly an edit. Infinite where
/// they are more than half the longer word.
fn edits(a: &[u8], b: &[u8]) -> f32 {
    const MAX: usize = 48;
    let (a, b) = (&a[..a.len().min(MAX)], &b[..b.len().min(MAX)]);
    let limit = a.len().max(b.len()) as f32 / 2.0;
    let mut rows = [[0f32; MAX + 1]; 3];
    for j in 0..b.len() {
        rows[0][j + 1] = rows[0][j] + drop_cost(b, j);
    }
    for i in 0..a.len() {
        let dropped = drop_cost(a, i);
        let (before, above, row) = ((i + 2) % 3, i % 3, (i + 1) % 3);
        rows[row][0] = rows[above][0] + dropped;
        let mut least = rows[row][0];
        for j in 0..b.len() {
            let change = match () {
                () if a[i] == b[j] => 0.0,
                () if sound::is_vowel(a[i]) && sound::is_vowel(b[j]) => 0.7,
                () if i == 0 && j == 0 => 1.3,
                () => 1.0,
            };
            let mut best = (rows[above][j] + change)
                .min(rows[above][j + 1] + dropped)
                .min(rows[row][j] + drop_cost(b, j));
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] && a[i] != b[j] {
                best = best.min(rows[before][j - 1] + 0.8);
            }
            rows[row][j + 1] = best;
            least = least.min(best);
        }
        // A transposition reaches back two rows, and costs 0.8.
        if least > limit + 0.8 {
            return f32::INFINITY;
        }
    }
    let edits = rows[a.len() % 3][b.len()];
    if edits > limit { f32::INFINITY } else { edits }
}

fn drop_cost(word: &[u8], at: usize) -> f32 {
    match word[at] {
        letter if at > 0 && word[at - 1] == letter => 0.4,
        _ if at == 0 => 1.2,
        b'h' => 0.6,
        letter if sound::is_vowel(letter) => 0.8,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::words;

    fn like(a: &str, b: &str) -> f32 {
        let token = |text| Token::new(&words(text)[0], true);
        assert_eq!(likeness(&token(a), &token(b)), likeness(&token(b), &token(a)), "{a} {b}");
        likeness(&token(a), &token(b))
    }

    #[test]
    fn spellings_of_one_name_are_alike() {
        for (a, b) in [
            ("Putin", "Poutine"),
            ("Mohammed", "Mouhamad"),
            ("Gaddafi", "Qadhafi"),
            ("Smith", "Smyth"),
            ("Smith", "Simth"),
            ("Kim", "Gim"),
            ("Aleksandr", "Sasha"),
            ("محسن", "Mohsen"),
            ("Yevgeny", "Evgeniy"),
            ("Zawahiri", "Zawahri"),
            ("ウラジーミル", "Vladimir"),
            ("プーチン", "Putin"),
            ("블라디미르", "Vladimir"),
            ("푸틴", "Putin"),
            ("弗拉基米尔·普京", "Vladimir"),
            ("נתניהו", "Netanyahu"),
        ] {
            assert!(like(a, b) >= 0.7, "{a} {b} {}", like(a, b));
        }
    }

    #[test]
    fn different_names_are_not() {
        for (a, b) in [
            ("Smith", "Brown"),
            ("12", "14"),
            ("Ali", "Abu"),
            ("Kim", "Kay"),
            ("Mark", "Marta"),
            ("Li", "Lu"),
        ] {
            assert!(like(a, b) < 0.72, "{a} {b} {}", like(a, b));
        }
    }
}
