//! Which listed names could be near to an asked one, and the most that each can come to.
//!
//! The names of each near word are gone through once, and what the word adds at most is summed up for each name in
//! steps of a byte. Only names whose sum could reach the floor are looked at word by word.

mod joined;
mod reached;

use std::sync::Arc;

use crate::{
    model::{Gain, Left, SAME_NAME_MIN, Weights},
    name::{Pair, Together, align_by, leading, together},
    token::{ALIKE_MIN, Kind, Token, VARIANT, likeness},
};

use super::{
    family::{Counts, Names},
    near::{Least, Near},
};
use joined::Joined;

/// Sums in another order differ by less.
const ROUNDING: f32 = 0.001;

/// So few names are held against a word one by one sooner than all words of the lists.
const FEW_NAMES: usize = 1_000;

/// Working memory of one question at a time, kept from one to the next.
pub struct Scratch {
    /// What each name came to so far, in steps; 0 between questions.
    reached: Vec<u8>,
}

impl Scratch {
    pub fn new(names: &Names) -> Self {
        Self { reached: vec![0; names.row_count()] }
    }
}

/// Words of the asked name by their place, as bits.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Words(u32);

impl Words {
    /// Something is written together on one side and apart on the other, or is an acronym.
    const JOINED: Words = Words(1 << 31);
    /// All words from this place on are one bit.
    const REST: usize = 30;

    fn at(place: usize) -> Self {
        Words(1 << place.min(Self::REST))
    }

    fn and(self, other: Self) -> Self {
        Words(self.0 | other.0)
    }

    fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What was found of a name.
#[derive(Clone, Copy, Default)]
struct Found {
    words: Words,
    /// Those of them that the name has word for word, or one that stands for it.
    same: Words,
    /// What they gain at most, and what the last of them gains alone.
    gain: f32,
    alone: f32,
    /// What the words of the name tell at most that stand for them.
    taken: f32,
}

impl Found {
    fn add(&mut self, words: Words, gain: Gain, told: f32, same: bool) {
        self.words = self.words.and(words);
        self.gain += gain.beside;
        self.alone = gain.alone;
        self.taken += told;
        if same {
            self.same = self.same.and(words);
        }
    }
}

/// A word of the asked name.
struct Asked {
    near: Arc<Near>,
    bit: Words,
    /// What it takes away at least where it is not aligned.
    aside: f32,
    /// The most that a near word adds, and one that is too unlike to be among them.
    most: f32,
    unseen: f32,
    /// Its near words are not known: names that have the others are held against it one by one.
    left: bool,
}

/// Words of the lists of which some are near, as bits; others share theirs.
struct Marks(Vec<u64>);

impl Marks {
    const BITS: usize = 1 << 14;

    fn new() -> Self {
        Self(vec![0; Self::BITS / 64])
    }

    fn add(&mut self, token: u32) {
        let at = token as usize % Self::BITS;
        self.0[at / 64] |= 1 << (at % 64);
    }

    fn may_have(&self, token: u32) -> bool {
        let at = token as usize % Self::BITS;
        self.0[at / 64] >> (at % 64) & 1 == 1
    }
}

/// One asked name among the names of one family.
pub struct Search<'a> {
    names: &'a Names,
    weights: &'static Weights,
    ours: &'a [&'a Token<'a>],
    words: Vec<Asked>,
    near: Marks,
    joined: Vec<Together>,
    /// Words by which names are looked for.
    leading: Words,
    /// Initials, particles, and those of them that may stand for a word.
    initials: usize,
    minors: usize,
    takers: usize,
    floor: f32,
    /// What leading words must add together for a name to reach the floor, and the same where each word that is left
    /// out takes nothing away and each that is found gives it back.
    needed: f32,
    needed_by_all: f32,
}

impl<'a> Search<'a> {
    pub fn new(names: &'a Names, ours: &'a [&'a Token<'a>], floor: f32) -> Self {
        let weights = Weights::of(names.is_of_persons());
        let leads = leading(ours);
        let count = |is: &dyn Fn(&Token) -> bool| ours.iter().filter(|token| is(token)).count();
        let initials = count(&|token| token.kind == Kind::Initial);
        let minors = count(&|token| token.is_minor());
        let needed = weights.needed(floor) - weights.small_max(initials, minors) - ROUNDING;
        let nothing = Arc::new(Near::nothing());
        let words = ours.iter().enumerate().map(|(at, token)| Asked {
            near: nothing.clone(),
            bit: if leads(token) { Words::at(at) } else { Words::default() },
            aside: if leads(token) { weights.aside(token.told).min(0.0) } else { 0.0 },
            most: if leads(token) { weights.most_of_any(token.told) } else { 0.0 },
            unseen: f32::NEG_INFINITY,
            left: false,
        });
        let words: Vec<Asked> = words.collect();
        let mut search = Self {
            names,
            weights,
            ours,
            leading: words.iter().fold(Words::default(), |all, word| all.and(word.bit)),
            joined: together(ours),
            initials,
            minors,
            takers: count(&|token| !leads(token) && (token.kind == Kind::Initial || token.group.is_some())),
            floor,
            needed,
            needed_by_all: needed - words.iter().map(|word| word.aside).sum::<f32>(),
            words,
            near: Marks::new(),
        };
        search.look();
        search
    }

    /// Finds the near words of each word, those first that tell most: what they add leaves less to look for. Once there
    /// are words that lead to few names, a word is left that adds too little by itself.
    fn look(&mut self) {
        let mut order: Vec<usize> = self.places().collect();
        order.sort_by(|a, b| self.ours[*b].told.total_cmp(&self.ours[*a].told));
        let (mut names, mut left) = (None, self.for_initials());
        for at in order {
            let token = self.ours[at];
            let needed = self.needed - self.beside(at);
            let least = Least::of(self.weights, token.told, needed);
            let known = self.names.memory().find(token, least);
            let with_this = left + self.words[at].most - self.words[at].aside;
            if known.is_none()
                && names.is_some_and(|names| names <= FEW_NAMES)
                && with_this < self.needed_by_all
            {
                left = with_this;
                self.words[at].left = true;
                self.words[at].near = Arc::new(Near::joined(self.names, token));
                continue;
            }
            let near = known.unwrap_or_else(|| {
                let near = Arc::new(Near::of(self.names, token, least));
                self.names.memory().keep(token, near.clone());
                near
            });
            let enough = near.best_first().take_while(|near| near.most >= needed);
            let of_this: usize = enough.map(|near| self.names.postings(near.token).len()).sum();
            names = Some(names.unwrap_or(0) + of_this);
            self.words[at].most = near.best_first().next().map_or(0.0, |best| best.most.max(0.0));
            self.words[at].unseen = near.unseen(self.weights, token.told);
            near.tokens().for_each(|token| self.near.add(token));
            self.words[at].near = near;
        }
    }

    /// Places of the words by which names are looked for.
    fn places(&self) -> impl Iterator<Item = usize> {
        (0..self.words.len()).filter(|&at| self.words[at].bit != Words::default())
    }

    /// The most that all other words add beside this one: a near word, or an initial that stands for it.
    fn beside(&self, but: usize) -> f32 {
        let others = self.places().filter(|&at| at != but);
        others.map(|at| self.words[at].most.max(self.initial_max())).sum()
    }

    /// What initials of a listed name add at most where they stand for words.
    fn for_initials(&self) -> f32 {
        let others = self.places().count().saturating_sub(1);
        self.for_initial() * self.names.initials_max().min(others) as f32
    }

    /// What one adds, with what the word takes away no more for which it stands.
    fn for_initial(&self) -> f32 {
        self.initial_max() - self.words.iter().map(|word| word.aside).fold(0.0, f32::min)
    }

    /// What an initial of a listed name adds.
    fn initial_max(&self) -> f32 {
        if self.names.initials_max() > 0 { self.weights.initial_max() } else { 0.0 }
    }

    /// Names that could reach the floor, each with the most it can come to, most first.
    pub fn candidates(&self, scratch: &mut Scratch) -> Vec<(u32, f32)> {
        let joined = self.joined();
        let mut reached = self.reached(scratch);
        reached.extend(joined.iter().map(|joined| joined.name));
        reached.sort_unstable();
        reached.dedup();
        let candidates = reached.into_iter().filter_map(|name| {
            let first = joined.partition_point(|joined| joined.name < name);
            let joined = joined[first..].iter().take_while(|joined| joined.name == name);
            let at_most = self.at_most(self.found(name, joined), self.names.counts(name));
            (at_most >= self.floor).then_some((name, at_most))
        });
        let mut candidates: Vec<(u32, f32)> = candidates.collect();
        candidates.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        candidates
    }

    /// How like the words at these places are.
    fn likeness(&self, i: usize, (id, theirs): (u32, &Token)) -> f32 {
        match self.words[i].near.find(id) {
            Some(near) => near.likeness,
            None => likeness(self.ours[i], theirs),
        }
    }

    /// What of the asked name a listed one has.
    fn found<'b>(&self, name: u32, joined: impl Iterator<Item = &'b Joined>) -> Found {
        let mut found = Found::default();
        let mut joined = joined.peekable();
        let ids = self.names.token_ids(name);
        let some: Vec<u32> = ids.iter().copied().filter(|&id| self.near.may_have(id)).collect();
        for at in self.places() {
            let word = &self.words[at];
            let (mut gain, mut told, mut same) = (None, 0.0f32, false);
            let mut add = |id: u32, new: Gain, is_same: bool| {
                let known: Gain = gain.unwrap_or(new);
                let (beside, alone) = (new.beside.max(known.beside), new.alone.max(known.alone));
                gain = Some(Gain { beside, alone });
                told = told.max(self.names.tokens.told(id));
                same |= is_same;
            };
            let gain_of = |id: u32, likeness: f32| {
                let pair = Pair { ours: 0..1, theirs: 0..1, likeness, acronym: false };
                self.weights.gain(self.weights.worth(&pair, &[self.ours[at]], &[&self.names.tokens.get(id)]))
            };
            for near in some.iter().filter_map(|&id| word.near.find(id)) {
                add(near.token, gain_of(near.token, near.likeness), near.is_same());
            }
            // What is bounded for words by themselves is not where others are written together.
            if word.left || (joined.peek().is_some() && word.unseen > word.aside) {
                for &id in ids {
                    let likeness = likeness(self.ours[at], &self.names.tokens.get(id));
                    let is_initial = self.names.tokens.kind(id) == Kind::Initial && likeness < 1.0;
                    if likeness >= ALIKE_MIN && !is_initial {
                        add(id, gain_of(id, likeness), likeness >= VARIANT);
                    }
                }
            }
            if let Some(Gain { beside, alone }) = gain {
                // What a pair of these words adds, or takes away at least where it is not made.
                found.add(word.bit, Gain { beside: beside.max(word.aside), alone }, told, same);
            }
        }
        for joined in joined {
            let gain = Gain { beside: joined.most, alone: joined.most };
            found.add(joined.words.and(Words::JOINED), gain, 0.0, joined.same);
        }
        found
    }

    /// Lays the asked name upon a listed one.
    pub fn align(&self, name: u32, theirs: &[&Token]) -> Vec<Pair> {
        let ids = self.names.token_ids(name);
        align_by((self.ours, &self.joined), theirs, self.names.is_of_persons(), |i, j| {
            match self.ours[i].leads() && theirs[j].leads() {
                true => self.likeness(i, (ids[j], theirs[j])),
                false => likeness(self.ours[i], theirs[j]),
            }
        })
    }

    /// The most that a name can come to of which this was found.
    fn at_most(&self, found: Found, counts: Counts) -> f32 {
        let joined = found.words.has(Words::JOINED);
        // A word that was not found may stand against an initial.
        let ours = if counts.initials > 0 { Left::default() } else { self.left(found.words) };
        let count = self
            .words
            .iter()
            .filter(|word| word.bit != Words::default() && found.words.has(word.bit))
            .count();
        let taken = (count + self.takers) as f32 + 0.4 * counts.initials as f32;
        let told = found.taken + counts.initials as f32;
        let theirs = Left {
            words: if joined { 0.0 } else { (counts.left.words - taken).max(0.0) },
            told: if joined || self.takers > 0 { 0.0 } else { (counts.left.told - told).max(0.0) },
            numbers: 0.0,
        };
        let all = ours.words + theirs.words == 0.0;
        let gain = match count {
            1 if !joined => found.alone + if all { self.weights.same_word_max() } else { 0.0 },
            _ => found.gain,
        };
        let small = self.weights.small_max(self.initials + counts.initials, self.minors);
        let most = self.weights.total_max(gain + small, &ours, &theirs) + ROUNDING;
        match all && (joined || found.same.has(self.leading)) {
            true => most.max(SAME_NAME_MIN),
            false => most,
        }
    }

    /// Words of the asked name that were not found.
    fn left(&self, found: Words) -> Left {
        let mut left = Left::default();
        let leading = self.words.iter().zip(self.ours).filter(|(word, _)| word.bit != Words::default());
        leading.filter(|(word, _)| !found.has(word.bit)).for_each(|(_, token)| left.add(token));
        left
    }
}
