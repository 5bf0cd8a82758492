//! Names as sequences of words, and the best way to lay one upon another.

use std::{cmp::Ordering, ops::Range};

use crate::{
    sound,
    text::words,
    token::{ALIKE_MIN, Kind, Token, likeness, spelling},
};

/// Words that are written together (`jinping`) are looked for in names of at most this many words.
pub const JOIN_WORDS_MAX: usize = 8;

/// As many neighbouring words may stand for one.
pub const JOINED_MAX: usize = 3;

/// What is written together and apart has the same outline, of at least this many consonants.
pub const JOINED_OUTLINE_MIN: usize = 3;

/// Words put together are held to be one word from here on.
const JOINED_ALIKE_MIN: f32 = 0.78;

/// Acronyms of companies stand for the first or the last words of the long name.
const ACRONYM_LETTERS: std::ops::RangeInclusive<usize> = 3..=6;

/// Words of one name that stand for words of the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    pub ours: Range<usize>,
    pub theirs: Range<usize>,
    pub likeness: f32,
    /// One side has the first letters of the other.
    pub acronym: bool,
}

/// The words of a name. A title or legal form counts little, unless there is nothing else.
pub fn parse(text: &str, person: bool) -> Vec<Token> {
    let mut parsed: Vec<Token> = Vec::new();
    let mut open: Option<crate::text::Word> = None;
    for word in words(text) {
        // `S.A.` is one word of a company's name; `V.V.` are two initials of a person.
        if word.abbreviation && !person {
            match &mut open {
                Some(whole) => whole.text.push_str(&word.text),
                None => open = Some(word),
            }
            continue;
        }
        parsed.extend(open.take().map(|whole| Token::new(&whole, person)));
        parsed.push(Token::new(&word, person));
    }
    parsed.extend(open.map(|whole| Token::new(&whole, person)));
    if parsed.iter().all(|token| token.kind == Kind::Minor) {
        parsed.iter_mut().for_each(|token| token.kind = Kind::Whole);
    }
    parsed
}

/// Lays one name upon the other. The order of words does not matter, ties fall by their place. Empty where no word
/// agrees; an acronym alone is no agreement.
pub fn align(ours: &[&Token], theirs: &[&Token], person: bool) -> Vec<Pair> {
    align_by(ours, theirs, person, |i, j| likeness(ours[i], theirs[j]))
}

/// The same, for a caller who has seen the words before: `likeness` is asked by the places of two words.
pub fn align_by(
    ours: &[&Token],
    theirs: &[&Token],
    person: bool,
    mut likeness: impl FnMut(usize, usize) -> f32,
) -> Vec<Pair> {
    let mut candidates = Vec::new();
    for i in 0..ours.len() {
        for j in 0..theirs.len() {
            let likeness = likeness(i, j);
            if likeness >= ALIKE_MIN {
                candidates.push(Pair { ours: i..i + 1, theirs: j..j + 1, likeness, acronym: false });
            }
        }
    }
    let all_found =
        candidates.iter().filter(|pair| pair.likeness == 1.0).count() >= ours.len().max(theirs.len());
    if !all_found {
        joined(ours, theirs, |run, one, likeness| {
            candidates.push(Pair { ours: run, theirs: one..one + 1, likeness, acronym: false });
        });
        joined(theirs, ours, |run, one, likeness| {
            candidates.push(Pair { ours: one..one + 1, theirs: run, likeness, acronym: false });
        });
        if !person && !candidates.is_empty() {
            let likeness = JOINED_ALIKE_MIN;
            acronyms(ours, theirs, |run, one| {
                candidates.push(Pair { ours: run, theirs: one..one + 1, likeness, acronym: true });
            });
            acronyms(theirs, ours, |run, one| {
                candidates.push(Pair { ours: one..one + 1, theirs: run, likeness, acronym: true });
            });
        }
    }
    candidates.sort_by(|a, b| rank(a, b, ours, theirs));
    let mask = |range: &Range<usize>| range.clone().fold(0u64, |mask, at| mask | 1 << at);
    let (mut ours_taken, mut theirs_taken) = (0u64, 0u64);
    candidates.retain(|pair| {
        let free = ours_taken & mask(&pair.ours) == 0 && theirs_taken & mask(&pair.theirs) == 0;
        if free {
            ours_taken |= mask(&pair.ours);
            theirs_taken |= mask(&pair.theirs);
        }
        free
    });
    if candidates.iter().all(|pair| pair.acronym) {
        candidates.clear();
    }
    candidates
}

/// Offers two or three neighbouring words of `parts` for one word of `wholes`.
fn joined(parts: &[&Token], wholes: &[&Token], mut offer: impl FnMut(Range<usize>, usize, f32)) {
    if parts.len() > JOIN_WORDS_MAX || wholes.len() > JOIN_WORDS_MAX {
        return;
    }
    let mut text = String::new();
    for len in 2..=JOINED_MAX {
        for (start, run) in parts.windows(len).enumerate() {
            if !joins(run) || !wholes.iter().any(|whole| could_join(run, whole)) {
                continue;
            }
            text.clear();
            run.iter().for_each(|part| text.push_str(&part.text));
            let sounds = sound::sounds(&text);
            let outline = sound::outline(&sounds);
            if outline.len() < JOINED_OUTLINE_MIN {
                continue;
            }
            for (at, whole) in wholes.iter().enumerate() {
                if whole.kind != Kind::Whole || *whole.outline != *outline {
                    continue;
                }
                let spelt = spelling(text.as_bytes(), whole.text.as_bytes());
                let sounded = sound::likeness((&sounds, run[0].script), (&whole.sounds, whole.script));
                let likeness = spelt.max(sounded);
                if likeness >= JOINED_ALIKE_MIN {
                    offer(start..start + len, at, likeness * 0.97);
                }
            }
        }
    }
}

/// A cheap look: the outline of words together has all their consonants but those that meet and are alike.
fn could_join(run: &[&Token], whole: &Token) -> bool {
    let parts: usize = run.iter().map(|part| part.outline.len()).sum();
    let outline = whole.outline.len();
    // A letter at the end of one word and one at the start of the next may be one sound together.
    let first = run.iter().find_map(|part| part.outline.first());
    whole.kind == Kind::Whole
        && first == whole.outline.first()
        && outline <= parts + 1
        && parts <= outline + 2 * run.len()
}

/// Whether neighbouring words could be written as one.
pub fn joins(run: &[&Token]) -> bool {
    run.iter().all(|part| part.kind != Kind::Number && part.script == run[0].script)
}

/// Offers the words whose first letters are one word of the other name.
fn acronyms(parts: &[&Token], wholes: &[&Token], mut offer: impl FnMut(Range<usize>, usize)) {
    initials(parts, |run, letters| {
        for (at, whole) in wholes.iter().enumerate() {
            if whole.kind == Kind::Whole && *whole.text == *letters {
                offer(run.clone(), at);
            }
        }
    });
}

/// The first letters of the first words and of the last, as they could be an acronym.
pub fn initials(words: &[&Token], mut take: impl FnMut(Range<usize>, &str)) {
    for len in ACRONYM_LETTERS.filter(|len| *len <= words.len()) {
        let (first, last) = (0..len, words.len() - len..words.len());
        for run in [Some(first.clone()), (last != first).then_some(last)].into_iter().flatten() {
            let whole = |token: &&Token| token.kind == Kind::Whole && token.text.len() > 1;
            if words[run.clone()].iter().all(whole) {
                let letters: String =
                    words[run.clone()].iter().map(|token| char::from(token.text.as_bytes()[0])).collect();
                take(run, &letters);
            }
        }
    }
}

fn rank(a: &Pair, b: &Pair, ours: &[&Token], theirs: &[&Token]) -> Ordering {
    let value = |pair: &Pair| {
        let ours: f32 = ours[pair.ours.clone()].iter().map(|token| token.weight()).sum();
        let theirs: f32 = theirs[pair.theirs.clone()].iter().map(|token| token.weight()).sum();
        ours.min(theirs) * (pair.likeness - 0.4)
    };
    // Ties fall by the words, so that neither the order of words nor of sides moves the answer.
    let text = |pair: &Pair| {
        let first =
            |tokens: &[&Token]| tokens.iter().map(|token| &*token.text).min().unwrap_or("").to_owned();
        let (ours, theirs) = (first(&ours[pair.ours.clone()]), first(&theirs[pair.theirs.clone()]));
        if ours <= theirs { (ours, theirs) } else { (theirs, ours) }
    };
    let place = |pair: &Pair| (pair.ours.start, pair.theirs.start);
    let by_value = value(b).total_cmp(&value(a));
    by_value.then_with(|| text(a).cmp(&text(b))).then_with(|| place(a).cmp(&place(b)))
}
