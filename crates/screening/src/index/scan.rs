//! One word held against many that lie side by side.

use std::ops::Range;

use crate::{
    sound::{Ladder, Passage, Sound, apart},
    text::Script,
    token::{LETTERS_MAX, Letters, are_spelt_apart, by_letters, drops, spelling},
};

use super::tokens::Tokens;

/// A word, and what is remembered of those it was held against.
pub struct Scan<'a> {
    text: &'a [u8],
    outline: &'a [u8],
    script: Script,
    letters: Letters,
    ladder: Ladder<'a>,
}

impl<'a> Scan<'a> {
    pub fn new(text: &'a str, sounds: &'a [Sound], outline: &'a [u8], script: Script) -> Self {
        let text = text.as_bytes();
        Self { text, outline, script, letters: Letters::of(text), ladder: Ladder::new(sounds, script) }
    }

    /// Offers those that are as like as `least` tells of their script, with their likeness as two words. All are of one
    /// outline.
    pub fn words(
        &mut self,
        tokens: &Tokens,
        range: Range<u32>,
        least: impl Fn(Script) -> f32,
        mut offer: impl FnMut(u32, f32),
    ) {
        let mut rest = range;
        while !rest.is_empty() {
            let first = rest.start;
            let script = tokens.script(first);
            rest.start += rest.clone().take_while(|&id| tokens.script(id) == script).count() as u32;
            let price = match script {
                Script::Latin => self.apart(tokens.outline(tokens.outline_of(first))),
                _ => 0,
            };
            let least = least(script);
            for id in first..rest.start {
                let sounded = self.sounded(tokens, id, price, least);
                let likeness = self.word(tokens, id, sounded, least);
                if likeness >= least {
                    offer(id, likeness);
                }
            }
        }
    }

    /// How like one word is; less than `least` where it is not as like as that.
    pub fn alone(&mut self, tokens: &Tokens, id: u32, least: f32) -> f32 {
        let sounded = self.ladder.likeness(tokens.sounds(id), tokens.script(id), least);
        self.word(tokens, id, sounded, least)
    }

    fn word(&self, tokens: &Tokens, id: u32, sounded: f32, least: f32) -> f32 {
        by_letters((self.script, tokens.script(id)), sounded, |sounded| {
            self.spelt(tokens, id, sounded.max(least))
        })
    }

    /// Offers those that are as like as `least`, where one or the other is several words written together.
    pub fn joined(
        &mut self,
        tokens: &Tokens,
        range: Range<u32>,
        least: f32,
        mut offer: impl FnMut(u32, f32),
    ) {
        for id in range {
            let sounded = self.sounded(tokens, id, 0, least);
            let likeness = sounded.max(self.spelt(tokens, id, sounded.max(least)));
            if likeness >= least {
                offer(id, likeness);
            }
        }
    }

    /// What any Latin word of that outline costs at least.
    fn apart(&self, outline: &[u8]) -> u16 {
        apart(Passage::between(self.script, Script::Latin), self.outline, outline)
    }

    fn sounded(&mut self, tokens: &Tokens, id: u32, price: u16, least: f32) -> f32 {
        let sketch = tokens.sketch(id);
        let (shared, len) = (usize::from(sketch.shared), usize::from(sketch.sounds_len));
        match self.ladder.rules_out(shared, len, price, least) {
            true => 0.0,
            false => self.ladder.likeness(tokens.sounds(id), tokens.script(id), least),
        }
    }

    /// Whether words that are spelt out may be near by their letters alone.
    pub fn may_be_near_by_letters(&self, tokens: &Tokens, id: u32) -> bool {
        let sketch = tokens.sketch(id);
        let (ours, theirs) = (self.text.len(), usize::from(sketch.text_len));
        let (only_ours, only_theirs) = self.letters.apart(sketch.letters);
        let long = ours.max(theirs) > LETTERS_MAX;
        long || (only_ours <= drops(ours)
            && only_theirs <= drops(theirs)
            && ours <= theirs + drops(ours)
            && theirs <= ours + drops(theirs))
    }

    fn spelt(&self, tokens: &Tokens, id: u32, least: f32) -> f32 {
        let sketch = tokens.sketch(id);
        let theirs = (sketch.letters, usize::from(sketch.text_len));
        match are_spelt_apart((self.letters, self.text.len()), theirs, least) {
            true => 0.0,
            false => spelling(self.text, tokens.text_bytes(id), least),
        }
    }
}
