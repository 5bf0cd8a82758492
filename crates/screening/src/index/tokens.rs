//! The words of all names, each once, in few large pieces of memory.

use std::{borrow::Cow, ops::Range};

use crate::{
    sound::Sound,
    text::Script,
    token::{Kind, Letters, Token, is_spelt},
};

use super::{
    flat::{Reader, flat_struct, put_all, rise_to},
    lookup::{Lookup, hash, one_dropped},
};

/// Words in the order of their outlines and then of their sounds, so that what is compared one after the other lies
/// side by side and begins alike. Whole words come first, those that are spelt out before those of other scripts.
pub struct Tokens {
    records: Vec<Record>,
    sketches: Vec<Sketch>,
    /// The sounds of each word, then its letters, in ASCII.
    letters: String,
    outlines: Vec<u8>,
    /// Where the bytes of each outline begin, and where its tokens do.
    outline_starts: Vec<u32>,
    outline_tokens: Vec<u32>,
    /// Outlines of whole words under what they become when a consonant is left out.
    by_outline: Lookup,
}

#[derive(Clone, Copy)]
struct Record {
    told: f32,
    outline: u32,
    group: u16,
    kind: Kind,
}

flat_struct!(Record { told: f32, outline: u32, group: u16, kind: Kind });
flat_struct!(Sketch {
    start: u32,
    letters: Letters,
    text_len: u8,
    sounds_len: u8,
    shared: u8,
    script: Script
});

/// What rules a word out before it is looked at.
#[derive(Clone, Copy)]
pub struct Sketch {
    /// Where its sounds begin.
    start: u32,
    pub letters: Letters,
    pub text_len: u8,
    pub sounds_len: u8,
    /// How many of its first sounds are those of the word before it, of the same outline and script.
    pub shared: u8,
    pub script: Script,
}

const NO_GROUP: u16 = u16::MAX;

/// No word is longer; of a longer phrase only the beginning is kept.
const TEXT_MAX: usize = 255;

impl Tokens {
    /// The words in their new order, and for each given its new number. Whether they are found by outlines that are
    /// only near is told too.
    pub fn new(given: &[Token], by_near_outlines: bool) -> (Self, Vec<u32>) {
        let class = |token: &Token| match token.kind {
            Kind::Whole => u8::from(!is_spelt(token.script)),
            _ => 2,
        };
        let mut order: Vec<u32> = (0..given.len() as u32).collect();
        order.sort_unstable_by(|a, b| {
            let key = |at: &u32| {
                let token = &given[*at as usize];
                (class(token), &token.outline, token.script, &token.sounds, &token.text, token.kind)
            };
            key(a).cmp(&key(b))
        });
        let mut tokens = Self {
            records: Vec::with_capacity(given.len()),
            sketches: Vec::with_capacity(given.len()),
            letters: String::new(),
            outlines: Vec::new(),
            outline_starts: vec![0],
            outline_tokens: Vec::new(),
            by_outline: Lookup::default(),
        };
        let mut numbers = vec![0; given.len()];
        let mut by_outline = Vec::new();
        let mut last: Option<&Token> = None;
        for &at in &order {
            let token = &given[at as usize];
            if last.is_none_or(|last| (class(last), &last.outline) != (class(token), &token.outline)) {
                let number = tokens.outline_tokens.len() as u32;
                tokens.outline_tokens.push(tokens.records.len() as u32);
                tokens.outlines.extend_from_slice(&token.outline);
                tokens.outline_starts.push(tokens.outlines.len() as u32);
                if !by_near_outlines {
                    by_outline.push((hash(token.outline.iter().copied()), number));
                } else if token.kind == Kind::Whole {
                    one_dropped(&token.outline, |hash| by_outline.push((hash, number)));
                }
            }
            let same = |last: &&Token| {
                (class(last), &last.outline, last.script) == (class(token), &token.outline, token.script)
            };
            let shared = last
                .filter(same)
                .map_or(0, |last| last.sounds.iter().zip(&*token.sounds).take_while(|(a, b)| a == b).count());
            last = Some(token);
            tokens.sketches.push(Sketch {
                start: tokens.letters.len() as u32,
                letters: Letters::of(token.text.as_bytes()),
                text_len: token.text.len().min(TEXT_MAX) as u8,
                sounds_len: token.sounds.len() as u8,
                shared: shared as u8,
                script: token.script,
            });
            numbers[at as usize] = tokens.records.len() as u32;
            tokens.records.push(Record {
                told: token.told,
                outline: tokens.outline_tokens.len() as u32 - 1,
                group: token.group.unwrap_or(NO_GROUP),
                kind: token.kind,
            });
            tokens.letters.extend(token.sounds.iter().map(|&sound| char::from(sound)));
            tokens.letters.push_str(&token.text[..token.text.len().min(TEXT_MAX)]);
        }
        tokens.outline_tokens.push(tokens.records.len() as u32);
        tokens.by_outline = Lookup::new(by_outline);
        (tokens, numbers)
    }

    pub fn put(&self, to: &mut Vec<u8>) {
        put_all(&self.records, to);
        put_all(&self.sketches, to);
        put_all(self.letters.as_bytes(), to);
        put_all(&self.outlines, to);
        put_all(&self.outline_starts, to);
        put_all(&self.outline_tokens, to);
        self.by_outline.put(to);
    }

    pub fn take(from: &mut Reader) -> Option<Self> {
        let (records, sketches): (Vec<Record>, Vec<Sketch>) = (from.all()?, from.all()?);
        let letters = String::from_utf8(from.all()?).ok()?;
        let outlines: Vec<u8> = from.all()?;
        let (outline_starts, outline_tokens): (Vec<u32>, Vec<u32>) = (from.all()?, from.all()?);
        let count = outline_tokens.len().checked_sub(1)?;
        let by_outline = Lookup::take(from, count)?;
        let is_sound = |(record, sketch): (&Record, &Sketch)| {
            let end = sketch.start as usize + usize::from(sketch.sounds_len) + usize::from(sketch.text_len);
            end <= letters.len() && sketch.text_len > 0 && (record.outline as usize) < count
        };
        let sound = letters.is_ascii()
            && records.len() == sketches.len()
            && records.iter().zip(&sketches).all(is_sound)
            && rise_to(&outline_starts, outlines.len())
            && outline_starts.len() == outline_tokens.len()
            && rise_to(&outline_tokens, records.len())
            // No outline is without a word.
            && outline_tokens.windows(2).all(|pair| pair[0] < pair[1]);
        sound.then_some(Self {
            records,
            sketches,
            letters,
            outlines,
            outline_starts,
            outline_tokens,
            by_outline,
        })
    }

    pub fn len(&self) -> usize {
        self.records.len()
    }

    pub fn get(&self, token: u32) -> Token<'_> {
        let record = &self.records[token as usize];
        Token {
            text: Cow::Borrowed(self.text(token)),
            kind: record.kind,
            script: self.script(token),
            sounds: Cow::Borrowed(self.sounds(token)),
            outline: Cow::Borrowed(self.outline(record.outline)),
            group: self.group(token),
            told: record.told,
        }
    }

    pub fn sounds(&self, token: u32) -> &[Sound] {
        let sketch = self.sketch(token);
        let start = sketch.start as usize;
        &self.letters.as_bytes()[start..start + usize::from(sketch.sounds_len)]
    }

    pub fn text(&self, token: u32) -> &str {
        let sketch = self.sketch(token);
        let start = sketch.start as usize + usize::from(sketch.sounds_len);
        &self.letters[start..start + usize::from(sketch.text_len)]
    }

    pub fn text_bytes(&self, token: u32) -> &[u8] {
        self.text(token).as_bytes()
    }

    pub fn sketch(&self, token: u32) -> Sketch {
        self.sketches[token as usize]
    }

    pub fn group(&self, token: u32) -> Option<u16> {
        Some(self.records[token as usize].group).filter(|group| *group != NO_GROUP)
    }

    pub fn told(&self, token: u32) -> f32 {
        self.records[token as usize].told
    }

    pub fn kind(&self, token: u32) -> Kind {
        self.records[token as usize].kind
    }

    pub fn script(&self, token: u32) -> Script {
        self.sketches[token as usize].script
    }

    pub fn outline_of(&self, token: u32) -> u32 {
        self.records[token as usize].outline
    }

    /// Outlines of whole words that are the same as this one, or are once a consonant is left out on each side; some
    /// twice, and some others.
    pub fn outlines_near<'a>(&'a self, outline: &[u8]) -> Vec<(u32, &'a [u8])> {
        let mut near = Vec::new();
        one_dropped(outline, |hash| near.extend(self.by_outline.get(hash)));
        near.sort_unstable();
        near.dedup();
        near.into_iter().map(|number| (number, self.outline(number))).collect()
    }

    /// Whole words of just this outline; those of one passage are together.
    pub fn of_outline(&self, outline: &[u8]) -> impl Iterator<Item = Range<u32>> {
        let same = self.by_outline.get(hash(outline.iter().copied()));
        same.filter(move |&number| self.outline(number) == outline).map(|number| self.with_outline(number))
    }

    pub fn with_outline(&self, number: u32) -> Range<u32> {
        self.outline_tokens[number as usize]..self.outline_tokens[number as usize + 1]
    }

    pub fn outline(&self, number: u32) -> &[u8] {
        let number = number as usize;
        &self.outlines[self.outline_starts[number] as usize..self.outline_starts[number + 1] as usize]
    }
}
