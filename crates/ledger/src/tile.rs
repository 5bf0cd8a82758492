//! Tiles as C2SP tlog-tiles lays them out: 256 hashes or 256 entries a tile, and the path of each.

use std::fmt;
use std::str::FromStr;

use crate::hash::Hash;

/// Hashes in a full tile, entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;

/// Longest entry that the two length bytes of a bundle allow.
pub const ENTRY_BYTES_MAX: usize = u16::MAX as usize;

/// Levels a tree of at most 2^64 - 1 leaves can have.
pub(crate) const LEVELS: u8 = 8;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The leaves themselves: a bundle.
    Entries,
    /// Hashes of subtrees of 256^n leaves; level 0 holds leaf hashes.
    Hashes(u8),
}

/// Which tile, as part of a tree of a certain size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    pub level: Level,
    pub index: u64,
    /// 1 to 256; below 256 the tile is partial.
    pub width: u16,
}

/// Where stored tiles come from: a folder, a table, memory.
///
/// A partial tile may be gone once its full tile exists, so a reader answers `None` and is then asked
/// for the full one.
pub trait TileReader {
    fn tile(&self, tile: Tile) -> Option<Vec<u8>>;
}

impl<F: Fn(Tile) -> Option<Vec<u8>>> TileReader for F {
    fn tile(&self, tile: Tile) -> Option<Vec<u8>> {
        self(tile)
    }
}

/// Why a proof or root could not be made from tiles.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    #[error("tile `{0}` is not there")]
    Missing(Tile),
    #[error("tile `{0}` has the wrong length")]
    Malformed(Tile),
    #[error("index or size {asked} is beyond a tree of {size}")]
    OutOfRange { asked: u64, size: u64 },
}

/// The text is not the path of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the path of a tile")]
pub struct NotATilePath;

impl Tile {
    /// The tile of hashes at this place in a tree of `size` leaves; `None` where the tree has none.
    pub fn hashes(level: u8, index: u64, size: u64) -> Option<Self> {
        let in_row = if level < LEVELS { size >> (8 * level) } else { 0 };
        width_at(index, in_row).map(|width| Self { level: Level::Hashes(level), index, width })
    }

    /// The bundle of entries at this place in a tree of `size` leaves; `None` where the tree has none.
    pub fn entries(index: u64, size: u64) -> Option<Self> {
        width_at(index, size).map(|width| Self { level: Level::Entries, index, width })
    }

    pub fn is_partial(self) -> bool {
        self.width < TILE_WIDTH
    }

    /// The same tile once it has filled up.
    pub fn to_full(self) -> Self {
        Self { width: TILE_WIDTH, ..self }
    }

    /// `tile/0/x001/x234/067.p/8`.
    pub fn path(self) -> String {
        self.to_string()
    }
}

fn width_at(index: u64, in_row: u64) -> Option<u16> {
    let start = index.checked_mul(u64::from(TILE_WIDTH))?;
    let width = in_row.checked_sub(start)?.min(u64::from(TILE_WIDTH));
    u16::try_from(width).ok().filter(|width| *width > 0)
}

impl fmt::Display for Tile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Level::Entries => formatter.write_str("tile/entries/")?,
            Level::Hashes(level) => write!(formatter, "tile/{level}/")?,
        }
        let mut groups = Vec::with_capacity(7);
        let mut rest = self.index;
        loop {
            groups.push(rest % 1000);
            rest /= 1000;
            if rest == 0 {
                break;
            }
        }
        for (place, group) in groups.iter().enumerate().rev() {
            if place > 0 {
                write!(formatter, "x{group:03}/")?;
            } else {
                write!(formatter, "{group:03}")?;
            }
        }
        if self.is_partial() {
            write!(formatter, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

impl FromStr for Tile {
    type Err = NotATilePath;

    /// Reads a path in its only form: no leading zeroes, no `x000` in front, no empty tile.
    fn from_str(path: &str) -> Result<Self, NotATilePath> {
        let rest = path.strip_prefix("tile/").ok_or(NotATilePath)?;
        let (level, rest) = rest.split_once('/').ok_or(NotATilePath)?;
        let level = match level {
            "entries" => Level::Entries,
            number => Level::Hashes(number.parse().map_err(|_| NotATilePath)?),
        };
        let (index_text, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, width.parse().map_err(|_| NotATilePath)?),
            None => (rest, TILE_WIDTH),
        };
        let mut index: u64 = 0;
        for group in index_text.split('/') {
            let digits = group.strip_prefix('x').unwrap_or(group);
            let value: u64 = digits.parse().map_err(|_| NotATilePath)?;
            let shifted = index.checked_mul(1000).ok_or(NotATilePath)?;
            index = shifted.checked_add(value).ok_or(NotATilePath)?;
        }
        let tile = Self { level, index, width };
        // Writing it again refuses every other spelling.
        if width > 0 && tile.to_string() == path { Ok(tile) } else { Err(NotATilePath) }
    }
}

/// Reads a tile of hashes, or what the full tile has of it where the partial one is gone.
pub(crate) fn read_hashes(reader: &dyn TileReader, tile: Tile) -> Result<Vec<Hash>, TileError> {
    let (bytes, stored) = match reader.tile(tile) {
        Some(bytes) => (bytes, tile),
        None if tile.is_partial() => {
            (reader.tile(tile.to_full()).ok_or(TileError::Missing(tile))?, tile.to_full())
        }
        None => return Err(TileError::Missing(tile)),
    };
    let mut hashes = decode_hashes(&bytes).ok_or(TileError::Malformed(stored))?;
    if hashes.len() != usize::from(stored.width) {
        return Err(TileError::Malformed(stored));
    }
    hashes.truncate(usize::from(tile.width));
    Ok(hashes)
}

/// `None` if the bytes are not a whole number of hashes.
pub(crate) fn decode_hashes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    rest.is_empty().then(|| hashes.iter().copied().map(Hash).collect())
}

pub(crate) fn encode_hashes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// Appends an entry, which is at most [`ENTRY_BYTES_MAX`] long, to a bundle; `false` if it is longer.
pub(crate) fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> bool {
    let Ok(length) = u16::try_from(entry.len()) else { return false };
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    true
}

/// The entries of a bundle in order, as far as the bytes make sense, and whether they did to the end.
pub fn decode_bundle(bytes: &[u8]) -> (Vec<&[u8]>, bool) {
    let mut entries = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let Some((length, after)) = rest.split_first_chunk::<2>() else { return (entries, false) };
        let length = usize::from(u16::from_be_bytes(*length));
        let Some((entry, after)) = after.split_at_checked(length) else { return (entries, false) };
        entries.push(entry);
        rest = after;
    }
    (entries, true)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let cases = [
            (Level::Hashes(4), 1_234_067, 256, "tile/4/x001/x234/067"),
            (Level::Hashes(0), 0, 256, "tile/0/000"),
            (Level::Hashes(0), 273, 112, "tile/0/273.p/112"),
            (Level::Hashes(1), 1, 17, "tile/1/001.p/17"),
            (Level::Hashes(2), 0, 1, "tile/2/000.p/1"),
            (Level::Entries, 1_234_067, 8, "tile/entries/x001/x234/067.p/8"),
            (Level::Entries, 999, 256, "tile/entries/999"),
            (Level::Entries, 1000, 256, "tile/entries/x001/000"),
        ];
        for (level, index, width, path) in cases {
            let tile = Tile { level, index, width };
            assert_eq!(tile.path(), path);
            assert_eq!(path.parse::<Tile>(), Ok(tile), "{path}");
        }
    }

    #[test]
    fn another_spelling_of_a_path_is_refused() {
        let cases = [
            "",
            "tile/",
            "tile/0",
            "tile/00/000",
            "tile/0/0",
            "tile/0/x000/000",
            "tile/0/001/000",
            "tile/0/x001",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/",
            "tile/0/+01",
            "tile/256/000",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
            "tile/entries/000/",
            "tile/entries/../000",
        ];
        for path in cases {
            assert!(path.parse::<Tile>().is_err(), "{path}");
        }
    }

    #[test]
    fn a_tree_of_70000_has_the_tiles_the_specification_lists() {
        let size = 70_000;
        let widths = |level, count: u64| {
            (0..count)
                .map(|index| Tile::hashes(level, index, size).map(|tile| tile.width))
                .collect::<Vec<_>>()
        };

        let row_0 = widths(0, 275);
        assert!(row_0[..273].iter().all(|width| *width == Some(256)));
        assert_eq!(row_0[273..], [Some(112), None]);
        assert_eq!(widths(1, 3), [Some(256), Some(17), None]);
        assert_eq!(widths(2, 2), [Some(1), None]);
        assert_eq!(widths(3, 1), [None]);
    }

    proptest! {
        #[test]
        fn a_path_always_reads_back_as_its_tile(
            level in prop_oneof![Just(Level::Entries), (0..8_u8).prop_map(Level::Hashes)],
            index in any::<u64>(), width in 1..=256_u16,
        ) {
            let tile = Tile { level, index, width };
            prop_assert_eq!(tile.path().parse::<Tile>(), Ok(tile));
        }

        #[test]
        fn no_text_makes_the_path_reader_panic(text in "(tile/)?[0-9a-z/.]{0,40}") {
            let _ = text.parse::<Tile>();
        }

        #[test]
        fn a_bundle_always_reads_back_as_its_entries(
            entries in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..20),
        ) {
            let mut bundle = Vec::new();
            for entry in &entries {
                prop_assert!(push_entry(&mut bundle, entry));
            }
            let (read, whole) = decode_bundle(&bundle);
            prop_assert!(whole);
            prop_assert_eq!(read, entries);
        }

        #[test]
        fn no_bytes_make_the_bundle_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode_bundle(&bytes);
        }
    }
}
