//! One word of a name: what it weighs, and how like another it is.

use std::borrow::Cow;

use crate::{
    legal,
    rarity::rarity,
    sound::{self, Passage, Sound},
    text::{Script, Word},
    word,
};

/// The likeness of words that stand for one another, such as `Aleksandr` and `Sasha`.
pub const VARIANT: f32 = 0.95;

/// Words of other letters are not more alike than this.
const MOST_ALIKE: f32 = 0.98;

/// Quotients and products of one number differ by less.
const ROUNDING: f32 = 0.000_1;

/// Below this two words are different words.
pub const ALIKE_MIN: f32 = 0.65;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Whole,
    Initial,
    /// Has a digit: it agrees fully or not at all.
    Number,
    /// A particle or title.
    Minor,
    /// A legal form, of one word or of several with a blank between them.
    Form,
}

#[derive(Debug, Clone)]
pub struct Token<'a> {
    pub text: Cow<'a, str>,
    pub kind: Kind,
    pub script: Script,
    pub sounds: Cow<'a, [Sound]>,
    /// Consonants in broad classes: what spellings of one name in any script have in common.
    pub outline: Cow<'a, [u8]>,
    pub group: Option<u16>,
    /// How much the word tells, in nats: the negative logarithm of how often names have it.
    pub told: f32,
}

impl Token<'static> {
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
        let sounds = sound::sounds(text, script);
        Self {
            kind,
            script,
            outline: sound::outline(&sounds, script).into(),
            sounds: sounds.into(),
            group: match kind {
                Kind::Form => legal::group(text),
                _ => word::group(text, person).map(|(number, _)| number),
            },
            told: match kind {
                Kind::Minor | Kind::Form => 0.3,
                Kind::Initial => 2.0,
                Kind::Number => 5.0,
                // Few letters can be many things.
                Kind::Whole => rarity(text, person).weight().min(2.2 * text.len() as f32),
            },
            text: text.to_owned().into(),
        }
    }

    /// The legal form of these words.
    pub fn form(words: &[Word]) -> Self {
        let text: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        Self::of(&text.join(" "), Kind::Form, words[0].script, false)
    }
}

impl Token<'_> {
    /// Particles, titles and legal forms count little.
    pub fn is_minor(&self) -> bool {
        matches!(self.kind, Kind::Minor | Kind::Form)
    }

    /// Whether a name is looked for by this word; initials and particles are in too many.
    pub fn leads(&self) -> bool {
        matches!(self.kind, Kind::Whole | Kind::Number)
    }
}

/// How like two words are: 1 for the same word, 0 for different ones.
pub fn likeness(a: &Token, b: &Token) -> f32 {
    by_kind(a, b).unwrap_or_else(|| match are_near(a, b) {
        true => {
            let sounded = sound::likeness((&a.sounds, a.script), (&b.sounds, b.script), ALIKE_MIN);
            by_letters((a.script, b.script), sounded, |sounded| {
                spelling(a.text.as_bytes(), b.text.as_bytes(), sounded.max(ALIKE_MIN))
            })
        }
        false => 0.0,
    })
}

/// The likeness of words that is known without looking at what they are like; `None` for two whole words of other
/// letters.
pub fn by_kind(a: &Token, b: &Token) -> Option<f32> {
    // `sa` is a legal form or a name, and neither stands for the other.
    if (a.kind == Kind::Form) != (b.kind == Kind::Form) {
        return Some(0.0);
    }
    if a.text == b.text {
        return Some(1.0);
    }
    if a.kind == Kind::Number || b.kind == Kind::Number {
        return Some(0.0);
    }
    if a.kind == Kind::Initial || b.kind == Kind::Initial {
        let whole = a.kind == Kind::Whole || b.kind == Kind::Whole;
        return Some(if whole && a.text.as_bytes()[0] == b.text.as_bytes()[0] { 0.8 } else { 0.0 });
    }
    if a.group.is_some() && a.group == b.group {
        return Some(VARIANT);
    }
    (a.is_minor() || b.is_minor()).then_some(0.0)
}

/// How like two near words of other letters are. `spelt` gives the likeness of their letters, where it is more than
/// how like they sound.
pub fn by_letters(scripts: (Script, Script), sounded: f32, spelt: impl FnOnce(f32) -> f32) -> f32 {
    let spelt = match Passage::between(scripts.0, scripts.1).0 {
        passage if passage.is_spelt_out() && sounded < MOST_ALIKE => spelt(sounded),
        _ => 0.0,
    };
    sounded.max(spelt).min(MOST_ALIKE)
}

/// Consonants of words that are near when one of each is dropped.
const LONG_OUTLINE: usize = 4;

/// Whether two whole words of other letters are compared at all. They have the same outline of two consonants or more,
/// or are the same once a few letters are dropped on each side ([`drops`]), or once a consonant is dropped on each
/// side, where one of the outlines is long or the words are of two scripts.
pub fn are_near(a: &Token, b: &Token) -> bool {
    let both_spelt = is_spelt(a.script) && is_spelt(b.script);
    are_near_by_outline(&a.outline, &b.outline, both_spelt)
        || (both_spelt && are_near_by_letters(a.text.as_bytes(), b.text.as_bytes()))
}

/// Whether all words of these outlines are near.
pub fn are_near_by_outline(a: &[u8], b: &[u8], both_spelt: bool) -> bool {
    let long = a.len().max(b.len());
    match both_spelt {
        true if long < LONG_OUTLINE => long >= 2 && a == b,
        _ => same_but_for(a, b, 1, 1),
    }
}

/// Whether two words that are spelt out are near by their letters alone.
pub fn are_near_by_letters(a: &[u8], b: &[u8]) -> bool {
    same_but_for(a, b, drops(a.len()), drops(b.len()))
}

/// Whether words of the script are spelt out, letter by letter.
pub fn is_spelt(script: Script) -> bool {
    Passage::between(script, Script::Latin).0 == Passage::Spelt
}

/// How many letters of a word may be dropped.
pub fn drops(letters: usize) -> usize {
    match letters {
        0..=2 => 0,
        3..=8 => 1,
        9..=20 => 2,
        _ => 1,
    }
}

/// Whether two rows are the same once at most so many are dropped of each.
fn same_but_for(a: &[u8], b: &[u8], drop_a: usize, drop_b: usize) -> bool {
    if a.len() > b.len() + drop_a || b.len() > a.len() + drop_b {
        return false;
    }
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[same..], &b[same..]);
    if a.len() <= drop_a && b.len() <= drop_b {
        return true;
    }
    (drop_a > 0 && !a.is_empty() && same_but_for(&a[1..], b, drop_a - 1, drop_b))
        || (drop_b > 0 && !b.is_empty() && same_but_for(a, &b[1..], drop_a, drop_b - 1))
}

/// Which letters a word has, as bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Letters(pub u32);

impl Letters {
    pub fn of(word: &[u8]) -> Self {
        Self(word[..word.len().min(LETTERS_MAX)].iter().fold(0, |all, letter| all | 1 << (letter & 31)))
    }

    /// How many letters only the first word has, and only the second; of long words some more.
    pub fn apart(self, other: Letters) -> (usize, usize) {
        ((self.0 & !other.0).count_ones() as usize, (other.0 & !self.0).count_ones() as usize)
    }

    /// What it costs at least to change or leave out the letters that the other word has not.
    fn price_beside(self, other: Letters) -> usize {
        let only = self.0 & !other.0;
        let (vowels, breath) = (only & Self::VOWELS, only & Self::BREATH);
        10 * only.count_ones() as usize - 3 * vowels.count_ones() as usize - 4 * breath.count_ones() as usize
    }

    const VOWELS: u32 =
        1 << (b'a' & 31) | 1 << (b'e' & 31) | 1 << (b'i' & 31) | 1 << (b'o' & 31) | 1 << (b'u' & 31);
    const BREATH: u32 = 1 << (b'h' & 31);
}

/// Whether words of these letters cannot be as like in spelling as `least`: a letter that only one of them has is
/// changed or left out.
pub fn are_spelt_apart(a: (Letters, usize), b: (Letters, usize), least: f32) -> bool {
    let most = usize::from(edits_max(a.1.max(b.1), least));
    a.1.abs_diff(b.1) > SPELT_APART_MAX
        || EDIT_MIN * a.1.abs_diff(b.1).max(1) > most
        || a.0.price_beside(b.0).max(b.0.price_beside(a.0)) > most
}

/// Words of other letters are at least one edit apart, and no edit costs less.
const EDIT_MIN: usize = 4;

/// Words whose lengths are further apart are spelt differently.
const SPELT_APART_MAX: usize = 3;

/// In tenths.
fn edits_max(longer: usize, least: f32) -> u16 {
    ((1.0 - least) * (10 * longer) as f32 + ROUNDING) as u16
}

/// Likeness of plain letters: how many slips of the pen turn one into the other. 0 where it is less than `least`.
pub fn spelling(a: &[u8], b: &[u8], least: f32) -> f32 {
    let longer = a.len().max(b.len());
    if longer == 0 || a.len().abs_diff(b.len()) > SPELT_APART_MAX {
        return 0.0;
    }
    edits(a, b, edits_max(longer, least))
        .map_or(0.0, |edits| (1.0 - f32::from(edits) / (10 * longer) as f32).max(0.0))
}

/// Longer words are compared by their first letters.
pub const LETTERS_MAX: usize = 48;

/// Weighted edits in tenths, with transposition. Vowels are cheap to change; a doubled letter is hardly an edit. `None`
/// where they are more than `limit`.
fn edits(a: &[u8], b: &[u8], limit: u16) -> Option<u16> {
    let (a, b) = (&a[..a.len().min(LETTERS_MAX)], &b[..b.len().min(LETTERS_MAX)]);
    let mut rows = [[0u16; LETTERS_MAX + 1]; 3];
    let (mut dropped, mut vowels) = ([0u16; LETTERS_MAX], [false; LETTERS_MAX]);
    for j in 0..b.len() {
        (dropped[j], vowels[j]) = (drop_cost(b, j), sound::is_vowel(b[j]));
        rows[0][j + 1] = rows[0][j] + dropped[j];
    }
    let [first, second, third] = &mut rows;
    let (mut above, mut before, mut row) = (first, second, third);
    for i in 0..a.len() {
        let (dropped_a, vowel) = (drop_cost(a, i), sound::is_vowel(a[i]));
        row[0] = above[0] + dropped_a;
        let mut least = row[0];
        for j in 0..b.len() {
            let change = match () {
                () if a[i] == b[j] => 0,
                () if vowel && vowels[j] => 7,
                () if i == 0 && j == 0 => 13,
                () => 10,
            };
            let mut best = (above[j] + change).min(above[j + 1] + dropped_a).min(row[j] + dropped[j]);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] && a[i] != b[j] {
                best = best.min(before[j - 1] + 8);
            }
            row[j + 1] = best;
            least = least.min(best);
        }
        // A transposition reaches back two rows, and costs 8.
        if least > limit + 8 {
            return None;
        }
        (before, above, row) = (above, row, before);
    }
    Some(above[b.len()]).filter(|edits| *edits <= limit)
}

fn drop_cost(word: &[u8], at: usize) -> u16 {
    match word[at] {
        letter if at > 0 && word[at - 1] == letter => 4,
        _ if at == 0 => 12,
        b'h' => 6,
        letter if sound::is_vowel(letter) => 8,
        _ => 10,
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
            ("Гусейн", "Hussein"),
            ("Махмуд", "Mahmoud"),
            ("جودت", "Jaoudat"),
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
