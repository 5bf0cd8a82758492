//! First pass: the tree is made again from the entries and compared with every stored hash.

use super::source::Source;
use super::{Export, Fault, FaultKind, Findings, Older, fault};
use crate::edge::Edge;
use crate::hash::{Hash, TreeHead};
use crate::tile::{LEVELS, Level, TILE_WIDTH, Tile, decode_bundle, encode_hashes};

pub(super) struct Scan {
    /// The entries lead to the root of the checkpoint, so they are what was signed.
    pub sound: bool,
    /// Tiles that differ from what the entries make. Faults of their own only if the entries are sound.
    pub tile_faults: Findings,
}

pub(super) fn scan(source: &Source<'_>, head: TreeHead, older: &mut [Older]) -> Scan {
    let mut edge = Edge::default();
    let mut tile_faults = Findings::default();
    let mut waiting = older.iter_mut().peekable();
    let mut settle = |edge: &Edge| {
        while let Some(older) = waiting.next_if(|older| older.head.size == edge.size()) {
            older.agrees = Some(older.head.root == edge.root());
        }
    };
    settle(&edge);
    for index in 0..source.bundles() {
        let Some((_, bytes)) = source.bundle(index) else { return Scan { sound: false, tile_faults } };
        let (entries, whole) = decode_bundle(&bytes);
        for entry in &entries {
            if edge.size() == source.size {
                return Scan { sound: false, tile_faults };
            }
            edge.push(Hash::of_leaf(entry), &mut |level, index, hashes| {
                let tile = Tile { level: Level::Hashes(level), index, width: TILE_WIDTH };
                compare_tile(source.export, tile, hashes, &mut tile_faults);
            });
            settle(&edge);
        }
        let expected = Tile::entries(index, source.size).map_or(0, |tile| usize::from(tile.width));
        if !whole || entries.len() != expected {
            return Scan { sound: false, tile_faults };
        }
    }
    for level in 0..LEVELS {
        if let Some(tile) = crate::frontier::partial_tile(Level::Hashes(level), source.size >> (8 * level)) {
            compare_tile(source.export, tile, edge.level(usize::from(level)), &mut tile_faults);
        }
    }
    Scan { sound: edge.head() == head, tile_faults }
}

fn compare_tile(export: &dyn Export, tile: Tile, hashes: &[Hash], findings: &mut Findings) {
    let path = tile.path();
    match export.read(&path) {
        None => findings.add(fault(path, FaultKind::Missing, "the tile is not there")),
        Some(bytes) if bytes != encode_hashes(hashes) => {
            findings.add(fault(path, FaultKind::Altered, "the tile differs from what the entries make"));
        }
        Some(_) => {}
    }
}

/// Tiles the first pass does not read: those beyond the tree, and narrower ones of earlier sizes, which
/// must begin as the wide ones do.
pub(super) fn check_other_tiles(source: &Source<'_>, findings: &mut Findings) {
    let mut paths = source.export.list("tile/");
    paths.sort();
    for path in paths {
        let Ok(tile) = path.parse::<Tile>() else { continue };
        let expected = match tile.level {
            Level::Entries => Tile::entries(tile.index, source.size),
            Level::Hashes(level) => Tile::hashes(level, tile.index, source.size),
        };
        match expected {
            Some(expected) if tile == expected => {}
            Some(expected) if tile.width < expected.width => {
                let (narrow, wide) = (source.export.read(&path), source.export.read(&expected.path()));
                if let (Some(narrow), Some(wide)) = (narrow, wide)
                    && !is_earlier_form(tile, &narrow, &wide)
                {
                    let detail = "the tile of an earlier size differs from the present one";
                    findings.add(fault(path, FaultKind::Altered, detail));
                }
            }
            _ => {
                let index = (tile.level == Level::Entries).then_some(source.size);
                let detail = "the tile is beyond the size that the checkpoint states";
                findings.add(Fault { index, ..fault(path, FaultKind::Inserted, detail) });
            }
        }
    }
}

fn is_earlier_form(tile: Tile, narrow: &[u8], wide: &[u8]) -> bool {
    let width = usize::from(tile.width);
    let right_width = match tile.level {
        Level::Hashes(_) => narrow.len() == 32 * width,
        Level::Entries => {
            let (entries, whole) = decode_bundle(narrow);
            whole && entries.len() == width
        }
    };
    right_width && wide.starts_with(narrow)
}
