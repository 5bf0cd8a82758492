//! What came of a file before the process ended, kept on disk: the bytes, and a note of how many of them are sound.
//!
//! Keeping is a courtesy to the publisher: where the disk does not take it, the download goes on without.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

/// After so many bytes the note is written anew; no more are asked for twice.
const NOTE_EACH: u64 = 1 << 20;

/// Longer than any note.
const NOTE_LEN_MAX: u64 = 64 * 1024;

/// A file on its way. Of two processes that ask for it at once, one keeps what comes.
pub struct Kept {
    part: File,
    part_path: PathBuf,
    note_path: PathBuf,
    /// `None` while nothing is worth keeping: there is no saying later of which state of the file the bytes are.
    note: Option<Note>,
    hash: Context,
    len: u64,
}

/// What the bytes are of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    pub url: String,
    /// The publisher's word for the state of the file.
    pub validator: String,
    /// Length of the whole file, where it was told.
    pub total: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct Note {
    origin: Origin,
    /// Of the bytes that are surely on disk.
    len: u64,
    sha256: String,
}

impl Kept {
    /// `None` where the folder takes no file, or another process has this one.
    pub fn open(folder: &Path, name: &str) -> Option<Self> {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.@".contains(letter);
        if name.starts_with('.') || !name.chars().all(is_plain) || fs::create_dir_all(folder).is_err() {
            return None;
        }
        let part_path = folder.join(format!("{name}.part"));
        let options = File::options().read(true).write(true).create(true).truncate(false).open(&part_path);
        let part = options.ok()?;
        match part.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => return None,
        }
        let note_path = folder.join(format!("{name}.note"));
        Some(Self { part, part_path, note_path, note: None, hash: Context::new(&SHA256), len: 0 })
    }

    /// The bytes that are there of a file at an address, if they are what was noted of them.
    pub fn take_up(&mut self, url: &str, len_max: u64) -> Option<(Vec<u8>, Origin)> {
        let mut text = String::new();
        File::open(&self.note_path).ok()?.take(NOTE_LEN_MAX).read_to_string(&mut text).ok()?;
        let note: Note = serde_json::from_str(&text).ok()?;
        if note.origin.url != url || note.len > len_max {
            return None;
        }
        let mut bytes = Vec::new();
        self.part.seek(SeekFrom::Start(0)).ok()?;
        (&self.part).take(note.len).read_to_end(&mut bytes).ok()?;
        let mut hash = Context::new(&SHA256);
        hash.update(&bytes);
        if bytes.len() as u64 != note.len || hex::encode(hash.clone().finish()) != note.sha256 {
            return None;
        }
        self.part.set_len(note.len).ok()?;
        self.part.seek(SeekFrom::Start(note.len)).ok()?;
        (self.hash, self.len) = (hash, note.len);
        let origin = note.origin.clone();
        self.note = Some(note);
        Some((bytes, origin))
    }

    /// Begins anew, with nothing; `None`: what comes cannot be kept.
    pub fn begin(&mut self, origin: Option<Origin>) {
        let note = origin.map(|origin| Note { origin, len: 0, sha256: String::new() });
        (self.note, self.hash, self.len) = (note, Context::new(&SHA256), 0);
        // An old note must not speak of new bytes.
        let begun = absent_is_fine(fs::remove_file(&self.note_path))
            .and_then(|()| self.part.set_len(0))
            .and_then(|()| self.part.seek(SeekFrom::Start(0)));
        if begun.is_err() {
            self.note = None;
        }
    }

    pub fn add(&mut self, bytes: &[u8]) {
        let Some(note) = &self.note else { return };
        if self.part.write_all(bytes).is_err() {
            self.note = None;
            return;
        }
        self.hash.update(bytes);
        self.len += bytes.len() as u64;
        if self.len - note.len >= NOTE_EACH {
            self.note_down(note.origin.total);
        }
    }

    /// Says how far the file has come; `total` where its length is known by now.
    pub fn note_down(&mut self, total: Option<u64>) {
        let Some(note) = &mut self.note else { return };
        note.origin.total = total;
        (note.len, note.sha256) = (self.len, hex::encode(self.hash.clone().finish()));
        let text = serde_json::to_vec(note).expect("a note is plain JSON");
        let fresh = self.note_path.with_extension("note.new");
        let noted = self
            .part
            .sync_data()
            .and_then(|()| fs::write(&fresh, text))
            .and_then(|()| fs::rename(&fresh, &self.note_path));
        if noted.is_err() {
            self.note = None;
        }
    }

    /// Whether a later download has nothing to go on with.
    pub fn is_empty(&self) -> bool {
        self.note.as_ref().is_none_or(|note| note.len == 0)
    }

    /// The file was of use: nothing of it is kept any longer. What cannot be removed is found by the next download, which
    /// asks whether it is still good.
    pub fn remove(self) {
        let _ = fs::remove_file(&self.note_path);
        let _ = fs::remove_file(&self.part_path);
    }
}

fn absent_is_fine(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
