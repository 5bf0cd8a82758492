//! One file out of a zip archive, within limits. Enough for spreadsheets.

use std::io::Read;

use flate2::read::DeflateDecoder;

use super::NotRead;

const CONTENT_BYTES_MAX: u64 = 512 << 20;
const DIRECTORY_MARK: &[u8] = b"PK\x05\x06";

/// The content of the entry of that name.
pub fn extract(archive: &[u8], name: &str) -> Result<Vec<u8>, NotRead> {
    // The directory stands at the end, so that a cut archive has none.
    let tail = archive.len().saturating_sub(66_000);
    let end = archive[tail..].windows(4).rposition(|part| part == DIRECTORY_MARK);
    let Some(end) = end.map(|at| at + tail) else {
        return Err(NotRead::cut(format!("byte {}", archive.len()), "the zip directory is missing"));
    };
    let damaged = || NotRead::damaged(format!("zip entry `{name}`"), "not sound");
    let mut at = number(archive, end + 16, 4).ok_or_else(damaged)?;
    for _ in 0..number(archive, end + 10, 2).ok_or_else(damaged)? {
        let field = |offset: usize, len: usize| number(archive, at.checked_add(offset)?, len);
        let lens = [28, 30, 32].map(|offset| field(offset, 2));
        let [Some(name_len), Some(extra_len), Some(comment_len)] = lens else { return Err(damaged()) };
        let start = at.checked_add(46).ok_or_else(damaged)?;
        if archive.get(start..start + name_len) == Some(name.as_bytes()) {
            let (method, packed, local) = (field(10, 2), field(20, 4), field(42, 4));
            let (Some(method), Some(packed), Some(local)) = (method, packed, local) else {
                return Err(damaged());
            };
            return content(archive, method, packed, local).ok_or_else(damaged)?;
        }
        at = start + name_len + extra_len + comment_len;
    }
    Err(damaged())
}

/// `None` where the archive points outside itself.
fn content(archive: &[u8], method: usize, packed: usize, local: usize) -> Option<Result<Vec<u8>, NotRead>> {
    let start = local.checked_add(30)?
        + number(archive, local.checked_add(26)?, 2)?
        + number(archive, local + 28, 2)?;
    let bytes = archive.get(start..start.checked_add(packed)?)?;
    let mut content = Vec::new();
    match method {
        0 => content.extend_from_slice(bytes),
        8 => {
            DeflateDecoder::new(bytes).take(CONTENT_BYTES_MAX + 1).read_to_end(&mut content).ok()?;
        }
        _ => return None,
    }
    if content.len() as u64 > CONTENT_BYTES_MAX {
        return Some(Err(NotRead::TooLarge { limit: CONTENT_BYTES_MAX as usize }));
    }
    Some(Ok(content))
}

/// A little-endian number of two or four bytes.
fn number(bytes: &[u8], at: usize, len: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(len)?)?;
    Some(bytes.iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte)))
}
