//! How deep each word of an asked name is looked up.
//!
//! A name reaches the floor only if what its words add comes to what is needed, so that one of them adds its share of it.
//! Words are looked up as deep as their shares first. Names that have one of the words found then are held against the
//! other asked words one by one; where they are many, the others are looked up as deep as they can count.

use std::sync::Arc;

use super::Search;
use crate::{
    index::near::{Least, Near},
    model::Gain,
};

/// One name of so many is held against a word by itself sooner than the word against all words of the lists.
const NAMES_A_FEW: usize = 400;

impl Search<'_> {
    pub fn look(&mut self) {
        let mut places: Vec<usize> = self.places().collect();
        places.sort_by(|a, b| self.ours[*b].told.total_cmp(&self.ours[*a].told));
        for (number, &at) in places.iter().enumerate() {
            let known: f32 = places[..number].iter().map(|&at| self.words[at].rest()).sum();
            self.look_up(at, self.share(self.needed - known, &places[number..]));
        }
        while let Some(at) = self.too_shallow(&places) {
            self.look_up(at, f32::NEG_INFINITY);
        }
        for &at in &places {
            self.words[at].near.tokens().for_each(|token| self.near.add(token));
        }
    }

    /// What the first of these words must add where all of them add so much.
    fn share(&self, needed: f32, places: &[usize]) -> f32 {
        let most = |at: usize| self.words[at].most.beside.max(0.0);
        let all: f32 = places.iter().map(|&at| most(at)).sum();
        if all > 0.0 { needed * most(places[0]) / all } else { needed }
    }

    /// The word that would have to be held against too many names, because they have another.
    fn too_shallow(&self, places: &[usize]) -> Option<usize> {
        let few = self.names.row_count() / NAMES_A_FEW;
        let many = places.iter().copied().filter(|&at| self.names_by(at) > few);
        let shallow = |many: usize| {
            let others = places
                .iter()
                .copied()
                .filter(|&at| at != many && self.words[at].rest() > self.words[at].aside);
            others.max_by(|a, b| self.words[*a].rest().total_cmp(&self.words[*b].rest()))
        };
        many.filter_map(shallow).next()
    }

    /// How many names have this word and could reach the floor without any other that was found.
    fn names_by(&self, at: usize) -> usize {
        let others: f32 =
            self.places().filter(|&other| other != at).map(|other| self.words[other].rest()).sum();
        let needed = Gain { beside: self.needed - others, ..self.needed_of(at) };
        let enough = self.words[at].near.best_first().filter(|near| near.gain.reaches(needed));
        enough.map(|near| self.names.postings(near.token).len()).sum()
    }

    /// Finds words of the lists that are near to this one and add at least so much, or as much as can count.
    fn look_up(&mut self, at: usize, at_least: f32) {
        let token = self.ours[at];
        let needed = self.needed_of(at);
        let deep = at_least <= needed.beside;
        let least =
            Least::of(self.weights, token.told, Gain { beside: needed.beside.max(at_least), ..needed });
        let known = self.names.memory().find(token, least);
        let near = known.unwrap_or_else(|| {
            let near = Arc::new(Near::of(self.names, token, least));
            self.names.memory().keep(token, near.clone());
            near
        });
        let unseen = near.unseen(self.weights, token.told);
        let nothing = Gain { beside: 0.0, alone: 0.0 };
        let most = if deep { nothing } else { unseen.or(nothing) };
        let most = near.best_first().fold(most, |most, near| most.or(near.gain));
        let word = &mut self.words[at];
        (word.near, word.unseen, word.most, word.deep) = (near, unseen, most, deep);
    }
}
