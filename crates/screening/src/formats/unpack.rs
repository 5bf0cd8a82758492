//! Files taken in within limits, gzip taken off.

use std::{
    borrow::Cow,
    io::{self, Read},
};

use flate2::read::MultiGzDecoder;

use super::{NotRead, detect::detect};

/// Of a file once unpacked; the largest list that one machine takes in has half of this.
const CONTENT_BYTES_MAX: usize = 1 << 30;
const HEAD_BYTES: usize = 64 << 10;
/// Of a line where lines are records; the longest published one has a thirtieth of this.
pub const LINE_BYTES_MAX: usize = 16 << 20;

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// The start of the content; of a damaged file, what can be read of it.
pub fn head(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !is_gzip(bytes) {
        return Cow::Borrowed(&bytes[..bytes.len().min(HEAD_BYTES)]);
    }
    let mut head = Vec::new();
    // What comes before an error is enough to tell the format; `unpack` reports the error.
    let _ = MultiGzDecoder::new(bytes).take(HEAD_BYTES as u64).read_to_end(&mut head);
    Cow::Owned(head)
}

/// The content within limits, borrowed where it is not packed.
pub fn unpack<'a>(path: &str, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, NotRead> {
    if !is_gzip(bytes) {
        return match read_within(path, bytes, CONTENT_BYTES_MAX, Keep::No) {
            Ok(checked) => checked.map(|_| Cow::Borrowed(bytes)),
            Err(_) => Ok(Cow::Borrowed(bytes)),
        };
    }
    match read_within(path, MultiGzDecoder::new(bytes), CONTENT_BYTES_MAX, Keep::Yes) {
        Ok(content) => content.map(Cow::Owned),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Err(NotRead::cut(format!("byte {}", bytes.len()), "the gzip stream has no end"))
        }
        Err(_) => Err(NotRead::damaged("the packed content", "the gzip stream is not sound")),
    }
}

/// Takes in a file as it comes, and stops early at what cannot be a list: a form that nobody publishes, a line
/// without end.
pub fn read_file(path: &str, reader: impl Read, len_max: usize) -> io::Result<Result<Vec<u8>, NotRead>> {
    read_within(path, reader, len_max, Keep::Yes)
}

#[derive(PartialEq)]
enum Keep {
    Yes,
    /// The bytes are in memory already and are looked at only.
    No,
}

fn read_within(
    path: &str,
    mut reader: impl Read,
    len_max: usize,
    keep: Keep,
) -> io::Result<Result<Vec<u8>, NotRead>> {
    let (mut bytes, mut chunk, mut len, mut lines) = (Vec::new(), Vec::new(), 0, None);
    loop {
        chunk.clear();
        let read = reader.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut chunk)?;
        if read == 0 {
            return Ok(Ok(bytes));
        }
        let is_first = len == 0;
        len += read;
        if len > len_max {
            return Ok(Err(NotRead::TooLarge { limit: len_max }));
        }
        if is_first {
            let Some(format) = detect(path, &chunk) else { return Ok(Err(NotRead::Unknown)) };
            lines = (format.has_lines() && !is_gzip(&chunk)).then(Lines::default);
        }
        if let Some(Err(why)) = lines.as_mut().map(|lines| lines.pass(&chunk)) {
            return Ok(Err(why));
        }
        if keep == Keep::Yes {
            bytes.extend_from_slice(&chunk);
        }
    }
}

/// Where the lines are that have gone by.
#[derive(Default)]
struct Lines {
    ended: u64,
    /// Bytes of the line that has not ended.
    open: usize,
}

impl Lines {
    fn pass(&mut self, chunk: &[u8]) -> Result<(), NotRead> {
        for (index, part) in chunk.split(|&byte| byte == b'\n').enumerate() {
            if index > 0 {
                self.ended += 1;
                self.open = 0;
            }
            self.open += part.len();
            if self.open > LINE_BYTES_MAX {
                return Err(NotRead::LineTooLong { line: self.ended + 1, limit: LINE_BYTES_MAX });
            }
        }
        Ok(())
    }
}
