//! Trees, tiles and hash paths against the recursive definition of RFC 6962, 2.1.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use proptest::prelude::*;

use super::*;
use crate::path::{
    NotProven, prove_consistency, prove_inclusion, root_from_tiles, verify_consistency, verify_inclusion,
};

/// Tiles in memory, by path.
#[derive(Default, Clone)]
pub(crate) struct Tiles(pub HashMap<String, Vec<u8>>);

impl Tiles {
    pub fn store(&mut self, batch: &Batch) {
        for StoredTile { tile, bytes } in &batch.tiles {
            self.0.insert(tile.path(), bytes.clone());
        }
    }
}

impl TileReader for Tiles {
    fn tile(&self, tile: Tile) -> Option<Vec<u8>> {
        self.0.get(&tile.path()).cloned()
    }
}

fn entry(index: u64) -> Vec<u8> {
    index.to_be_bytes().to_vec()
}

fn entries(from: u64, until: u64) -> Vec<Vec<u8>> {
    (from..until).map(entry).collect()
}

/// MTH and PATH and PROOF as the recursive text of RFC 6962, 2.1 has them.
struct Definition {
    leaves: Vec<Hash>,
    known: Mutex<HashMap<(u64, u64), Hash>>,
}

impl Definition {
    fn new(size: u64) -> Self {
        Self {
            leaves: (0..size).map(|index| Hash::of_leaf(&entry(index))).collect(),
            known: Mutex::default(),
        }
    }

    fn root(&self, from: u64, until: u64) -> Hash {
        if until == from {
            return Hash::of_empty_tree();
        }
        if until - from == 1 {
            return self.leaves[from as usize];
        }
        if let Some(hash) = self.known.lock().unwrap().get(&(from, until)) {
            return *hash;
        }
        let middle = from + largest_power_below(until - from);
        let hash = Hash::of_node(&self.root(from, middle), &self.root(middle, until));
        self.known.lock().unwrap().insert((from, until), hash);
        hash
    }

    fn path(&self, index: u64, from: u64, until: u64) -> Vec<Hash> {
        if until - from == 1 {
            return Vec::new();
        }
        let middle = from + largest_power_below(until - from);
        let (mut path, sibling) = if index < middle {
            (self.path(index, from, middle), self.root(middle, until))
        } else {
            (self.path(index, middle, until), self.root(from, middle))
        };
        path.push(sibling);
        path
    }

    fn subproof(&self, old: u64, from: u64, until: u64, known: bool) -> Vec<Hash> {
        if old == until {
            return if known { Vec::new() } else { vec![self.root(from, until)] };
        }
        let middle = from + largest_power_below(until - from);
        let (mut path, sibling) = if old <= middle {
            (self.subproof(old, from, middle, known), self.root(middle, until))
        } else {
            (self.subproof(old, middle, until, false), self.root(from, middle))
        };
        path.push(sibling);
        path
    }

    fn head(&self, size: u64) -> TreeHead {
        TreeHead { size, root: self.root(0, size) }
    }
}

fn largest_power_below(count: u64) -> u64 {
    let mut power = 1;
    while power * 2 < count {
        power *= 2;
    }
    power
}

const LARGE: u64 = 65_536 * 2 + 300;

/// A log that grew by batches of uneven length past the second level of tiles; all partial tiles kept.
static LARGE_LOG: LazyLock<(Tiles, Definition)> = LazyLock::new(|| {
    let (mut frontier, mut tiles) = (Frontier::new(), Tiles::default());
    for until in [1, 2, 255, 256, 257, 511, 512, 1000, 65_535, 65_536, 65_537, 65_793, 131_072, LARGE] {
        let batch = frontier.append(&entries(frontier.size(), until)).unwrap();
        tiles.store(&batch);
    }
    (tiles, Definition::new(LARGE))
});

#[test]
fn the_roots_of_small_trees_are_those_published_with_certificate_transparency() {
    // The reference test vectors of RFC 6962's own implementation.
    let inputs: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    for (size, root) in roots.iter().enumerate() {
        let mut frontier = Frontier::new();
        frontier.append(&inputs[..size]).unwrap();
        let hex: String = frontier.head().root.0.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, *root, "{size}");
    }
}

#[test]
fn every_size_up_to_600_has_the_root_of_the_definition() {
    let definition = Definition::new(600);
    let mut frontier = Frontier::new();
    for size in 0..=600 {
        assert_eq!(frontier.head(), definition.head(size), "{size}");
        frontier.append(&[entry(size)]).unwrap();
    }
}

#[test]
fn tiles_and_bundles_hold_what_the_specification_says() {
    let (tiles, definition) = &*LARGE_LOG;
    for level in 0..3_u8 {
        let span = 1_u64 << (8 * level);
        for index in 0.. {
            let Some(tile) = Tile::hashes(level, index, LARGE) else { break };
            let first = index * 256 * span;
            let expected: Vec<u8> = (0..u64::from(tile.width))
                .flat_map(|place| definition.root(first + place * span, first + (place + 1) * span).0)
                .collect();
            assert!(tiles.tile(tile) == Some(expected), "{tile}");
        }
    }
    for index in [0, 1, 255, 256, 511, 513] {
        let tile = Tile::entries(index, LARGE).unwrap();
        let bytes = tiles.tile(tile).unwrap();
        let (read, whole) = decode_bundle(&bytes);
        assert!(whole);
        assert_eq!(read, entries(index * 256, index * 256 + u64::from(tile.width)), "{tile}");
    }
}

#[test]
fn a_batch_emits_each_new_or_changed_tile_once_and_no_other() {
    let mut frontier = Frontier::new();
    frontier.append(&entries(0, 65_536 + 10)).unwrap();

    let paths: Vec<_> = frontier
        .append(&entries(65_546, 65_800))
        .unwrap()
        .tiles
        .iter()
        .map(|stored| stored.tile.path())
        .collect();

    let expected =
        ["tile/entries/256", "tile/0/256", "tile/entries/257.p/8", "tile/0/257.p/8", "tile/1/001.p/1"];
    assert_eq!(paths, expected);
    assert!(frontier.append(&[] as &[Vec<u8>]).unwrap().tiles.is_empty());
}

#[test]
fn an_entry_too_long_leaves_the_log_as_it_was() {
    let mut frontier = Frontier::new();
    frontier.append(&entries(0, 3)).unwrap();
    let before = frontier.clone();

    let refused = frontier.append(&[vec![0; 65_535], vec![0; 65_536]]);

    assert_eq!(refused, Err(AppendError::EntryTooLong { position: 1 }));
    assert_eq!(frontier, before);
}

#[test]
fn every_inclusion_proof_at_the_tile_boundaries_is_that_of_the_definition() {
    let (tiles, definition) = &*LARGE_LOG;
    for size in [1, 2, 255, 256, 257, 511, 512, 1000, 65_535, 65_536, 65_537, 65_793, 131_072, LARGE] {
        let head = definition.head(size);
        assert_eq!(root_from_tiles(tiles, size), Ok(head.root));
        let indexes = [0, 1, 2, 127, 128, 254, 255, 256, 257, 510, 65_535, 65_536, size / 2, size - 1];
        for index in indexes.into_iter().filter(|index| *index < size) {
            let path = prove_inclusion(tiles, index, size).unwrap();
            assert_eq!(path, definition.path(index, 0, size), "{index} in {size}");
            let leaf = Hash::of_leaf(&entry(index));
            assert_eq!(verify_inclusion(leaf, index, head, &path), Ok(()), "{index} in {size}");
        }
    }
}

#[test]
fn any_two_sizes_are_shown_consistent() {
    let definition = Definition::new(300);
    let (mut frontier, mut tiles) = (Frontier::new(), Tiles::default());
    tiles.store(&frontier.append(&entries(0, 300)).unwrap());
    for size in 0..=300 {
        // Only full tiles and those of size 300 are there: an earlier partial tile is cut from a wider one.
        let reader = |tile: Tile| {
            tiles.tile(tile).or_else(|| {
                let wide = match tile.level {
                    Level::Hashes(level) => Tile::hashes(level, tile.index, 300)?,
                    Level::Entries => Tile::entries(tile.index, 300)?,
                };
                Some(tiles.tile(wide)?[..32 * usize::from(tile.width)].to_vec())
            })
        };
        for old in 0..=size {
            let path = prove_consistency(&reader, old, size).unwrap();
            let expected = if old == 0 { Vec::new() } else { definition.subproof(old, 0, size, true) };
            assert_eq!(path, expected, "{old} to {size}");
            let (older, newer) = (definition.head(old), definition.head(size));
            assert_eq!(verify_consistency(older, newer, &path), Ok(()), "{old} to {size}");
        }
    }
}

#[test]
fn a_missing_or_short_tile_is_named() {
    let (tiles, _) = &*LARGE_LOG;
    let without = |path: &str| {
        let mut tiles = tiles.clone();
        tiles.0.remove(path);
        prove_inclusion(&tiles, 3, LARGE)
    };

    assert!(matches!(without("tile/0/000"), Err(TileError::Missing(tile)) if tile.path() == "tile/0/000"));
    assert!(without("tile/0/100").is_ok());
    let mut short = tiles.clone();
    short.0.get_mut("tile/0/000").unwrap().pop();
    assert!(matches!(prove_inclusion(&short, 3, LARGE), Err(TileError::Malformed(_))));
    assert!(matches!(prove_inclusion(tiles, LARGE, LARGE), Err(TileError::OutOfRange { .. })));
    assert!(matches!(prove_consistency(tiles, LARGE + 1, LARGE), Err(TileError::OutOfRange { .. })));
    assert!(prove_inclusion(tiles, u64::MAX - 1, u64::MAX).is_err());
    assert!(Frontier::load(u64::MAX, tiles).is_err());
}

#[test]
fn a_stored_frontier_that_does_not_agree_with_itself_is_refused() {
    let mut frontier = Frontier::new();
    frontier.append(&entries(0, 300)).unwrap();
    let bytes = frontier.to_bytes();

    assert_eq!(Frontier::from_bytes(&bytes), Ok(frontier));
    for position in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[position] ^= 1;
        let level_1 = 9 + 44 * 32..9 + 45 * 32; // Only the root, compared with a checkpoint, protects it.
        assert!(level_1.contains(&position) || Frontier::from_bytes(&changed).is_err(), "{position}");
    }
    for length in 0..bytes.len() {
        assert!(Frontier::from_bytes(&bytes[..length]).is_err(), "{length}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// How appends are cut into batches, and whether the frontier was stored between them, never shows.
    #[test]
    fn batches_never_change_the_tree(cuts in proptest::collection::vec(0..600_u64, 1..8), by_tiles in any::<bool>()) {
        let mut cuts = cuts;
        cuts.sort_unstable();
        let definition = Definition::new(600);
        let (mut frontier, mut tiles) = (Frontier::new(), Tiles::default());
        for until in cuts {
            let batch = frontier.append(&entries(frontier.size(), until)).unwrap();
            tiles.store(&batch);
            prop_assert_eq!(batch.head, definition.head(until));
            prop_assert_eq!(root_from_tiles(&tiles, until), Ok(batch.head.root));
            let stored = frontier.to_bytes();
            frontier = if by_tiles { Frontier::load(until, &tiles).unwrap() } else { Frontier::from_bytes(&stored).unwrap() };
        }
    }

    #[test]
    fn no_bytes_make_the_frontier_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Frontier::from_bytes(&bytes);
    }

    /// A path with one hash changed, left out or added, or for another place, never convinces.
    #[test]
    fn a_wrong_inclusion_proof_never_verifies(size in 2..600_u64, index in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), how in 0..5) {
        let definition = Definition::new(600);
        let index = index.index(size as usize) as u64;
        let (mut head, mut place, mut path) = (definition.head(size), index, definition.path(index, 0, size));
        let at = at.index(path.len());
        match how {
            0 => path[at].0[0] ^= 1,
            1 => drop(path.remove(at)),
            2 => path.insert(at, Hash([0; 32])),
            3 => place = if index == 0 { size - 1 } else { index - 1 },
            _ => head.root.0[31] ^= 1,
        }
        prop_assert_eq!(verify_inclusion(Hash::of_leaf(&entry(index)), place, head, &path), Err(NotProven));
    }

    #[test]
    fn a_wrong_consistency_proof_never_verifies(size in 2..600_u64, old in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), how in 0..5) {
        let definition = Definition::new(600);
        let old = 1 + old.index(size as usize - 1) as u64;
        let (mut older, mut newer) = (definition.head(old), definition.head(size));
        let mut path = definition.subproof(old, 0, size, true);
        let at = at.index(path.len());
        match how {
            0 => path[at].0[0] ^= 1,
            1 => drop(path.remove(at)),
            2 => path.insert(at, Hash([0; 32])),
            3 => older.root.0[31] ^= 1,
            _ => newer.root.0[31] ^= 1,
        }
        prop_assert_eq!(verify_consistency(older, newer, &path), Err(NotProven));
    }

    #[test]
    fn no_proof_makes_the_checks_panic(
        sizes in any::<(u64, u64, u64)>(), hashes in proptest::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let path: Vec<_> = hashes.into_iter().map(Hash).collect();
        let (older, newer) = (TreeHead { size: sizes.0, root: Hash([1; 32]) }, TreeHead { size: sizes.1, root: Hash([2; 32]) });
        prop_assert!(verify_inclusion(Hash([0; 32]), sizes.2, newer, &path).is_err());
        prop_assert!(verify_consistency(older, newer, &path).is_err());
    }
}
