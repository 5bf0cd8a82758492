//! Hashes and what is found under them.

use super::flat::{Reader, are_below, put_all, rise_to};

/// What is found under a hash. Different keys may share one: who finds must compare.
#[derive(Default)]
pub struct Lookup {
    ids: Vec<u32>,
    /// The last bits of their hashes.
    tags: Vec<u8>,
    /// Where hashes with these leading bits begin.
    starts: Vec<u32>,
}

/// No more leading bits of a hash choose a bucket.
const BITS_MAX: u32 = 24;

impl Lookup {
    /// From pairs of a hash and what is to be found under it.
    pub fn new(mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let bits = ((pairs.len().max(4) as u32).ilog2() - 1).min(BITS_MAX);
        let mut starts = vec![0u32; (1usize << bits) + 1];
        for (hash, _) in &pairs {
            starts[(hash >> (32 - bits)) as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Self {
            tags: pairs.iter().map(|(hash, _)| *hash as u8).collect(),
            ids: pairs.into_iter().map(|(_, id)| id).collect(),
            starts,
        }
    }

    pub fn put(&self, to: &mut Vec<u8>) {
        put_all(&self.ids, to);
        put_all(&self.tags, to);
        put_all(&self.starts, to);
    }

    /// `None` where the bytes are none, or a number is not below `end`.
    pub fn take(from: &mut Reader, end: usize) -> Option<Self> {
        let (ids, tags, starts) = (from.all()?, from.all()?, from.all::<u32>()?);
        let buckets = starts.len().checked_sub(1)?;
        let sound = tags.len() == ids.len()
            && buckets.is_power_of_two()
            && (2..=1 << BITS_MAX).contains(&buckets)
            && rise_to(&starts, ids.len())
            && are_below(&ids, end);
        sound.then_some(Self { ids, tags, starts })
    }

    pub fn get(&self, hash: u32) -> impl Iterator<Item = u32> {
        let bits = self.starts.len().max(2).ilog2();
        let at = (hash >> (32 - bits)) as usize;
        let range = match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(&start), Some(&end)) => start as usize..end as usize,
            _ => 0..0,
        };
        let tagged = self.tags[range.clone()].iter().zip(&self.ids[range]);
        tagged.filter(move |(tag, _)| **tag == hash as u8).map(|(_, id)| *id)
    }
}

pub fn hash(bytes: impl IntoIterator<Item = u8>) -> u32 {
    let fnv = bytes
        .into_iter()
        .fold(0x811c_9dc5u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    // The leading bits choose the bucket, and FNV mixes them last.
    (fnv ^ (fnv >> 15)).wrapping_mul(0x2c1b_3c6d)
}

/// Hashes of the bytes and of all they become when one of them is left out.
pub fn one_dropped(bytes: &[u8], mut take: impl FnMut(u32)) {
    take(hash(bytes.iter().copied()));
    for dropped in 0..bytes.len() {
        take(hash(bytes.iter().enumerate().filter(|(at, _)| *at != dropped).map(|(_, byte)| *byte)));
    }
}

/// Letters at the beginning of a word that stand for it.
const BEGINNING: usize = 8;

/// Words up to this length are found by their beginnings less one letter.
const ONE_LESS_MAX: usize = 8;

/// Words from this length on are found by their beginnings less two letters.
const TWO_LESS_MIN: usize = 7;

/// Hashes of what is left of a word's beginning when letters are dropped. Two words that are near by their letters
/// ([`crate::token::are_near_by_letters`]) share one: whatever is dropped from the one or the other, of beginnings of
/// one length the same is left once as many letters are dropped from both, the last ones if no others.
pub fn letter_keys(word: &[u8], mut take: impl FnMut(u32)) {
    let mut beginning = [0; BEGINNING];
    let len = word.len().min(BEGINNING);
    beginning[..len].copy_from_slice(&word[..len]);
    let whole = u64::from_le_bytes(beginning);
    // Places after the word's end are all alike.
    let last = len.min(BEGINNING - 1);
    let mixed =
        |letters: u64, less: u64| (((letters ^ less << 60).wrapping_mul(0x9e37_79b9_7f4a_7c15)) >> 32) as u32;
    if word.len() <= ONE_LESS_MAX {
        (0..=last).for_each(|at| take(mixed(without(whole, at), 1)));
    }
    if word.len() >= TWO_LESS_MIN {
        for first in 0..=last {
            let less = without(whole, first);
            (first..last).for_each(|second| take(mixed(without(less, second), 2)));
        }
    }
}

fn without(letters: u64, at: usize) -> u64 {
    let before = (1u64 << (8 * at)) - 1;
    letters & before | letters >> 8 & !before
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::token::are_near_by_letters;

    #[test]
    fn what_was_put_in_is_found_under_its_hash_alone() {
        let lookup = Lookup::new(vec![(7, 1), (u32::MAX, 2), (7, 3), (7, 1), (0, 4)]);

        assert_eq!(lookup.get(7).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(lookup.get(u32::MAX).collect::<Vec<_>>(), [2]);
        assert_eq!(lookup.get(8).count() + Lookup::new(Vec::new()).get(0).count(), 0);
    }

    fn share_a_key(a: &str, b: &str) -> bool {
        let keys = |text: &str| {
            let mut keys = Vec::new();
            letter_keys(text.as_bytes(), |key| keys.push(key));
            keys
        };
        keys(a).iter().any(|key| keys(b).contains(key))
    }

    #[test]
    fn words_a_letter_apart_share_a_key() {
        for (a, b) in [
            ("smith", "smyth"),
            ("smith", "smih"),
            ("smith", "simth"),
            ("li", "liu"),
            ("abcdefghi", "abcdefgxy"),
        ] {
            assert!(share_a_key(a, b), "{a} {b}");
        }
        assert!(!share_a_key("smith", "brown") && !share_a_key("abcdef", "abcdxy"));
    }

    proptest! {
        #[test]
        fn words_that_are_near_by_their_letters_always_share_a_key(
            word in "[a-c]{1,24}", changes in prop::collection::vec((any::<prop::sample::Index>(), "[a-c]?"), 0..3)
        ) {
            let mut other = word.clone();
            for (at, letter) in changes {
                let at = at.index(other.len().max(1)).min(other.len());
                other.replace_range(at..(at + 1).min(other.len()), &letter);
            }
            prop_assert!(!are_near_by_letters(word.as_bytes(), other.as_bytes()) || share_a_key(&word, &other), "{word} {other}");
        }
    }
}
