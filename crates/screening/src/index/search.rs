//! Which listed names could be near to an asked one, and the most that each can come to.

use std::{collections::HashMap, ops::Range, sync::Arc};

use crate::{
    model::{Gain, Left, SAME_NAME_MIN, Weights},
    name::{Pair, Together, align_by, initials, leading, together},
    text::Script,
    token::{ALIKE_MIN, Kind, LONG_OUTLINE, Token, VARIANT, drops, is_spelt, likeness},
};

use super::{
    family::{Names, Row},
    lookup::{dropped, hash},
};

/// Words that were met are forgotten when so many words of the lists are near to them: 16 MiB.
const REMEMBERED_MAX: usize = 500_000;

/// A word that leads to fewer names is always looked for.
const SKIPPED_MIN: usize = 200;

/// Sums in another order differ by less.
const ROUNDING: f32 = 0.001;

/// Working memory of one question at a time, kept from one to the next.
pub struct Scratch {
    found: Vec<Found>,
    touched: Vec<u32>,
    near: HashMap<(Box<str>, Script, Kind), Arc<Near>>,
    /// How many words of the lists those are, with the words themselves.
    remembered: usize,
}

/// What was found of a name so far.
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
    /// Of both what is for the last of them.
    last_gain: f32,
    last_taken: f32,
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

impl Scratch {
    pub fn new(names: &Names) -> Self {
        Self {
            found: vec![Found::default(); names.row_count()],
            touched: Vec::new(),
            near: HashMap::new(),
            remembered: 0,
        }
    }

    fn clear(&mut self) {
        for name in self.touched.drain(..) {
            self.found[name as usize] = Found::default();
        }
        if self.remembered > REMEMBERED_MAX {
            self.near.clear();
            self.remembered = 0;
        }
    }

    /// The word is near to one of the name.
    fn add(&mut self, name: u32, word: Words, gain: Gain, (told, same): (f32, bool)) {
        let found = &mut self.found[name as usize];
        if found.words == Words::default() {
            self.touched.push(name);
        }
        found.add(word, gain, (told, same));
    }
}

impl Found {
    /// Of the name's words that are near to one asked the nearest counts; they come one after the other.
    fn add(&mut self, word: Words, gain: Gain, (told, same): (f32, bool)) {
        if !self.words.has(word) || word.has(Words::JOINED) || word.has(Words::at(Words::REST)) {
            self.words = self.words.and(word);
            self.alone = gain.alone;
            (self.last_gain, self.last_taken) = (f32::NEG_INFINITY, 0.0);
        }
        if self.last_gain == f32::NEG_INFINITY {
            self.gain += gain.beside;
            self.last_gain = gain.beside;
        }
        let (gain_more, taken_more) = (gain.beside - self.last_gain, told - self.last_taken);
        self.gain += gain_more.max(0.0);
        self.taken += taken_more.max(0.0);
        self.last_gain = self.last_gain.max(gain.beside);
        self.last_taken = self.last_taken.max(told);
        self.alone = self.alone.max(gain.alone);
        if same {
            self.same = self.same.and(word);
        }
    }
}

/// Words of the lists that are near to an asked one.
struct Near {
    /// Those that gain most first.
    tokens: Vec<NearToken>,
    /// The same by their number, with their place.
    by_token: Vec<(u32, u32)>,
    /// Neighbouring words that may stand for the asked one.
    joined: Vec<u32>,
    /// How many names have them, some counted more than once.
    names: usize,
}

struct NearToken {
    token: u32,
    likeness: f32,
    gain: Gain,
    told: f32,
}

impl NearToken {
    /// What it tells, and whether it is the asked word or stands for it.
    fn facts(&self) -> (f32, bool) {
        (self.told, self.likeness >= VARIANT)
    }
}

impl Near {
    fn new(mut tokens: Vec<NearToken>, joined: Vec<u32>, names: &Names) -> Self {
        tokens.sort_by(|a, b| b.gain.beside.total_cmp(&a.gain.beside).then(a.token.cmp(&b.token)));
        let places = tokens.iter().enumerate().map(|(place, near)| (near.token, place as u32));
        let mut by_token: Vec<_> = places.collect();
        by_token.sort_unstable();
        let names = tokens.iter().map(|near| names.postings(near.token).len()).sum();
        Self { tokens, by_token, joined, names }
    }

    fn find(&self, token: u32) -> Option<&NearToken> {
        let at = self.by_token.binary_search_by_key(&token, |known| known.0).ok()?;
        Some(&self.tokens[self.by_token[at].1 as usize])
    }
}

/// A word of the asked name.
struct Asked {
    near: Arc<Near>,
    bit: Words,
    /// What any pair with it gains at most.
    gain_max: Gain,
    /// What it takes away at least where it is found and yet not aligned.
    aside: f32,
    /// Names are not looked for by it, for it leads to too many.
    skipped: bool,
}

/// One asked name among the names of one family.
pub struct Search<'a> {
    names: &'a Names,
    weights: &'static Weights,
    ours: &'a [&'a Token],
    words: Vec<Asked>,
    joined: Vec<Together>,
    /// Words by which names are looked for.
    leading: Words,
    /// Initials, particles, and those of them that may stand for a word.
    initials: usize,
    minors: usize,
    takers: usize,
}

impl<'a> Search<'a> {
    pub fn new(names: &'a Names, ours: &'a [&'a Token], scratch: &mut Scratch) -> Self {
        let weights = Weights::of(names.is_of_persons());
        let leads = leading(ours);
        let nothing =
            Arc::new(Near { tokens: Vec::new(), by_token: Vec::new(), joined: Vec::new(), names: 0 });
        let words: Vec<Asked> = ours
            .iter()
            .enumerate()
            .map(|(at, token)| Asked {
                near: if leads(token) { near(names, token, scratch) } else { nothing.clone() },
                bit: if leads(token) { Words::at(at) } else { Words::default() },
                gain_max: weights.gain_max(token.told),
                aside: weights.aside(token.told),
                skipped: false,
            })
            .collect();
        let count = |is: &dyn Fn(&Token) -> bool| ours.iter().filter(|token| is(token)).count();
        Self {
            names,
            weights,
            ours,
            leading: words.iter().fold(Words::default(), |all, word| all.and(word.bit)),
            words,
            joined: together(ours),
            initials: count(&|token| token.kind == Kind::Initial),
            minors: count(&Token::is_minor),
            takers: count(&|token| !leads(token) && (token.kind == Kind::Initial || token.group.is_some())),
        }
    }

    /// Names that could reach the floor, each with the most it can come to, most first.
    pub fn candidates(&mut self, floor: f32, scratch: &mut Scratch) -> Vec<(u32, f32)> {
        scratch.clear();
        self.skip(floor);
        for word in self.words.iter().filter(|word| !word.skipped) {
            for near in &word.near.tokens {
                let (gain, facts) = (word.gain_of(near), near.facts());
                for &name in self.names.postings(near.token) {
                    scratch.add(name, word.bit, gain, facts);
                }
            }
        }
        self.add_joined(scratch);
        if !self.names.is_of_persons() {
            self.add_acronyms(scratch);
        }
        let candidates = scratch.touched.iter().filter_map(|&name| {
            let row = self.names.row(name);
            let found = self.with_skipped(scratch.found[name as usize], row);
            if self.at_most_whatever_is_left(found, row) < floor {
                return None;
            }
            let at_most = self.at_most(found, row);
            (at_most >= floor).then_some((name, at_most))
        });
        let mut candidates: Vec<(u32, f32)> = candidates.collect();
        candidates.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        candidates
    }

    /// Lays the asked name upon a listed one.
    pub fn align(&self, name: u32) -> (Vec<Pair>, Vec<&'a Token>) {
        let ids = self.names.token_ids(self.names.row(name));
        let theirs = self.names.tokens_of(name);
        let pairs =
            align_by((self.ours, &self.joined), &theirs, self.names.is_of_persons(), |i, j| {
                match self.ours[i].leads() && theirs[j].leads() {
                    true => self.words[i].near.find(ids[j]).map_or(0.0, |near| near.likeness),
                    false => likeness(self.ours[i], theirs[j]),
                }
            });
        (pairs, theirs)
    }

    /// Marks words that need not be looked for: a name that has near words for these alone cannot reach the floor.
    /// Those that lead to most names are left out first.
    fn skip(&mut self, floor: f32) {
        let leading = |word: &Asked| word.bit != Words::default();
        let mut order: Vec<usize> = (0..self.words.len()).filter(|&at| leading(&self.words[at])).collect();
        order.sort_by_key(|&at| std::cmp::Reverse(self.words[at].near.names));
        let mut gain = 0.0;
        // One word is always looked for: by it the same name is found, however common.
        for left in (1..order.len()).rev() {
            let word = &mut self.words[order[order.len() - 1 - left]];
            let most = word.near.tokens.first().map_or(0.0, |near| near.gain.beside.max(0.0));
            // The others may stand against initials of the listed name.
            let small = self.weights.small_max(self.initials + left, self.minors);
            let none = Left::default();
            if word.near.names < SKIPPED_MIN
                || self.weights.total_max(gain + most + small, &none, &none) + ROUNDING >= floor
            {
                break;
            }
            gain += most;
            word.skipped = true;
        }
    }

    /// What was found, with the words that were not looked for.
    fn with_skipped(&self, mut found: Found, row: &Row) -> Found {
        for word in self.words.iter().filter(|word| word.skipped) {
            if found.words.has(word.bit) {
                continue;
            }
            for near in self.names.token_ids(row).iter().filter_map(|&token| word.near.find(token)) {
                found.add(word.bit, word.gain_of(near), near.facts());
            }
        }
        found
    }

    /// The same as [`Search::at_most`], sooner and not as close.
    fn at_most_whatever_is_left(&self, found: Found, row: &Row) -> f32 {
        let small = self.weights.small_max(self.initials + usize::from(row.initials), self.minors);
        let gain = found.gain.max(found.alone + self.weights.same_word_max());
        let none = Left::default();
        let most = self.weights.total_max(gain + small, &none, &none) + ROUNDING;
        if found.words.has(Words::JOINED) || found.same.has(self.leading) {
            most.max(SAME_NAME_MIN)
        } else {
            most
        }
    }

    /// The most that a name can come to of which this was found.
    fn at_most(&self, found: Found, row: &Row) -> f32 {
        let joined = found.words.has(Words::JOINED);
        // A word that was not found may stand against an initial.
        let ours = if row.initials > 0 { Left::default() } else { self.left(found.words) };
        let count = self
            .words
            .iter()
            .filter(|word| word.bit != Words::default() && found.words.has(word.bit))
            .count();
        let taken = (count + self.takers) as f32 + 0.4 * f32::from(row.initials);
        let told = found.taken + f32::from(row.initials);
        let theirs = Left {
            words: if joined { 0.0 } else { (row.words - taken).max(0.0) },
            told: if joined || self.takers > 0 { 0.0 } else { (row.told - told).max(0.0) },
            numbers: 0.0,
        };
        let all = ours.words + theirs.words == 0.0;
        let gain = match count {
            1 if !joined => found.alone + if all { self.weights.same_word_max() } else { 0.0 },
            _ => found.gain,
        };
        let small = self.weights.small_max(self.initials + usize::from(row.initials), self.minors);
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

    /// What neighbouring words could come to where they stand for one word.
    fn run(&self, run: Range<usize>) -> (Words, Gain) {
        let bits = self.words[run.clone()].iter().fold(Words::JOINED, |all, word| all.and(word.bit));
        (bits, self.weights.gain_max(self.ours[run].iter().map(|token| token.told).sum()))
    }

    /// Written apart on one side and together on the other.
    fn add_joined(&self, scratch: &mut Scratch) {
        for word in &self.words {
            for name in word.near.joined.iter().flat_map(|&joined| self.names.joined_postings(joined)) {
                scratch.add(*name, word.bit.and(Words::JOINED), word.gain_max, (0.0, true));
            }
        }
        for together in &self.joined {
            let (bits, gain) = self.run(together.run.clone());
            for token in self.names.by_outline.get(hash(together.outline.iter().copied())) {
                if together.likeness(self.names.token(token)).is_some() {
                    let names = self.names.postings(token);
                    names.iter().for_each(|&name| scratch.add(name, bits, gain, (0.0, true)));
                }
            }
        }
    }

    fn add_acronyms(&self, scratch: &mut Scratch) {
        for (token, word) in self.ours.iter().zip(&self.words) {
            if token.kind == Kind::Whole {
                for name in self.names.by_initials.get(hash(token.text.bytes())) {
                    scratch.add(name, word.bit.and(Words::JOINED), word.gain_max, (0.0, false));
                }
            }
        }
        initials(self.ours, |run, letters| {
            let (bits, gain) = self.run(run);
            for token in self.names.by_text.get(hash(letters.bytes())) {
                self.names
                    .postings(token)
                    .iter()
                    .for_each(|&name| scratch.add(name, bits, gain, (0.0, false)));
            }
        });
    }
}

impl Asked {
    /// What a pair of these words adds, or takes away at least where it is not made.
    fn gain_of(&self, near: &NearToken) -> Gain {
        Gain { beside: near.gain.beside.max(self.aside), ..near.gain }
    }
}

/// Words of the lists that are near to this one.
fn near(names: &Names, token: &Token, scratch: &mut Scratch) -> Arc<Near> {
    let key = (token.text.clone(), token.script, token.kind);
    if let Some(known) = scratch.near.get(&key) {
        return known.clone();
    }
    let mut ids: Vec<u32> = names.by_text.get(hash(token.text.bytes())).collect();
    if token.kind == Kind::Whole {
        let outline = hash(token.outline.iter().copied());
        if token.outline.len() >= 2 {
            ids.extend(names.by_outline.get(outline));
        }
        ids.extend(token.group.and_then(|group| names.by_group.get(&group)).into_iter().flatten());
        ids.extend(names.long_by_outline.get(outline));
        if is_spelt(token) {
            dropped(token.text.as_bytes(), drops(token.text.len()), |hash| {
                ids.extend(names.by_letters.get(hash));
            });
        }
        let long = token.outline.len() >= LONG_OUTLINE;
        dropped(&token.outline, 1, |hash| {
            match is_spelt(token) {
                false => ids.extend(names.spelt_by_outline.get(hash)),
                true if long => ids.extend(names.long_by_outline.get(hash).chain(names.by_outline.get(hash))),
                true => {}
            }
            ids.extend(names.crossed_by_outline.get(hash));
        });
    }
    ids.sort_unstable();
    ids.dedup();
    let weights = Weights::of(names.is_of_persons());
    let scored = ids.into_iter().filter_map(|id| {
        let listed = names.token(id);
        let likeness = likeness(token, listed);
        let pair = || Pair { ours: 0..1, theirs: 0..1, likeness, acronym: false };
        (likeness >= ALIKE_MIN).then(|| NearToken {
            token: id,
            likeness,
            told: listed.told,
            gain: weights.gain(weights.worth(&pair(), &[token], &[listed])),
        })
    });
    let joined = names.joined_by_outline.get(hash(token.outline.iter().copied()));
    let joined =
        joined.filter(|&joined| token.kind == Kind::Whole && names.joined(joined).likeness(token).is_some());
    let near = Arc::new(Near::new(scored.collect(), joined.collect(), names));
    scratch.remembered += 1 + near.tokens.len() + near.joined.len();
    scratch.near.insert(key, near.clone());
    near
}
