//! All names of all lists, arranged so that a query meets only those that could be near.
//!
//! Three ways lead from a word to like words: letters dropped (a neighbourhood of edits), one
//! skeleton of consonants, one group of variants. From words to names lead postings; what is
//! written together here and apart there is found by the letters of both parts.

use std::collections::{BTreeMap, HashMap};

use crate::{
    compare::{Family, conclude, discount, explain, families, names},
    entry::{Entry, NameKind, Schema, Watchlist},
    evidence::{Details, plain_number, plain_wallet},
    name::{JOIN_WORDS_MAX, Weighed, align, parse, total, worth},
    query::{Hit, Query},
    token::{ALIKE_MIN, Kind, Token, likeness},
};

/// Names that could not reach this are not compared in full, unless a lower threshold is asked.
const NAME_SCORE_MIN: f32 = 0.6;

/// Lists made ready for questions. Never changes; a new version of a list makes a new index.
pub struct Index {
    lists: Vec<ListInfo>,
    entries: Vec<Entry>,
    list_of: Vec<u16>,
    names: Vec<NameRow>,
    /// Words of all names, one after the other.
    name_tokens: Vec<u32>,
    tokens: Vec<Token>,
    weights: Vec<f32>,
    /// Names that have the token, in `postings[posting_starts[t]..posting_starts[t + 1]]`.
    posting_starts: Vec<u32>,
    postings: Vec<u32>,
    by_text: HashMap<Box<str>, Vec<u32>>,
    by_skeleton: HashMap<Box<str>, Vec<u32>>,
    by_group: HashMap<u16, Vec<u32>>,
    /// Hash of a token with letters dropped, and the token; sorted.
    by_dropped: Vec<(u32, u32)>,
    /// Hash of the letters of two words of a name, and the name; sorted.
    by_joined: Vec<(u32, u32)>,
    /// Hash of a token's letters, and the token; sorted.
    by_letters: Vec<(u32, u32)>,
    by_number: HashMap<String, Vec<u32>>,
    by_wallet: HashMap<String, Vec<u32>>,
    /// Names without a letter or digit in any script, by their text.
    by_raw: HashMap<String, Vec<u32>>,
}

/// What an index knows of one list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListInfo {
    pub id: String,
    pub title: String,
    pub version: String,
    pub sha256: String,
    pub entry_count: usize,
}

struct NameRow {
    entry: u32,
    /// Which of the entry's names.
    index: u16,
    family: Family,
    start: u32,
    len: u16,
    weight: f32,
}

impl Index {
    pub fn new(lists: Vec<Watchlist>) -> Self {
        let mut builder = Builder::default();
        for list in lists {
            builder.add(list);
        }
        builder.build()
    }

    pub fn lists(&self) -> &[ListInfo] {
        &self.lists
    }

    pub fn entry_count(&self) -> usize {
        self.entries.len()
    }

    /// Published names, each counted once an entry.
    pub fn name_count(&self) -> usize {
        self.entries.iter().map(|entry| entry.names.len()).sum()
    }

    /// Names every list with its version and the start of its content hash, in the order of ids.
    pub fn version(&self) -> String {
        let lists = self.lists.iter().map(|list| {
            let hash = list.sha256.get(..12).unwrap_or(&list.sha256);
            format!("{}@{}#{hash}", list.id, list.version)
        });
        let mut lists: Vec<String> = lists.collect();
        lists.sort_unstable();
        lists.join(" ")
    }

    /// The entry as the index holds it; `None` where the list or entry is not in it.
    pub fn find_entry(&self, list: &str, entry_id: &str) -> Option<&Entry> {
        let list = self.lists.iter().position(|info| info.id == list)? as u16;
        let mut entries = self.entries.iter().zip(&self.list_of);
        entries.find(|(entry, of)| **of == list && entry.entry_id == entry_id).map(|(entry, _)| entry)
    }

    fn name_tokens(&self, row: &NameRow) -> &[u32] {
        &self.name_tokens[row.start as usize..row.start as usize + usize::from(row.len)]
    }

    fn weighed(&self, row: &NameRow) -> Vec<Weighed<'_>> {
        let ids = self.name_tokens(row).iter().map(|&id| id as usize);
        ids.map(|id| Weighed { token: &self.tokens[id], weight: self.weights[id] }).collect()
    }

    fn weigh<'a>(&self, tokens: &'a [Token]) -> Vec<Weighed<'a>> {
        tokens.iter().map(|token| Weighed { token, weight: self.weight(token) }).collect()
    }

    fn weight(&self, token: &Token) -> f32 {
        let ids = self.by_text.get(&token.text).map_or(&[][..], Vec::as_slice);
        let known = ids.iter().find(|&&id| self.tokens[id as usize].kind == token.kind);
        known.map_or_else(|| token.base_weight(), |&id| self.weights[id as usize])
    }

    fn postings(&self, token: u32) -> &[u32] {
        let token = token as usize;
        &self.postings[self.posting_starts[token] as usize..self.posting_starts[token + 1] as usize]
    }

    /// Tokens of the lists that are like this one, with their likeness, nearest first.
    fn like(&self, token: &Token) -> Vec<(u32, f32)> {
        let mut ids: Vec<u32> = self.by_text.get(&token.text).cloned().unwrap_or_default();
        if token.kind == Kind::Whole {
            if token.skeleton.len() >= 2 {
                ids.extend(self.by_skeleton.get(&token.skeleton).into_iter().flatten());
            }
            ids.extend(token.group.and_then(|group| self.by_group.get(&group)).into_iter().flatten());
            dropped(&token.text, |hash| ids.extend(equal(&self.by_dropped, hash)));
        }
        ids.sort_unstable();
        ids.dedup();
        let scored = ids.into_iter().map(|id| (id, likeness(token, &self.tokens[id as usize])));
        let mut scored: Vec<(u32, f32)> = scored.filter(|(_, likeness)| *likeness >= ALIKE_MIN).collect();
        scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        scored
    }

    /// Names that could score `floor` or more against these words.
    fn candidates(
        &self,
        ours: &[Weighed<'_>],
        family: Family,
        floor: f32,
        scratch: &mut Scratch,
    ) -> Vec<u32> {
        scratch.clear();
        let only_initials = ours.iter().all(|word| word.token.kind == Kind::Initial);
        let (mut sure, mut all, mut initials) = (0.0, 0.0, 0);
        for word in ours {
            all += word.weight;
            match word.token.kind {
                // An initial or a particle leads to too many names; the others must lead there.
                Kind::Initial | Kind::Minor if !only_initials => {
                    sure += word.weight;
                    initials += u16::from(word.token.kind == Kind::Initial);
                }
                _ => {
                    for (token, likeness) in self.like(word.token) {
                        let weight = (word.weight + self.weights[token as usize]) / 2.0;
                        for &name in self.postings(token) {
                            scratch.add(name, 1, word.weight, weight, likeness);
                        }
                    }
                    // Written apart in the list what is together here.
                    for name in equal(&self.by_joined, letters_hash(&word.token.text, "")) {
                        scratch.add(name, 2, word.weight, word.weight * 1.5, 0.97);
                    }
                }
            }
            scratch.next_word();
        }
        // Together in the list what is apart here.
        for (i, a) in ours.iter().enumerate().filter(|_| ours.len() <= JOIN_WORDS_MAX) {
            for b in &ours[i + 1..] {
                for token in equal(&self.by_letters, letters_hash(&a.token.text, &b.token.text)) {
                    for &name in self.postings(token) {
                        scratch.add(name, 2, a.weight + b.weight, a.weight + b.weight, 0.97);
                    }
                }
                scratch.next_word();
            }
        }
        let person = family == Family::Person;
        let near = scratch.touched.iter().filter(|&&name| {
            let row = &self.names[name as usize];
            let found = &scratch.found[name as usize];
            let agreed = found.agreed + sure;
            let (ours_left, theirs_left) =
                ((all - found.ours - sure).max(0.0), (row.weight - agreed).max(0.0));
            // Names are parsed as persons' or as others'; both cannot be compared at once.
            row.family == family
                && total(
                    agreed,
                    found.value + sure,
                    ours_left,
                    theirs_left,
                    usize::from(found.words + initials),
                    person,
                ) + 0.1
                    >= floor
        });
        near.copied().collect()
    }
}

/// What was found of each name so far.
struct Scratch {
    found: Vec<Found>,
    touched: Vec<u32>,
    word: u16,
}

#[derive(Clone, Copy, Default)]
struct Found {
    /// The last word that was counted; only its likeness to the nearest token counts.
    word: u16,
    words: u16,
    ours: f32,
    agreed: f32,
    value: f32,
}

impl Scratch {
    fn new(names: usize) -> Self {
        Self { found: vec![Found::default(); names], touched: Vec::new(), word: 1 }
    }

    fn clear(&mut self) {
        for name in self.touched.drain(..) {
            self.found[name as usize] = Found::default();
        }
        self.word = 1;
    }

    fn next_word(&mut self) {
        self.word = self.word.saturating_add(1);
    }

    fn add(&mut self, name: u32, words: u16, ours: f32, weight: f32, likeness: f32) {
        let found = &mut self.found[name as usize];
        if found.word == 0 {
            self.touched.push(name);
        }
        if found.word != self.word {
            found.word = self.word;
            found.words += words;
            found.ours += ours;
            found.agreed += weight;
            found.value += weight * worth(likeness);
        }
    }
}

/// Entries that score `threshold` or more, best first, at most `top`. Without a threshold only
/// matches are answered.
pub fn screen(index: &Index, query: &Query, threshold: Option<f64>, top: usize) -> Vec<Hit> {
    let threshold = threshold.unwrap_or(crate::DEFAULT_THRESHOLD);
    let floor = NAME_SCORE_MIN.min(threshold as f32 * 0.75);
    let details = Details::of(query);
    let mut best: BTreeMap<u32, Best> = BTreeMap::new();
    let mut scratch = Scratch::new(index.names.len());
    for family in [Family::Person, Family::Other] {
        let asked = query.schema();
        if asked.is_some() && !families(asked, None).contains(&family) {
            continue;
        }
        for (asked_name, name) in names(&query.names).enumerate() {
            let parsed = parse(name, family == Family::Person);
            let ours = index.weigh(&parsed);
            let mut near = index.candidates(&ours, family, floor, &mut scratch);
            near.extend(index.by_raw.get(name).filter(|_| ours.is_empty()).into_iter().flatten());
            for row_id in near {
                look_closer(index, (row_id, asked_name), &ours, asked, floor, &mut best);
            }
        }
    }
    let numbers = details.numbers().filter_map(|number| index.by_number.get(number));
    let wallets = details.wallets().filter_map(|wallet| index.by_wallet.get(wallet));
    for &entry in numbers.chain(wallets).flatten() {
        best.entry(entry).or_default();
    }
    let hits = best.into_iter().map(|(entry, best)| (hit(index, entry, &best, &details), best));
    let mut hits: Vec<(Hit, Best)> =
        hits.filter(|(hit, _)| hit.score >= threshold && hit.score > 0.0).collect();
    hits.sort_by(|(a, _), (b, _)| {
        let by_score = b.score.total_cmp(&a.score);
        by_score.then_with(|| (&a.list, &a.entry_id).cmp(&(&b.list, &b.entry_id)))
    });
    hits.truncate(top);
    hits.into_iter().map(|(hit, best)| explained(index, query, hit, &best)).collect()
}

/// The best of an entry's names so far.
#[derive(Default)]
struct Best {
    score: f32,
    /// The listed name and the position of the asked one; `None` where only a number agrees.
    names: Option<(u32, usize)>,
}

fn look_closer(
    index: &Index,
    names: (u32, usize),
    ours: &[Weighed<'_>],
    asked: Option<Schema>,
    floor: f32,
    best: &mut BTreeMap<u32, Best>,
) {
    let row = &index.names[names.0 as usize];
    let entry = &index.entries[row.entry as usize];
    if !families(asked, Some(entry.schema)).contains(&row.family) {
        return;
    }
    let theirs = index.weighed(row);
    let mut score = align(ours, &theirs, row.family == Family::Person).score;
    if ours.is_empty() && theirs.is_empty() {
        score = 1.0;
    }
    score *= discount(kind_of(entry, row.index));
    let known = best.get(&row.entry).map_or(0.0, |best| best.score);
    if score >= floor && score > known {
        best.insert(row.entry, Best { score, names: Some(names) });
    }
}

fn kind_of(entry: &Entry, index: u16) -> NameKind {
    entry.names.get(usize::from(index)).map_or(NameKind::Alias, |name| name.kind)
}

fn hit(index: &Index, entry_id: u32, best: &Best, details: &Details) -> Hit {
    let entry = &index.entries[entry_id as usize];
    let answer = conclude(best.score, "no likeness of names".to_owned(), details, entry);
    let named = best.names.and_then(|(row, _)| entry.names.get(usize::from(index.names[row as usize].index)));
    Hit {
        list: index.lists[usize::from(index.list_of[entry_id as usize])].id.clone(),
        entry_id: entry.entry_id.clone(),
        name: named.map_or(entry.caption(), |name| &name.text).to_owned(),
        score: answer.score,
        is_match: answer.is_match,
        features: answer.features,
    }
}

/// Adds the aligned words, which only the hits that are answered need.
fn explained(index: &Index, query: &Query, mut hit: Hit, best: &Best) -> Hit {
    let Some((row, asked)) = best.names else { return hit };
    let row = &index.names[row as usize];
    let person = row.family == Family::Person;
    let parsed = parse(names(&query.names).nth(asked).unwrap_or(""), person);
    let ours = index.weigh(&parsed);
    let theirs = index.weighed(row);
    if let Some(feature) = hit.features.first_mut() {
        feature.detail = explain(&align(&ours, &theirs, person), &ours, &theirs);
        if kind_of(&index.entries[row.entry as usize], row.index) == NameKind::WeakAlias {
            feature.detail.push_str(" (weak alias)");
        }
    }
    hit
}

#[derive(Default)]
struct Builder {
    lists: Vec<ListInfo>,
    entries: Vec<Entry>,
    list_of: Vec<u16>,
    names: Vec<NameRow>,
    name_tokens: Vec<u32>,
    tokens: Vec<Token>,
    known: HashMap<Token, u32>,
    by_raw: HashMap<String, Vec<u32>>,
}

impl Builder {
    fn add(&mut self, list: Watchlist) {
        let number = self.lists.len().min(usize::from(u16::MAX)) as u16;
        let entry_count = list.entries.len();
        let Watchlist { id, title, version, sha256, entries } = list;
        self.lists.push(ListInfo { id, title, version, sha256, entry_count });
        for entry in entries {
            let entry_number = self.entries.len() as u32;
            for family in families(None, Some(entry.schema)) {
                for (index, name) in entry.names.iter().enumerate().take(usize::from(u16::MAX)) {
                    self.add_name(entry_number, index as u16, family, &name.text);
                }
            }
            self.entries.push(entry);
            self.list_of.push(number);
        }
    }

    fn add_name(&mut self, entry: u32, index: u16, family: Family, text: &str) {
        let start = self.name_tokens.len() as u32;
        for token in parse(text, family == Family::Person) {
            let next = self.tokens.len() as u32;
            let id = *self.known.entry(token).or_insert_with_key(|token| {
                self.tokens.push(token.clone());
                next
            });
            self.name_tokens.push(id);
        }
        let len = (self.name_tokens.len() as u32 - start) as u16;
        if len == 0 {
            self.by_raw.entry(text.trim().to_owned()).or_default().push(self.names.len() as u32);
        }
        self.names.push(NameRow { entry, index, family, start, len, weight: 0.0 });
    }

    fn build(self) -> Index {
        let Self { lists, entries, list_of, mut names, name_tokens, tokens, by_raw, .. } = self;
        let of = |row: &NameRow| &name_tokens[row.start as usize..row.start as usize + usize::from(row.len)];
        let mut pairs: Vec<(u32, u32)> = Vec::with_capacity(name_tokens.len());
        for (number, row) in names.iter().enumerate() {
            pairs.extend(of(row).iter().map(|&token| (token, number as u32)));
        }
        pairs.sort_unstable();
        pairs.dedup();
        let weights = weights(&tokens, &pairs, &names);
        for row in &mut names {
            row.weight = of(row).iter().map(|&token| weights[token as usize]).sum();
        }
        let mut posting_starts = vec![0u32; tokens.len() + 1];
        for (token, _) in &pairs {
            posting_starts[*token as usize + 1] += 1;
        }
        for token in 0..tokens.len() {
            posting_starts[token + 1] += posting_starts[token];
        }
        let (mut by_text, mut by_skeleton, mut by_group) = (HashMap::new(), HashMap::new(), HashMap::new());
        let (mut by_dropped, mut by_letters) = (Vec::new(), Vec::new());
        for (id, token) in tokens.iter().enumerate() {
            let id = id as u32;
            push(&mut by_text, token.text.clone(), id);
            if token.kind != Kind::Whole {
                continue;
            }
            push(&mut by_skeleton, token.skeleton.clone(), id);
            if let Some(group) = token.group {
                push(&mut by_group, group, id);
            }
            dropped(&token.text, |hash| by_dropped.push((hash, id)));
            by_letters.push((letters_hash(&token.text, ""), id));
        }
        let mut by_joined = Vec::new();
        for (number, row) in
            names.iter().enumerate().filter(|(_, row)| usize::from(row.len) <= JOIN_WORDS_MAX)
        {
            for (i, a) in of(row).iter().enumerate() {
                for b in &of(row)[i + 1..] {
                    let hash = letters_hash(&tokens[*a as usize].text, &tokens[*b as usize].text);
                    by_joined.push((hash, number as u32));
                }
            }
        }
        for sorted in [&mut by_dropped, &mut by_letters, &mut by_joined] {
            sorted.sort_unstable();
            sorted.dedup();
            sorted.shrink_to_fit();
        }
        let (mut by_number, mut by_wallet) = (HashMap::new(), HashMap::new());
        for (number, entry) in entries.iter().enumerate() {
            for identifier in &entry.identifiers {
                push(&mut by_number, plain_number(&identifier.value), number as u32);
            }
            for wallet in &entry.wallets {
                push(&mut by_wallet, plain_wallet(&wallet.address), number as u32);
            }
        }
        let postings = pairs.into_iter().map(|(_, name)| name).collect();
        Index {
            lists,
            entries,
            list_of,
            names,
            name_tokens,
            tokens,
            weights,
            posting_starts,
            postings,
            by_text,
            by_skeleton,
            by_group,
            by_dropped,
            by_joined,
            by_letters,
            by_number,
            by_wallet,
            by_raw,
        }
    }
}

/// A word is worth less the more entries have it: all aliases of one entry count once.
fn weights(tokens: &[Token], pairs: &[(u32, u32)], names: &[NameRow]) -> Vec<f32> {
    let mut counts = vec![0u32; tokens.len()];
    let mut last = None;
    for &(token, name) in pairs {
        let entry = names[name as usize].entry;
        counts[token as usize] += u32::from(last != Some((token, entry)));
        last = Some((token, entry));
    }
    let weigh = |(token, count): (&Token, u32)| {
        let base = token.base_weight();
        if token.kind != Kind::Whole {
            return base;
        }
        let commonness = (1.0 + count as f32).ln() / 2000f32.ln();
        base.min(1.0 - 0.55 * commonness.clamp(0.0, 1.0))
    };
    tokens.iter().zip(counts).map(weigh).collect()
}

fn push<K: std::hash::Hash + Eq>(map: &mut HashMap<K, Vec<u32>>, key: K, value: u32) {
    let values = map.entry(key).or_default();
    if values.last() != Some(&value) {
        values.push(value);
    }
}

fn equal(sorted: &[(u32, u32)], hash: u32) -> impl Iterator<Item = u32> {
    let start = sorted.partition_point(|pair| pair.0 < hash);
    sorted[start..].iter().take_while(move |pair| pair.0 == hash).map(|pair| pair.1)
}

/// Hashes of the word and of all it becomes when letters are dropped: one, from nine letters on
/// two. Two words that share a hash are within as many edits on each side.
fn dropped(text: &str, mut take: impl FnMut(u32)) {
    let bytes = text.as_bytes();
    if bytes.len() < 3 {
        return;
    }
    let without = |skip: &[usize]| {
        let kept = bytes.iter().enumerate().filter(|(at, _)| !skip.contains(at));
        kept.fold(FNV_START, |hash, (_, byte)| fnv(hash, *byte))
    };
    take(without(&[]));
    for i in 0..bytes.len() {
        take(without(&[i]));
        if (9..=20).contains(&bytes.len()) {
            for j in i + 1..bytes.len() {
                take(without(&[i, j]));
            }
        }
    }
}

/// Hash of the letters of both texts in any order, so that joining does not depend on it.
fn letters_hash(a: &str, b: &str) -> u32 {
    let mut letters: Vec<u8> = a.bytes().chain(b.bytes()).collect();
    letters.sort_unstable();
    letters.into_iter().fold(FNV_START, fnv)
}

const FNV_START: u32 = 0x811c_9dc5;

fn fnv(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
}

#[cfg(test)]
mod tests;
