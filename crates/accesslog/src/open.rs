//! Opening a folder: what counts is what the manifest and the log say; the rest is put right.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use app::access::AccessLogError;

use crate::damage::{corrupt, sync_folder};
use crate::leases::Leases;
use crate::manifest::{self, Manifest};
use crate::memory::Memory;
use crate::seen::Seen;
use crate::segment::{self, Segment};
use crate::wal::{self, Wal};
use crate::write::{Intake, Writer};
use crate::{Config, EmbeddedAccessLog, Opened, Shared};

/// How often a reader tries again when the writer seals while it reads.
const READ_ATTEMPTS: u64 = 100;

/// It waits a little longer each time, so that it does not keep step with a writer that seals all the time.
const PAUSE_MAX_MS: u64 = 10;

pub fn for_writing(folder: &Path, config: Config) -> Result<EmbeddedAccessLog, AccessLogError> {
    std::fs::create_dir_all(folder)?;
    let lock = take_lock(folder)?;
    let found = Found::read(folder)?;
    let manifest_path = folder.join(manifest::FILE_NAME);
    let through = found.through_position();

    // Up to here nothing was changed: damage must not be made worse.
    let mut opened = Opened::default();
    let next_position = found.next_position();
    let manifest = Manifest::resume(&manifest_path, &found.manifest)?;
    opened.removed_files = remove_unnamed(folder, found.manifest.entries.len() as u64)?;
    let goes_on = |log: &&wal::Contents| {
        log.first_position == next_position || log.rows.last().is_some_and(|row| row.position > through)
    };
    let wal = match found.logs.last().filter(goes_on) {
        Some(contents) => {
            if contents.torn_bytes > 0 {
                opened.torn_bytes = contents.torn_bytes;
                keep_aside(folder, contents)?;
            }
            Wal::resume(contents, config.wrap_medium)?
        }
        None => Wal::create(folder, next_position, config.wrap_medium)?,
    };
    let is_sealed = |log: &&wal::Contents| log.rows.last().is_none_or(|row| row.position <= through);
    let sealed = found.logs.iter().filter(is_sealed).map(|log| &log.path);
    for path in sealed.chain(&found.unmade).filter(|path| *path != wal.path()) {
        std::fs::remove_file(path)?;
    }
    sync_folder(folder)?;
    let disk_bytes = folder_bytes(folder)?;
    let (shared, seen) = load(folder, found)?;
    opened.segments = shared.segments.len() as u64;
    opened.events = next_position - 1;
    let writer = Writer { _lock: lock, wal, manifest, seen, next_position, disk_bytes, broken: false };
    let intake = Some(Intake::new(writer));
    Ok(EmbeddedAccessLog { folder: folder.to_owned(), config, shared: RwLock::new(shared), intake, opened })
}

pub fn for_reading(folder: &Path) -> Result<EmbeddedAccessLog, AccessLogError> {
    let shared = load_for_reading(folder)?;
    let opened =
        Opened {
            segments: shared.segments.len() as u64,
            events: shared.memory.rows().last().map(|row| row.position).unwrap_or_else(|| {
                shared.segments.last().map_or(0, |segment| segment.entry.through_position)
            }),
            ..Opened::default()
        };
    let config = Config::default();
    Ok(EmbeddedAccessLog {
        folder: folder.to_owned(),
        config,
        shared: RwLock::new(shared),
        intake: None,
        opened,
    })
}

/// The writer may seal in the middle of this: then what was read does not fit together, and is read again.
/// Real damage is found the same way a few times over.
pub fn load_for_reading(folder: &Path) -> Result<Shared, AccessLogError> {
    let mut same = 0;
    let mut last = String::new();
    for attempt in 0..READ_ATTEMPTS {
        let error = match Found::read(folder).and_then(|found| load(folder, found)) {
            Ok((shared, _)) => return Ok(shared),
            Err(error) => error,
        };
        let text = error.to_string();
        same = if text == last { same + 1 } else { 0 };
        last = text;
        if same >= 3 && matches!(error, AccessLogError::Corrupt { .. }) {
            return Err(error);
        }
        std::thread::sleep(std::time::Duration::from_millis(attempt.min(PAUSE_MAX_MS)));
    }
    Found::read(folder).and_then(|found| load(folder, found)).map(|(shared, _)| shared)
}

/// What lies in a folder.
struct Found {
    manifest: manifest::Contents,
    /// In order of position. More than one only between the steps of a seal.
    logs: Vec<wal::Contents>,
    /// Logs that a crash left without a whole header. They never held anything.
    unmade: Vec<PathBuf>,
}

impl Found {
    /// Logs first: a seal names its segment in the manifest before it removes the log, so that rows of a log that
    /// was read, or removed before it was seen, are in the manifest that is read after.
    fn read(folder: &Path) -> Result<Self, AccessLogError> {
        let mut paths: Vec<(u64, PathBuf)> = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if let Some(position) = entry.file_name().to_str().and_then(wal::position_of) {
                paths.push((position, entry.path()));
            }
        }
        paths.sort();
        let mut logs = Vec::new();
        let mut unmade = Vec::new();
        for (position, path) in paths {
            let contents = match wal::read(&path) {
                Err(AccessLogError::Corrupt { .. })
                    if std::fs::metadata(&path)?.len() <= wal::HEADER_BYTES as u64 =>
                {
                    unmade.push(path);
                    continue;
                }
                other => other?,
            };
            if contents.first_position != position {
                return Err(corrupt(&path, "header"));
            }
            logs.push(contents);
        }
        let manifest_path = folder.join(manifest::FILE_NAME);
        let has_manifest = manifest_path.exists();
        let manifest = manifest::read(&manifest_path)?;
        let found = Self { manifest, logs, unmade };
        if has_manifest || !found.logs.is_empty() {
            found.check(&manifest_path)?;
        }
        Ok(found)
    }

    fn through_position(&self) -> u64 {
        self.manifest.entries.last().map_or(0, |entry| entry.through_position)
    }

    fn next_position(&self) -> u64 {
        let in_logs = self.logs.iter().filter_map(|log| log.rows.last()).map(|row| row.position).max();
        self.through_position().max(in_logs.unwrap_or(0)) + 1
    }

    /// Nothing may be missing between the segments and the logs.
    fn check(&self, manifest_path: &Path) -> Result<(), AccessLogError> {
        let mut reached = self.through_position();
        let fresh = self.manifest.entries.is_empty() && self.logs.is_empty();
        if self.logs.is_empty() && !fresh {
            return Err(corrupt(manifest_path, "there is no write-ahead log beside it"));
        }
        for log in &self.logs {
            if log.first_position > reached + 1 {
                let detail = format!(
                    "positions {} to {} are in no segment and no log",
                    reached + 1,
                    log.first_position - 1
                );
                return Err(corrupt(manifest_path, detail));
            }
            reached = reached.max(log.rows.last().map_or(0, |row| row.position));
        }
        Ok(())
    }
}

fn load(folder: &Path, found: Found) -> Result<(Shared, Seen), AccessLogError> {
    let mut seen = Seen::default();
    let mut leases = Leases::default();
    let mut segments = Vec::with_capacity(found.manifest.entries.len());
    let through = found.through_position();
    for entry in found.manifest.entries {
        let (segment, its_seen) = Segment::open(folder, entry)?;
        seen.merge(its_seen);
        segment.visit_leases(&mut |block, index| {
            let (network, ports) = (block.network(index), block.ports(index));
            leases.insert(block.kind(index), network, ports, block.account(index), block.at_us(index));
        })?;
        segments.push(Arc::new(segment));
    }
    let mut memory = Memory::default();
    let mut reached = through;
    for row in found.logs.into_iter().flat_map(|log| log.rows) {
        if row.position <= reached {
            continue;
        }
        reached = row.position;
        let event = &row.event;
        if let (Some(source), Some(seq)) = (&event.source, event.seq) {
            seen.insert(source, seq);
        }
        leases.insert(event.kind, event.network, event.ports, &event.account, row.at_us());
        memory.push(row);
    }
    Ok((Shared { segments: Arc::new(segments), memory, leases }, seen))
}

fn take_lock(folder: &Path) -> Result<File, AccessLogError> {
    let file = OpenOptions::new().create(true).append(true).open(folder.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(AccessLogError::Locked),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Files of segments that no manifest line names: a seal did not come to its end, the log still has the rows.
fn remove_unnamed(folder: &Path, named: u64) -> Result<u64, AccessLogError> {
    let mut removed = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let unfinished = name.ends_with(crate::run::UNFINISHED);
        if segment::id_of(name).is_some_and(|id| unfinished || id > named) {
            std::fs::remove_file(entry.path())?;
            removed += 1;
        }
    }
    Ok(removed)
}

fn keep_aside(folder: &Path, contents: &wal::Contents) -> Result<(), AccessLogError> {
    let bytes = std::fs::read(&contents.path)?;
    let torn = bytes.get(contents.good_bytes as usize..).unwrap_or_default();
    let name = format!("torn-{:020}-{}", contents.first_position, contents.good_bytes);
    std::fs::write(folder.join(name), torn)?;
    Ok(())
}

fn folder_bytes(folder: &Path) -> Result<u64, AccessLogError> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}
