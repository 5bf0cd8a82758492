//! One word of a name and how like another it is.

use crate::{text::Word, word};

/// Below this two words are different words.
pub const ALIKE_MIN: f32 = 0.6;

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
    pub unvowelled: bool,
    /// Consonants in classes, so that spellings of one sound agree.
    pub skeleton: Box<str>,
    pub group: Option<u16>,
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
        let group = word::group(text).map(|(number, _)| number);
        Self { text: text.into(), kind, unvowelled: word.unvowelled, skeleton: skeleton(text).into(), group }
    }

    /// What the word is worth where nothing is known of how often lists have it.
    pub fn base_weight(&self) -> f32 {
        match self.kind {
            Kind::Minor => 0.03,
            Kind::Initial => 0.3,
            Kind::Number => 0.8,
            Kind::Whole if word::is_common(&self.text) => 0.6,
            Kind::Whole if is_patronymic(&self.text) => 0.4,
            Kind::Whole if self.text.len() == 2 => 0.8,
            Kind::Whole => 0.95,
        }
    }
}

/// A father's name as East Slavic names have it: often left out, and little proof when it agrees.
fn is_patronymic(text: &str) -> bool {
    const ENDINGS: [&str; 7] = ["ovich", "evich", "ovych", "ovna", "evna", "ivna", "yevich"];
    text.len() >= 8 && ENDINGS.iter().any(|ending| text.ends_with(ending))
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
        return 0.93;
    }
    if a.kind == Kind::Minor || b.kind == Kind::Minor {
        return 0.0;
    }
    let spelt = spelling(a.text.as_bytes(), b.text.as_bytes());
    sounded(spelt, a, b)
}

/// Likeness of plain letters, for words put together.
pub fn spelling(a: &[u8], b: &[u8]) -> f32 {
    let longer = a.len().max(b.len());
    if longer == 0 || a.len().abs_diff(b.len()) > 3 {
        return 0.0;
    }
    (1.0 - 1.25 * edits(a, b) / longer as f32).max(0.0)
}

/// Spelling corrected by sound: words of one skeleton are nearer than their letters say.
fn sounded(spelt: f32, a: &Token, b: &Token) -> f32 {
    let (short, long) = (a.skeleton.len().min(b.skeleton.len()), a.skeleton.len().max(b.skeleton.len()));
    let same = a.skeleton == b.skeleton;
    let unvowelled = a.unvowelled != b.unvowelled;
    let likeness = match () {
        () if same && unvowelled && short >= 3 => 0.93,
        () if same && unvowelled && short == 2 => 0.8,
        () if unvowelled && short >= 3 && long - short <= 1 => {
            let near = 1.0 - edits(a.skeleton.as_bytes(), b.skeleton.as_bytes()) / long as f32;
            spelt.max(near * 0.92)
        }
        () if same && short >= 3 => 0.45 + 0.55 * spelt,
        () if same && short == 2 => 0.2 + 0.8 * spelt,
        () => spelt,
    };
    likeness.min(0.98)
}

/// Weighted edits, with transposition. Vowels are cheap to change, sounds alike too.
fn edits(a: &[u8], b: &[u8]) -> f32 {
    const MAX: usize = 84;
    let (a, b) = (&a[..a.len().min(MAX)], &b[..b.len().min(MAX)]);
    let mut before = [0f32; MAX + 1];
    let mut above = [0f32; MAX + 1];
    let mut row = [0f32; MAX + 1];
    for j in 0..b.len() {
        above[j + 1] = above[j] + drop_cost(b, j);
    }
    for i in 0..a.len() {
        row[0] = above[0] + drop_cost(a, i);
        for j in 0..b.len() {
            let change = above[j] + change_cost(a[i], b[j]);
            let drop = (above[j + 1] + drop_cost(a, i)).min(row[j] + drop_cost(b, j));
            let mut best = change.min(drop);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] && a[i] != b[j] {
                best = best.min(before[j - 1] + 0.8);
            }
            row[j + 1] = best;
        }
        (before, above, row) = (above, row, before);
    }
    above[b.len()]
}

fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// Cost of a letter that only one word has: a doubled letter is hardly one.
fn drop_cost(word: &[u8], at: usize) -> f32 {
    match word[at] {
        letter if at > 0 && word[at - 1] == letter => 0.25,
        _ if at == 0 => 1.0,
        b'h' => 0.4,
        letter if is_vowel(letter) => 0.6,
        _ => 1.0,
    }
}

fn change_cost(a: u8, b: u8) -> f32 {
    let class = |letter: u8| match letter {
        b'k' | b'q' | b'c' | b'g' | b'h' => 1,
        b's' | b'z' | b'x' => 2,
        b'b' | b'p' => 3,
        b'd' | b't' => 4,
        b'v' | b'w' | b'f' => 5,
        b'j' | b'y' => 6,
        b'm' | b'n' => 7,
        b'l' | b'r' => 8,
        _ => 0,
    };
    match () {
        () if a == b => 0.0,
        () if is_vowel(a) && is_vowel(b) => 0.5,
        () if class(a) > 0 && class(a) == class(b) => {
            if class(a) >= 7 {
                0.8
            } else {
                0.5
            }
        }
        () => 1.0,
    }
}

/// Consonants in classes: `mohammed` and `muhamad` are both `mhmd`, `yevgeny` and `evgeni` differ
/// only in what stands before the first consonant, which is kept as `a`.
pub fn skeleton(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let (sound, used) = match rest {
            [b's', b'c', b'h', ..] => ('x', 3),
            [b't', b'c', b'h', ..] | [b't', b's', b'h', ..] => ('c', 3),
            [b'd', b'z', b'h', ..] => ('j', 3),
            [b's', b'h', ..] => ('x', 2),
            [b'c', b'h', ..] => ('c', 2),
            [b'k', b'h', ..] => ('h', 2),
            [b'g', b'h', ..] => ('g', 2),
            [b'p', b'h', ..] => ('f', 2),
            [b't', b'h', ..] => ('t', 2),
            [b'd', b'h', ..] => ('d', 2),
            [b'z', b'h', ..] | [b'd', b'j', ..] => ('j', 2),
            [b't', b's', ..] | [b't', b'z', ..] => ('s', 2),
            [b'c', b'k', ..] => ('k', 2),
            [b'c', b'e' | b'i', ..] => ('s', 1),
            [b'c' | b'q', ..] => ('k', 1),
            [b'w', ..] => ('v', 1),
            [b'z', ..] => ('s', 1),
            [b'x', ..] => ('k', 1),
            [letter, ..] if is_vowel(*letter) => (if at == 0 { 'a' } else { ' ' }, 1),
            [letter, ..] => (char::from(*letter), 1),
            [] => break,
        };
        if sound != ' ' && !out.ends_with(sound) {
            out.push(sound);
        }
        at += used;
    }
    out
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
