//! Proofs as lists of hashes: made from tiles, checked without them (RFC 9162, 2.1.3 and 2.1.4, which
//! are RFC 6962's with the checks spelled out).

use crate::edge::{fold_from_right, push_perfect_subtrees};
use crate::hash::{Hash, TreeHead};
use crate::tile::{TILE_WIDTH, Tile, TileError, TileReader, read_hashes};

/// Hashes are missing, too many or wrong: the proof does not show what it claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the proof does not lead to the root")]
pub struct NotProven;

/// Root of the first `size` leaves, from the stored tiles.
pub fn root_from_tiles(reader: &dyn TileReader, size: u64) -> Result<Hash, TileError> {
    subtree_hash(reader, size, 0, size)
}

/// Shows that the leaf at `index` is in the tree of `size` leaves.
pub fn prove_inclusion(reader: &dyn TileReader, index: u64, size: u64) -> Result<Vec<Hash>, TileError> {
    if index >= size {
        return Err(TileError::OutOfRange { asked: index, size });
    }
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(subtree_hash(reader, size, middle, end)?);
            end = middle;
        } else {
            path.push(subtree_hash(reader, size, start, middle)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// Shows that the tree of `size` leaves begins with the tree of `old_size` leaves. Nothing needs to be
/// shown about the empty tree or about a tree and itself, so the path is empty then.
pub fn prove_consistency(reader: &dyn TileReader, old_size: u64, size: u64) -> Result<Vec<Hash>, TileError> {
    if old_size > size {
        return Err(TileError::OutOfRange { asked: old_size, size });
    }
    if old_size == 0 || old_size == size {
        return Ok(Vec::new());
    }
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while old_size != end {
        let middle = start + split(end - start);
        if old_size <= middle {
            path.push(subtree_hash(reader, size, middle, end)?);
            end = middle;
        } else {
            path.push(subtree_hash(reader, size, start, middle)?);
            start = middle;
        }
    }
    // While the old tree is a whole left part, its root is known to whoever checks.
    if start > 0 {
        path.push(subtree_hash(reader, size, start, end)?);
    }
    path.reverse();
    Ok(path)
}

/// Checks that a leaf with this hash is at `index` in the tree.
pub fn verify_inclusion(leaf: Hash, index: u64, head: TreeHead, path: &[Hash]) -> Result<(), NotProven> {
    if index >= head.size {
        return Err(NotProven);
    }
    let (mut node, mut last, mut hash) = (index, head.size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return Err(NotProven);
        }
        if node & 1 == 1 || node == last {
            hash = Hash::of_node(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = Hash::of_node(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last == 0 && hash == head.root { Ok(()) } else { Err(NotProven) }
}

/// Checks that the newer tree begins with the older one.
pub fn verify_consistency(older: TreeHead, newer: TreeHead, path: &[Hash]) -> Result<(), NotProven> {
    if older.size > newer.size {
        return Err(NotProven);
    }
    if older.size == 0 || older.size == newer.size {
        let nothing_differs =
            if older.size == 0 { older.root == Hash::of_empty_tree() } else { older.root == newer.root };
        return if nothing_differs && path.is_empty() { Ok(()) } else { Err(NotProven) };
    }
    let (mut node, mut last) = (older.size - 1, newer.size - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    // A perfect older tree is itself the first node, so the path leaves it out.
    let (first, rest) = if older.size.is_power_of_two() {
        (older.root, path)
    } else {
        let (first, rest) = path.split_first().ok_or(NotProven)?;
        (*first, rest)
    };
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in rest {
        if last == 0 {
            return Err(NotProven);
        }
        if node & 1 == 1 || node == last {
            old_hash = Hash::of_node(sibling, &old_hash);
            new_hash = Hash::of_node(sibling, &new_hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = Hash::of_node(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last == 0 && old_hash == older.root && new_hash == newer.root { Ok(()) } else { Err(NotProven) }
}

/// Largest power of two below `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// Root over the leaves `start..end`, where `start` is a multiple of the largest power of two in the range,
/// as it is for every subtree of a tree.
fn subtree_hash(reader: &dyn TileReader, size: u64, start: u64, end: u64) -> Result<Hash, TileError> {
    let mut subtrees = Vec::new();
    let mut from = start;
    while from < end {
        let height = (end - from).ilog2();
        subtrees.push(perfect_hash(reader, size, from, height)?);
        from += 1 << height;
    }
    Ok(fold_from_right(&subtrees))
}

/// Root of the perfect subtree of 2^`height` leaves from `start` on: it is a run of hashes in one tile.
fn perfect_hash(reader: &dyn TileReader, size: u64, start: u64, height: u32) -> Result<Hash, TileError> {
    let out_of_range = TileError::OutOfRange { asked: start, size };
    let (level, run) = (height / 8, 1_usize << (height % 8));
    let in_row = start >> (8 * level);
    let (index, offset) = (in_row / u64::from(TILE_WIDTH), in_row % u64::from(TILE_WIDTH));
    let level = u8::try_from(level).map_err(|_| out_of_range.clone())?;
    let tile = Tile::hashes(level, index, size).ok_or(out_of_range.clone())?;
    let hashes = read_hashes(reader, tile)?;
    let offset = usize::try_from(offset).map_err(|_| out_of_range.clone())?;
    let run = hashes.get(offset..offset + run).ok_or(out_of_range)?;
    let mut subtrees = Vec::new();
    push_perfect_subtrees(run, &mut subtrees);
    Ok(fold_from_right(&subtrees))
}
