//! The write-ahead log: checksummed, length-prefixed frames, one for each sync.
//!
//! A frame is written only after the one before it is on disk. So a bad frame with a good one
//! behind it was damaged later, and is named; a bad end is a write that a crash cut short, and is cut.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use app::access::AccessLogError;

use crate::codec::{Reader, crc32};
use crate::damage::{corrupt, sync_folder};
use crate::row::{Block, Row, encode_block};

const MAGIC: &[u8; 8] = b"TENWAL01";
pub const HEADER_BYTES: usize = 20;
const FRAME_HEADER_BYTES: usize = 20;

/// What the log is written to; tests put one that fails in its place.
pub trait Medium: Send {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    fn sync(&mut self) -> io::Result<()>;
    fn truncate(&mut self, length: u64) -> io::Result<()>;
}

impl Medium for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// Makes the medium of an opened file; `Box::new` outside tests.
pub type WrapMedium = fn(File) -> Box<dyn Medium>;

pub fn file_name(first_position: u64) -> String {
    format!("wal-{first_position:020}.log")
}

/// The first position of a log file by its name.
pub fn position_of(name: &str) -> Option<u64> {
    name.strip_prefix("wal-")?.strip_suffix(".log")?.parse().ok()
}

/// A log that can be written.
pub struct Wal {
    path: PathBuf,
    medium: Box<dyn Medium>,
    length: u64,
    broken: bool,
}

impl Wal {
    /// A new, empty log for positions from `first_position`; durable when it returns.
    pub fn create(folder: &Path, first_position: u64, wrap: WrapMedium) -> io::Result<Self> {
        let path = folder.join(file_name(first_position));
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        file.set_len(0)?;
        let mut header = MAGIC.to_vec();
        header.extend(first_position.to_le_bytes());
        header.extend(crc32(&header).to_le_bytes());
        file.write_all(&header)?;
        file.sync_all()?;
        sync_folder(folder)?;
        Ok(Self { path, medium: wrap(file), length: header.len() as u64, broken: false })
    }

    /// Goes on writing after what was read; what a crash cut short is cut off.
    pub fn resume(contents: &Contents, wrap: WrapMedium) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).open(&contents.path)?;
        if contents.torn_bytes > 0 {
            file.set_len(contents.good_bytes)?;
            file.sync_all()?;
        }
        let path = contents.path.clone();
        Ok(Self { path, medium: wrap(file), length: contents.good_bytes, broken: false })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn length(&self) -> u64 {
        self.length
    }

    /// Appends a frame; on disk when it returns. On an error the log is as before, or takes
    /// nothing more until it is opened anew.
    pub fn append(&mut self, frame: &[u8]) -> Result<(), AccessLogError> {
        if self.broken {
            let because = "an earlier write to the log failed; open it anew";
            return Err(AccessLogError::Refused { because, source: None });
        }
        if let Err(error) = self.medium.append(frame) {
            self.broken = self.medium.truncate(self.length).is_err();
            let because = "the log could not be written";
            return Err(AccessLogError::Refused { because, source: Some(error) });
        }
        if let Err(error) = self.medium.sync() {
            // After a failed sync nobody knows what is on disk (fsync may report an error once).
            self.broken = true;
            let _ = self.medium.truncate(self.length);
            let because = "the log could not be made durable";
            return Err(AccessLogError::Refused { because, source: Some(error) });
        }
        self.length += frame.len() as u64;
        Ok(())
    }
}

/// The bytes of one frame. `rows` have consecutive positions.
pub fn frame(rows: &[Row]) -> Vec<u8> {
    let mut bytes = vec![0; FRAME_HEADER_BYTES];
    encode_block(&mut bytes, rows.iter());
    let payload = &bytes[FRAME_HEADER_BYTES..];
    let mut header = Vec::with_capacity(FRAME_HEADER_BYTES);
    header.extend((payload.len() as u32).to_le_bytes());
    header.extend(rows.first().map_or(0, |row| row.position).to_le_bytes());
    header.extend(crc32(payload).to_le_bytes());
    header.extend(crc32(&header).to_le_bytes());
    bytes[..FRAME_HEADER_BYTES].copy_from_slice(&header);
    bytes
}

/// A log as it was found.
pub struct Contents {
    pub path: PathBuf,
    pub first_position: u64,
    pub rows: Vec<Row>,
    pub good_bytes: u64,
    /// Bytes after the last good frame: a write that never was acknowledged.
    pub torn_bytes: u64,
}

/// Reads a whole log. A damaged middle is an error that names the place.
pub fn read(path: &Path) -> Result<Contents, AccessLogError> {
    let bytes = std::fs::read(path)?;
    let first_position = read_header(&bytes).ok_or_else(|| corrupt(path, "header"))?;
    let mut rows: Vec<Row> = Vec::new();
    let mut offset = HEADER_BYTES;
    while offset < bytes.len() {
        let Some((block, end)) = read_frame(&bytes, offset) else {
            if good_frame_after(&bytes, offset) {
                return Err(corrupt(path, format!("frame at byte {offset}")));
            }
            break;
        };
        let expected = rows.last().map_or(first_position, |row| row.position + 1);
        let in_order = (0..block.len()).all(|index| block.position(index) == expected + index as u64);
        if !in_order {
            return Err(corrupt(path, format!("frame at byte {offset} is out of order")));
        }
        rows.extend(block.rows());
        offset = end;
    }
    Ok(Contents {
        path: path.to_owned(),
        first_position,
        rows,
        good_bytes: offset as u64,
        torn_bytes: (bytes.len() - offset) as u64,
    })
}

fn read_header(bytes: &[u8]) -> Option<u64> {
    let mut reader = Reader(bytes);
    let magic: [u8; 8] = reader.fixed()?;
    let first_position = u64::from_le_bytes(reader.fixed()?);
    let crc = u32::from_le_bytes(reader.fixed()?);
    (magic == *MAGIC && crc == crc32(&bytes[..HEADER_BYTES - 4])).then_some(first_position)
}

fn read_frame(bytes: &[u8], offset: usize) -> Option<(Block<'_>, usize)> {
    let rest = &bytes[offset..];
    let mut reader = Reader(rest);
    let length = u32::from_le_bytes(reader.fixed()?) as usize;
    let _first_position: [u8; 8] = reader.fixed()?;
    let payload_crc = u32::from_le_bytes(reader.fixed()?);
    let header_crc = u32::from_le_bytes(reader.fixed()?);
    if header_crc != crc32(&rest[..FRAME_HEADER_BYTES - 4]) {
        return None;
    }
    let payload = reader.take(length)?;
    if crc32(payload) != payload_crc {
        return None;
    }
    Some((Block::decode(payload)?, offset + FRAME_HEADER_BYTES + length))
}

fn good_frame_after(bytes: &[u8], offset: usize) -> bool {
    (offset + 1..bytes.len()).any(|start| read_frame(bytes, start).is_some_and(|(block, _)| block.len() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::access::{ClockMark, parse_event};

    fn rows(first: u64, count: u64) -> Vec<Row> {
        let event =
            parse_event(r#"{"account":"a","ip":"10.0.0.1","at":"2026-01-01T00:00:00Z","kind":"access"}"#)
                .unwrap();
        let row = |position| Row { position, received_us: 0, mark: ClockMark::OnTime, event: event.clone() };
        (first..first + count).map(row).collect()
    }

    fn log(folder: &Path) -> (PathBuf, Vec<usize>) {
        let mut wal = Wal::create(folder, 1, |file| Box::new(file)).unwrap();
        let mut ends = vec![wal.length() as usize];
        for group in 0..4 {
            wal.append(&frame(&rows(1 + group * 3, 3))).unwrap();
            ends.push(wal.length() as usize);
        }
        (wal.path().to_owned(), ends)
    }

    #[test]
    fn a_torn_end_is_cut_at_every_byte_and_nothing_before_it_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let (path, ends) = log(folder.path());
        let whole = std::fs::read(&path).unwrap();

        for length in ends[0]..=whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let contents = read(&path).unwrap();
            let frames = ends.iter().filter(|end| **end <= length).count() - 1;
            assert_eq!(contents.rows.len(), frames * 3, "{length}");
            assert_eq!(contents.good_bytes + contents.torn_bytes, length as u64);

            let mut wal = Wal::resume(&contents, |file| Box::new(file)).unwrap();
            wal.append(&frame(&rows(contents.rows.len() as u64 + 1, 1))).unwrap();
            assert_eq!(read(&path).unwrap().rows.len(), frames * 3 + 1, "{length}");
        }
    }

    #[test]
    fn a_damaged_middle_is_named_wherever_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (path, ends) = log(folder.path());
        let whole = std::fs::read(&path).unwrap();

        for byte in 0..ends[3] {
            let mut bytes = whole.clone();
            bytes[byte] ^= 0x10;
            std::fs::write(&path, &bytes).unwrap();
            let Err(error) = read(&path) else { panic!("byte {byte} taken") };
            let frame_start = ends.iter().rev().find(|end| **end <= byte).copied();
            let place = frame_start.map_or("header".to_owned(), |start| format!("frame at byte {start}"));
            assert_eq!(error.to_string(), format!("`{}` is damaged: {place}", file_name(1)), "{byte}");
        }
    }

    #[test]
    fn zeros_after_the_end_are_a_torn_end() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = log(folder.path());
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend([0; 5000]);
        std::fs::write(&path, &bytes).unwrap();

        assert_eq!(read(&path).unwrap().rows.len(), 12);
    }
}
