//! Secrets of 256 bits: shown once, kept as a hash.

use domain::redacted::Redacted;
use ledger::hash::Hash;

use crate::env::Env;

/// 256 bits as text, and the hash that is kept of them.
pub(crate) fn new_secret(env: &Env<'_>, prefix: &str) -> (Redacted<String>, String) {
    let text = format!("{prefix}{}", domain::fact::sealed_text::to_hex(&env.secret()));
    let hash = secret_hash(&text);
    (Redacted::new(text), hash)
}

/// Hash under which a secret of 256 bits is kept; it needs no salt.
pub fn secret_hash(secret: &str) -> String {
    domain::fact::sealed_text::to_hex(&Hash::of_leaf(secret.as_bytes()).0)
}
