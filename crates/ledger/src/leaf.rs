//! A leaf: what happened, when, to what, by whom, and a commitment to the record itself.
//!
//! The record is not in the leaf. The leaf holds an HMAC of it under a salt that is sealed with the
//! record; when the record is shredded the salt goes with it and the commitment says nothing any more,
//! while the tree stays whole.

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::canonical::{self, CanonicalError};
use crate::hash::Hash;
use crate::tile::ENTRY_BYTES_MAX;

/// The only form of a leaf there is so far.
pub const LEAF_VERSION: u64 = 1;

/// One entry of the tree. No personal data belongs here: a leaf outlives what it points at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// [`LEAF_VERSION`].
    pub v: u64,
    pub id: String,
    /// When it was recorded: RFC 3339 in UTC, written by the caller and kept to the letter.
    pub at: String,
    /// What happened, past tense with dots: `decision.recorded`.
    pub kind: String,
    /// Whom it concerns, by id; `None` for what concerns nobody, such as a list update.
    pub subject: Option<String>,
    /// Who did it, by id.
    pub actor: String,
    /// What it was done to, by id.
    pub object: String,
    /// Version of the object after it was done.
    pub version: u64,
    /// [`commitment`] to the record, in base64.
    pub commitment: Hash,
}

/// Why bytes are not a leaf, or a leaf cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum LeafError {
    #[error("not a leaf")]
    Malformed(#[source] serde_json::Error),
    #[error("leaf version `{0}` is not known")]
    UnknownVersion(u64),
    #[error("the leaf is not in canonical form")]
    NotCanonical,
    #[error("the leaf is longer than {ENTRY_BYTES_MAX} bytes")]
    TooLong,
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
}

/// HMAC-SHA-256 of a record's canonical bytes under its salt.
pub fn commitment(salt: &[u8; 32], canonical_record: &[u8]) -> [u8; 32] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, salt);
    let tag = hmac::sign(&key, canonical_record);
    let mut bytes = [0; 32];
    bytes.copy_from_slice(tag.as_ref());
    bytes
}

/// [`commitment`] to a record that is not in canonical form yet.
pub fn commit_to(salt: &[u8; 32], record: &impl Serialize) -> Result<Hash, CanonicalError> {
    Ok(Hash(commitment(salt, &canonical::to_vec(record)?)))
}

impl Leaf {
    /// The bytes that go into the tree: canonical JSON.
    pub fn to_bytes(&self) -> Result<Vec<u8>, LeafError> {
        let bytes = canonical::to_vec(self)?;
        if bytes.len() > ENTRY_BYTES_MAX { Err(LeafError::TooLong) } else { Ok(bytes) }
    }

    /// Reads what [`Leaf::to_bytes`] wrote and nothing else: one leaf has one form.
    pub fn parse(bytes: &[u8]) -> Result<Self, LeafError> {
        let leaf: Self = serde_json::from_slice(bytes).map_err(LeafError::Malformed)?;
        if leaf.v != LEAF_VERSION {
            return Err(LeafError::UnknownVersion(leaf.v));
        }
        if leaf.to_bytes()? != bytes {
            return Err(LeafError::NotCanonical);
        }
        Ok(leaf)
    }

    /// Whether this is the record the leaf committed to. A record without a canonical form is not.
    pub fn commits_to(&self, salt: &[u8; 32], record: &Value) -> bool {
        canonical::value_to_string(record)
            .is_ok_and(|text| commitment(salt, text.as_bytes()) == self.commitment.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn leaf() -> Leaf {
        Leaf {
            v: LEAF_VERSION,
            id: "leaf_1".into(),
            at: "2026-11-21T10:00:00.000001Z".into(),
            kind: "decision.recorded".into(),
            subject: Some("cus_1".into()),
            actor: "staff_1".into(),
            object: "dec_1".into(),
            version: 3,
            commitment: Hash([7; 32]),
        }
    }

    #[test]
    fn a_leaf_is_canonical_json_with_sorted_keys() {
        insta::assert_snapshot!(String::from_utf8(leaf().to_bytes().unwrap()).unwrap(), @r#"{"actor":"staff_1","at":"2026-11-21T10:00:00.000001Z","commitment":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=","id":"leaf_1","kind":"decision.recorded","object":"dec_1","subject":"cus_1","v":1,"version":3}"#);
    }

    #[test]
    fn only_the_canonical_form_is_read() {
        let text = String::from_utf8(leaf().to_bytes().unwrap()).unwrap();
        let cases = [
            ("as written", text.clone(), true),
            ("a space", text.replace("\"v\":1", "\"v\": 1"), false),
            ("a space at the end", format!("{text} "), false),
            ("another version", text.replace("\"v\":1", "\"v\":2"), false),
            ("an escaped letter", text.replace("cus_1", "\\u0063us_1"), false),
            ("a field more", text.replace("\"v\":1", "\"u\":1,\"v\":1"), false),
            ("a field twice", text.replace("\"v\":1", "\"v\":1,\"v\":1"), false),
            ("no subject", text.replace("\"subject\":\"cus_1\",", ""), false),
            ("subject null", text.replace("\"cus_1\"", "null"), true),
            ("hash with trailing bits", text.replace("Bwc=", "Bwd="), false),
        ];
        for (name, text, readable) in cases {
            assert_eq!(Leaf::parse(text.as_bytes()).is_ok(), readable, "{name}");
        }
    }

    #[test]
    fn a_commitment_is_hmac_sha_256() {
        let salt = [0; 32];

        let same = Leaf { commitment: commit_to(&salt, &json!({"b": 1, "a": 2})).unwrap(), ..leaf() };

        // Computed with another implementation over `{"a":2,"b":1}`.
        let hex: String = same.commitment.0.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "498389510ce6f5c35082712dba2088088ea72be487881934d6b566597895bcf5");
        assert!(same.commits_to(&salt, &json!({"a": 2, "b": 1})));
        assert!(!same.commits_to(&salt, &json!({"a": 2, "b": 2})));
        assert!(!same.commits_to(&[1; 32], &json!({"a": 2, "b": 1})));
    }

    #[test]
    fn a_leaf_too_long_for_a_bundle_is_refused() {
        let long = Leaf { object: "x".repeat(ENTRY_BYTES_MAX), ..leaf() };

        assert!(matches!(long.to_bytes(), Err(LeafError::TooLong)));
    }

    proptest! {
        #[test]
        fn a_leaf_always_reads_back_as_itself(
            id in any::<String>(), subject in any::<Option<String>>(), version in 0..1_u64 << 53,
        ) {
            let leaf = Leaf { id, subject, version, ..leaf() };
            prop_assert_eq!(Leaf::parse(&leaf.to_bytes().unwrap()).unwrap(), leaf);
        }
    }
}
