//! A proof to hand out: one leaf, its way to the root, and the checkpoint that states the root. It
//! needs nothing else but the log's public key.

use serde::{Deserialize, Serialize};

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::hash::Hash;
use crate::leaf::{Leaf, LeafError};
use crate::note::{SignedNote, VerifyingKey};
use crate::path::{self, NotProven};
use crate::tile::{TileError, TileReader};

/// Shows that a leaf is in the log, as JSON or in memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The leaf to the letter: its canonical JSON.
    pub leaf: String,
    pub index: u64,
    /// Size of the tree that the checkpoint states.
    pub size: u64,
    /// Sibling hashes from the leaf upwards (RFC 6962, 2.1.1).
    pub path: Vec<Hash>,
    /// The signed checkpoint to the letter.
    pub checkpoint: String,
}

/// What a proof has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    pub leaf: Leaf,
    pub checkpoint: Checkpoint,
}

/// Why a proof was not made or not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    #[error(transparent)]
    Tile(#[from] TileError),
    #[error(transparent)]
    Leaf(#[from] LeafError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error("the proof is for a tree of {proof} leaves, the checkpoint for one of {checkpoint}")]
    OtherSize { proof: u64, checkpoint: u64 },
    #[error(transparent)]
    NotProven(#[from] NotProven),
}

impl Proof {
    /// Makes the proof of one leaf against a published checkpoint, whose tiles the reader has.
    pub fn build(
        reader: &dyn TileReader,
        checkpoint: &[u8],
        index: u64,
        leaf: &Leaf,
    ) -> Result<Self, ProofError> {
        let note = SignedNote::parse(checkpoint).map_err(CheckpointError::Note)?;
        let head = Checkpoint::parse_text(note.text())?.head;
        let bytes = leaf.to_bytes()?;
        let path = path::prove_inclusion(reader, index, head.size)?;
        path::verify_inclusion(Hash::of_leaf(&bytes), index, head, &path)?;
        let leaf = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Self { leaf, index, size: head.size, path, checkpoint: note.to_string() })
    }

    /// Checks signature, size and path, and gives back the leaf that is thereby shown.
    pub fn verify(&self, known: &[VerifyingKey]) -> Result<Proven, ProofError> {
        let checkpoint = Checkpoint::open(self.checkpoint.as_bytes(), known)?;
        if checkpoint.head.size != self.size {
            return Err(ProofError::OtherSize { proof: self.size, checkpoint: checkpoint.head.size });
        }
        let leaf_hash = Hash::of_leaf(self.leaf.as_bytes());
        path::verify_inclusion(leaf_hash, self.index, checkpoint.head, &self.path)?;
        Ok(Proven { leaf: Leaf::parse(self.leaf.as_bytes())?, checkpoint })
    }
}
