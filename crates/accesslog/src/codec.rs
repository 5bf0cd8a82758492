//! Bytes in and out: variable-length integers, checksums. Reading never panics: `None` is damage.

use flate2::Crc;

pub fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

pub fn put_u128(out: &mut Vec<u8>, mut value: u128) {
    while value >= 0x80 {
        out.push(0x80 | (value & 0x7f) as u8);
        value >>= 7;
    }
    out.push(value as u8);
}

pub fn put_u64(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(0x80 | (value & 0x7f) as u8);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Small for numbers near zero, whichever their sign.
pub fn put_i64(out: &mut Vec<u8>, value: i64) {
    put_u64(out, (value.wrapping_shl(1) ^ (value >> 63)) as u64);
}

/// Small for numbers near zero or near 2^128.
pub fn put_i128(out: &mut Vec<u8>, value: i128) {
    put_u128(out, (value.wrapping_shl(1) ^ (value >> 127)) as u128);
}

pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_u64(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// What is left to read.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    pub fn fixed<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub fn u64(&mut self) -> Option<u64> {
        u64::try_from(self.u128()?).ok()
    }

    pub fn u128(&mut self) -> Option<u128> {
        let mut value = 0_u128;
        for shift in (0..133).step_by(7) {
            let byte = self.byte()?;
            let low = u128::from(byte & 0x7f);
            if shift == 126 && low > 3 {
                return None;
            }
            value |= low << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    pub fn i64(&mut self) -> Option<i64> {
        let coded = self.u64()?;
        Some((coded >> 1) as i64 ^ -((coded & 1) as i64))
    }

    pub fn i128(&mut self) -> Option<i128> {
        let coded = self.u128()?;
        Some((coded >> 1) as i128 ^ -((coded & 1) as i128))
    }

    pub fn count(&mut self) -> Option<usize> {
        usize::try_from(self.u64()?).ok()
    }

    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.count()?;
        self.take(length)
    }

    pub fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_always_read_back(a: u64, b: i64, c: u128, d: i128, e: Vec<u8>) {
            let mut out = Vec::new();
            put_u64(&mut out, a);
            put_i64(&mut out, b);
            put_u128(&mut out, c);
            put_i128(&mut out, d);
            put_bytes(&mut out, &e);

            let mut reader = Reader(&out);
            prop_assert_eq!(reader.u64(), Some(a));
            prop_assert_eq!(reader.i64(), Some(b));
            prop_assert_eq!(reader.u128(), Some(c));
            prop_assert_eq!(reader.i128(), Some(d));
            prop_assert_eq!(reader.bytes(), Some(&e[..]));
            prop_assert!(reader.is_empty());
        }
    }
}
