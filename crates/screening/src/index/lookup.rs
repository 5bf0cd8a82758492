//! Sorted pairs of a hash and a number, and the hashes that are looked up in them.

/// What is found under a hash. Different keys may share one: who finds must compare.
#[derive(Default)]
pub struct Lookup {
    pairs: Vec<(u32, u32)>,
    /// Where hashes with these leading bits begin.
    starts: Vec<u32>,
    shift: u32,
}

impl Lookup {
    pub fn new(mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        pairs.shrink_to_fit();
        let bits = (pairs.len().max(2) as u32).ilog2().min(24);
        let shift = 32 - bits;
        let mut starts = vec![0u32; (1usize << bits) + 1];
        for (hash, _) in &pairs {
            starts[(hash >> shift) as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Self { pairs, starts, shift }
    }

    pub fn get(&self, hash: u32) -> impl Iterator<Item = u32> {
        let at = (hash >> self.shift) as usize;
        let range = match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(&start), Some(&end)) => start as usize..end as usize,
            _ => 0..0,
        };
        self.pairs[range].iter().filter(move |pair| pair.0 == hash).map(|pair| pair.1)
    }
}

pub fn hash(bytes: impl IntoIterator<Item = u8>) -> u32 {
    let fnv = bytes
        .into_iter()
        .fold(0x811c_9dc5u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    // The leading bits choose the bucket, and FNV mixes them last.
    (fnv ^ (fnv >> 15)).wrapping_mul(0x2c1b_3c6d)
}

/// Hashes of the bytes and of all they become when `drops` of them, 0 to 2, are left out.
pub fn dropped(bytes: &[u8], drops: usize, mut take: impl FnMut(u32)) {
    let without = |first: usize, second: usize| {
        hash(bytes.iter().enumerate().filter(|(at, _)| *at != first && *at != second).map(|(_, byte)| *byte))
    };
    let none = usize::MAX;
    take(without(none, none));
    if drops == 0 {
        return;
    }
    for first in 0..bytes.len() {
        take(without(first, none));
        if drops > 1 {
            (first + 1..bytes.len()).for_each(|second| take(without(first, second)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_found_under_its_hash_alone() {
        let lookup = Lookup::new(vec![(7, 1), (u32::MAX, 2), (7, 3), (7, 1), (0, 4)]);

        assert_eq!(lookup.get(7).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(lookup.get(u32::MAX).collect::<Vec<_>>(), [2]);
        assert_eq!(lookup.get(8).count() + Lookup::new(Vec::new()).get(0).count(), 0);
    }

    #[test]
    fn words_a_letter_apart_share_a_hash() {
        let hashes = |text: &str, drops| {
            let mut hashes = Vec::new();
            dropped(text.as_bytes(), drops, |hash| hashes.push(hash));
            hashes
        };
        let shared = |a, b, drops| hashes(a, drops).iter().any(|hash| hashes(b, drops).contains(hash));

        assert!(shared("smith", "smyth", 1) && shared("smith", "smih", 1) && shared("smith", "simth", 1));
        assert!(
            !shared("smith", "brown", 1) && !shared("abcdef", "abcdxy", 1) && shared("abcdef", "abcdxy", 2)
        );
    }
}
