//! The words of the lists that are near to an asked one.

use std::{collections::HashMap, sync::Arc};

use crate::{
    model::{Gain, Weights},
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
const STEPS: [f32; 8] = [ALIKE_MIN, 0.7, 0.74, 0.78, 0.82, 0.86, 0.9, 0.94];

/// Words that are less like need not be looked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Least {
    pub spelt: f32,
    pub crossed: f32,
}

impl Least {
    /// No word is left out.
    const ALL: Least = Least { spelt: ALIKE_MIN, crossed: ALIKE_MIN };

    /// Where a pair with a word that tells so much must add at least `needed`. Words that stand for one another are
    /// never left out.
    pub fn of(weights: &Weights, told: f32, needed: Gain) -> Self {
        let least = |crossed: bool| {
            let useless = |step: &&f32| !weights.most_up_to(**step, told, crossed).reaches(needed);
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
    least: Least,
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
    pub gain: Gain,
}

impl NearToken {
    /// Whether it is the asked word or stands for it.
    pub fn is_same(&self) -> bool {
        self.likeness >= VARIANT
    }
}

impl Near {
    pub fn nothing() -> Self {
        Self { least: Least::ALL, tokens: Vec::new(), order: Vec::new(), joined: Vec::new() }
    }

    /// All but for some that are less like than `least`.
    pub fn of(names: &Names, token: &Token, least: Least) -> Self {
        Looking::new(names, token, least).all()
    }

    /// Those that add most come first.
    pub fn best_first(&self) -> impl Iterator<Item = &NearToken> {
        self.order.iter().map(|&at| &self.tokens[at as usize])
    }

    /// The most that a word adds that is not among these, for it is too unlike.
    pub fn unseen(&self, weights: &Weights, told: f32) -> Gain {
        let most = |least: f32, crossed: bool| match least > ALIKE_MIN {
            true => weights.most_up_to(least, told, crossed),
            false => Gain::NONE,
        };
        most(self.least.spelt, false).or(most(self.least.crossed, true))
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
        let serves = |near: &&Arc<Near>| near.least.covers(least);
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
        if let Some(before) = self.now.insert(key(token), near) {
            self.bytes -= before.bytes();
        }
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
            NearToken { token: id, likeness, gain }
        });
        let tokens: Vec<NearToken> = tokens.collect();
        let mut order: Vec<u32> = (0..tokens.len() as u32).collect();
        order.sort_unstable_by(|a, b| {
            let most = |at: &u32| tokens[*at as usize].gain.most();
            most(b).total_cmp(&most(a)).then(a.cmp(b))
        });
        Near { least: self.least, tokens, order, joined }
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
        let outlines = near_outlines(names, token);
        for &number in &outlines {
            scan.words(tokens, tokens.with_outline(number), least, |id, likeness| {
                if is_other(id) {
                    found.push((id, likeness));
                }
            });
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

/// Outlines of which all words are near to this one, in their order.
fn near_outlines(names: &Names, token: &Token) -> Vec<u32> {
    let tokens = &names.tokens;
    let is_near = |&(number, outline): &(u32, &[u8])| {
        let both_spelt = is_spelt(token.script) && is_spelt(tokens.script(tokens.with_outline(number).start));
        are_near_by_outline(&token.outline, outline, both_spelt)
    };
    tokens.outlines_near(&token.outline).into_iter().filter(is_near).map(|(number, _)| number).collect()
}

/// One asked word held against listed words that are neither the same nor stand for it.
pub struct Closer<'a> {
    names: &'a Names,
    token: &'a Token<'a>,
    outlines: Vec<u32>,
    scan: Scan<'a>,
}

impl<'a> Closer<'a> {
    pub fn new(names: &'a Names, token: &'a Token<'a>) -> Self {
        let scan = Scan::new(&token.text, &token.sounds, &token.outline, token.script);
        Self { names, token, outlines: near_outlines(names, token), scan }
    }

    /// How like the words are; 0 where they are not near.
    pub fn likeness(&mut self, id: u32) -> f32 {
        let tokens = &self.names.tokens;
        let both_whole = || self.token.kind == Kind::Whole && tokens.kind(id) == Kind::Whole;
        let by_outline = || self.outlines.binary_search(&tokens.outline_of(id)).is_ok();
        let by_letters = || {
            self.scan.may_be_near_by_letters(tokens, id)
                && is_spelt(self.token.script)
                && is_spelt(tokens.script(id))
                && are_near_by_letters(self.token.text.as_bytes(), tokens.text_bytes(id))
        };
        match both_whole() && (by_outline() || by_letters()) {
            true => self.scan.alone(tokens, id, ALIKE_MIN),
            false => 0.0,
        }
    }
}
