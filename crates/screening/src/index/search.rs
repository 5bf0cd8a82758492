//! Which listed names could be near to an asked one, and the most that each can come to.
//!
//! The names of each near word are gone through once, and what the word adds at most is summed up for each name in
//! steps of a byte. Only names whose sum could reach the floor are looked at word by word.

use std::{ops::Range, sync::Arc};

use crate::{
    model::{Gain, Left, SAME_NAME_MIN, Weights},
    name::{JOINED_ALIKE_MIN, Pair, Together, align_by, initials, joined_likeness, leading, together},
    sound::is_crossed,
    token::{Kind, Token, VARIANT, likeness},
};

use super::{
    family::{Counts, Names},
    lookup::hash,
    near::{Least, Memory, Near},
    scan::Scan,
};

/// Sums in another order differ by less.
const ROUNDING: f32 = 0.001;

/// What is needed to reach the floor, in steps.
const NEEDED: u8 = 200;

/// Going through the names of a word costs this part of looking at as many names word by word.
const LOOK_COST: usize = 20;

/// Working memory of one question at a time, kept from one to the next.
pub struct Scratch {
    /// What each name came to so far, in steps; 0 between questions.
    reached: Vec<u8>,
    memory: Memory,
}

impl Scratch {
    pub fn new(names: &Names) -> Self {
        Self { reached: vec![0; names.row_count()], memory: Memory::default() }
    }
}

/// Words of the asked name by their place, as bits.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Words(u32);

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
}

/// A name that has words together which the other has apart, or first letters.
struct Joined {
    name: u32,
    words: Words,
    most: f32,
    same: bool,
}

/// Names that have a word near to one asked.
struct Lists {
    /// Near words, with what each adds in steps, and whether it is the same.
    tokens: Vec<(u32, u8, bool)>,
    names: usize,
    /// The least that a word adds that is the same; `None` where there is none.
    same_min: Option<u8>,
    most: u8,
}

/// One asked name among the names of one family.
pub struct Search<'a> {
    names: &'a Names,
    weights: &'static Weights,
    ours: &'a [&'a Token<'a>],
    words: Vec<Asked>,
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
    pub fn new(names: &'a Names, ours: &'a [&'a Token<'a>], floor: f32, scratch: &mut Scratch) -> Self {
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
        };
        search.look(&mut scratch.memory);
        search
    }

    /// Finds the near words of each word, those first that tell most: what they add leaves less to look for.
    fn look(&mut self, memory: &mut Memory) {
        let mut order: Vec<usize> = self.places().collect();
        order.sort_by(|a, b| self.ours[*b].told.total_cmp(&self.ours[*a].told));
        for at in order {
            let token = self.ours[at];
            let least = Least::of(self.weights, token.told, self.needed - self.beside(at));
            let near = memory.near(self.names, token, least);
            self.words[at].most = near.best_first().next().map_or(0.0, |best| best.most.max(0.0));
            self.words[at].unseen = near.unseen(self.weights, token.told);
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

    /// Names whose words add enough by the sum of their steps.
    fn reached(&self, scratch: &mut Scratch) -> Vec<u32> {
        let same_counts = self.floor <= SAME_NAME_MIN;
        let mut lists: Vec<Lists> = self.places().map(|at| self.lists(at, same_counts)).collect();
        lists.sort_by_key(|lists| lists.names);
        let aside = self.words.iter().map(|word| word.aside).fold(0.0, f32::min);
        let for_initial = self.initial_max() - aside;
        let initials_max = lists.len().saturating_sub(1);
        let for_initials = self.steps(for_initial * self.names.initials_max().min(initials_max) as f32);
        // The names of one word are always gone through; those of a far more common one are not, where it adds too little
        // by itself.
        let (mut needed, mut left_out) = (NEEDED, 0);
        let mut gone_through: usize = lists.iter().map(|lists| lists.names).sum();
        while lists.len() > 1 {
            let Some(last) = lists.last() else { break };
            gone_through -= last.names;
            if last.names <= LOOK_COST * gone_through || needed <= last.most.saturating_add(for_initials) {
                break;
            }
            needed -= last.most;
            left_out += u32::from(last.most);
            lists.pop();
        }
        // A name that has all words is found even if they add too little.
        let same: Option<u8> =
            lists.iter().map(|lists| lists.same_min).try_fold(0u8, |sum, min| Some(sum.saturating_add(min?)));
        let missing = same.map_or(0, |same| needed.saturating_sub(same));
        let needed = [needed, needed.saturating_sub(for_initials).max(1)];
        let most = lists.iter().map(|lists| u32::from(lists.most)).sum::<u32>() + u32::from(missing);
        if most < u32::from(needed[1]) {
            return Vec::new();
        }
        let mut reached = Vec::new();
        let first_with_initials = self.names.first_with_initials();
        for (place, list) in lists.iter().enumerate() {
            for &(token, steps, same) in &list.tokens {
                let steps = if place == 0 && same { steps.saturating_add(missing) } else { steps };
                for &name in self.names.postings(token) {
                    let sum = &mut scratch.reached[name as usize];
                    let needed = needed[usize::from(name >= first_with_initials)];
                    let before = *sum;
                    *sum = before.saturating_add(steps);
                    if before < needed && *sum >= needed {
                        reached.push(name);
                    }
                }
            }
        }
        let words = self.places().count() + self.takers;
        reached.retain(|&name| {
            let sum = scratch.reached[name as usize];
            let size = self.names.size(name);
            let initials = usize::from(size.initials).min(initials_max) as f32;
            let more = usize::from(size.words).saturating_sub(words) as f32;
            let needed = self.needed_by_all + self.weights.listed_words(more) - for_initial * initials;
            sum == u8::MAX || (f32::from(sum) + left_out as f32) * self.step() >= needed
        });
        for (token, ..) in lists.iter().flat_map(|list| &list.tokens) {
            self.names.postings(*token).iter().for_each(|&name| scratch.reached[name as usize] = 0);
        }
        reached
    }

    /// The names of near words that add enough for a name to reach the floor with the help of all others.
    fn lists(&self, at: usize, same_counts: bool) -> Lists {
        let word = &self.words[at];
        let least = self.needed - self.beside(at);
        let most = self.steps(word.most - word.aside);
        let mut lists = Lists { tokens: Vec::new(), names: 0, same_min: None, most };
        for near in word.near.best_first() {
            let same = same_counts && near.is_same();
            if near.most < least && !same {
                continue;
            }
            let steps = self.steps(near.most - word.aside);
            if same {
                lists.same_min = Some(lists.same_min.unwrap_or(u8::MAX).min(steps));
            }
            lists.tokens.push((near.token, steps, same));
            lists.names += self.names.postings(near.token).len();
        }
        lists
    }

    /// How much is one step; not above zero where any word is enough.
    fn step(&self) -> f32 {
        self.needed_by_all / f32::from(NEEDED)
    }

    /// Rounded up; never 0, and so many at most as stand for any number.
    fn steps(&self, nats: f32) -> u8 {
        match self.needed_by_all > 0.0 {
            true => (nats / self.step()).ceil().clamp(1.0, f32::from(u8::MAX)) as u8,
            false => u8::MAX,
        }
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
        for at in self.places() {
            let word = &self.words[at];
            let near = self.names.token_ids(name).iter().filter_map(|&id| word.near.find(id));
            let (mut gain, mut told, mut same) = (None, 0.0f32, false);
            for near in near {
                let known: Gain = gain.unwrap_or(near.gain);
                let (beside, alone) = (near.gain.beside.max(known.beside), near.gain.alone.max(known.alone));
                gain = Some(Gain { beside, alone });
                told = told.max(self.names.tokens.told(near.token));
                same |= near.is_same();
            }
            // What a pair of these words adds, or takes away at least where it is not made.
            let least = if joined.peek().is_some() { word.aside.max(word.unseen) } else { word.aside };
            match gain {
                Some(Gain { beside, alone }) => {
                    found.add(word.bit, Gain { beside: beside.max(least), alone }, told, same);
                }
                None if least > word.aside => {
                    found.add(word.bit, Gain { beside: least, alone: least }, 0.0, false);
                }
                None => {}
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

    /// Names that have words written apart on one side and together on the other, or an acronym; by their number.
    fn joined(&self) -> Vec<Joined> {
        let mut joined = Vec::new();
        let mut add = |names: &[u32], words: Words, most: f32, same: bool| {
            joined.extend(names.iter().map(|&name| Joined { name, words, most, same }));
        };
        for (word, token) in self.words.iter().zip(self.ours) {
            for &(together, likeness) in &word.near.joined {
                let crossed = is_crossed(token.script, self.names.joined.script(together));
                let most = self.weights.most_of_joined(likeness, token.told, crossed);
                add(self.names.joined_postings(together), word.bit, most, likeness >= VARIANT);
            }
        }
        for together in &self.joined {
            let run = &self.ours[together.run.clone()];
            let mut scan = Scan::new(&together.text, &together.sounds, together.script);
            for range in self.names.tokens.of_outline(&together.outline) {
                scan.joined(&self.names.tokens, range, JOINED_ALIKE_MIN, |id, likeness| {
                    let Some(likeness) = joined_likeness(likeness) else { return };
                    let pair = Pair { ours: 0..run.len(), theirs: 0..1, likeness, acronym: false };
                    let worth = self.weights.worth(&pair, run, &[&self.names.tokens.get(id)]);
                    let most = self.weights.most_of(self.weights.gain(worth));
                    add(self.names.postings(id), self.bits(&together.run), most, likeness >= VARIANT);
                });
            }
        }
        if !self.names.is_of_persons() {
            self.acronyms(add);
        }
        joined.sort_by_key(|joined| joined.name);
        joined
    }

    fn bits(&self, run: &Range<usize>) -> Words {
        self.words[run.clone()].iter().fold(Words::default(), |all, word| all.and(word.bit))
    }

    fn acronyms(&self, mut add: impl FnMut(&[u32], Words, f32, bool)) {
        for (token, word) in self.ours.iter().zip(&self.words) {
            if token.kind == Kind::Whole {
                let most = self.weights.most_of_acronym(token.told);
                for name in self.names.by_initials.get(hash(token.text.bytes())) {
                    add(&[name], word.bit, most, false);
                }
            }
        }
        initials(self.ours, |run, letters| {
            let told = self.ours[run.clone()].iter().map(|token| token.told).sum();
            let most = self.weights.most_of_acronym(told);
            for token in self.names.by_text.get(hash(letters.bytes())) {
                add(self.names.postings(token), self.bits(&run), most, false);
            }
        });
    }
}
