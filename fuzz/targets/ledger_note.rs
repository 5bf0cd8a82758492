#![no_main]
//! Signed notes, checkpoints, leaves, tile names, proofs.

use ledger::{Checkpoint, Leaf, Proof, SignedNote, Tile, VerifyingKey, canonical, tile::decode_bundle};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(note) = SignedNote::parse(bytes) {
        let _ = note.verify(&[]);
    }
    let _ = Checkpoint::open(bytes, &[]);
    let _ = decode_bundle(bytes);
    let _ = canonical::parse(bytes);
    if let Ok(leaf) = Leaf::parse(bytes) {
        let _ = format!("{leaf:?}");
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(checkpoint) = Checkpoint::parse_text(text) {
        assert_eq!(checkpoint.to_text(), text, "a checkpoint is written as it was read");
    }
    if let Ok(tile) = text.parse::<Tile>() {
        assert_eq!(tile.path(), text, "a tile has one name");
    }
    let _ = text.parse::<VerifyingKey>();
    if let Ok(proof) = serde_json::from_str::<Proof>(text) {
        let _ = proof.verify(&[]);
    }
});
