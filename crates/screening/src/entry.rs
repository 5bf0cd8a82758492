//! Watchlists and their entries, in one form whatever format they were published in.

use std::fmt;

use serde::{Deserialize, Serialize};
use terms::{Country, PartialDate};

/// A published list at one version.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watchlist {
    /// Fixed for a publisher's list, such as `us-ofac-sdn`; stored with every hit.
    pub id: String,
    pub title: String,
    /// The publisher's date where the file carries one, else the start of the content hash.
    pub version: String,
    /// SHA-256 of the files the list was read from, in hexadecimal.
    pub sha256: String,
    pub entries: Vec<Entry>,
}

/// What a line of a list describes. `LegalEntity` leaves open whether it is a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Schema {
    Person,
    Organization,
    Company,
    #[default]
    LegalEntity,
    Vessel,
    Airplane,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gender {
    Female,
    Male,
}

/// A line of a list. `Debug` shows the id only: the rest is personal data.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Entry {
    /// The publisher's own id, or a hash of the line where the publisher gives none.
    pub entry_id: String,
    pub schema: Schema,
    pub names: Vec<Name>,
    pub birth_dates: Vec<PartialDate>,
    pub genders: Vec<Gender>,
    /// Nationality, citizenship, residence and flag, not told apart.
    pub countries: Vec<Country>,
    pub identifiers: Vec<Identifier>,
    pub addresses: Vec<String>,
    pub wallets: Vec<Wallet>,
    pub programs: Vec<String>,
    pub remarks: String,
}

#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Name {
    /// As published.
    pub text: String,
    pub kind: NameKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameKind {
    Primary,
    Alias,
    /// Broad or generic by the publisher's own word: alone it counts for less.
    WeakAlias,
    Former,
}

#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identifier {
    pub country: Option<Country>,
    /// As published, such as `Passport`; not a closed set.
    #[serde(rename = "type")]
    pub kind: String,
    pub value: String,
}

#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Wallet {
    /// The publisher's ticker, such as `XBT`; empty where none is given.
    pub currency: String,
    pub address: String,
}

impl Schema {
    /// Reads a schema name as lists and queries write it; what is not known may be anything.
    pub fn named(text: &str) -> Schema {
        match text.trim().to_ascii_lowercase().as_str() {
            "person" | "individual" | "p" => Schema::Person,
            "organization" | "organisation" | "entity" | "e" | "publicbody" => Schema::Organization,
            "company" | "enterprise" => Schema::Company,
            "vessel" | "ship" => Schema::Vessel,
            "airplane" | "aircraft" => Schema::Airplane,
            _ => Schema::LegalEntity,
        }
    }

    /// Whether one thing can be described by both.
    pub fn fits(self, other: Schema) -> bool {
        use Schema::*;
        let legal = |schema| matches!(schema, Organization | Company | LegalEntity);
        match (self, other) {
            (a, b) if a == b => true,
            (LegalEntity, Person) | (Person, LegalEntity) => true,
            (a, b) => legal(a) && legal(b),
        }
    }
}

impl Gender {
    /// `None` for anything but the usual words and letters for female and male.
    pub fn named(text: &str) -> Option<Gender> {
        match text.trim().to_ascii_lowercase().as_str() {
            "f" | "female" | "w" | "woman" => Some(Gender::Female),
            "m" | "male" | "man" => Some(Gender::Male),
            _ => None,
        }
    }
}

impl Entry {
    /// The name to show for the entry: its first primary name, else its first name.
    pub fn caption(&self) -> &str {
        let primary = self.names.iter().find(|name| name.kind == NameKind::Primary);
        primary.or(self.names.first()).map_or("", |name| &name.text)
    }

    /// Adds a name unless it is empty or there already.
    pub(crate) fn add_name(&mut self, text: &str, kind: NameKind) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = text.trim_matches([',', ';', '"']).trim();
        if !text.is_empty() && self.names.iter().all(|name| name.text != text) {
            self.names.push(Name { text: text.to_owned(), kind });
        }
    }

    pub(crate) fn add_country(&mut self, text: &str) {
        self.countries.extend(Country::named(text).filter(|country| !self.countries.contains(country)));
    }

    pub(crate) fn add_birth_date(&mut self, date: PartialDate) {
        if !self.birth_dates.contains(&date) {
            self.birth_dates.push(date);
        }
    }

    pub(crate) fn add_identifier(&mut self, kind: &str, value: &str, country: &str) {
        let value = value.trim();
        if !value.is_empty() {
            let (kind, value) = (kind.trim().to_owned(), value.to_owned());
            self.identifiers.push(Identifier { country: Country::named(country), kind, value });
        }
    }

    pub(crate) fn add_address<'a>(&mut self, parts: impl IntoIterator<Item = &'a str>) {
        let parts: Vec<&str> = parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect();
        let address = parts.join(", ");
        if !address.is_empty() && !self.addresses.contains(&address) {
            self.addresses.push(address);
        }
    }

    pub(crate) fn add_program(&mut self, program: &str) {
        let program = program.trim();
        if !program.is_empty() && self.programs.iter().all(|known| known != program) {
            self.programs.push(program.to_owned());
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("entry_id", &self.entry_id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Watchlist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Watchlist");
        out.field("id", &self.id)
            .field("version", &self.version)
            .field("entries", &self.entries.len())
            .finish()
    }
}
