//! Which listed names could be near to an asked one, and the most that each can come to.
//!
//! The names of each near word are gone through once, and what the word adds at most is summed up for each name in
//! steps of a byte. Only names whose sum could reach the floor are looked at word by word.

mod joined;
mod look;
mod reached;

use std::sync::Arc;

use crate::{
    model::{Gain, Left, SAME_NAME_MIN, Weights},
    name::{Pair, Together, align_by, leading, together},
    token::{ALIKE_MIN, Kind, Token, likeness},
};

use super::{
    family::{Names, Size},
    near::{Closer, Near},
};
use joined::Joined;

/// Sums in another order differ by less.
const ROUNDING: f32 = 0.001;

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
#[derive(Clone, Copy)]
struct Found {
    words: Words,
    /// Those of them that the name has word for word, or one that stands for it.
    same: Words,
    /// What they gain at most together, and one of them where the others are left.
    gain: f32,
    alone: f32,
    /// What the words of the name tell at most that stand for them.
    taken: f32,
}

impl Found {
    const NOTHING: Found =
        Found { words: Words(0), same: Words(0), gain: 0.0, alone: f32::NEG_INFINITY, taken: 0.0 };

    fn add(&mut self, words: Words, gain: Gain, told: f32, same: bool) {
        self.words = self.words.and(words);
        self.gain += gain.beside;
        self.alone = self.alone.max(gain.alone);
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
    /// The most that a word adds, and one that is not among the near ones.
    most: Gain,
    unseen: Gain,
    /// A name with a word that is not among the near ones, and stands for this one, reaches the floor by no others.
    deep: bool,
}

impl Asked {
    /// The most that it adds to a name that has none of the near words. Above what it takes away where it is not
    /// aligned, names that have those of others are held against it one by one.
    fn rest(&self) -> f32 {
        if self.is_open() { self.aside.max(self.unseen.beside) } else { self.aside }
    }

    /// Whether a name may have a word that stands for this one and is not among the near ones.
    fn is_open(&self) -> bool {
        !self.deep && self.unseen != Gain::NONE
    }
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
    /// What leading words must add together for a name to reach the floor.
    needed: f32,
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
            most: if leads(token) { weights.most_of_any(token.told) } else { Gain::NONE },
            unseen: Gain::NONE,
            deep: false,
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
            words,
            near: Marks::new(),
        };
        search.look();
        search
    }

    /// Places of the words by which names are looked for.
    fn places(&self) -> impl Iterator<Item = usize> {
        (0..self.words.len()).filter(|&at| self.words[at].bit != Words::default())
    }

    /// What the word must add for a name to reach the floor, whatever all others add: a near word each, or an initial
    /// that stands for it.
    fn needed_of(&self, at: usize) -> Gain {
        let others = || self.places().filter(|&other| other != at).map(|other| &self.words[other]);
        let beside: f32 = others().map(|other| other.most.beside.max(self.initial_max())).sum();
        let aside: f32 = others().map(|other| other.aside).sum();
        Gain { beside: self.needed - beside, alone: self.needed - aside - self.for_initials() }
    }

    /// What near words must add together for a name to reach the floor, each beside what there is without it.
    fn needed_by_all(&self) -> f32 {
        self.needed - self.words.iter().map(Asked::rest).sum::<f32>()
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
        let mut closer: Vec<Option<Closer>> = self.words.iter().map(|_| None).collect();
        let candidates = reached.into_iter().filter_map(|name| {
            let first = joined.partition_point(|joined| joined.name < name);
            let joined = joined[first..].iter().take_while(|joined| joined.name == name);
            let at_most = self.at_most(self.found(name, joined, &mut closer), self.names.size(name));
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

    /// What of the asked name a listed one has. Words whose near words are not all known are held against its words.
    fn found<'b>(
        &'b self,
        name: u32,
        joined: impl Iterator<Item = &'b Joined>,
        closer: &mut [Option<Closer<'b>>],
    ) -> Found {
        let mut found = Found::NOTHING;
        let mut joined = joined.peekable();
        let has_joined = joined.peek().is_some();
        let ids = self.names.token_ids(name);
        for at in self.places() {
            let (token, word) = (self.ours[at], &self.words[at]);
            let (mut gain, mut told, mut same) = (Gain::NONE, 0.0f32, false);
            // What is bounded for words by themselves is not where others are written together.
            let is_open = word.is_open() || (has_joined && word.unseen != Gain::NONE);
            for &id in ids {
                let near = if self.near.may_have(id) { word.near.find(id) } else { None };
                let new = match near {
                    Some(near) => near.gain,
                    None if is_open => {
                        let closer = closer[at].get_or_insert_with(|| Closer::new(self.names, token));
                        let likeness = closer.likeness(id);
                        if likeness < ALIKE_MIN {
                            continue;
                        }
                        let pair = Pair { ours: 0..1, theirs: 0..1, likeness, acronym: false };
                        self.weights.gain(self.weights.worth(&pair, &[token], &[&self.names.tokens.get(id)]))
                    }
                    None => continue,
                };
                gain = gain.or(new);
                told = told.max(self.names.tokens.told(id));
                same |= near.is_some_and(|near| near.is_same());
            }
            if gain != Gain::NONE {
                // What a pair of these words adds, or takes away at least where it is not made; it is not made and takes
                // nothing away where the word is part of what is written together.
                let least = if has_joined { 0.0 } else { word.aside };
                found.add(word.bit, Gain { beside: gain.beside.max(least), ..gain }, told, same);
            }
        }
        for joined in joined {
            let gain = Gain { beside: joined.most.max(0.0), alone: joined.most };
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
    fn at_most(&self, found: Found, size: Size) -> f32 {
        let joined = found.words.has(Words::JOINED);
        let initials = usize::from(size.initials);
        // A word that was not found may stand against an initial.
        let ours = if initials > 0 { Left::default() } else { self.left(found.words) };
        let count = self
            .words
            .iter()
            .filter(|word| word.bit != Words::default() && found.words.has(word.bit))
            .count();
        let taken = (count + self.takers) as f32;
        let told = found.taken + initials as f32;
        let theirs = Left {
            words: if joined { 0.0 } else { (f32::from(size.words) - taken).max(0.0) },
            told: if joined || self.takers > 0 { 0.0 } else { (size.told() - told).max(0.0) },
            numbers: 0.0,
        };
        let all = ours.words + theirs.words == 0.0;
        let alone = found.alone - if all { 0.0 } else { self.weights.same_word_max() };
        let gain = if count == 1 && !joined { alone } else { found.gain.max(alone) };
        let small = self.weights.small_max(self.initials + initials, self.minors);
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
