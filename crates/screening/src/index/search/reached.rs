//! Names whose near words add up to enough, by a sum in steps of a byte for each name.

use crate::model::SAME_NAME_MIN;

use super::{ROUNDING, Scratch, Search};

/// What is needed to reach the floor, in steps.
const NEEDED: u8 = 200;

/// Going through the names of a word costs this part of looking at as many names word by word.
const LOOK_COST: usize = 20;

/// Names that have a word near to one asked.
struct Lists {
    /// Near words, with what each adds in steps, and whether it is the same.
    tokens: Vec<(u32, u8, bool)>,
    names: usize,
    /// The least that a word adds that is the same; `None` where there is none.
    same_min: Option<u8>,
    most: u8,
}

impl Search<'_> {
    /// Names whose words add enough by the sum of their steps.
    pub fn reached(&self, scratch: &mut Scratch) -> Vec<u32> {
        let same_counts = self.floor <= SAME_NAME_MIN;
        let mut lists: Vec<Lists> = self.places().map(|at| self.lists(at, same_counts)).collect();
        lists.sort_by_key(|lists| lists.names);
        let for_initials = self.steps(self.for_initials());
        let (mut left_out, mut needed) = (0u32, NEEDED);
        // The names of one word are always gone through; those of a far more common one are not, where it adds too little
        // by itself.
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
        let initials_max = self.places().count().saturating_sub(1);
        let words = self.places().count() + self.takers;
        let needed_by_all = self.needed_by_all();
        reached.retain(|&name| {
            let sum = scratch.reached[name as usize];
            let size = self.names.size(name);
            let initials = usize::from(size.initials).min(initials_max) as f32;
            let more = usize::from(size.words).saturating_sub(words) as f32;
            let needed = needed_by_all + self.weights.listed_words(more) - self.for_initial() * initials;
            sum == u8::MAX || (f32::from(sum) + left_out as f32) * self.step() >= needed - ROUNDING
        });
        for (token, ..) in lists.iter().flat_map(|list| &list.tokens) {
            self.names.postings(*token).iter().for_each(|&name| scratch.reached[name as usize] = 0);
        }
        reached
    }

    /// The names of near words that add enough for a name to reach the floor with the help of all others.
    fn lists(&self, at: usize, same_counts: bool) -> Lists {
        let word = &self.words[at];
        let needed = self.needed_of(at);
        let mut lists = Lists { tokens: Vec::new(), names: 0, same_min: None, most: 0 };
        for near in word.near.best_first() {
            let same = same_counts && near.is_same();
            if !near.gain.reaches(needed) && !same {
                continue;
            }
            let gain = if near.gain.alone >= needed.alone { near.gain.most() } else { near.gain.beside };
            let steps = self.steps(gain - word.rest());
            lists.most = lists.most.max(steps);
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
        self.needed_by_all() / f32::from(NEEDED)
    }

    /// Rounded up; never 0, and so many at most as stand for any number.
    fn steps(&self, nats: f32) -> u8 {
        match self.needed_by_all() > 0.0 {
            true => (nats / self.step()).ceil().clamp(1.0, f32::from(u8::MAX)) as u8,
            false => u8::MAX,
        }
    }
}
