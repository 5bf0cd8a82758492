#![no_main]
//! The file of an index, some of its bytes changed and the sum made right again: refused, or asked without a panic.

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use screening::{ENGINE_VERSION, Index, Query, screen};

static WRITTEN: LazyLock<Vec<u8>> = LazyLock::new(|| Index::new(vec![screening::fictional()]).to_bytes());

/// Before the sum: a mark of 16 bytes, the length of the engine's version, the version.
fn sum_at() -> usize {
    16 + 8 + ENGINE_VERSION.len()
}

/// As the file has it.
fn checksum(bytes: &[u8]) -> u64 {
    let mix = |sum: u64, word: u64| (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    let mut chunks = bytes.chunks_exact(8);
    let word = |chunk: &[u8]| chunk.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    let sum = chunks.by_ref().fold(bytes.len() as u64, |sum, chunk| mix(sum, word(chunk)));
    chunks.remainder().iter().fold(sum, |sum, byte| mix(sum, u64::from(*byte)))
}

fuzz_target!(|bytes: &[u8]| {
    let _ = Index::from_bytes(bytes);
    let mut file = WRITTEN.clone();
    let content = sum_at() + 8;
    for change in bytes.chunks_exact(4) {
        let at = usize::from(change[0]) << 16 | usize::from(change[1]) << 8 | usize::from(change[2]);
        let len = file.len() - content;
        file[content + at % len] = change[3];
    }
    if let [cut] = bytes.chunks_exact(4).remainder() {
        file.truncate(file.len() - usize::from(*cut));
    }
    let sum = checksum(&file[content..]);
    file[sum_at()..content].copy_from_slice(&sum.to_le_bytes());
    let read = Index::from_bytes(&file);
    assert!(!bytes.is_empty() || read.is_ok(), "the form of the file has changed: so must this target");
    let Ok(index) = read else { return };
    for name in ["Zherebkov", "Tao Guang Huai", "Жеребков Анатолий", "OOO Vektor", "A. B.", "!"] {
        let _ = screen(&index, &Query::for_name(name), Some(0.001), 10);
    }
});
