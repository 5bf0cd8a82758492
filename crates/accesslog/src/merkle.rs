//! The tree over a segment's rows (RFC 6962, 2.1), kept as one hash for each full block of rows.
//!
//! A block has a power of two of rows, so its hash is a node of the tree, and so is the shorter
//! last one's: the tree over the blocks' hashes is the top of the tree over the rows.

use ledger::Hash;
use ledger::hash::TreeHead;
use ledger::path::verify_inclusion;

/// Root over hashes of leaves, or of equal full subtrees with a last, shorter one.
pub fn root(nodes: &[Hash]) -> Hash {
    match nodes {
        [] => Hash::of_empty_tree(),
        [node] => *node,
        _ => {
            let (left, right) = nodes.split_at(split(nodes.len()));
            Hash::of_node(&root(left), &root(right))
        }
    }
}

/// Siblings from the node at `index` up to the root, lowest first. Empty if there is no such node.
pub fn path(nodes: &[Hash], index: usize) -> Vec<Hash> {
    if nodes.len() < 2 || index >= nodes.len() {
        return Vec::new();
    }
    let middle = split(nodes.len());
    let (left, right) = nodes.split_at(middle);
    let (mut path, sibling) = if index < middle {
        (path(left, index), root(right))
    } else {
        (path(right, index - middle), root(left))
    };
    path.push(sibling);
    path
}

/// Whether the path leads from the leaf at `index` of `size` to the root.
pub fn leads_to(leaf: Hash, index: u64, size: u64, path: &[Hash], root: Hash) -> bool {
    verify_inclusion(leaf, index, TreeHead { size, root }, path).is_ok()
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: usize) -> usize {
    1 << (usize::BITS - 1 - (count - 1).leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|number| Hash::of_leaf(&number.to_be_bytes())).collect()
    }

    #[test]
    fn every_row_of_every_small_tree_is_proven_and_nothing_else() {
        for size in 1..40_u64 {
            let leaves = leaves(size);
            let root = root(&leaves);
            for index in 0..size {
                let leaf = leaves[index as usize];
                let path = path(&leaves, index as usize);
                assert!(leads_to(leaf, index, size, &path, root), "{index} of {size}");
                assert!(!leads_to(Hash::of_leaf(b"other"), index, size, &path, root));
                assert!(!leads_to(leaf, index, size, &path, Hash::of_leaf(b"other")));
                assert!(!leads_to(leaf, (index + 1) % size, size, &path, root) || size == 1);
                assert!(!leads_to(leaf, size, size, &path, root));
            }
        }
    }

    #[test]
    fn hashes_of_full_blocks_make_the_same_tree() {
        for size in 1..70_u64 {
            let leaves = leaves(size);
            let blocks: Vec<_> = leaves.chunks(8).map(root).collect();
            assert_eq!(root(&blocks), root(&leaves), "{size}");
            for index in 0..leaves.len() {
                let block = index / 8;
                let mut joined = path(leaves.chunks(8).nth(block).unwrap(), index % 8);
                joined.extend(path(&blocks, block));
                assert_eq!(joined, path(&leaves, index), "{index} of {size}");
            }
        }
    }
}
