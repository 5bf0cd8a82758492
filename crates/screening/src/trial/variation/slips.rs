//! Slips of the pen and of the keyboard.

use super::{super::Random, is_spelt};

/// Rows of a keyboard; a row is a little to the right of the one above.
const KEYS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
const VOWELS: &str = "aeiou";

#[derive(Clone, Copy)]
enum Slip {
    Drop,
    Double,
    Swap,
    Neighbour,
    Vowel,
    Insert,
}

const SLIPS: [Slip; 7] =
    [Slip::Drop, Slip::Drop, Slip::Double, Slip::Swap, Slip::Neighbour, Slip::Vowel, Slip::Insert];

/// One slip in a word of at least four letters, seldom in its first letter; `None` where no word is so long.
pub fn misspell(name: &str, random: &mut Random) -> Option<String> {
    let mut letters: Vec<char> = name.chars().collect();
    let places = places(&letters, !random.permille(900));
    if places.is_empty() {
        return None;
    }
    const TRIES: usize = 12;
    for _ in 0..TRIES {
        let (at, slip) = (*random.pick(&places), *random.pick(&SLIPS));
        if slip_at(&mut letters, at, slip, random) {
            return Some(letters.into_iter().collect());
        }
    }
    None
}

/// Letters within words of at least four.
fn places(letters: &[char], also_first: bool) -> Vec<usize> {
    const LETTERS_MIN: usize = 4;
    let mut places = Vec::new();
    let mut start = 0;
    for at in 0..=letters.len() {
        if at < letters.len() && is_spelt(letters[at]) {
            continue;
        }
        if at - start >= LETTERS_MIN {
            places.extend(start + usize::from(!also_first)..at);
        }
        start = at + 1;
    }
    places
}

/// Whether anything changed.
fn slip_at(letters: &mut Vec<char>, at: usize, slip: Slip, random: &mut Random) -> bool {
    let letter = letters[at];
    match slip {
        Slip::Drop => drop(letters.remove(at)),
        Slip::Double => letters.insert(at, lower(letter, at > 0)),
        Slip::Insert => match neighbour(letter, random) {
            Some(other) => letters.insert(at + 1, other),
            None => return false,
        },
        Slip::Swap => match letters.get(at + 1) {
            Some(&next) if is_spelt(next) && next != letter => letters.swap(at, at + 1),
            _ => return false,
        },
        Slip::Neighbour => match neighbour(letter, random) {
            Some(other) => letters[at] = other,
            None => return false,
        },
        Slip::Vowel => {
            let vowels: Vec<char> = VOWELS.chars().collect();
            let other = like(*random.pick(&vowels), letter);
            if !VOWELS.contains(letter.to_ascii_lowercase()) || other == letter {
                return false;
            }
            letters[at] = other;
        }
    }
    true
}

/// A letter beside this one on the keyboard, large where this one is.
fn neighbour(letter: char, random: &mut Random) -> Option<char> {
    let small = letter.to_ascii_lowercase();
    let (row, at) = KEYS.iter().enumerate().find_map(|(row, keys)| Some((row, keys.find(small)?)))?;
    let mut near: Vec<char> = Vec::new();
    let mut add = |row: usize, at: Option<usize>| {
        near.extend(at.and_then(|at| KEYS.get(row)?.chars().nth(at)));
    };
    add(row, at.checked_sub(1));
    add(row, Some(at + 1));
    add(row + 1, Some(at));
    if row > 0 {
        add(row - 1, Some(at));
    }
    if near.is_empty() { None } else { Some(like(*random.pick(&near), letter)) }
}

fn like(letter: char, model: char) -> char {
    if model.is_uppercase() { letter.to_ascii_uppercase() } else { letter }
}

fn lower(letter: char, within: bool) -> char {
    if within { letter } else { letter.to_lowercase().next().unwrap_or(letter) }
}
