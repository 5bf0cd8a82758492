//! Reading tiles of an export that may have been tampered with: what is there is taken as far as it goes.

use super::Export;
use crate::hash::Hash;
use crate::leaf::Leaf;
use crate::tile::{TILE_WIDTH, Tile, decode_bundle, decode_hashes};

/// An export and the size its checkpoint states.
pub(super) struct Source<'a> {
    pub export: &'a dyn Export,
    pub size: u64,
}

impl Source<'_> {
    /// The bundle, or else another width of it, and its path.
    pub fn bundle(&self, index: u64) -> Option<(String, Vec<u8>)> {
        self.read_any_width(Tile::entries(index, self.size)?)
    }

    /// Leaf hashes as stored, one for each entry of the bundle unless somebody changed that.
    pub fn leaf_hashes(&self, index: u64) -> Option<(String, Vec<Hash>)> {
        let (path, mut bytes) = self.read_any_width(Tile::hashes(0, index, self.size)?)?;
        bytes.truncate(bytes.len() / 32 * 32);
        Some((path, decode_hashes(&bytes)?))
    }

    fn read_any_width(&self, tile: Tile) -> Option<(String, Vec<u8>)> {
        let path = tile.path();
        if let Some(bytes) = self.export.read(&path) {
            return Some((path, bytes));
        }
        let full = tile.to_full().path();
        let others = self.export.list(&full);
        let others = others.iter().filter_map(|path| path.parse::<Tile>().ok());
        let widest =
            others.filter(|other| other.to_full() == tile.to_full()).max_by_key(|other| other.width)?;
        let path = widest.path();
        self.export.read(&path).map(|bytes| (path, bytes))
    }

    pub fn bundles(&self) -> u64 {
        self.size.div_ceil(u64::from(TILE_WIDTH))
    }

    /// Calls `each` with the index and hash of every entry, as far as bundles are there.
    pub fn for_each_entry(&self, each: &mut dyn FnMut(u64, &[u8])) {
        for index in 0..self.bundles() {
            let Some((_, bytes)) = self.bundle(index) else { return };
            let first = index * u64::from(TILE_WIDTH);
            for (place, entry) in (first..).zip(decode_bundle(&bytes).0) {
                each(place, entry);
            }
        }
    }
}

/// Entries by index, with the bundle last used kept in memory.
pub(super) struct Entries<'a> {
    source: &'a Source<'a>,
    bundle: Option<(u64, Vec<Option<Leaf>>)>,
}

/// What stands at an index of the log.
pub(super) enum Entry<'a> {
    Leaf(&'a Leaf),
    /// The bytes there are no leaf.
    NotALeaf,
    /// The bundle does not reach that far.
    Absent,
}

impl<'a> Entries<'a> {
    pub fn new(source: &'a Source<'a>) -> Self {
        Self { source, bundle: None }
    }

    pub fn at(&mut self, index: u64) -> Entry<'_> {
        let (wanted, offset) = (index / u64::from(TILE_WIDTH), index % u64::from(TILE_WIDTH));
        if self.bundle.as_ref().is_none_or(|(held, _)| *held != wanted) {
            let bytes = self.source.bundle(wanted).map(|(_, bytes)| bytes).unwrap_or_default();
            let leaves = decode_bundle(&bytes).0.iter().map(|entry| Leaf::parse(entry).ok()).collect();
            self.bundle = Some((wanted, leaves));
        }
        let leaves = self.bundle.as_ref().map_or(&[][..], |(_, leaves)| leaves);
        match usize::try_from(offset).ok().and_then(|offset| leaves.get(offset)) {
            Some(Some(leaf)) => Entry::Leaf(leaf),
            Some(None) => Entry::NotALeaf,
            None => Entry::Absent,
        }
    }
}
