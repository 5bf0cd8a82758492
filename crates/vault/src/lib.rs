//! Keys, sealed values, blind indexes, signatures and shredding: the port [`app::vault::Vault`] over any
//! [`app::vault::KeyStore`] (SEC-01, RET-03).
//!
//! Knows no SQL and no HTTP. All cryptography is that of aws-lc-rs, but for argon2id over recovery passphrases:
//!
//! - Values and wrapped keys: AES-256-GCM-SIV (RFC 8452) under random nonces of 96 bits. A sealed value is one
//!   byte for the format (1), the nonce, the ciphertext and the tag of 16 bytes; 29 bytes more than the plain one.
//! - Blind indexes: HMAC-SHA-256, a key for each purpose.
//! - Signatures: Ed25519 (RFC 8032).
//!
//! Every key is 32 random bytes, wrapped by the master key in use, and lies in the key store under its name:
//! `subject/<id>/<class>/`, `index/<purpose>`, `sign/ledger`, `sign/answers`, `installation`. The `/` at the end
//! of a subject's key keeps the destruction of one class from another whose name begins so.

mod cache;
mod cipher;
mod key_vault;
mod master_key;
mod place;
mod recovery;

pub use key_vault::{ExportRecoveryError, KeyDamaged, KeyVault, OpenVaultError, Options};
pub use master_key::{MasterKey, MasterKeyFileError, MasterKeys, NotAMasterKey, Source};
pub use recovery::RecoveryError;
