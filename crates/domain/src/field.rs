//! The fields a subject's record may hold (REQUIREMENTS section 3) and the values they take.
//!
//! Which of them are required, for whom and when, is not said here: packs say it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use terms::{Country, Place};

use crate::contact::{EmailAddress, PhoneNumber};
use crate::id::PersonId;
use crate::payment::{PaymentMeans, PaymentRefused, holds_card_number};

macro_rules! fields {
    ($($variant:ident $name:literal $form:ident,)*) => {
        /// One field of a subject's record. Packs name it by its text form.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Field { $($variant,)* }

        impl Field {
            pub const ALL: &[Field] = &[$(Field::$variant,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Field::$variant => $name,)* }
            }

            /// The form its values take.
            pub fn form(self) -> Form {
                match self { $(Field::$variant => Form::$form,)* }
            }
        }
    };
}

fields! {
    FullName "full_name" Text,
    Address "address" Address,
    LocationOfUse "location_of_use" Place,
    Jurisdiction "jurisdiction" Place,
    Payment "payment" Payment,
    Email "email" Email,
    Telephone "telephone" Telephone,
    NationalId "national_id" Identifier,
    BirthDate "birth_date" Date,
    Citizenship "citizenship" Place,
    PermanentResidence "permanent_residence" Place,
    PresentLocation "present_location" Place,
    RegistrationNumber "registration_number" Identifier,
    FormationDate "formation_date" Date,
    Register "register" Text,
    BranchOf "branch_of" Place,
    FormationAgentAddress "formation_agent_address" Address,
    Ownership "ownership" Ownership,
    OwnershipComplete "ownership_complete" Flag,
    Authority "authority" Text,
    Signatory "signatory" Text,
    Purpose "purpose" Text,
    HirePeriod "hire_period" Text,
    TrainingDeclaration "training_declaration" Text,
    Document "document" Document,
    Domain "domain" Text,
    DomainRegisteredOn "domain_registered_on" Date,
    AdminContactName "admin_contact_name" Text,
    AdminContactEmail "admin_contact_email" Email,
    AdminContactTelephone "admin_contact_telephone" Telephone,
    RegistrationIp "registration_ip" Text,
    RegistrationAt "registration_at" Text,
    AllottedIp "allotted_ip" Text,
}

/// The form of a field's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Text,
    Address,
    Place,
    Payment,
    Email,
    Telephone,
    Identifier,
    Date,
    Ownership,
    Flag,
    Document,
}

impl std::fmt::Display for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no field `{0}`")]
pub struct NoSuchField(pub String);

impl std::str::FromStr for Field {
    type Err = NoSuchField;

    fn from_str(text: &str) -> Result<Self, NoSuchField> {
        Self::ALL
            .iter()
            .copied()
            .find(|field| field.as_str() == text)
            .ok_or_else(|| NoSuchField(text.to_owned()))
    }
}

/// What kind of address a line of it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressKind {
    Residential,
    Business,
    PrincipalPlaceOfBusiness,
    Mailing,
}

/// A street address. The country and subdivision are also kept in clear, the rest is sealed.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    pub kind: AddressKind,
    pub lines: Vec<String>,
    pub locality: String,
    #[serde(default)]
    pub postal_code: Option<String>,
    /// A country, or a subdivision of one such as `UA-43`.
    pub place: Place,
}

/// A number somebody gave out to tell people or companies apart.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identifier {
    /// Such as `tax_id`, `passport`, `company_register`.
    pub scheme: String,
    pub country: Country,
    pub value: String,
}

/// What is kept of a document (CIP-10): never its image.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentMetadata {
    /// Such as `passport`, `identity_card`, `business_licence`.
    pub kind: String,
    pub number: String,
    pub issued_in: Country,
    #[serde(default)]
    pub issued_on: Option<Date>,
    /// Last day on which it is good.
    #[serde(default)]
    pub expires_on: Option<Date>,
}

/// How an owner holds what it owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnershipKind {
    /// A share of ownership interests.
    Equity,
    /// Substantial control, at any share.
    Control,
}

/// One edge of the ownership graph, kept as a fact of the owned side.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnershipEdge {
    pub owner: PersonId,
    pub kind: OwnershipKind,
    /// Parts per million of the whole, 0 to 1,000,000; 25.00 % is 250,000.
    pub share_ppm: u32,
}

/// A field's value in clear. `Debug` prints no personal data.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldValue {
    Text(String),
    Address(Address),
    Place(Place),
    Payment(PaymentMeans),
    Email(EmailAddress),
    Telephone(PhoneNumber),
    Identifier(Identifier),
    Date(Date),
    Ownership(OwnershipEdge),
    Flag(bool),
    Document(DocumentMetadata),
}

/// Why a value is not one of its field (CIP-03, CIP-04, CIP-06).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueRefused {
    #[error("`{field}` takes {expected}")]
    WrongForm { field: Field, expected: &'static str },
    #[error("`{field}` is empty")]
    Empty { field: Field },
    #[error("`{field}` is longer than {bytes_max} bytes")]
    TooLong { field: Field, bytes_max: usize },
    #[error("`{field}` holds a control character")]
    ControlCharacter { field: Field },
    #[error("`{field}` holds what looks like a full card number")]
    FullCardNumber { field: Field },
    #[error("`address` of an individual is a post office box; give a street address")]
    PostOfficeBox,
    #[error("`ownership` share is {share_ppm} parts per million, more than the whole")]
    ShareTooLarge { share_ppm: u32 },
    #[error(transparent)]
    Payment(#[from] PaymentRefused),
}

/// Longest text a field may hold. Names of 500 bytes exist; of 4 KiB they are an attack.
pub const TEXT_BYTES_MAX: usize = 1024;

impl FieldValue {
    /// What may stand in clear beside the sealed value: places, flags, edges; `None` where all is sealed.
    pub fn clear_part(&self) -> Option<Clear> {
        match self {
            Self::Place(place) => Some(Clear::Place(*place)),
            Self::Address(address) => Some(Clear::Address { kind: address.kind, place: address.place }),
            Self::Ownership(edge) => Some(Clear::Ownership(edge.clone())),
            Self::Flag(flag) => Some(Clear::Flag(*flag)),
            Self::Payment(means) => Some(Clear::Class(means.class().to_owned())),
            Self::Identifier(identifier) => Some(Clear::Place(Place::from(identifier.country))),
            Self::Document(document) => Some(Clear::Document {
                kind: document.kind.clone(),
                issued_in: document.issued_in,
                expires_on: document.expires_on,
            }),
            Self::Text(_) | Self::Email(_) | Self::Telephone(_) | Self::Date(_) => None,
        }
    }

    /// Whether the clear part says it all, so that nothing needs sealing.
    pub fn is_clear(&self) -> bool {
        matches!(self, Self::Place(_) | Self::Ownership(_) | Self::Flag(_))
    }

    /// Checks the value against its field, and against what kind of subject it is about.
    pub fn check(&self, field: Field, of_individual: bool) -> Result<(), ValueRefused> {
        if !self.fits(field.form()) {
            return Err(ValueRefused::WrongForm { field, expected: field.form().expected() });
        }
        match self {
            Self::Text(text) => check_text(field, text),
            Self::Address(address) => address.check(of_individual),
            Self::Identifier(identifier) => {
                check_text(field, &identifier.scheme)?;
                check_text(field, &identifier.value)
            }
            Self::Document(document) => {
                check_text(field, &document.kind)?;
                check_text(field, &document.number)
            }
            Self::Payment(means) => Ok(means.check()?),
            Self::Ownership(edge) if edge.share_ppm > 1_000_000 => {
                Err(ValueRefused::ShareTooLarge { share_ppm: edge.share_ppm })
            }
            Self::Place(_)
            | Self::Email(_)
            | Self::Telephone(_)
            | Self::Date(_)
            | Self::Ownership(_)
            | Self::Flag(_) => Ok(()),
        }
    }

    fn fits(&self, form: Form) -> bool {
        matches!(
            (self, form),
            (Self::Text(_), Form::Text)
                | (Self::Address(_), Form::Address)
                | (Self::Place(_), Form::Place)
                | (Self::Payment(_), Form::Payment)
                | (Self::Email(_), Form::Email)
                | (Self::Telephone(_), Form::Telephone)
                | (Self::Identifier(_), Form::Identifier)
                | (Self::Date(_), Form::Date)
                | (Self::Ownership(_), Form::Ownership)
                | (Self::Flag(_), Form::Flag)
                | (Self::Document(_), Form::Document)
        )
    }
}

impl Form {
    /// The form in words, for an error message.
    pub fn expected(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Address => "an address: `kind`, `lines`, `locality`, `postal_code`, `place`",
            Self::Place => "a country or subdivision code such as `DE` or `UA-43`",
            Self::Payment => "a means of payment: `kind` and its parts",
            Self::Email => "an e-mail address",
            Self::Telephone => "a telephone number such as `+12025550143`",
            Self::Identifier => "an identifier: `scheme`, `country`, `value`",
            Self::Date => "a date such as `1984-02-29`",
            Self::Ownership => "an ownership edge: `owner`, `kind`, `share_ppm`",
            Self::Flag => "true or false",
            Self::Document => "a document: `kind`, `number`, `issued_in`, `issued_on`, `expires_on`",
        }
    }
}

impl Address {
    fn check(&self, of_individual: bool) -> Result<(), ValueRefused> {
        let field = Field::Address;
        if self.lines.is_empty() || self.lines.len() > 8 {
            return Err(ValueRefused::Empty { field });
        }
        let parts = self.lines.iter().chain([&self.locality]).chain(&self.postal_code);
        for part in parts {
            check_text(field, part)?;
        }
        if of_individual && self.lines.iter().any(|line| is_post_office_box(line)) {
            return Err(ValueRefused::PostOfficeBox);
        }
        Ok(())
    }
}

/// The usual spellings; a fuller, country-aware reading is a check of evidence.
fn is_post_office_box(line: &str) -> bool {
    let letters: String =
        line.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(24).collect();
    [
        "pobox",
        "postofficebox",
        "postbox",
        "postfach",
        "boitepostale",
        "apartadopostal",
        "caixapostal",
        "casellapostale",
    ]
    .iter()
    .any(|start| letters.starts_with(start))
}

fn check_text(field: Field, text: &str) -> Result<(), ValueRefused> {
    // White space, invisible characters and punctuation alone say nothing, in any script.
    if !text.chars().any(char::is_alphanumeric) {
        return Err(ValueRefused::Empty { field });
    }
    if text.len() > TEXT_BYTES_MAX {
        return Err(ValueRefused::TooLong { field, bytes_max: TEXT_BYTES_MAX });
    }
    if text.chars().any(char::is_control) {
        return Err(ValueRefused::ControlCharacter { field });
    }
    if holds_card_number(text) {
        return Err(ValueRefused::FullCardNumber { field });
    }
    Ok(())
}

/// What stands in clear in the store (DESIGN 3.6): codes, classes, edges and dates of documents.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clear {
    Place(Place),
    Address { kind: AddressKind, place: Place },
    Flag(bool),
    Class(String),
    Ownership(OwnershipEdge),
    Document { kind: String, issued_in: Country, expires_on: Option<Date> },
}

impl Clear {
    /// The place it names, if it names one that somebody is at.
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::Place(place) | Self::Address { place, .. } => Some(*place),
            Self::Flag(_) | Self::Class(_) | Self::Ownership(_) | Self::Document { .. } => None,
        }
    }
}

impl std::fmt::Debug for FieldValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

macro_rules! redacted_debug {
    ($($name:ident),*) => {
        $(impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        })*
    };
}

redacted_debug!(Address, Identifier, DocumentMetadata);

#[cfg(test)]
mod tests {
    use super::*;

    fn address(line: &str) -> FieldValue {
        FieldValue::Address(Address {
            kind: AddressKind::Residential,
            lines: vec![line.to_owned()],
            locality: "Springfield".into(),
            postal_code: None,
            place: "US".parse().unwrap(),
        })
    }

    /// CIP-03: unicode and single names are accepted, an empty one is refused.
    #[test]
    fn names_of_any_script_are_accepted_and_empty_ones_refused() {
        for name in ["Suharto", "Владимир Иванов", "王小明", "O’Neill-Ångström", "مريم"]
        {
            assert_eq!(FieldValue::Text(name.into()).check(Field::FullName, true), Ok(()), "{name}");
        }
        let empty = FieldValue::Text("  ".into()).check(Field::FullName, true);
        assert_eq!(empty, Err(ValueRefused::Empty { field: Field::FullName }));
        assert!(FieldValue::Text("a\0b".into()).check(Field::FullName, true).is_err());
        assert!(FieldValue::Text("x".repeat(1025)).check(Field::FullName, true).is_err());
    }

    /// CIP-04: no post office box for an individual; an entity may have one beside its principal place.
    #[test]
    fn a_post_office_box_is_refused_for_an_individual() {
        for line in ["PO Box 12", "P.O. Box 12", "Postfach 30", "Post Office Box 9"] {
            assert_eq!(address(line).check(Field::Address, true), Err(ValueRefused::PostOfficeBox), "{line}");
            assert_eq!(address(line).check(Field::Address, false), Ok(()), "{line}");
        }
        assert_eq!(address("12 Boxwood Road").check(Field::Address, true), Ok(()));
    }

    #[test]
    fn a_value_of_another_form_is_refused() {
        let refused = FieldValue::Flag(true).check(Field::Email, true);
        assert_eq!(refused.unwrap_err().to_string(), "`email` takes an e-mail address");
    }

    #[test]
    fn every_field_reads_back_from_its_name() {
        for &field in Field::ALL {
            assert_eq!(field.as_str().parse::<Field>(), Ok(field));
        }
    }
}
