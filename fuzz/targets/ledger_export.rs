#![no_main]
//! An export that somebody else made: files after each other, each with its path and length before it.

use std::collections::BTreeMap;

use ledger::{Export, verify::verify};
use libfuzzer_sys::fuzz_target;

struct Files(BTreeMap<String, Vec<u8>>);

impl Export for Files {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.0.get(path).cloned()
    }

    fn list(&self, prefix: &str) -> Vec<String> {
        self.0.keys().filter(|path| path.starts_with(prefix)).cloned().collect()
    }
}

fn files(mut bytes: &[u8]) -> Option<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    while let Some((&path_len, rest)) = bytes.split_first() {
        let (path, rest) = rest.split_at_checked(path_len.into())?;
        let (len, rest) = rest.split_first_chunk()?;
        let (content, rest) = rest.split_at_checked(u16::from_le_bytes(*len).into())?;
        files.insert(String::from_utf8(path.to_owned()).ok()?, content.to_owned());
        bytes = rest;
    }
    Some(files)
}

fuzz_target!(|bytes: &[u8]| {
    if let Some(files) = files(bytes) {
        let report = verify(&Files(files), &[]);
        assert!(!report.is_clean(), "no key vouches for it");
    }
});
