//! The words of the lists that are near to an asked one.

use std::{collections::HashMap, sync::Arc};

use crate::{
    model::Weights,
    name::{JOINED_ALIKE_MIN, Pair, joined_likeness},
    sound::is_crossed,
    text::Script,
    token::{ALIKE_MIN, Kind, Token, VARIANT, are_near_by_letters, are_near_by_outline, by_kind, is_spelt},
};

use super::{
    family::Names,
    lookup::{hash, letter_keys},
    scan::Scan,
};

const MEMORY_A_NAME: usize = 32;
const MEMORY_MIN: usize = 4 << 20;

/// Likenesses below which words may be left out; in few steps, so that one question's words serve the next.
const STEPS: [f32; 5] = [ALIKE_MIN, 0.74, 0.82, 0.89, 0.94];

/// Words that are less like need not be looked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Least {
    pub spelt: f32,
    pub crossed: f32,
}

impl Least {
    /// Where a pair with a word that tells so much must add at least `needed`. Words that stand for one another are
    /// never left out.
    pub fn of(weights: &Weights, told: f32, needed: f32) -> Self {
        let least = |crossed: bool| {
            let useless = |step: &&f32| weights.most_up_to(**step, told, crossed) < needed;
            STEPS.iter().skip(1).take_while(useless).last().copied().unwrap_or(ALIKE_MIN)
        };
        Self { spelt: least(false), crossed: least(true) }
    }

    fn covers(self, other: Least) -> bool {
        self.spelt <= other.spelt && self.crossed <= other.crossed
    }
}

/// Words of the lists that are near to an asked one.
pub struct Near {
    least: Option<Least>,
    /// By their number.
    tokens: Vec<NearToken>,
    /// Their places, those that add most first.
    order: Vec<u32>,
    /// Neighbouring words that may stand for the asked one, and how like they are.
    pub joined: Vec<(u32, f32)>,
}

pub struct NearToken {
    pub token: u32,
    pub likeness: f32,
    /// What the pair adds at most.
    pub most: f32,
}

impl NearToken {
    /// Whether it is the asked word or stands for it.
    pub fn is_same(&self) -> bool {
        self.likeness >= VARIANT
    }
}

impl Near {
    pub fn nothing() -> Self {
        Self { least: None, tokens: Vec::new(), order: Vec::new(), joined: Vec::new() }
    }

    /// All but for some that are less like than `least`.
    pub fn of(names: &Names, token: &Token, least: Least) -> Self {
        Looking::new(names, token, least).all()
    }

    /// Only what is written together.
    pub fn joined(names: &Names, token: &Token) -> Self {
        let least = Least { spelt: ALIKE_MIN, crossed: ALIKE_MIN };
        let joined = match token.kind {
            Kind::Whole => Looking::new(names, token, least).joined(),
            _ => Vec::new(),
        };
        Self { joined, ..Self::nothing() }
    }

    /// Those that add most come first.
    pub fn best_first(&self) -> impl Iterator<Item = &NearToken> {
        self.order.iter().map(|&at| &self.tokens[at as usize])
    }

    /// The most that a word adds that is not among these, for it is too unlike.
    pub fn unseen(&self, weights: &Weights, told: f32) -> f32 {
        let most = |least: f32, crossed: bool| match least > ALIKE_MIN {
            true => weights.most_up_to(least, told, crossed),
            false => f32::NEG_INFINITY,
        };
        self.least.map_or(f32::NEG_INFINITY, |least| most(least.spelt, false).max(most(least.crossed, true)))
    }

    pub fn tokens(&self) -> impl Iterator<Item = u32> {
        self.tokens.iter().map(|near| near.token)
    }

    pub fn find(&self, token: u32) -> Option<&NearToken> {
        self.tokens.binary_search_by_key(&token, |known| known.token).ok().map(|at| &self.tokens[at])
    }

    fn bytes(&self) -> usize {
        size_of::<Self>() + self.tokens.len() * (size_of::<NearToken>() + 4) + self.joined.len() * 8
    }
}

type Key = (Box<str>, Script, Kind);

/// What is known of words from earlier questions, within bounds: what was not asked for the longest goes first.
pub struct Memory {
    now: HashMap<Key, Arc<Near>>,
    before: HashMap<Key, Arc<Near>>,
    bytes: usize,
    bytes_max: usize,
}

impl Memory {
    /// For so many names. As much is kept twice.
    pub fn new(names: usize) -> Self {
        let bytes_max = (names * MEMORY_A_NAME).max(MEMORY_MIN);
        Self { now: HashMap::new(), before: HashMap::new(), bytes: 0, bytes_max }
    }

    /// Words that are near to this one, but for some that are less like than `least`; `None` where they are not known.
    pub fn find(&mut self, token: &Token, least: Least) -> Option<Arc<Near>> {
        let key = key(token);
        let serves = |near: &&Arc<Near>| near.least.is_some_and(|known| known.covers(least));
        if let Some(near) = self.now.get(&key) {
            return Some(near).filter(serves).cloned();
        }
        let near = self.before.remove(&key).filter(|near| serves(&near))?;
        self.keep(token, near.clone());
        Some(near)
    }

    pub fn keep(&mut self, token: &Token, near: Arc<Near>) {
        if self.bytes + near.bytes() > self.bytes_max {
            self.before = std::mem::take(&mut self.now);
            self.bytes = 0;
        }
        self.bytes += near.bytes();
        self.now.insert(key(token), near);
    }
}

fn key(token: &Token) -> Key {
    (Box::from(&*token.text), token.script, token.kind)
}

/// One word that is looked for.
struct Looking<'a> {
    names: &'a Names,
    token: &'a Token<'a>,
    least: Least,
    scan: Scan<'a>,
    found: Vec<(u32, f32)>,
}

impl<'a> Looking<'a> {
    fn new(names: &'a Names, token: &'a Token<'a>, least: Least) -> Self {
        let scan = Scan::new(&token.text, &token.sounds, &token.outline, token.script);
        Self { names, token, least, scan, found: Vec::new() }
    }

    fn all(mut self) -> Near {
        let (tokens, token) = (&self.names.tokens, self.token);
        let same = self.names.by_text.get(hash(token.text.bytes()));
        let group = token.group.filter(|_| token.kind == Kind::Whole);
        let group = group.into_iter().flat_map(|group| self.names.with_group(group));
        for id in same.chain(group) {
            let likeness = by_kind(token, &tokens.get(id)).unwrap_or(0.0);
            if likeness >= ALIKE_MIN {
                self.found.push((id, likeness));
            }
        }
        let mut joined = Vec::new();
        if token.kind == Kind::Whole {
            self.by_outline();
            joined = self.joined();
        }
        self.found.sort_unstable_by_key(|found| found.0);
        self.found.dedup_by_key(|found| found.0);
        let weights = Weights::of(self.names.is_of_persons());
        let tokens = self.found.into_iter().map(|(id, likeness)| {
            let pair = Pair { ours: 0..1, theirs: 0..1, likeness, acronym: false };
            let gain = weights.gain(weights.worth(&pair, &[token], &[&tokens.get(id)]));
            NearToken { token: id, likeness, most: weights.most_of(gain) }
        });
        let tokens: Vec<NearToken> = tokens.collect();
        let mut order: Vec<u32> = (0..tokens.len() as u32).collect();
        order.sort_unstable_by(|a, b| {
            let most = |at: &u32| tokens[*at as usize].most;
            most(b).total_cmp(&most(a)).then(a.cmp(b))
        });
        Near { least: Some(self.least), tokens, order, joined }
    }

    /// Words of other letters: those of outlines that are near, one after the other, and then those that are near by
    /// their letters alone.
    fn by_outline(&mut self) {
        let Self { names, token, least, scan, found } = self;
        let tokens = &names.tokens;
        let is_other = |id: u32| {
            (token.group.is_none() || tokens.group(id) != token.group)
                && tokens.text_bytes(id) != token.text.as_bytes()
        };
        let least =
            |script: Script| if is_crossed(token.script, script) { least.crossed } else { least.spelt };
        let mut outlines = Vec::new();
        for (number, outline) in tokens.outlines_near(&token.outline) {
            let words = tokens.with_outline(number);
            let both_spelt = is_spelt(token.script) && is_spelt(tokens.script(words.start));
            if are_near_by_outline(&token.outline, outline, both_spelt) {
                outlines.push(number);
                scan.words(tokens, words, least, |id, likeness| {
                    if is_other(id) {
                        found.push((id, likeness));
                    }
                });
            }
        }
        if is_spelt(token.script) {
            let mut ids = Vec::new();
            letter_keys(token.text.as_bytes(), |hash| {
                ids.extend(names.by_letters.get(hash).filter(|&id| scan.may_be_near_by_letters(tokens, id)));
            });
            ids.sort_unstable();
            ids.dedup();
            for id in ids {
                if outlines.binary_search(&tokens.outline_of(id)).is_err()
                    && is_spelt(tokens.script(id))
                    && are_near_by_letters(token.text.as_bytes(), tokens.text_bytes(id))
                    && is_other(id)
                {
                    let least = least(tokens.script(id));
                    let likeness = scan.alone(tokens, id, least);
                    if likeness >= least {
                        found.push((id, likeness));
                    }
                }
            }
        }
    }

    /// Neighbouring words of the lists that may stand for this one.
    fn joined(&mut self) -> Vec<(u32, f32)> {
        let mut found = Vec::new();
        for range in self.names.joined.of_outline(&self.token.outline) {
            self.scan.joined(&self.names.joined, range, JOINED_ALIKE_MIN, |id, likeness| {
                found.extend(joined_likeness(likeness).map(|likeness| (id, likeness)));
            });
        }
        found
    }
}
