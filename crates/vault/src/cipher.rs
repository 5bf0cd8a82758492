//! One opened AES-256-GCM-SIV key. aws-lc-rs overwrites it when it is dropped.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand;
use zeroize::{Zeroize, Zeroizing};

pub(crate) const KEY_LEN: usize = 32;

const FORMAT: u8 = 1;
const TAG_LEN: usize = 16;
const HEAD_LEN: usize = 1 + NONCE_LEN;

/// The machine gives no random bytes, or the cipher does not work: nothing that a caller could mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic module does not work")]
pub(crate) struct CipherFailed;

pub(crate) struct Cipher(LessSafeKey);

/// The bytes of a key, on the heap so that moving it leaves no copy behind.
pub(crate) type KeyBytes = Box<Zeroizing<[u8; KEY_LEN]>>;

pub(crate) fn random_key() -> Result<KeyBytes, CipherFailed> {
    let mut bytes = KeyBytes::default();
    rand::fill(bytes.as_mut_slice()).map_err(|_| CipherFailed)?;
    Ok(bytes)
}

impl Cipher {
    pub(crate) fn new(key: &[u8; KEY_LEN]) -> Self {
        let key =
            UnboundKey::new(&AES_256_GCM_SIV, key).expect("the key has the length that the algorithm takes");
        Self(LessSafeKey::new(key))
    }

    pub(crate) fn seal(&self, associated_data: &[u8], plain: &[u8]) -> Result<Vec<u8>, CipherFailed> {
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).map_err(|_| CipherFailed)?;
        // Room for all of it at once: growing would leave a copy of the plain value behind.
        let mut sealed = Vec::with_capacity(HEAD_LEN + plain.len() + TAG_LEN);
        sealed.push(FORMAT);
        sealed.extend(nonce);
        sealed.extend(plain);
        let (nonce, data) = (Nonce::assume_unique_for_key(nonce), Aad::from(associated_data));
        match self.0.seal_in_place_separate_tag(nonce, data, &mut sealed[HEAD_LEN..]) {
            Ok(tag) => {
                sealed.extend(tag.as_ref());
                Ok(sealed)
            }
            Err(_) => {
                sealed.zeroize();
                Err(CipherFailed)
            }
        }
    }

    /// `None` when the bytes were not sealed by this key with this associated data.
    pub(crate) fn open(&self, associated_data: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (head, rest) = sealed.split_at_checked(HEAD_LEN)?;
        let (&format, nonce) = head.split_first()?;
        let (ciphertext, tag) = rest.split_at_checked(rest.len().checked_sub(TAG_LEN)?)?;
        if format != FORMAT {
            return None;
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut plain = vec![0; ciphertext.len()];
        let opened =
            self.0.open_separate_gather(nonce, Aad::from(associated_data), ciphertext, tag, &mut plain);
        if opened.is_err() {
            plain.zeroize();
            return None;
        }
        Some(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8452, appendix C.2: the second vector of AES-256-GCM-SIV, and one with associated data.
    #[test]
    fn what_others_sealed_opens() {
        let mut key = [0; KEY_LEN];
        key[0] = 1;
        let cipher = Cipher::new(&key);
        let cases = [
            ("", "0100000000000000", "c2ef328e5c71c83b843122130f7364b761e0b97427e3df28"),
            ("01", "0200000000000000", "1de22967237a813291213f267e3b452f02d01ae33e4ec854"),
        ];
        for (associated_data, plain, sealed) in cases {
            let sealed = hex::decode(format!("01030000000000000000000000{sealed}")).unwrap();

            let opened = cipher.open(&hex::decode(associated_data).unwrap(), &sealed);

            assert_eq!(opened.map(hex::encode).as_deref(), Some(plain));
        }
    }

    #[test]
    fn bytes_too_short_or_of_another_format_do_not_open() {
        let cipher = Cipher::new(&[7; KEY_LEN]);
        let sealed = cipher.seal(b"", b"plain").unwrap();

        assert_eq!(sealed.len(), 5 + 29);
        for length in 0..sealed.len() {
            assert!(cipher.open(b"", &sealed[..length]).is_none(), "{length}");
        }
        for format in (0..=255).filter(|format| *format != FORMAT) {
            let mut other = sealed.clone();
            other[0] = format;
            assert!(cipher.open(b"", &other).is_none(), "{format}");
        }
    }
}
