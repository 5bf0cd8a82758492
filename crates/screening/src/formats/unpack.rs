//! Gzip taken off, within limits.

use std::{borrow::Cow, io::Read};

use flate2::read::MultiGzDecoder;

use super::NotRead;

/// The largest published list is a tenth of this.
const MAX_BYTES: usize = 1 << 30;
const HEAD_BYTES: u64 = 64 << 10;

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// The start of the content; of a damaged file, what can be read of it.
pub fn head(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !is_gzip(bytes) {
        return Cow::Borrowed(&bytes[..bytes.len().min(HEAD_BYTES as usize)]);
    }
    let mut head = Vec::new();
    // What comes before an error is enough to tell the format; `unpack` reports the error.
    let _ = MultiGzDecoder::new(bytes).take(HEAD_BYTES).read_to_end(&mut head);
    Cow::Owned(head)
}

pub fn unpack(bytes: &[u8]) -> Result<Cow<'_, [u8]>, NotRead> {
    if bytes.len() > MAX_BYTES {
        return Err(NotRead::TooLarge { limit: MAX_BYTES });
    }
    if !is_gzip(bytes) {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut content = Vec::new();
    match MultiGzDecoder::new(bytes).take(MAX_BYTES as u64 + 1).read_to_end(&mut content) {
        Ok(_) if content.len() > MAX_BYTES => Err(NotRead::TooLarge { limit: MAX_BYTES }),
        Ok(_) => Ok(Cow::Owned(content)),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(NotRead::cut(format!("byte {}", bytes.len()), "the gzip stream has no end"))
        }
        Err(_) => {
            Err(NotRead::damaged(format!("unpacked byte {}", content.len()), "the gzip stream is not sound"))
        }
    }
}
