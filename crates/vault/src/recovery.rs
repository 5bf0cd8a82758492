//! Master keys under a passphrase, as text that a recovery recipient keeps (DESIGN 3.6).
//!
//! Three lines: what it is, how the passphrase is hashed (in the PHC string format), and the sealed keys in
//! base64. The first two lines are the associated data of the third.

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use zeroize::Zeroizing;

use crate::cipher::{Cipher, CipherFailed, KEY_LEN, KeyBytes};
use crate::master_key::{MasterKey, MasterKeys};

const HEADING: &str = "tenantry recovery 1";
const SALT_LEN: usize = 16;
/// In characters. Argon2id makes guessing dear, not impossible.
const PASSPHRASE_LEN_MIN: usize = 12;
/// The second choice of RFC 9106, section 4: 64 MiB, three passes, four lanes.
const COST: Cost = Cost { memory_kib: 64 * 1024, passes: 3, lanes: 4 };
/// What a text from outside may ask of this machine.
const COST_MAX: Cost = Cost { memory_kib: 1024 * 1024, passes: 16, lanes: 16 };

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryError {
    #[error("the passphrase is shorter than {PASSPHRASE_LEN_MIN} characters")]
    PassphraseTooShort,
    #[error("not a recovery text, or cut short")]
    Malformed,
    #[error("the recovery text asks for more memory or time than is allowed")]
    TooCostly,
    /// The two cannot be told apart.
    #[error("the passphrase is wrong, or the recovery text was altered")]
    WrongPassphrase,
    #[error("the cryptographic module does not work")]
    CipherFailed,
}

#[derive(Clone, Copy)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl MasterKeys {
    /// Puts all master keys under a passphrase. The text alone opens nothing.
    pub fn export_recovery(&self, passphrase: &str) -> Result<String, RecoveryError> {
        if passphrase.chars().count() < PASSPHRASE_LEN_MIN {
            return Err(RecoveryError::PassphraseTooShort);
        }
        let mut salt = [0; SALT_LEN];
        rand::fill(&mut salt).map_err(|_| RecoveryError::CipherFailed)?;
        let mut keys = Zeroizing::new(Vec::with_capacity(self.all().count() * KEY_LEN));
        for key in self.all() {
            keys.extend(key.bytes());
        }
        let Cost { memory_kib, passes, lanes } = COST;
        let salt_text = STANDARD_NO_PAD.encode(salt);
        let head = format!("{HEADING}\n$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt_text}\n");
        let sealed = cipher(passphrase, &salt, COST)?.seal(head.as_bytes(), &keys);
        let sealed = sealed.map_err(|CipherFailed| RecoveryError::CipherFailed)?;
        Ok(format!("{head}{}\n", STANDARD.encode(sealed)))
    }

    /// Takes the keys out of a recovery text. They are written with [`write_new`](Self::write_new).
    pub fn import_recovery(text: &str, passphrase: &str) -> Result<Self, RecoveryError> {
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let [HEADING, hashing, sealed] = lines[..] else { return Err(RecoveryError::Malformed) };
        let (salt, cost) = parse_hashing(hashing).ok_or(RecoveryError::Malformed)?;
        let is_cheap = cost.memory_kib <= COST_MAX.memory_kib
            && cost.passes <= COST_MAX.passes
            && cost.lanes <= COST_MAX.lanes;
        if !is_cheap {
            return Err(RecoveryError::TooCostly);
        }
        let sealed = STANDARD.decode(sealed).map_err(|_| RecoveryError::Malformed)?;
        let head = format!("{HEADING}\n{hashing}\n");
        let opened = cipher(passphrase, &salt, cost)?.open(head.as_bytes(), &sealed);
        let keys = Zeroizing::new(opened.ok_or(RecoveryError::WrongPassphrase)?);
        let (keys, rest) = keys.as_chunks::<KEY_LEN>();
        let mut keys = keys.iter().map(MasterKey::from_bytes);
        let current = keys.next().filter(|_| rest.is_empty()).ok_or(RecoveryError::Malformed)?;
        Ok(Self { current, older: keys.collect() })
    }
}

fn cipher(passphrase: &str, salt: &[u8], cost: Cost) -> Result<Cipher, RecoveryError> {
    let Cost { memory_kib, passes, lanes } = cost;
    let params =
        Params::new(memory_kib, passes, lanes, Some(KEY_LEN)).map_err(|_| RecoveryError::Malformed)?;
    let mut key = KeyBytes::default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice())
        .map_err(|_| RecoveryError::Malformed)?;
    Ok(Cipher::new(&key))
}

fn parse_hashing(text: &str) -> Option<(Vec<u8>, Cost)> {
    let (cost, salt) = text.strip_prefix("$argon2id$v=19$")?.split_once('$')?;
    let mut parts = cost.split(',');
    let mut number = |name: &str| parts.next()?.strip_prefix(name)?.parse().ok();
    let cost = Cost { memory_kib: number("m=")?, passes: number("t=")?, lanes: number("p=")? };
    let salt = STANDARD_NO_PAD.decode(salt).ok().filter(|salt| salt.len() == SALT_LEN)?;
    parts.next().is_none().then_some((salt, cost))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSPHRASE: &str = "correct horse battery";

    fn keys() -> MasterKeys {
        MasterKeys { current: MasterKey::from_bytes(&[1; 32]), older: vec![MasterKey::from_bytes(&[2; 32])] }
    }

    /// SEC-01
    #[test]
    fn a_recovery_text_gives_back_every_master_key() {
        let text = keys().export_recovery(PASSPHRASE).unwrap();

        let recovered = MasterKeys::import_recovery(&text.replace('\n', "\r\n"), PASSPHRASE).unwrap();

        assert!(recovered.all().map(MasterKey::bytes).eq(keys().all().map(MasterKey::bytes)));
        assert!(text.starts_with("tenantry recovery 1\n$argon2id$v=19$m=65536,t=3,p=4$"), "{text}");
        assert_ne!(text, keys().export_recovery(PASSPHRASE).unwrap(), "another salt each time");
    }

    #[test]
    fn an_altered_text_or_passphrase_recovers_nothing() {
        let text = keys().export_recovery(PASSPHRASE).unwrap();
        let salt = text.split('$').nth(4).and_then(|rest| rest.lines().next()).unwrap();
        let other_salt = text.replace(salt, &STANDARD_NO_PAD.encode([9; SALT_LEN]));
        let cheaper = text.replace("t=3", "t=2");
        let dear = |cost: &str| text.replace("m=65536,t=3,p=4", cost);
        let cases = [
            ("another passphrase", text.clone(), "correct horse batterx", RecoveryError::WrongPassphrase),
            ("another salt", other_salt, PASSPHRASE, RecoveryError::WrongPassphrase),
            ("another cost", cheaper, PASSPHRASE, RecoveryError::WrongPassphrase),
            ("nothing", String::new(), PASSPHRASE, RecoveryError::Malformed),
            ("the heading alone", HEADING.to_owned(), PASSPHRASE, RecoveryError::Malformed),
            (
                "something else",
                text.replace("recovery 1", "recovery 2"),
                PASSPHRASE,
                RecoveryError::Malformed,
            ),
            ("no lanes", dear("m=65536,t=3,p=0"), PASSPHRASE, RecoveryError::Malformed),
            ("a number too large", dear("m=99999999999,t=3,p=4"), PASSPHRASE, RecoveryError::Malformed),
            ("too much memory", dear("m=4194304,t=3,p=4"), PASSPHRASE, RecoveryError::TooCostly),
            ("too many passes", dear("m=65536,t=4000000000,p=4"), PASSPHRASE, RecoveryError::TooCostly),
        ];
        for (name, text, passphrase, expected) in cases {
            assert_eq!(MasterKeys::import_recovery(&text, passphrase).err(), Some(expected), "{name}");
        }
        assert_eq!(keys().export_recovery("short").err(), Some(RecoveryError::PassphraseTooShort));
    }
}
