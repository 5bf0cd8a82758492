//! The right edge of a tree: the tiles that are not full yet, which is all one needs to go on.

use crate::hash::{Hash, TreeHead};
use crate::tile::{LEVELS, TILE_WIDTH};

/// Level by level the hashes of the partial tile; enough to add leaves and to tell the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Edge {
    size: u64,
    levels: [Vec<Hash>; LEVELS as usize],
}

impl Edge {
    /// `levels` must be as wide as `size` asks for: its base-256 digits from the lowest. `None` otherwise.
    pub fn from_levels(size: u64, levels: Vec<Vec<Hash>>) -> Option<Self> {
        let levels: [Vec<Hash>; LEVELS as usize] = levels.try_into().ok()?;
        let mut rest = size;
        for level in &levels {
            if u64::try_from(level.len()).ok()? != rest & 0xff {
                return None;
            }
            rest >>= 8;
        }
        Some(Self { size, levels })
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// Hashes of the partial tile at this level; empty if there is none.
    pub fn level(&self, level: usize) -> &[Hash] {
        self.levels.get(level).map_or(&[], Vec::as_slice)
    }

    /// Adds a leaf. `on_full` gets each tile of hashes that fills up: its level, its index, its hashes.
    /// The caller keeps the size below 2^64.
    pub fn push(&mut self, leaf: Hash, on_full: &mut dyn FnMut(u8, u64, &[Hash])) {
        self.size = self.size.wrapping_add(1);
        let mut hash = leaf;
        for (level, row) in (0..LEVELS).zip(&mut self.levels) {
            row.push(hash);
            if row.len() < usize::from(TILE_WIDTH) {
                return;
            }
            let filled = self.size.checked_shr(8 * (u32::from(level) + 1)).unwrap_or(0);
            on_full(level, filled.saturating_sub(1), row);
            hash = perfect_root(row);
            row.clear();
        }
    }

    pub fn root(&self) -> Hash {
        let mut subtrees = Vec::new();
        for row in self.levels.iter().rev() {
            push_perfect_subtrees(row, &mut subtrees);
        }
        fold_from_right(&subtrees)
    }

    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.size, root: self.root() }
    }
}

/// Root over a power of two of hashes; the root of the empty tree for none.
pub(crate) fn perfect_root(hashes: &[Hash]) -> Hash {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row
            .chunks(2)
            .map(|pair| pair.get(1).map_or(pair[0], |right| Hash::of_node(&pair[0], right)))
            .collect();
    }
    row.first().copied().unwrap_or_else(Hash::of_empty_tree)
}

/// Splits a row into perfect subtrees, largest first, and appends their roots.
pub(crate) fn push_perfect_subtrees(row: &[Hash], subtrees: &mut Vec<Hash>) {
    let mut rest = row;
    while !rest.is_empty() {
        let (perfect, after) = rest.split_at(1 << rest.len().ilog2());
        subtrees.push(perfect_root(perfect));
        rest = after;
    }
}

/// RFC 6962 puts the largest perfect subtree on the left and the rest on the right, again and again.
pub(crate) fn fold_from_right(subtrees: &[Hash]) -> Hash {
    let Some((last, before)) = subtrees.split_last() else { return Hash::of_empty_tree() };
    before.iter().rev().fold(*last, |right, left| Hash::of_node(left, &right))
}
