//! How an account is paid, as tokens: never a full card number, never a CVV (CIP-06).

use serde::{Deserialize, Serialize};
use terms::Country;

/// A means of payment. What the processor keeps stays with the processor; what links accounts stays here.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum PaymentMeans {
    Card {
        /// The processor's token for the card.
        token: String,
        /// First six or eight digits.
        #[serde(default)]
        bin: Option<String>,
        #[serde(default)]
        last_four: Option<String>,
        #[serde(default)]
        issuer_country: Option<Country>,
        #[serde(default)]
        institution: Option<String>,
    },
    BankAccount {
        institution: String,
        account_number: String,
        #[serde(default)]
        country: Option<Country>,
    },
    Processor {
        /// Such as the name of the payment service.
        institution: String,
        /// The customer's identifier there.
        customer_identifier: String,
    },
    Wallet {
        /// Such as `btc`, `eth`, `xmr`.
        network: String,
        address: String,
    },
    /// Free or complimentary: nothing is paid, and that is said.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PaymentRefused {
    #[error("`{field}` holds what looks like a full card number; keep the processor's token instead")]
    FullCardNumber { field: &'static str },
    #[error("`{field}` is not {expected}")]
    Malformed { field: &'static str, expected: &'static str },
}

impl PaymentMeans {
    /// The class alone, which is not personal: `card`, `bank_account`, `processor`, `wallet`, `none`.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Card { .. } => "card",
            Self::BankAccount { .. } => "bank_account",
            Self::Processor { .. } => "processor",
            Self::Wallet { .. } => "wallet",
            Self::None => "none",
        }
    }

    /// Words of [`class`](Self::class).
    pub const CLASSES: [&str; 5] = ["card", "bank_account", "processor", "wallet", "none"];

    /// What two accounts paid in the same way share; `None` where nothing identifies the payer.
    pub fn link_key(&self) -> Option<String> {
        match self {
            Self::Card { token, .. } => Some(format!("card:{token}")),
            Self::BankAccount { account_number, .. } => Some(format!("bank:{}", compact(account_number))),
            Self::Processor { institution, customer_identifier } => {
                Some(format!("processor:{}:{customer_identifier}", institution.to_lowercase()))
            }
            Self::Wallet { network, address } => Some(format!("wallet:{}:{address}", network.to_lowercase())),
            Self::None => None,
        }
    }

    /// Refuses a full card number wherever it was put (CIP-06, [design]: payment storage).
    pub fn check(&self) -> Result<(), PaymentRefused> {
        match self {
            Self::Card { token, bin, last_four, institution, .. } => {
                refuse_card_number("token", token)?;
                refuse_card_number("institution", institution.as_deref().unwrap_or_default())?;
                let digits = |text: &str, lengths: &[usize]| {
                    lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
                };
                if bin.as_deref().is_some_and(|bin| !digits(bin, &[6, 8])) {
                    return Err(PaymentRefused::Malformed { field: "bin", expected: "six or eight digits" });
                }
                if last_four.as_deref().is_some_and(|last| !digits(last, &[4])) {
                    return Err(PaymentRefused::Malformed { field: "last_four", expected: "four digits" });
                }
                Ok(())
            }
            Self::BankAccount { institution, account_number, .. } => {
                refuse_card_number("institution", institution)?;
                refuse_card_number("account_number", account_number)
            }
            Self::Processor { institution, customer_identifier } => {
                refuse_card_number("institution", institution)?;
                refuse_card_number("customer_identifier", customer_identifier)
            }
            Self::Wallet { address, network } => {
                // An address mixes digits with letters: now and then some of them pass for a card by chance.
                if digit_runs(address).iter().any(|run| !run.within_word && is_card_number(&run.digits)) {
                    return Err(PaymentRefused::FullCardNumber { field: "address" });
                }
                refuse_card_number("network", network)
            }
            Self::None => Ok(()),
        }
    }
}

impl std::fmt::Debug for PaymentMeans {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PaymentMeans::{}([redacted])", self.class())
    }
}

fn compact(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// A run of 13 to 19 digits (spaces and dashes apart) that begins like a card and passes ISO/IEC 7812-1's
/// check digit. The first digit is a card scheme's, since bank accounts are digits as well.
fn refuse_card_number(field: &'static str, text: &str) -> Result<(), PaymentRefused> {
    if holds_card_number(text) { Err(PaymentRefused::FullCardNumber { field }) } else { Ok(()) }
}

/// Whether any part of a text reads as a full card number. Free text is asked too, since people paste.
pub fn holds_card_number(text: &str) -> bool {
    digit_runs(text).iter().any(|run| is_card_number(&run.digits))
}

struct DigitRun {
    digits: Vec<u8>,
    /// A letter stands right before or behind it.
    within_word: bool,
}

/// Digits that nothing parts but spaces and dashes.
fn digit_runs(text: &str) -> Vec<DigitRun> {
    let mut runs = Vec::new();
    let (mut digits, mut within_word, mut before) = (Vec::new(), false, ' ');
    for character in text.chars().chain(std::iter::once('|')) {
        match character {
            '0'..='9' => {
                within_word |= digits.is_empty() && before.is_alphabetic();
                digits.push(character as u8 - b'0');
            }
            ' ' | '-' => {}
            _ => {
                within_word |= character.is_alphabetic() && before.is_ascii_digit();
                runs.push(DigitRun { digits: std::mem::take(&mut digits), within_word });
                within_word = false;
            }
        }
        before = character;
    }
    runs
}

fn is_card_number(digits: &[u8]) -> bool {
    (13..=19).contains(&digits.len()) && (2..=6).contains(&digits[0]) && luhn_holds(digits)
}

fn luhn_holds(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| match (place % 2, u32::from(digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CIP-06: a full card number is refused in whichever field it comes.
    #[test]
    fn a_full_card_number_is_refused_everywhere() {
        let number = "4111 1111 1111 1111";
        let card = |token: &str| PaymentMeans::Card {
            token: token.into(),
            bin: Some("411111".into()),
            last_four: Some("1111".into()),
            issuer_country: None,
            institution: None,
        };

        assert_eq!(card("tok_9f2c").check(), Ok(()));
        assert_eq!(card(number).check(), Err(PaymentRefused::FullCardNumber { field: "token" }));
        let processor = PaymentMeans::Processor {
            institution: "Pay".into(),
            customer_identifier: "4111-1111-1111-1111".into(),
        };
        assert!(processor.check().is_err());
        let bank = PaymentMeans::BankAccount {
            institution: "Bank".into(),
            account_number: "DE89 3704 0044 0532 0130 00".into(),
            country: None,
        };
        assert_eq!(bank.check(), Ok(()));
    }

    #[test]
    fn digits_within_the_address_of_a_wallet_are_no_card() {
        let cases = [
            ("0xab4111111111111111cd", true),
            ("0x4111111111111111ab", true),
            ("bc1qa4111111111111111", true),
            ("4111111111111111", false),
            ("4111-1111 1111-1111", false),
            ("visa 4111 1111 1111 1111", false),
            ("4111111111111111 visa", false),
        ];
        for (address, is_taken) in cases {
            let wallet = PaymentMeans::Wallet { network: "eth".into(), address: address.into() };

            assert_eq!(wallet.check().is_ok(), is_taken, "{address}");
        }
        assert!(holds_card_number("0xab4111111111111111cd"), "anywhere else it is one");
    }

    #[test]
    fn a_payment_means_does_not_print_what_it_holds() {
        let wallet = PaymentMeans::Wallet { network: "btc".into(), address: "bc1qexample".into() };

        assert_eq!(format!("{wallet:?}"), "PaymentMeans::wallet([redacted])");
    }
}
