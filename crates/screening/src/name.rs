//! Names as sets of weighted words, and the best way to lay one upon another.

use std::cmp::Ordering;

use crate::{
    text::words,
    token::{ALIKE_MIN, Kind, Token, likeness, skeleton, spelling},
};

/// Joined words (`jin ping`, `jinping`) are looked for in names of at most this many words.
pub const JOIN_WORDS_MAX: usize = 8;

/// A word that counts for so much.
#[derive(Clone, Copy)]
pub struct Weighed<'a> {
    pub token: &'a Token,
    pub weight: f32,
}

/// Words of one name that stand for words of the other.
#[derive(Debug, Clone)]
pub struct Pair {
    pub ours: Vec<usize>,
    pub theirs: Vec<usize>,
    pub likeness: f32,
}

#[derive(Debug, Clone, Default)]
pub struct Alignment {
    pub pairs: Vec<Pair>,
    pub score: f32,
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

/// Lays one name upon the other. The order of words does not matter, ties fall by their text.
pub fn align(ours: &[Weighed<'_>], theirs: &[Weighed<'_>], person: bool) -> Alignment {
    let mut candidates = Vec::new();
    for (i, a) in ours.iter().enumerate() {
        for (j, b) in theirs.iter().enumerate() {
            let likeness = likeness(a.token, b.token);
            if likeness >= ALIKE_MIN {
                candidates.push(Pair { ours: vec![i], theirs: vec![j], likeness });
            }
        }
    }
    let all_found =
        candidates.iter().filter(|pair| pair.likeness == 1.0).count() >= ours.len().max(theirs.len());
    if !all_found {
        join(ours, theirs, |one, two| {
            candidates.push(Pair { ours: two, theirs: vec![one.0], likeness: one.1 });
        });
        join(theirs, ours, |one, two| {
            candidates.push(Pair { ours: vec![one.0], theirs: two, likeness: one.1 });
        });
    }
    candidates.sort_by(|a, b| rank(a, b, ours, theirs));
    let (mut ours_taken, mut theirs_taken) = (vec![false; ours.len()], vec![false; theirs.len()]);
    let mut pairs = Vec::new();
    for pair in candidates {
        let free = pair.ours.iter().all(|&i| !ours_taken[i]) && pair.theirs.iter().all(|&j| !theirs_taken[j]);
        if free {
            pair.ours.iter().for_each(|&i| ours_taken[i] = true);
            pair.theirs.iter().for_each(|&j| theirs_taken[j] = true);
            pairs.push(pair);
        }
    }
    let score = score(&pairs, ours, theirs, person);
    Alignment { pairs, score }
}

/// Offers two words of `parts` for one word of `wholes`, in either order.
fn join(parts: &[Weighed<'_>], wholes: &[Weighed<'_>], mut offer: impl FnMut((usize, f32), Vec<usize>)) {
    if parts.len() > JOIN_WORDS_MAX || wholes.len() > JOIN_WORDS_MAX || parts.len() < 2 {
        return;
    }
    let lettered = |token: &Token| matches!(token.kind, Kind::Whole | Kind::Minor | Kind::Initial);
    let mut joined = String::new();
    for (k, whole) in wholes.iter().enumerate() {
        if whole.token.kind != Kind::Whole || whole.token.text.len() < 3 {
            continue;
        }
        for (i, first) in parts.iter().enumerate() {
            for (j, second) in parts.iter().enumerate() {
                let len = first.token.text.len() + second.token.text.len();
                let starts = first.token.text.as_bytes()[0] == whole.token.text.as_bytes()[0];
                let possible = i != j && starts && len.abs_diff(whole.token.text.len()) <= 2;
                if !possible || !lettered(first.token) || !lettered(second.token) {
                    continue;
                }
                joined.clear();
                joined.push_str(&first.token.text);
                joined.push_str(&second.token.text);
                let mut likeness = spelling(joined.as_bytes(), whole.token.text.as_bytes());
                if skeleton(&joined) == *whole.token.skeleton && whole.token.skeleton.len() >= 3 {
                    likeness = 0.45 + 0.55 * likeness;
                }
                let likeness = likeness.min(1.0) * 0.97;
                if likeness >= 0.78 {
                    offer((k, likeness), if i < j { vec![i, j] } else { vec![j, i] });
                }
            }
        }
    }
}

fn rank(a: &Pair, b: &Pair, ours: &[Weighed<'_>], theirs: &[Weighed<'_>]) -> Ordering {
    let weight = |pair: &Pair| {
        let ours: f32 = pair.ours.iter().map(|&i| ours[i].weight).sum();
        let theirs: f32 = pair.theirs.iter().map(|&j| theirs[j].weight).sum();
        ours + theirs
    };
    let text = |of: &[usize], words: &[Weighed<'_>]| {
        let mut texts: Vec<String> = of.iter().map(|&i| words[i].token.text.to_string()).collect();
        texts.sort_unstable();
        texts
    };
    let by_likeness = b.likeness.total_cmp(&a.likeness).then_with(|| weight(b).total_cmp(&weight(a)));
    by_likeness
        .then_with(|| text(&a.ours, ours).cmp(&text(&b.ours, ours)))
        .then_with(|| text(&a.theirs, theirs).cmp(&text(&b.theirs, theirs)))
}

/// What agrees, of what agrees and what does not. A word that only one name has is left out there,
/// which is common; words that stand against each other contradict.
fn score(pairs: &[Pair], ours: &[Weighed<'_>], theirs: &[Weighed<'_>], person: bool) -> f32 {
    // Sums in an order of their own, so that the order of words cannot move the last digit.
    let mut parts: Vec<(f32, f32)> = Vec::with_capacity(pairs.len());
    let (mut ours_left, mut theirs_left) = (weights(ours), weights(theirs));
    let mut strong = 0;
    for pair in pairs {
        let a: f32 = pair.ours.iter().map(|&i| std::mem::take(&mut ours_left[i])).sum();
        let b: f32 = pair.theirs.iter().map(|&j| std::mem::take(&mut theirs_left[j])).sum();
        strong += usize::from(a.min(b) >= 0.4) * pair.ours.len().max(pair.theirs.len());
        parts.push(((a + b) / 2.0, pair.likeness));
    }
    parts.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let agreed: f32 = parts.iter().map(|part| part.0).sum();
    let value: f32 = parts.iter().map(|part| part.0 * worth(part.1)).sum();
    let left = |mut weights: Vec<f32>| {
        weights.sort_by(f32::total_cmp);
        weights.iter().sum::<f32>()
    };
    total(agreed, value, left(ours_left), left(theirs_left), strong, person)
}

/// What a likeness is worth: two words that are a little different are seldom one twice over.
pub fn worth(likeness: f32) -> f32 {
    likeness * likeness.sqrt()
}

/// The score from sums of weights; also a bound, when given what could agree at best.
pub fn total(agreed: f32, value: f32, ours_left: f32, theirs_left: f32, strong: usize, person: bool) -> f32 {
    let against = ours_left.min(theirs_left);
    let left_out = ours_left.max(theirs_left) - against;
    let omission = match (person, strong) {
        (false, 0 | 1) if agreed >= 0.85 => 0.7,
        (_, 0 | 1) => 0.9,
        // The less the shared words tell, the more a missing one matters.
        (true, _) => (1.1 - 0.45 * agreed).clamp(0.3, 0.7),
        (false, _) => 0.6,
    };
    let whole = agreed + 1.8 * against + omission * left_out;
    if whole <= 0.0 { 0.0 } else { (value / whole).clamp(0.0, 1.0) }
}

fn weights(words: &[Weighed<'_>]) -> Vec<f32> {
    words.iter().map(|word| word.weight).collect()
}
