//! Signatures of packs: Ed25519 by keys that the configuration trusts (PCK-01).

use app::pack::PackSignatures;
use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};

/// Keys of 32 bytes in hexadecimal, as the configuration has them.
pub struct TrustedKeys(Vec<String>);

impl TrustedKeys {
    pub fn new(keys: &[String]) -> Self {
        Self(keys.iter().map(|key| key.to_lowercase()).collect())
    }
}

impl PackSignatures for TrustedKeys {
    fn verify(&self, public_key: &str, text: &str, signature: &str) -> bool {
        let is_trusted = self.0.contains(&public_key.to_lowercase());
        is_trusted && signature_holds(public_key, text, signature)
    }
}

/// Whether the signature is by that key over the text; both in hexadecimal.
pub fn signature_holds(public_key: &str, text: &str, signature: &str) -> bool {
    let (Ok(key), Ok(signature)) = (hex::decode(public_key), hex::decode(signature)) else { return false };
    UnparsedPublicKey::new(&ED25519, key).verify(text.as_bytes(), &signature).is_ok()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};

    use super::*;

    #[test]
    fn only_a_trusted_key_over_this_very_text_counts() {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let other = Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap();
        let key = hex::encode(pair.public_key().as_ref());
        let trusted = TrustedKeys::new(&[key.to_uppercase()]);
        let sign = |pair: &Ed25519KeyPair| hex::encode(pair.sign(b"text").as_ref());

        assert!(trusted.verify(&key, "text", &sign(&pair)));
        assert!(!trusted.verify(&key, "text ", &sign(&pair)));
        assert!(!trusted.verify(&key, "text", &sign(&other)));
        assert!(!trusted.verify(&hex::encode(other.public_key().as_ref()), "text", &sign(&other)));
        assert!(!trusted.verify("zz", "text", "zz"));
    }
}
