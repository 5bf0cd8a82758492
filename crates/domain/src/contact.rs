//! Telephone numbers and e-mail addresses in the form they are kept in. Says nothing about who answers
//! them: CIP-07 asks for proof ([`crate::contact_proof`]).

use std::str::FromStr;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a telephone number in international form: `+`, then 2 to 15 digits, the first not 0")]
pub struct NotE164;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not an e-mail address: one `@`, a name before it and a domain with a dot after it, at most 254 bytes"
)]
pub struct NotAnEmail;

/// A telephone number in international form (ITU-T E.164): `+`, then 2 to 15 digits of
/// which the first is not 0.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

/// An e-mail address with its domain in lower case. The part before the `@` keeps its case, since only
/// the receiving host knows whether it matters (RFC 5321, 2.4).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

impl PhoneNumber {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PhoneNumber {
    type Err = NotE164;

    fn from_str(text: &str) -> Result<Self, NotE164> {
        let compact = text.replace([' ', '-', '(', ')', '.'], "");
        let digits = compact.strip_prefix('+').ok_or(NotE164)?;
        let only_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        if only_digits && !digits.starts_with('0') && (2..=15).contains(&digits.len()) {
            Ok(Self(compact))
        } else {
            Err(NotE164)
        }
    }
}

impl EmailAddress {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form under which two spellings of one mailbox are the same for a look-up.
    pub fn normal(&self) -> String {
        self.0.to_lowercase()
    }

    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl FromStr for EmailAddress {
    type Err = NotAnEmail;

    fn from_str(text: &str) -> Result<Self, NotAnEmail> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(NotAnEmail)?;
        let domain = domain.to_lowercase();
        let labels_are_good = domain.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        });
        let local_is_good = !local.is_empty()
            && local.len() <= 64
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"()<>[]:;,\\\"@".contains(c));
        if text.len() <= 254 && domain.contains('.') && labels_are_good && local_is_good {
            Ok(Self(format!("{local}@{domain}")))
        } else {
            Err(NotAnEmail)
        }
    }
}

macro_rules! text_conversions {
    ($name:ident, $error:ty) => {
        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("[redacted]")
            }
        }
    };
}

text_conversions!(PhoneNumber, NotE164);
text_conversions!(EmailAddress, NotAnEmail);

#[cfg(test)]
mod tests {
    use super::*;

    /// CIP-07: a bad E.164 number is refused.
    #[test]
    fn telephone_numbers_are_kept_in_one_form() {
        let cases = [
            ("+1 (202) 555-0143", Some("+12025550143")),
            ("+49 30 901820", Some("+4930901820")),
            ("2025550143", None),
            ("+0123456", None),
            ("+1", None),
            ("+1234567890123456", None),
            ("+12x", None),
            ("+１２３４５", None),
        ];
        for (text, expected) in cases {
            assert_eq!(
                text.parse::<PhoneNumber>().ok().as_ref().map(PhoneNumber::as_str),
                expected,
                "{text}"
            );
        }
    }

    /// CIP-07
    #[test]
    fn email_addresses_are_kept_with_their_domain_in_lower_case() {
        let cases = [
            ("Ann.Lee@Example.COM", Some("Ann.Lee@example.com")),
            ("ann+cloud@bücher.example", Some("ann+cloud@bücher.example")),
            ("ann@localhost", None),
            ("ann@@example.com", None),
            ("@example.com", None),
            ("ann@-a.example", None),
            ("a b@example.com", None),
            ("ann\0@example.com", None),
            ("ann\r\nBcc: x@example.com", None),
        ];
        for (text, expected) in cases {
            assert_eq!(
                text.parse::<EmailAddress>().ok().as_ref().map(EmailAddress::as_str),
                expected,
                "{text:?}"
            );
        }
    }
}
