//! Ids: a prefix that names the noun, `_`, and 26 characters of Crockford base32 of a UUIDv7.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Why a text is not the id it was read as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form `{prefix}_` and 26 characters")]
pub struct NotAnId {
    pub prefix: &'static str,
}

/// The 26 characters of an id, most significant first.
fn encode(value: u128) -> [u8; 26] {
    let mut text = [0_u8; 26];
    for (place, character) in text.iter_mut().rev().enumerate() {
        *character = ALPHABET[(value >> (5 * place)) as usize & 31];
    }
    text
}

/// Reads lower-case Crockford base32 only, so that an id has one spelling.
fn decode(text: &str) -> Option<u128> {
    if text.len() != 26 || text.as_bytes()[0] > b'7' {
        return None;
    }
    text.bytes().try_fold(0_u128, |value, byte| {
        let digit = ALPHABET.iter().position(|&known| known == byte)?;
        Some(value << 5 | digit as u128)
    })
}

pub(crate) fn write_id(f: &mut fmt::Formatter<'_>, prefix: &str, value: Uuid) -> fmt::Result {
    let text = encode(value.as_u128());
    write!(f, "{prefix}_{}", std::str::from_utf8(&text).expect("the alphabet is ASCII"))
}

pub(crate) fn parse_id(text: &str, prefix: &'static str) -> Result<Uuid, NotAnId> {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .and_then(decode)
        .map(Uuid::from_u128)
        .ok_or(NotAnId { prefix })
}

/// Declares an id type that prints as `prefix_…` and parses from nothing else.
macro_rules! typed_id {
    ($name:ident, $prefix:literal, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            pub const PREFIX: &'static str = $prefix;
        }

        impl From<Uuid> for $name {
            fn from(value: Uuid) -> Self {
                Self(value)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_id(f, $prefix, self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_id(f, $prefix, self.0)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                parse_id(text, $prefix).map(Self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

typed_id!(ProviderId, "prov", "One provider of the installation's group.");
typed_id!(ProductId, "prod", "One product of the catalogue.");
typed_id!(CustomerId, "cus", "A customer, however many accounts it holds.");
typed_id!(AccountId, "acct", "One account of one customer.");
typed_id!(PersonId, "per", "An owner or signatory as known to one customer.");
typed_id!(FactId, "fact", "One statement about one subject, with its source.");
typed_id!(VerificationId, "ver", "One check of evidence against a claimed identity.");
typed_id!(ContactProofId, "prf", "One single-use code sent to prove control of a contact.");
typed_id!(CaseId, "case", "Work that waits for a person.");
typed_id!(DecisionId, "dec", "The answer to one request, with every finding.");
typed_id!(ScreeningId, "scr", "One comparison of one subject with the lists in force.");
typed_id!(JudgementId, "jdg", "A person's word on one hit.");
typed_id!(SpecialMeasureId, "meas", "A dated order on a place or person.");
typed_id!(ExemptionId, "exm", "A grant that lifts identification terms.");
typed_id!(LegalHoldId, "hold", "An order that outlasts retention.");
typed_id!(StaffId, "stf", "One member of staff.");
typed_id!(ApiKeyId, "key", "One API key; its secret is stored nowhere.");
typed_id!(DraftId, "dft", "An action that waits for a second person.");
typed_id!(ReadingId, "read", "One read of identity data under a purpose.");
typed_id!(EventId, "evt", "Something that happened, in the past tense.");
typed_id!(LeafId, "leaf", "One entry of the ledger.");
typed_id!(AnswerId, "ans", "One answer of the gate.");

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_id_parses_only_as_its_own_noun() {
        let account = AccountId::from(Uuid::from_u128(0x0198_c5b2_0000_7000_8000_0000_0000_0001));

        assert_eq!(account.to_string().parse::<AccountId>(), Ok(account));
        assert!(account.to_string().parse::<CustomerId>().is_err());
        for wrong in ["", "acct", "acct_", "acct_8zzzzzzzzzzzzzzzzzzzzzzzzz", "ACCT_0000000000", "acct_é"] {
            assert!(wrong.parse::<AccountId>().is_err(), "{wrong}");
        }
    }

    proptest! {
        /// Every id reads back as itself, and ids sort as their texts do.
        #[test]
        fn ids_round_trip_and_keep_their_order(a: u128, b: u128) {
            let (a, b) = (FactId::from(Uuid::from_u128(a)), FactId::from(Uuid::from_u128(b)));
            prop_assert_eq!(a.to_string().parse::<FactId>(), Ok(a));
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }
    }
}
