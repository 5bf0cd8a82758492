//! Which sequence numbers of which source are stored: ranges, so that a source that counts costs nothing.

use std::collections::{BTreeMap, HashMap};

use crate::codec::{Reader, put_bytes, put_u64};
use crate::row::Row;

/// Ranges of numbers, both ends counted, that neither overlap nor touch.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Ranges(BTreeMap<u64, u64>);

impl Ranges {
    fn contains(&self, number: u64) -> bool {
        self.0.range(..=number).next_back().is_some_and(|(_, last)| *last >= number)
    }

    fn insert(&mut self, mut first: u64, mut last: u64) {
        while let Some((&start, &end)) = self.0.range(..=last.saturating_add(1)).next_back() {
            if end.saturating_add(1) < first {
                break;
            }
            first = first.min(start);
            last = last.max(end);
            self.0.remove(&start);
        }
        self.0.insert(first, last);
    }
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Seen(HashMap<String, Ranges>);

impl Seen {
    pub fn of<'a>(rows: impl Iterator<Item = &'a Row>) -> Self {
        let mut seen = Self::default();
        for row in rows {
            if let (Some(source), Some(seq)) = (&row.event.source, row.event.seq) {
                seen.insert(source, seq);
            }
        }
        seen
    }

    pub fn contains(&self, source: &str, seq: u64) -> bool {
        self.0.get(source).is_some_and(|ranges| ranges.contains(seq))
    }

    pub fn insert(&mut self, source: &str, seq: u64) {
        self.ranges(source).insert(seq, seq);
    }

    pub fn merge(&mut self, other: Self) {
        for (source, ranges) in other.0 {
            let mine = self.ranges(&source);
            for (first, last) in ranges.0 {
                mine.insert(first, last);
            }
        }
    }

    pub fn encode(&self, out: &mut Vec<u8>) {
        let mut sources: Vec<_> = self.0.iter().collect();
        sources.sort_by_key(|(source, _)| *source);
        put_u64(out, sources.len() as u64);
        for (source, ranges) in sources {
            put_bytes(out, source.as_bytes());
            put_u64(out, ranges.0.len() as u64);
            let mut before = 0;
            for (first, last) in &ranges.0 {
                put_u64(out, first - before);
                put_u64(out, last - first);
                before = *last;
            }
        }
    }

    pub fn decode(reader: &mut Reader<'_>) -> Option<Self> {
        let mut seen = Self::default();
        for _ in 0..reader.count()? {
            let source = reader.text()?;
            let mut before = 0_u64;
            for _ in 0..reader.count()? {
                let first = before.checked_add(reader.u64()?)?;
                let last = first.checked_add(reader.u64()?)?;
                seen.ranges(source).insert(first, last);
                before = last;
            }
        }
        Some(seen)
    }

    fn ranges(&mut self, source: &str) -> &mut Ranges {
        if !self.0.contains_key(source) {
            self.0.insert(source.to_owned(), Ranges::default());
        }
        self.0.get_mut(source).expect("inserted above")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranges_always_agree_with_a_set(
            numbers in prop::collection::vec(prop_oneof![0..30_u64, (u64::MAX - 30)..=u64::MAX], 0..60),
            later in prop::collection::vec(0..40_u64, 0..20),
        ) {
            let mut seen = Seen::default();
            numbers.iter().for_each(|number| seen.insert("s", *number));
            let mut second = Seen::default();
            later.iter().for_each(|number| second.insert("s", *number));
            let mut bytes = Vec::new();
            second.encode(&mut bytes);
            seen.merge(Seen::decode(&mut Reader(&bytes)).unwrap());

            let model: HashSet<_> = numbers.into_iter().chain(later).collect();
            for number in (0..45).chain((u64::MAX - 32)..=u64::MAX) {
                prop_assert_eq!(seen.contains("s", number), model.contains(&number));
            }
            prop_assert!(!seen.contains("t", 1));
        }
    }

    #[test]
    fn a_source_that_counts_is_one_range() {
        let mut seen = Seen::default();
        (0..1000).rev().for_each(|number| seen.insert("s", number));

        assert_eq!(seen.0["s"].0.len(), 1);
    }
}
