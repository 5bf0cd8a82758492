//! The names of persons, or of everything else, and under what they are found.

use std::collections::HashMap;

use crate::{
    entry::{Entry, Name, NameKind},
    model::Left,
    name::{Together, initials, parse, together},
    text::Script,
    token::{Kind, LONG_OUTLINE, Token, drops, is_spelt},
    word::is_minor,
};

use super::lookup::{Lookup, dropped, hash};

pub struct Names {
    person: bool,
    rows: Vec<Row>,
    /// Words of all names, one after the other.
    row_tokens: Vec<u32>,
    tokens: Vec<Token>,
    /// Names that have the token, in `postings[starts[t]..starts[t + 1]]`.
    starts: Vec<u32>,
    postings: Vec<u32>,
    pub by_text: Lookup,
    pub by_outline: Lookup,
    pub by_group: HashMap<u16, Vec<u32>>,
    /// Tokens under their letters with some dropped.
    pub by_letters: Lookup,
    /// Tokens that are spelt out, and tokens of other scripts, under their outlines with one class dropped.
    pub spelt_by_outline: Lookup,
    /// The same of tokens with long outlines.
    pub long_by_outline: Lookup,
    pub crossed_by_outline: Lookup,
    /// Neighbouring words written together, each once, and the names that have them as with tokens.
    joined: Vec<(Box<str>, Script)>,
    joined_starts: Vec<u32>,
    joined_postings: Vec<u32>,
    pub joined_by_outline: Lookup,
    /// Names under the first letters of their words.
    pub by_initials: Lookup,
    /// Names without a letter or digit in any script, by their text.
    by_raw: HashMap<String, Vec<u32>>,
}

pub struct Row {
    entry: u32,
    /// Which of the entry's names.
    index: u16,
    len: u16,
    start: u32,
    /// How many words the name has and what they tell, as the weights count them, and how many initials.
    pub words: f32,
    pub told: f32,
    pub initials: u16,
}

impl Names {
    pub fn entry_of(&self, row: u32) -> u32 {
        self.rows[row as usize].entry
    }

    pub fn tokens_of(&self, row: u32) -> Vec<&Token> {
        self.token_ids(&self.rows[row as usize]).iter().map(|&id| &self.tokens[id as usize]).collect()
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

    pub fn is_of_persons(&self) -> bool {
        self.person
    }

    pub fn token(&self, token: u32) -> &Token {
        &self.tokens[token as usize]
    }

    pub fn row(&self, row: u32) -> &Row {
        &self.rows[row as usize]
    }

    pub fn row_count(&self) -> usize {
        self.rows.len()
    }

    pub fn token_ids(&self, row: &Row) -> &[u32] {
        &self.row_tokens[row.start as usize..row.start as usize + usize::from(row.len)]
    }

    /// Neighbouring words of some names, written together.
    pub fn joined(&self, joined: u32) -> Together {
        let (text, script) = &self.joined[joined as usize];
        Together::written(0..0, text.to_string(), *script)
    }

    /// Names that have these words beside one another.
    pub fn joined_postings(&self, joined: u32) -> &[u32] {
        let at = joined as usize;
        &self.joined_postings[self.joined_starts[at] as usize..self.joined_starts[at + 1] as usize]
    }

    /// Names that have the token.
    pub fn postings(&self, token: u32) -> &[u32] {
        let token = token as usize;
        &self.postings[self.starts[token] as usize..self.starts[token + 1] as usize]
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
            let words = self.row_tokens[start as usize..].iter().map(|&id| &self.tokens[id as usize]);
            let mut all = Left::default();
            words.clone().for_each(|token| all.add(token));
            // Words that were made whole because the name has no other may stand for particles.
            if words.clone().all(|token| is_minor(&token.text, self.person)) {
                all = Left::default();
            }
            let initials = words.filter(|token| token.kind == Kind::Initial).count() as u16;
            let len = (self.row_tokens.len() as u32 - start) as u16;
            if len == 0 {
                self.by_raw.entry(name.text.trim().to_owned()).or_default().push(self.rows.len() as u32);
            }
            self.rows.push(Row {
                entry,
                index: index as u16,
                start,
                len,
                words: all.words,
                told: all.told,
                initials,
            });
        }
    }

    pub fn build(self) -> Names {
        let Self { person, rows, row_tokens, tokens, by_raw, .. } = self;
        let of = |row: &Row| &row_tokens[row.start as usize..row.start as usize + usize::from(row.len)];
        let pairs =
            rows.iter().enumerate().flat_map(|(name, row)| of(row).iter().map(move |&id| (id, name as u32)));
        let (starts, postings) = postings(pairs.collect(), tokens.len());
        let mut by_group: HashMap<u16, Vec<u32>> = HashMap::new();
        let (mut by_text, mut by_outline, mut by_letters) = (Vec::new(), Vec::new(), Vec::new());
        let (mut spelt, mut crossed, mut long) = (Vec::new(), Vec::new(), Vec::new());
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
            dropped(token.text.as_bytes(), drops(token.text.len()), |hash| by_letters.push((hash, id)));
            let by_passage = if is_spelt(token) { &mut spelt } else { &mut crossed };
            dropped(&token.outline, 1, |hash| {
                by_passage.push((hash, id));
                if token.outline.len() >= LONG_OUTLINE {
                    long.push((hash, id));
                }
            });
        }
        let mut by_initials = Vec::new();
        let (mut joined, mut joined_pairs, mut joined_by_outline) = (Vec::new(), Vec::new(), Vec::new());
        let mut known: HashMap<(Box<str>, Script), u32> = HashMap::new();
        for (number, row) in rows.iter().enumerate() {
            let words: Vec<&Token> = of(row).iter().map(|&id| &tokens[id as usize]).collect();
            for together in together(&words) {
                let key = (Box::from(together.text.as_str()), together.script);
                let id = *known.entry(key).or_insert_with_key(|key| {
                    joined.push(key.clone());
                    joined_by_outline.push((hash(together.outline.iter().copied()), joined.len() as u32 - 1));
                    joined.len() as u32 - 1
                });
                joined_pairs.push((id, number as u32));
            }
            if !person {
                initials(&words, |_, letters| by_initials.push((hash(letters.bytes()), number as u32)));
            }
        }
        let (joined_starts, joined_postings) = self::postings(joined_pairs, joined.len());
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
            long_by_outline: Lookup::new(long),
            joined,
            joined_starts,
            joined_postings,
            joined_by_outline: Lookup::new(joined_by_outline),
            by_initials: Lookup::new(by_initials),
            by_raw,
            rows,
            row_tokens,
            tokens,
        }
    }
}

/// For each of so many words the names that have it, each once: where they start, and all of them.
fn postings(mut pairs: Vec<(u32, u32)>, words: usize) -> (Vec<u32>, Vec<u32>) {
    pairs.sort_unstable();
    pairs.dedup();
    let mut starts = vec![0u32; words + 1];
    pairs.iter().for_each(|(word, _)| starts[*word as usize + 1] += 1);
    for word in 0..words {
        starts[word + 1] += starts[word];
    }
    (starts, pairs.into_iter().map(|(_, name)| name).collect())
}
