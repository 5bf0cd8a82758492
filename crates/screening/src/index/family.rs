//! The names of persons, or of everything else, and which of them an asked name could mean.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

use crate::{
    entry::{Entry, Name, NameKind},
    model::{SAME_NAME_MIN, Weights},
    name::{JOIN_WORDS_MAX, JOINED_MAX, JOINED_OUTLINE_MIN, Pair, align_by, initials, joins, parse},
    sound::{self, Passage},
    text::Script,
    token::{ALIKE_MIN, Kind, Token, likeness},
};

use super::lookup::{Lookup, dropped, hash};

/// Names that were met under so many different words are forgotten again.
const REMEMBERED_MAX: usize = 20_000;

pub struct Names {
    person: bool,
    rows: Vec<Row>,
    /// Words of all names, one after the other.
    row_tokens: Vec<u32>,
    tokens: Vec<Token>,
    /// Names that have the token, in `postings[starts[t]..starts[t + 1]]`.
    starts: Vec<u32>,
    postings: Vec<u32>,
    by_text: Lookup,
    by_outline: Lookup,
    by_group: HashMap<u16, Vec<u32>>,
    /// Tokens under their letters with some dropped.
    by_letters: Lookup,
    /// Tokens that are spelt out, and tokens of other scripts, under their outlines with one class dropped.
    spelt_by_outline: Lookup,
    crossed_by_outline: Lookup,
    /// Names under the outline of neighbouring words together.
    by_joined: Lookup,
    /// Names under the first letters of their words.
    by_initials: Lookup,
    /// Names without a letter or digit in any script, by their text.
    by_raw: HashMap<String, Vec<u32>>,
}

struct Row {
    entry: u32,
    /// Which of the entry's names.
    index: u16,
    len: u16,
    start: u32,
}

/// Working memory of one question at a time, kept from one to the next.
pub struct Scratch {
    found: Vec<Found>,
    touched: Vec<u32>,
    word: u16,
    near: HashMap<(Box<str>, Script, Kind), Near>,
    /// How like a word of the asked name, by its place, and a token are.
    alike: HashMap<u64, f32, BuildHasherDefault<Mixer>>,
}

/// Spreads numbers that are small; nobody outside chooses them.
#[derive(Default)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }
}

type Near = Arc<[(u32, f32)]>;

/// What was found of a name so far.
#[derive(Clone, Copy, Default)]
struct Found {
    /// The last word that was counted: only its nearest token counts.
    word: u16,
    /// How many words of the asked name were found, each once.
    words: u16,
    /// What the found words could add, and tell.
    pairs: f32,
    told: f32,
    /// What they would have taken away otherwise.
    left: f32,
}

impl Scratch {
    pub fn new(names: &Names) -> Self {
        Self {
            found: vec![Found::default(); names.rows.len()],
            touched: Vec::new(),
            word: 0,
            near: HashMap::new(),
            alike: HashMap::default(),
        }
    }

    fn clear(&mut self) {
        for name in self.touched.drain(..) {
            self.found[name as usize] = Found::default();
        }
        self.word = 0;
        self.alike.clear();
        if self.near.len() > REMEMBERED_MAX {
            self.near.clear();
        }
    }

    fn next_word(&mut self) {
        self.word = self.word.saturating_add(1);
    }

    fn add(&mut self, name: u32, words: u16, most: Most) {
        let found = &mut self.found[name as usize];
        if found.words == 0 {
            self.touched.push(name);
        }
        if found.words == 0 || found.word != self.word {
            found.word = self.word;
            found.words += words;
            found.pairs += most.pairs;
            found.told += most.told;
            found.left += most.left;
        }
    }
}

impl Names {
    pub fn entry_of(&self, row: u32) -> u32 {
        self.rows[row as usize].entry
    }

    pub fn tokens_of(&self, row: u32) -> Vec<&Token> {
        self.token_ids(&self.rows[row as usize]).iter().map(|&id| &self.tokens[id as usize]).collect()
    }

    /// Lays the asked name upon a listed one; pairs of words that were met before in this question are remembered.
    pub fn align(&self, ours: &[&Token], row: u32, scratch: &mut Scratch) -> (Vec<Pair>, Vec<&Token>) {
        let ids = self.token_ids(&self.rows[row as usize]);
        let theirs: Vec<&Token> = ids.iter().map(|&id| &self.tokens[id as usize]).collect();
        let pairs = align_by(ours, &theirs, self.person, |i, j| {
            let key = (i as u64) << 32 | u64::from(ids[j]);
            *scratch.alike.entry(key).or_insert_with(|| likeness(ours[i], theirs[j]))
        });
        (pairs, theirs)
    }

    pub fn name_of<'a>(&self, row: u32, entry: &'a Entry) -> Option<&'a Name> {
        entry.names.get(usize::from(self.rows[row as usize].index))
    }

    pub fn kind_of(&self, row: u32, entry: &Entry) -> NameKind {
        self.name_of(row, entry).map_or(NameKind::Alias, |name| name.kind)
    }

    pub fn raw(&self, text: &str) -> &[u32] {
        self.by_raw.get(text).map_or(&[], Vec::as_slice)
    }

    fn token_ids(&self, row: &Row) -> &[u32] {
        &self.row_tokens[row.start as usize..row.start as usize + usize::from(row.len)]
    }

    fn postings(&self, token: u32) -> &[u32] {
        let token = token as usize;
        &self.postings[self.starts[token] as usize..self.starts[token + 1] as usize]
    }

    /// Names that could reach the floor, each with the most it can come to, most first.
    pub fn candidates(&self, ours: &[&Token], floor: f32, scratch: &mut Scratch) -> Vec<(u32, f32)> {
        scratch.clear();
        let weights = Weights::of(self.person);
        let words = self.words(ours, scratch);
        let skipped = skip(weights, &words, floor);
        let (mut skipped_pairs, mut skipped_told) = (0.0, 0.0);
        for (word, skip) in words.iter().zip(&skipped) {
            if *skip {
                skipped_pairs += word.most;
                skipped_told += word.told;
                continue;
            }
            for &(token, likeness) in word.near.iter() {
                let most = Most { told: word.told * likeness, ..word.at_most() };
                self.postings(token).iter().for_each(|&name| scratch.add(name, 1, most));
            }
            scratch.next_word();
        }
        self.joined(ours, &words, scratch);
        if !self.person {
            self.acronyms(ours, &words, scratch);
        }
        let left: f32 =
            words.iter().zip(&skipped).filter(|(_, skip)| !**skip).map(|(word, _)| word.left).sum();
        let leading = skipped.iter().filter(|skip| !**skip).count();
        let none_skipped = words.iter().zip(&skipped).all(|(word, skip)| !*skip || !word.leads);
        let candidates = scratch.touched.iter().filter_map(|&name| {
            let found = scratch.found[name as usize];
            let single = found.words == 1 && none_skipped;
            let pairs = found.pairs + skipped_pairs + (left - found.left).min(0.0);
            let mut at_most = weights.total_max(pairs, found.told + skipped_told, single);
            if usize::from(found.words) >= leading {
                at_most = at_most.max(SAME_NAME_MIN);
            }
            (at_most >= floor).then_some((name, at_most))
        });
        let mut candidates: Vec<(u32, f32)> = candidates.collect();
        candidates.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        candidates
    }

    fn words(&self, ours: &[&Token], scratch: &mut Scratch) -> Vec<Asked> {
        let weights = Weights::of(self.person);
        let only_small = ours.iter().all(|token| matches!(token.kind, Kind::Initial | Kind::Minor));
        let asked = ours.iter().map(|token| {
            let small = matches!(token.kind, Kind::Initial | Kind::Minor);
            let near = match small && !only_small {
                // An initial or a particle leads to too many names; the others must lead there.
                true => Near::from([]),
                false => self.near(token, scratch),
            };
            let names: usize = near.iter().map(|(token, _)| self.postings(*token).len()).sum();
            Asked {
                most: weights.pair_max(token.weight(), token.kind),
                told: if small { 0.0 } else { token.weight() },
                left: if small { 0.0 } else { weights.left_over_max(token.weight()) },
                leads: !small || only_small,
                near,
                names,
            }
        });
        asked.collect()
    }

    /// What neighbouring words could come to where they stand for one word.
    fn together_at_most(&self, words: &[Asked]) -> Most {
        let told = words.iter().map(|word| word.told).sum();
        let left = words.iter().map(|word| word.left).sum();
        Most { pairs: Weights::of(self.person).pair_max(told, Kind::Whole), told, left }
    }

    /// Written apart on one side and together on the other.
    fn joined(&self, ours: &[&Token], words: &[Asked], scratch: &mut Scratch) {
        if ours.len() > JOIN_WORDS_MAX {
            return;
        }
        for (token, word) in ours.iter().zip(words) {
            if token.kind == Kind::Whole && token.outline.len() >= JOINED_OUTLINE_MIN {
                for name in self.by_joined.get(hash(token.outline.iter().copied())) {
                    scratch.add(name, 1, word.at_most());
                }
                scratch.next_word();
            }
        }
        for_joined(ours, |run, outline| {
            let most = self.together_at_most(&words[run]);
            for token in self.by_outline.get(hash(outline.iter().copied())) {
                self.postings(token).iter().for_each(|&name| scratch.add(name, 2, most));
            }
            scratch.next_word();
        });
    }

    fn acronyms(&self, ours: &[&Token], words: &[Asked], scratch: &mut Scratch) {
        for (token, word) in ours.iter().zip(words) {
            if token.kind == Kind::Whole {
                for name in self.by_initials.get(hash(token.text.bytes())) {
                    scratch.add(name, 1, word.at_most());
                }
                scratch.next_word();
            }
        }
        initials(ours, |run, letters| {
            let most = self.together_at_most(&words[run]);
            for token in self.by_text.get(hash(letters.bytes())) {
                self.postings(token).iter().for_each(|&name| scratch.add(name, 2, most));
            }
            scratch.next_word();
        });
    }

    /// Tokens of the lists that are near to this one, with their likeness, nearest first.
    fn near(&self, token: &Token, scratch: &mut Scratch) -> Near {
        let key = (token.text.clone(), token.script, token.kind);
        if let Some(known) = scratch.near.get(&key) {
            return known.clone();
        }
        let mut ids: Vec<u32> = self.by_text.get(hash(token.text.bytes())).collect();
        if token.kind == Kind::Whole {
            if token.outline.len() >= 2 {
                ids.extend(self.by_outline.get(hash(token.outline.iter().copied())));
            }
            ids.extend(token.group.and_then(|group| self.by_group.get(&group)).into_iter().flatten());
            if is_spelt(token) {
                dropped(token.text.as_bytes(), drops(&token.text), |hash| {
                    ids.extend(self.by_letters.get(hash));
                });
                dropped(&token.outline, 1, |hash| ids.extend(self.crossed_by_outline.get(hash)));
            } else {
                dropped(&token.outline, 1, |hash| ids.extend(self.spelt_by_outline.get(hash)));
                dropped(&token.outline, 1, |hash| ids.extend(self.crossed_by_outline.get(hash)));
            }
        }
        ids.sort_unstable();
        ids.dedup();
        let scored = ids.into_iter().map(|id| (id, likeness(token, &self.tokens[id as usize])));
        let mut scored: Vec<(u32, f32)> = scored.filter(|(_, likeness)| *likeness >= ALIKE_MIN).collect();
        scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let near = Near::from(scored);
        scratch.near.insert(key, near.clone());
        near
    }
}

/// A word of the asked name.
struct Asked {
    near: Near,
    /// The most its pair could add, and tell.
    most: f32,
    told: f32,
    /// The least it takes away where no near word stands for it, not above zero.
    left: f32,
    /// Whether names are looked for by this word.
    leads: bool,
    /// How many names its near words lead to, some more than once.
    names: usize,
}

impl Asked {
    fn at_most(&self) -> Most {
        Most { pairs: self.most, told: self.told, left: self.left }
    }
}

/// What words of the asked name could come to in a name that has near words for them.
#[derive(Clone, Copy)]
struct Most {
    pairs: f32,
    told: f32,
    left: f32,
}

/// Which words need not be looked for: a name that has near words for these alone cannot reach the floor. The words
/// that lead to most names are left out first.
fn skip(weights: &Weights, words: &[Asked], floor: f32) -> Vec<bool> {
    let mut skipped: Vec<bool> = words.iter().map(|word| !word.leads).collect();
    let sums = |skipped: &[bool]| {
        let chosen = words.iter().zip(skipped).filter(|(_, skip)| **skip);
        chosen.fold((0.0, 0.0), |sum, (word, _)| (sum.0 + word.most, sum.1 + word.told))
    };
    let mut order: Vec<usize> = (0..words.len()).filter(|&at| words[at].leads).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(words[at].names));
    // One word is always looked for: by it the same name is found, however common.
    for at in order.iter().copied().take(order.len().saturating_sub(1)) {
        skipped[at] = true;
        let (pairs, told) = sums(&skipped);
        if weights.total_max(pairs, told, words.len() == 1) >= floor {
            skipped[at] = false;
            break;
        }
    }
    skipped
}

fn is_spelt(token: &Token) -> bool {
    Passage::between(token.script, Script::Latin).0 == Passage::Spelt
}

/// How many letters may be dropped on each side.
fn drops(text: &str) -> usize {
    match text.len() {
        0..=2 => 0,
        3..=8 => 1,
        9..=20 => 2,
        _ => 1,
    }
}

/// Neighbouring words that may be written as one, with their outline.
fn for_joined(words: &[&Token], mut take: impl FnMut(std::ops::Range<usize>, &[u8])) {
    if words.len() > JOIN_WORDS_MAX {
        return;
    }
    for len in 2..=JOINED_MAX {
        for (start, run) in words.windows(len).enumerate().filter(|(_, run)| joins(run)) {
            let text: String = run.iter().map(|token| &*token.text).collect();
            let outline = sound::outline(&sound::sounds(&text));
            if outline.len() >= JOINED_OUTLINE_MIN {
                take(start..start + len, &outline);
            }
        }
    }
}

pub struct NamesBuilder {
    person: bool,
    rows: Vec<Row>,
    row_tokens: Vec<u32>,
    tokens: Vec<Token>,
    known: HashMap<Token, u32>,
    by_raw: HashMap<String, Vec<u32>>,
}

impl NamesBuilder {
    pub fn new(person: bool) -> Self {
        Self {
            person,
            rows: Vec::new(),
            row_tokens: Vec::new(),
            tokens: Vec::new(),
            known: HashMap::new(),
            by_raw: HashMap::new(),
        }
    }

    pub fn add(&mut self, entry: u32, listed: &Entry) {
        for (index, name) in listed.names.iter().enumerate().take(usize::from(u16::MAX)) {
            let start = self.row_tokens.len() as u32;
            for token in parse(&name.text, self.person) {
                let next = self.tokens.len() as u32;
                let id = *self.known.entry(token).or_insert_with_key(|token| {
                    self.tokens.push(token.clone());
                    next
                });
                self.row_tokens.push(id);
            }
            let len = (self.row_tokens.len() as u32 - start) as u16;
            if len == 0 {
                self.by_raw.entry(name.text.trim().to_owned()).or_default().push(self.rows.len() as u32);
            }
            self.rows.push(Row { entry, index: index as u16, start, len });
        }
    }

    pub fn build(self) -> Names {
        let Self { person, rows, row_tokens, tokens, by_raw, .. } = self;
        let of = |row: &Row| &row_tokens[row.start as usize..row.start as usize + usize::from(row.len)];
        let (starts, postings) = postings(&rows, of, tokens.len());
        let mut by_group: HashMap<u16, Vec<u32>> = HashMap::new();
        let (mut by_text, mut by_outline, mut by_letters) = (Vec::new(), Vec::new(), Vec::new());
        let (mut spelt, mut crossed) = (Vec::new(), Vec::new());
        for (id, token) in tokens.iter().enumerate() {
            let id = id as u32;
            by_text.push((hash(token.text.bytes()), id));
            if token.kind != Kind::Whole {
                continue;
            }
            by_outline.push((hash(token.outline.iter().copied()), id));
            if let Some(group) = token.group {
                by_group.entry(group).or_default().push(id);
            }
            dropped(token.text.as_bytes(), drops(&token.text), |hash| by_letters.push((hash, id)));
            let by_passage = if is_spelt(token) { &mut spelt } else { &mut crossed };
            dropped(&token.outline, 1, |hash| by_passage.push((hash, id)));
        }
        let (mut by_joined, mut by_initials) = (Vec::new(), Vec::new());
        for (number, row) in rows.iter().enumerate() {
            let words: Vec<&Token> = of(row).iter().map(|&id| &tokens[id as usize]).collect();
            for_joined(&words, |_, outline| by_joined.push((hash(outline.iter().copied()), number as u32)));
            if !person {
                initials(&words, |_, letters| by_initials.push((hash(letters.bytes()), number as u32)));
            }
        }
        Names {
            person,
            starts,
            postings,
            by_text: Lookup::new(by_text),
            by_outline: Lookup::new(by_outline),
            by_group,
            by_letters: Lookup::new(by_letters),
            spelt_by_outline: Lookup::new(spelt),
            crossed_by_outline: Lookup::new(crossed),
            by_joined: Lookup::new(by_joined),
            by_initials: Lookup::new(by_initials),
            by_raw,
            rows,
            row_tokens,
            tokens,
        }
    }
}

/// For each token the names that have it, each once.
fn postings<'a>(rows: &'a [Row], of: impl Fn(&'a Row) -> &'a [u32], tokens: usize) -> (Vec<u32>, Vec<u32>) {
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        pairs.extend(of(row).iter().map(|&token| (token, number as u32)));
    }
    pairs.sort_unstable();
    pairs.dedup();
    let mut starts = vec![0u32; tokens + 1];
    pairs.iter().for_each(|(token, _)| starts[*token as usize + 1] += 1);
    for token in 0..tokens {
        starts[token + 1] += starts[token];
    }
    (starts, pairs.into_iter().map(|(_, name)| name).collect())
}
