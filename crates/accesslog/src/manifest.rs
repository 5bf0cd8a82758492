//! The manifest: one checksummed line for each sealed segment, in order; only ever appended to.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use app::access::AccessLogError;
use domain::access::SegmentRoot;
use ledger::Hash;
use serde::{Deserialize, Serialize};

use crate::codec::crc32;
use crate::damage::corrupt;
use crate::row::instant;

pub const FILE_NAME: &str = "manifest";
const VERSION: u32 = 1;

/// A sealed segment. Positions follow on from the segment before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub v: u32,
    pub segment_id: u64,
    pub first_position: u64,
    pub through_position: u64,
    pub events: u64,
    pub min_us: i64,
    pub max_us: i64,
    pub root: Hash,
    pub address_bytes: u64,
    pub account_bytes: u64,
}

impl Entry {
    pub const VERSION: u32 = VERSION;

    pub fn segment_root(&self) -> SegmentRoot {
        SegmentRoot {
            segment_id: self.segment_id,
            events: self.events,
            from: instant(self.min_us),
            through: instant(self.max_us),
            root: self.root.to_string(),
        }
    }
}

pub struct Contents {
    pub entries: Vec<Entry>,
    good_bytes: u64,
}

/// Reads the manifest at `path`; none is an empty one. An unfinished last line does not count.
pub fn read(path: &Path) -> Result<Contents, AccessLogError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let mut entries: Vec<Entry> = Vec::new();
    let mut good_bytes = 0;
    for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let is_last = good_bytes + line.len() == bytes.len();
        let entry = parse_line(line).filter(|entry| follows(entries.last(), entry));
        match entry {
            Some(entry) => entries.push(entry),
            None if is_last => break,
            None => return Err(corrupt(path, format!("line {}", number + 1))),
        }
        good_bytes += line.len();
    }
    Ok(Contents { entries, good_bytes: good_bytes as u64 })
}

fn follows(last: Option<&Entry>, entry: &Entry) -> bool {
    let (id, position) = last.map_or((0, 0), |last| (last.segment_id, last.through_position));
    entry.v == VERSION
        && entry.segment_id == id + 1
        && entry.first_position == position + 1
        && entry.through_position.checked_sub(position) == Some(entry.events)
}

fn parse_line(line: &[u8]) -> Option<Entry> {
    let text = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let (crc, json) = text.split_once(' ')?;
    let crc = u32::from_str_radix(crc, 16).ok()?;
    if crc != crc32(json.as_bytes()) {
        return None;
    }
    serde_json::from_str(json).ok()
}

/// The manifest of the one writer.
pub struct Manifest {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Manifest {
    /// Goes on after what was read; an unfinished last line is cut off.
    pub fn resume(path: &Path, contents: &Contents) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        file.set_len(contents.good_bytes)?;
        file.sync_all()?;
        Ok(Self { path: path.to_owned(), file, length: contents.good_bytes })
    }

    /// Names a segment; durable when it returns. An error leaves it as it was, or says that it could not.
    pub fn append(&mut self, entry: &Entry) -> Result<(), AppendError> {
        let json = serde_json::to_string(entry).expect("an entry has only integers and a hash");
        let line = format!("{:08x} {json}\n", crc32(json.as_bytes()));
        match self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data()) {
            Ok(()) => {
                self.length += line.len() as u64;
                Ok(())
            }
            Err(error) => match self.file.set_len(self.length).and_then(|()| self.file.sync_data()) {
                Ok(()) => Err(AppendError::Unchanged(error)),
                Err(_) => Err(AppendError::Unknown(error)),
            },
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[derive(Debug)]
pub enum AppendError {
    /// As before.
    Unchanged(io::Error),
    /// Nobody knows whether the line is there until the folder is opened anew.
    Unknown(io::Error),
}
