//! An append-only record that anybody can check: Merkle trees after RFC 6962, tiles, checkpoints
//! and signed notes as C2SP describes them byte for byte, proofs, and the offline verifier.
//!
//! The order of use: a record becomes a [`Leaf`] by its [`commitment`](leaf::commitment); a
//! [`Frontier`] appends leaves and gives back the tiles to store; a [`Checkpoint`] states size and root
//! and is signed by whoever holds the key ([`note::Sign`]); a [`Proof`] shows one leaf to an outsider;
//! [`verify::verify`] goes through a whole export and names the first record that is not as it was
//! (LOG-02).
//!
//! What it must not know: what a leaf is about (customers, decisions, accesses), where tiles are kept
//! ([`TileReader`] and [`Export`](verify::Export) are handed in), who holds the private key, and
//! what time it is. It has no clock, no randomness, no files and no network, and no input makes it panic.

pub mod canonical;
pub mod checkpoint;
mod edge;
pub mod frontier;
pub mod hash;
pub mod leaf;
pub mod note;
pub mod path;
pub mod proof;
pub mod tile;
pub mod verify;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use frontier::{AppendError, Batch, Frontier, FrontierError, StoredTile};
pub use hash::{Hash, TreeHead};
pub use leaf::{Leaf, LeafError};
pub use note::{NoteError, Sign, SignError, SignedNote, VerifyingKey};
pub use proof::{Proof, ProofError};
pub use tile::{Level, Tile, TileError, TileReader};
pub use verify::{Export, Fault, FaultKind, SignatureCheck, VerifyReport};
