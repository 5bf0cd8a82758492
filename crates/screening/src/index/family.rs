//! The names of persons, or of everything else, and under what they are found.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    entry::{Entry, Name, NameKind},
    model::Left,
    name::{initials, parse, together},
    reading::readings,
    text::Script,
    token::{Kind, Token},
    word::is_minor,
};

use super::{
    flat::{Reader, are_below, flat_struct, put_all, rise_to},
    lookup::{Lookup, hash, letter_keys},
    near::Memory,
    tokens::Tokens,
};

pub struct Names {
    person: bool,
    /// Names without an initial come first.
    rows: Vec<Row>,
    sizes: Vec<Size>,
    /// The first name that has one, and how many one has at most.
    first_with_initials: u32,
    initials_max: usize,
    /// Words of all names, one after the other.
    row_tokens: Vec<u32>,
    pub tokens: Tokens,
    postings: Postings,
    pub by_text: Lookup,
    /// Whole words of each group, by the group.
    by_group: Vec<(u16, u32)>,
    pub by_letters: Lookup,
    /// Neighbouring words written together, each once, and the names that have them.
    pub joined: Tokens,
    joined_postings: Postings,
    /// Names under the first letters of their words.
    pub by_initials: Lookup,
    /// Names without a letter or digit in any script, by their text.
    by_raw: BTreeMap<String, Vec<u32>>,
    memory: Mutex<Memory>,
}

struct Row {
    entry: u32,
    start: u32,
    /// Which of the entry's names.
    index: u16,
    len: u8,
    /// All its words could be particles or titles.
    hollow: bool,
    kind: NameKind,
}

flat_struct!(Row { entry: u32, start: u32, index: u16, len: u8, hollow: bool, kind: NameKind });
flat_struct!(Size { words: u8, initials: u8, told: u16 });

/// How many words a name has by which it is looked for, and how many initials.
#[derive(Clone, Copy)]
pub struct Size {
    pub words: u8,
    pub initials: u8,
    /// What all its words tell, rounded down.
    told: u16,
}

/// So many are a nat.
const TOLD_STEPS: f32 = 64.0;

impl Size {
    fn new(kinds_and_told: impl Iterator<Item = (Kind, f32)>, hollow: bool) -> Self {
        let (mut left, mut words, mut initials) = (Left::default(), 0, 0);
        for (kind, told) in kinds_and_told {
            initials += u8::from(kind == Kind::Initial);
            if !hollow {
                left.add_word(kind, told);
                words += u8::from(matches!(kind, Kind::Whole | Kind::Number));
            }
        }
        Self { words, initials, told: (left.told * TOLD_STEPS) as u16 }
    }

    /// What the words tell at least.
    pub fn told(self) -> f32 {
        f32::from(self.told) / TOLD_STEPS
    }
}

impl Names {
    pub fn is_of_persons(&self) -> bool {
        self.person
    }

    /// What is remembered of words that were asked for.
    pub fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn row_count(&self) -> usize {
        self.rows.len()
    }

    pub fn entry_of(&self, row: u32) -> u32 {
        self.rows[row as usize].entry
    }

    pub fn kind_of(&self, row: u32) -> NameKind {
        self.rows[row as usize].kind
    }

    /// The place of the name among those of its entry.
    pub fn place_of(&self, row: u32) -> u16 {
        self.rows[row as usize].index
    }

    pub fn name_of<'a>(&self, row: u32, entry: &'a Entry) -> Option<&'a Name> {
        entry.names.get(usize::from(self.place_of(row)))
    }

    pub fn raw(&self, text: &str) -> &[u32] {
        self.by_raw.get(text).map_or(&[], Vec::as_slice)
    }

    pub fn token_ids(&self, row: u32) -> &[u32] {
        let row = &self.rows[row as usize];
        &self.row_tokens[row.start as usize..row.start as usize + usize::from(row.len)]
    }

    pub fn tokens_of(&self, row: u32) -> Vec<Token<'_>> {
        self.token_ids(row).iter().map(|&id| self.tokens.get(id)).collect()
    }

    pub fn size(&self, row: u32) -> Size {
        self.sizes[row as usize]
    }

    /// The first name with an initial; all before it have none.
    pub fn first_with_initials(&self) -> u32 {
        self.first_with_initials
    }

    pub fn initials_max(&self) -> usize {
        self.initials_max
    }

    pub fn with_group(&self, group: u16) -> impl Iterator<Item = u32> {
        let first = self.by_group.partition_point(|known| known.0 < group);
        self.by_group[first..].iter().take_while(move |known| known.0 == group).map(|known| known.1)
    }

    /// Names that have the token.
    pub fn postings(&self, token: u32) -> &[u32] {
        self.postings.of(token)
    }

    /// Names that have these words beside one another.
    pub fn joined_postings(&self, joined: u32) -> &[u32] {
        self.joined_postings.of(joined)
    }
}

/// No name has more words: their places are bits of a number.
const ROW_WORDS_MAX: u8 = 64;

impl Names {
    pub fn put(&self, to: &mut Vec<u8>) {
        put_all(&[self.person], to);
        put_all(&self.rows, to);
        put_all(&self.sizes, to);
        put_all(&[self.first_with_initials, self.initials_max as u32], to);
        put_all(&self.row_tokens, to);
        self.tokens.put(to);
        self.postings.put(to);
        self.by_text.put(to);
        put_all(&self.by_group, to);
        self.by_letters.put(to);
        self.joined.put(to);
        self.joined_postings.put(to);
        self.by_initials.put(to);
        put_all(&serde_json::to_vec(&self.by_raw).unwrap_or_default(), to);
    }

    /// `None` where the bytes are none, or name an entry that is not below `entries`.
    pub fn take(from: &mut Reader, entries: usize) -> Option<Self> {
        let person = from.one()?;
        let (rows, sizes): (Vec<Row>, Vec<Size>) = (from.all()?, from.all()?);
        let [first_with_initials, initials_max] = from.all()?.try_into().ok()?;
        let row_tokens: Vec<u32> = from.all()?;
        let tokens = Tokens::take(from)?;
        let postings = Postings::take(from, tokens.len(), rows.len())?;
        let by_text = Lookup::take(from, tokens.len())?;
        let by_group: Vec<(u16, u32)> = from.all()?;
        let by_letters = Lookup::take(from, tokens.len())?;
        let joined = Tokens::take(from)?;
        let joined_postings = Postings::take(from, joined.len(), rows.len())?;
        let by_initials = Lookup::take(from, rows.len())?;
        let by_raw: BTreeMap<String, Vec<u32>> = serde_json::from_slice(&from.all::<u8>()?).ok()?;
        let is_sound = |row: &Row| {
            let end = row.start as usize + usize::from(row.len);
            (row.entry as usize) < entries && end <= row_tokens.len() && row.len <= ROW_WORDS_MAX
        };
        let sound = rows.iter().all(is_sound)
            && sizes.len() == rows.len()
            && are_below(&row_tokens, tokens.len())
            && by_group.iter().all(|(_, id)| (*id as usize) < tokens.len())
            && by_raw.values().all(|raw| are_below(raw, rows.len()));
        sound.then(|| Self {
            person,
            sizes,
            first_with_initials,
            initials_max: initials_max as usize,
            row_tokens,
            tokens,
            postings,
            by_text,
            by_group,
            by_letters,
            joined,
            joined_postings,
            by_initials,
            by_raw,
            memory: Mutex::new(Memory::new(rows.len())),
            rows,
        })
    }
}

/// For each word the names that have it, each once.
struct Postings {
    starts: Vec<u32>,
    names: Vec<u32>,
}

impl Postings {
    fn new(mut pairs: Vec<(u32, u32)>, words: usize) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut starts = vec![0u32; words + 1];
        pairs.iter().for_each(|(word, _)| starts[*word as usize + 1] += 1);
        for word in 0..words {
            starts[word + 1] += starts[word];
        }
        Self { starts, names: pairs.into_iter().map(|(_, name)| name).collect() }
    }

    fn put(&self, to: &mut Vec<u8>) {
        put_all(&self.starts, to);
        put_all(&self.names, to);
    }

    fn take(from: &mut Reader, words: usize, rows: usize) -> Option<Self> {
        let (starts, names): (Vec<u32>, Vec<u32>) = (from.all()?, from.all()?);
        let sound = starts.len() == words + 1 && rise_to(&starts, names.len()) && are_below(&names, rows);
        sound.then_some(Self { starts, names })
    }

    fn of(&self, word: u32) -> &[u32] {
        let word = word as usize;
        &self.names[self.starts[word] as usize..self.starts[word + 1] as usize]
    }
}

/// Things each once, numbered as they came.
struct Numbered<K> {
    known: HashMap<K, u32>,
}

impl<K: std::hash::Hash + Eq> Numbered<K> {
    fn number(&mut self, key: K, new: impl FnOnce(&K)) -> u32 {
        let next = self.known.len() as u32;
        *self.known.entry(key).or_insert_with_key(|key| {
            new(key);
            next
        })
    }
}

pub struct NamesBuilder {
    person: bool,
    rows: Vec<Row>,
    row_tokens: Vec<u32>,
    tokens: Vec<Token<'static>>,
    known: Numbered<(Box<str>, Kind, Script)>,
    by_raw: Vec<(String, u32)>,
}

impl NamesBuilder {
    pub fn new(person: bool) -> Self {
        Self {
            person,
            rows: Vec::new(),
            row_tokens: Vec::new(),
            tokens: Vec::new(),
            known: Numbered { known: HashMap::new() },
            by_raw: Vec::new(),
        }
    }

    pub fn add(&mut self, entry: u32, listed: &Entry) {
        let names = listed.names.iter().enumerate().take(usize::from(u16::MAX));
        let read = names.flat_map(|(index, name)| {
            readings(&name.text, self.person).map(move |text| (index as u16, name.kind, text))
        });
        for (index, kind, text) in read.collect::<Vec<_>>() {
            let start = self.row_tokens.len() as u32;
            for token in parse(&text, self.person).into_iter().take(usize::from(u8::MAX)) {
                let key = (Box::from(&*token.text), token.kind, token.script);
                self.row_tokens.push(self.known.number(key, |_| self.tokens.push(token)));
            }
            let words = &self.row_tokens[start as usize..];
            if words.is_empty() {
                self.by_raw.push((text.trim().to_owned(), self.rows.len() as u32));
            }
            // Words that were made whole because the name has no other may stand for particles.
            let hollow = words.iter().all(|&id| is_minor(&self.tokens[id as usize].text, self.person));
            let len = words.len() as u8;
            self.rows.push(Row { entry, start, index, len, hollow, kind });
        }
    }

    pub fn build(self) -> Names {
        let Self { person, rows, row_tokens, tokens: given, by_raw, .. } = self;
        let (tokens, numbers) = Tokens::new(&given, true);
        drop(given);
        let row_tokens: Vec<u32> = row_tokens.into_iter().map(|id| numbers[id as usize]).collect();
        let of = |row: &Row| &row_tokens[row.start as usize..row.start as usize + usize::from(row.len)];
        let initials_of =
            |row: &Row| of(row).iter().filter(|&&token| tokens.kind(token) == Kind::Initial).count();
        let (plain, with_initials): (Vec<u32>, Vec<u32>) =
            (0..rows.len() as u32).partition(|&at| initials_of(&rows[at as usize]) == 0);
        let first_with_initials = plain.len() as u32;
        let order: Vec<u32> = plain.into_iter().chain(with_initials).collect();
        let mut new_places = vec![0; rows.len()];
        order.iter().enumerate().for_each(|(place, &at)| new_places[at as usize] = place as u32);
        let mut raw: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        by_raw.into_iter().for_each(|(text, at)| raw.entry(text).or_default().push(new_places[at as usize]));
        let mut rows: Vec<Option<Row>> = rows.into_iter().map(Some).collect();
        let rows: Vec<Row> = order.iter().filter_map(|&at| rows[at as usize].take()).collect();
        let initials_max = rows.iter().map(initials_of).max().unwrap_or(0);
        let size = |row: &Row| {
            let words = of(row).iter().map(|&token| (tokens.kind(token), tokens.told(token)));
            Size::new(words, row.hollow)
        };
        let sizes: Vec<Size> = rows.iter().map(size).collect();

        let pairs =
            rows.iter().enumerate().flat_map(|(name, row)| of(row).iter().map(move |&id| (id, name as u32)));
        let postings = Postings::new(pairs.collect(), tokens.len());
        let (mut by_text, mut by_letters, mut by_group) = (Vec::new(), Vec::new(), Vec::new());
        for id in 0..tokens.len() as u32 {
            let token = tokens.get(id);
            by_text.push((hash(token.text.bytes()), id));
            if token.kind == Kind::Whole {
                letter_keys(token.text.as_bytes(), |hash| by_letters.push((hash, id)));
                by_group.extend(token.group.map(|group| (group, id)));
            }
        }
        by_group.sort_unstable();
        let mut by_initials = Vec::new();
        let (mut joined, mut joined_pairs) = (Vec::new(), Vec::new());
        let mut known: Numbered<(Box<str>, Script)> = Numbered { known: HashMap::new() };
        for (number, row) in rows.iter().enumerate() {
            let words: Vec<Token> = of(row).iter().map(|&id| tokens.get(id)).collect();
            let words: Vec<&Token> = words.iter().collect();
            for together in together(&words) {
                let key = (Box::from(together.text.as_str()), together.script);
                let id = known.number(key, |_| joined.push(together.into_token()));
                joined_pairs.push((id, number as u32));
            }
            if !person {
                initials(&words, |_, letters| by_initials.push((hash(letters.bytes()), number as u32)));
            }
        }
        drop(known);
        let (joined, numbers) = Tokens::new(&joined, false);
        joined_pairs.iter_mut().for_each(|(id, _)| *id = numbers[*id as usize]);
        let joined_postings = Postings::new(joined_pairs, joined.len());
        Names {
            person,
            sizes,
            first_with_initials,
            initials_max,
            postings,
            by_text: Lookup::new(by_text),
            by_group,
            by_letters: Lookup::new(by_letters),
            joined,
            joined_postings,
            by_initials: Lookup::new(by_initials),
            by_raw: raw,
            memory: Mutex::new(Memory::new(rows.len())),
            rows,
            row_tokens,
            tokens,
        }
    }
}
