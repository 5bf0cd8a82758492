//! An index as one file: written once and read back without building it.

use std::sync::Arc;

use super::{
    Gone, Index, ListInfo, Part,
    flat::{Flat as _, Reader, put_all},
    segment::Segment,
};
use crate::ENGINE_VERSION;

const MAGIC: &[u8; 16] = b"tenantry index 2";

/// Why bytes are no index. It is made anew from the lists then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoIndex {
    #[error("it is no index")]
    Unknown,
    #[error("another version of the engine wrote it")]
    OtherEngine,
    #[error("it is damaged")]
    Damaged,
}

impl Index {
    /// The index as bytes, the same for one made anew of the same lists.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut content = Vec::new();
        let lists = self.lists.iter().map(|list| {
            (&list.id, &list.title, &list.version, &list.sha256, list.entry_count, list.name_count)
        });
        put_all(&serde_json::to_vec(&lists.collect::<Vec<_>>()).unwrap_or_default(), &mut content);
        for part in &self.parts {
            put_all(&part.gone.bits, &mut content);
            part.segment.put(&mut content);
        }
        let mut bytes = MAGIC.to_vec();
        put_all(ENGINE_VERSION.as_bytes(), &mut bytes);
        checksum(&content).put(&mut bytes);
        bytes.extend(content);
        bytes
    }

    /// Reads what [`Index::to_bytes`] wrote. Never panics, whatever the bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NoIndex> {
        let mut reader = Reader(bytes.strip_prefix(MAGIC).ok_or(NoIndex::Unknown)?);
        if reader.all::<u8>().ok_or(NoIndex::Damaged)? != ENGINE_VERSION.as_bytes() {
            return Err(NoIndex::OtherEngine);
        }
        let sum = u64::take(reader.0).ok_or(NoIndex::Damaged)?;
        let content = reader.0.get(u64::SIZE..).ok_or(NoIndex::Damaged)?;
        if sum != checksum(content) {
            return Err(NoIndex::Damaged);
        }
        Self::take(&mut Reader(content)).ok_or(NoIndex::Damaged)
    }

    fn take(from: &mut Reader) -> Option<Self> {
        type Written = (String, String, String, String, usize, usize);
        let lists: Vec<Written> = serde_json::from_slice(&from.all::<u8>()?).ok()?;
        let lists = lists.into_iter().map(|(id, title, version, sha256, entry_count, name_count)| ListInfo {
            id,
            title,
            version,
            sha256,
            entry_count,
            name_count,
        });
        let mut parts = Vec::new();
        while !from.0.is_empty() {
            let bits: Vec<u64> = from.all()?;
            let count = bits.iter().map(|bits| bits.count_ones() as usize).sum();
            let segment = Arc::new(Segment::take(from)?);
            parts.push(Part { segment, gone: Arc::new(Gone { bits, count }) });
        }
        Some(Self { lists: lists.collect(), parts })
    }
}

/// Tells damage; it is no secret and no proof.
fn checksum(bytes: &[u8]) -> u64 {
    let mix = |sum: u64, word: u64| (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    let mut chunks = bytes.chunks_exact(8);
    let sum = chunks.by_ref().fold(bytes.len() as u64, |sum, chunk| {
        mix(sum, chunk.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)))
    });
    chunks.remainder().iter().fold(sum, |sum, byte| mix(sum, u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{IdNumber, Query, fictional, screen};

    fn written() -> Vec<u8> {
        Index::new(vec![fictional()]).to_bytes()
    }

    /// As [`Index::to_bytes`] would put it.
    fn sealed(content: &[u8]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        put_all(ENGINE_VERSION.as_bytes(), &mut bytes);
        checksum(content).put(&mut bytes);
        bytes.extend(content);
        bytes
    }

    fn content(bytes: &[u8]) -> &[u8] {
        &bytes[MAGIC.len() + u64::SIZE + ENGINE_VERSION.len() + u64::SIZE..]
    }

    fn ask_much(index: &Index) -> Vec<Vec<crate::Hit>> {
        let mut queries: Vec<Query> =
            ["Zherebkov", "Tao Guang Huai", "Жеребков Анатолий", "OOO Vektor", "A. B.", "!"]
                .map(Query::for_name)
                .to_vec();
        let number = IdNumber { value: "RU F-700101".to_owned(), ..IdNumber::default() };
        queries.push(Query { id_numbers: vec![number], ..Query::default() });
        queries.extend(fictional().entries.iter().map(|entry| Query::for_name(entry.caption())));
        queries.iter().map(|query| screen(index, query, Some(0.001), 10)).collect()
    }

    #[test]
    fn an_index_read_back_answers_as_the_one_that_was_written() {
        let built = Index::new(vec![fictional()]);

        let read = Index::from_bytes(&built.to_bytes()).unwrap();

        assert_eq!(ask_much(&read), ask_much(&built));
        assert_eq!((read.lists(), read.version()), (built.lists(), built.version()));
        assert_eq!((read.entry_count(), read.name_count()), (built.entry_count(), built.name_count()));
        assert!(read.find_entry("fictional", "fic-001") == built.find_entry("fictional", "fic-001"));
        assert!(read.entries().eq(built.entries()));
        assert!(read.to_bytes() == built.to_bytes());
        assert!(Index::from_bytes(&Index::new(Vec::new()).to_bytes()).is_ok());
    }

    #[test]
    fn what_another_engine_wrote_and_what_is_no_index_is_refused() {
        let mut other = MAGIC.to_vec();
        put_all(b"0.other", &mut other);
        let cut = &written()[..100];

        for (bytes, why) in [
            (b"".as_slice(), NoIndex::Unknown),
            (b"{}", NoIndex::Unknown),
            (&other, NoIndex::OtherEngine),
            (cut, NoIndex::Damaged),
        ] {
            assert_eq!(Index::from_bytes(bytes).err(), Some(why));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn damage_is_always_told(at in any::<prop::sample::Index>(), by in 1u8.., cut in any::<bool>()) {
            let mut bytes = written();
            let at = at.index(bytes.len());
            if cut { bytes.truncate(at) } else { bytes[at] ^= by }
            prop_assert!(Index::from_bytes(&bytes).is_err());
        }

        #[test]
        fn no_content_ever_makes_a_question_panic(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)
        ) {
            let bytes = written();
            let mut content = content(&bytes).to_vec();
            for (at, byte) in changes {
                let at = at.index(content.len());
                content[at] = byte;
            }
            if let Ok(index) = Index::from_bytes(&sealed(&content)) {
                ask_much(&index);
            }
        }
    }
}
