//! The offline verifier of an export: `checkpoint`, `tile/…`, `records/*.ndjson` and, if there are any,
//! earlier `checkpoints/*`. It says what is wrong and names the first record concerned (LOG-02).
//!
//! How it tells *altered*, *removed*, *inserted* and *reordered* apart: the entries are hashed again and the
//! root compared with the checkpoint. If it differs, hashes that still lead to the signed root serve
//! as the original, and what was there is compared with what is there. If none do, because tiles were
//! rewritten to fit, earlier checkpoints and the records narrow the place down. Then each record is held
//! against its leaf.
//!
//! What it cannot see: a record marked as shredded that was not, since a salt that is gone looks like a salt
//! that was taken away. The count of shredded records is in the report for that reason.
//!
//! An export has one [`RecordLine`] for each leaf, in the order of the index, cut into files whose names sort
//! in that order (`records/000000.ndjson`, …), and the partial tiles of the very size that `checkpoint` states.
//!
//! Memory stays bounded: one bundle, one tile a level and one record line at a time.

mod locate;
mod record_line;
mod records;
mod source;
#[cfg(test)]
mod tests;
mod tree;

use std::io::{BufRead, Cursor};

use serde::Serialize;

pub use self::record_line::{RecordLine, RecordLineError};
use self::source::Source;
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::hash::TreeHead;
use crate::note::{SignedNote, VerifyingKey};

/// Where the files of an export come from; paths are relative to its root, with `/`.
pub trait Export {
    /// `None` if there is no such file or it cannot be read.
    fn read(&self, path: &str) -> Option<Vec<u8>>;
    /// Paths of all files that begin with `prefix`, in any order.
    fn list(&self, prefix: &str) -> Vec<String>;
    /// A file to be read piece by piece. Files of records can be large: an export on disk should open
    /// them here instead of reading them whole.
    fn open(&self, path: &str) -> Option<Box<dyn BufRead + '_>> {
        self.read(path).map(|bytes| Box::new(Cursor::new(bytes)) as Box<dyn BufRead>)
    }
}

/// What the verifier found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// Leaves that the checkpoint speaks for.
    pub size: u64,
    /// Records that are what their leaf committed to.
    pub verified: u64,
    /// Records whose content was destroyed; their leaves are still in the tree.
    pub shredded: u64,
    pub signature: SignatureCheck,
    /// The fault with the lowest index; one without an index comes last.
    pub first_fault: Option<Fault>,
    /// How many faults were met. One act of tampering may show in several places.
    pub faults: u64,
}

impl VerifyReport {
    /// Nothing is wrong and the signature was checked.
    pub fn is_clean(&self) -> bool {
        self.faults == 0 && self.signature == SignatureCheck::Checked
    }
}

/// What is known about the signature of the checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureCheck {
    Checked,
    /// No key was given, so whoever made the export could have made the checkpoint too.
    NotChecked,
    Bad,
}

/// One thing that is not as it was, or not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Place in the log; `None` if no single place can be told.
    pub index: Option<u64>,
    pub leaf_id: Option<String>,
    /// File in which it shows.
    pub path: String,
    pub what: FaultKind,
    /// A sentence for people; holds no content of records.
    pub detail: String,
}

/// What kind of thing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    Altered,
    Removed,
    Inserted,
    Reordered,
    /// A file that must be there is not.
    Missing,
    /// Something cannot be read as what it should be.
    Malformed,
    /// Entries and tiles agree with each other but not with the checkpoint, from somewhere at or after
    /// the index on.
    TreeDiffers,
    /// A signature under the checkpoint or an earlier one is wrong, or no known key has signed.
    BadSignature,
    /// An earlier checkpoint says something else about the same entries: two histories were signed.
    CheckpointDiffers,
}

/// Goes through an export. With no `known` keys the signature is not checked and the report is never
/// clean.
pub fn verify(export: &dyn Export, known: &[VerifyingKey]) -> VerifyReport {
    let mut findings = Findings::default();
    let (head, signature) = match read_checkpoint(export, known, "checkpoint", &mut findings) {
        (Some(checkpoint), signature) => (checkpoint.head, signature),
        (None, signature) => return findings.into_report(0, records::Tally::default(), signature),
    };
    let source = Source { export, size: head.size };
    let mut older = older_checkpoints(export, known, head, &mut findings);

    let scan = tree::scan(&source, head, &mut older);
    tree::check_other_tiles(&source, &mut findings);
    let place = if scan.sound {
        findings.append(scan.tile_faults);
        None
    } else {
        Some(locate::locate(&source, head, &older))
    };
    report_older(&older, scan.sound, &mut findings);

    let (tally, record_findings) = records::check(&source, scan.sound);
    if let Some(place) = place {
        findings.add(place.into_fault(record_findings.first.as_ref()));
    }
    findings.append(record_findings);
    findings.into_report(head.size, tally, signature)
}

/// An earlier checkpoint of the export and whether the entries still lead to its root.
struct Older {
    path: String,
    head: TreeHead,
    /// `None` until the entries have been read that far.
    agrees: Option<bool>,
}

/// The first fault and how many there are.
#[derive(Default)]
struct Findings {
    first: Option<Fault>,
    count: u64,
}

impl Findings {
    fn add(&mut self, fault: Fault) {
        self.count = self.count.saturating_add(1);
        self.offer(fault);
    }

    fn append(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        if let Some(fault) = other.first {
            self.offer(fault);
        }
    }

    fn offer(&mut self, fault: Fault) {
        let place = |fault: &Fault| fault.index.map_or((1, 0), |index| (0, index));
        if self.first.as_ref().is_none_or(|first| place(&fault) < place(first)) {
            self.first = Some(fault);
        }
    }

    fn into_report(self, size: u64, tally: records::Tally, signature: SignatureCheck) -> VerifyReport {
        let records::Tally { verified, shredded } = tally;
        VerifyReport { size, verified, shredded, signature, first_fault: self.first, faults: self.count }
    }
}

fn fault(path: impl Into<String>, what: FaultKind, detail: impl Into<String>) -> Fault {
    Fault { index: None, leaf_id: None, path: path.into(), what, detail: detail.into() }
}

/// The checkpoint at `path`, even if its signature is bad: what it states is still worth comparing.
fn read_checkpoint(
    export: &dyn Export,
    known: &[VerifyingKey],
    path: &str,
    findings: &mut Findings,
) -> (Option<Checkpoint>, SignatureCheck) {
    let Some(bytes) = export.read(path) else {
        findings.add(fault(path, FaultKind::Missing, "the checkpoint is not there"));
        return (None, SignatureCheck::NotChecked);
    };
    let parsed = SignedNote::parse(&bytes)
        .map_err(CheckpointError::Note)
        .and_then(|note| Checkpoint::parse_text(note.text()).map(|checkpoint| (note, checkpoint)));
    let (note, checkpoint) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            findings.add(fault(path, FaultKind::Malformed, error.to_string()));
            return (None, SignatureCheck::NotChecked);
        }
    };
    if known.is_empty() {
        return (Some(checkpoint), SignatureCheck::NotChecked);
    }
    match note.verify(known) {
        Ok(()) => (Some(checkpoint), SignatureCheck::Checked),
        Err(error) => {
            findings.add(fault(path, FaultKind::BadSignature, error.to_string()));
            (Some(checkpoint), SignatureCheck::Bad)
        }
    }
}

/// Earlier checkpoints that may be relied on, by size.
fn older_checkpoints(
    export: &dyn Export,
    known: &[VerifyingKey],
    head: TreeHead,
    findings: &mut Findings,
) -> Vec<Older> {
    let mut paths = export.list("checkpoints/");
    paths.sort();
    let mut older = Vec::new();
    for path in paths {
        let (checkpoint, signature) = read_checkpoint(export, known, &path, findings);
        let Some(checkpoint) = checkpoint.filter(|_| signature != SignatureCheck::Bad) else { continue };
        if checkpoint.head.size > head.size {
            let detail = format!(
                "an earlier checkpoint states {} entries, the present one {}",
                checkpoint.head.size, head.size
            );
            findings.add(Fault { index: Some(head.size), ..fault(path, FaultKind::Removed, detail) });
        } else {
            older.push(Older { path, head: checkpoint.head, agrees: None });
        }
    }
    older.sort_by_key(|older| older.head.size);
    older
}

/// If the present checkpoint speaks for the entries and an earlier one does not, two histories were signed.
fn report_older(older: &[Older], sound: bool, findings: &mut Findings) {
    let Some(first) = older.iter().position(|older| older.agrees == Some(false)).filter(|_| sound) else {
        return;
    };
    let from = older[..first].iter().map(|older| older.head.size).max().unwrap_or(0);
    let until = older[first].head.size;
    let detail = format!(
        "an earlier checkpoint states another root; the entries from {from} to before {until} differ"
    );
    let index = (from < until).then_some(from);
    findings.add(Fault { index, ..fault(&older[first].path, FaultKind::CheckpointDiffers, detail) });
}
