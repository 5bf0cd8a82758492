//! Looking at a platform from outside: exports of its ledger, bytes of its files, rows changed behind its back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use app::ledger_log::{self, ExportSink};
use ledger::verify::{Export, VerifyReport, verify};

use super::Platform;

/// An export in memory: files by path.
#[derive(Default)]
pub struct MemoryExport {
    pub files: BTreeMap<String, Vec<u8>>,
}

impl ExportSink for MemoryExport {
    fn write(&mut self, path: &str, bytes: &[u8]) -> std::io::Result<()> {
        self.files.insert(path.to_owned(), bytes.to_vec());
        Ok(())
    }
}

impl Export for MemoryExport {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.files.get(path).cloned()
    }

    fn list(&self, prefix: &str) -> Vec<String> {
        self.files.keys().filter(|path| path.starts_with(prefix)).cloned().collect()
    }
}

impl Platform {
    /// The whole ledger as an auditor gets it.
    pub fn export_ledger(&self) -> MemoryExport {
        self.settle();
        let mut export = MemoryExport::default();
        ledger_log::export(self.app(), &mut export, &mut |_, _| {}).expect("the ledger exports");
        export
    }

    /// What the offline verifier says of an export of now.
    pub fn verify_ledger(&self) -> VerifyReport {
        let key = ledger_log::verifying_key(self.app()).expect("the vault answers");
        verify(&self.export_ledger(), &[key])
    }

    /// Changes the registry as somebody with access to the disk or server would. Returns the number of rows changed.
    pub fn tamper(&self, sql: &str) -> usize {
        if let Some(mut client) = self.databases.registry_client() {
            return client.execute(sql, &[]).expect("the statement runs") as usize;
        }
        let path = self.folder().join("data").join(store::REGISTRY_FILE);
        let connection = rusqlite::Connection::open(path).expect("the file opens");
        connection.execute(sql, []).expect("the statement runs")
    }
}

/// Files under a folder that hold any of these texts, in UTF-8 or UTF-16, whatever the case of ASCII letters; with
/// the text each.
pub fn find_in_files(folder: &Path, texts: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder is read") {
            let path = entry.expect("the entry is read").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).expect("the file is read").to_ascii_lowercase();
            for text in texts {
                let plain = text.as_bytes().to_ascii_lowercase();
                let wide: Vec<u8> =
                    text.to_ascii_lowercase().encode_utf16().flat_map(u16::to_le_bytes).collect();
                let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
                if holds(&plain) || holds(&wide) {
                    found.push((path.clone(), (*text).to_owned()));
                }
            }
        }
    }
    found
}
