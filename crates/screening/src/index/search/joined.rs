//! What is written together on one side and apart on the other, and acronyms.

use std::ops::Range;

use crate::{
    name::{JOINED_ALIKE_MIN, Pair, initials, joined_likeness},
    sound::is_crossed,
    token::{Kind, VARIANT},
};

use super::{Search, Words};
use crate::index::{lookup::hash, scan::Scan};

/// A name that has words together which the other has apart, or first letters.
pub struct Joined {
    pub name: u32,
    pub words: Words,
    pub most: f32,
    pub same: bool,
}

impl Search<'_> {
    /// Names that have words written apart on one side and together on the other, or an acronym; by their number.
    pub fn joined(&self) -> Vec<Joined> {
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
            let mut scan = Scan::new(&together.text, &together.sounds, &together.outline, together.script);
            for range in self.names.tokens.of_outline(&together.outline) {
                scan.joined(&self.names.tokens, range, JOINED_ALIKE_MIN, |id, likeness| {
                    let Some(likeness) = joined_likeness(likeness) else { return };
                    let pair = Pair { ours: 0..run.len(), theirs: 0..1, likeness, acronym: false };
                    let worth = self.weights.worth(&pair, run, &[&self.names.tokens.get(id)]);
                    let most = self.weights.gain(worth).most();
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
