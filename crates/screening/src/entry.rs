//! Watchlists and their entries, in one form whatever format they were published in.

use std::fmt;

use serde::{Deserialize, Serialize};
use terms::{Country, PartialDate};

use crate::{formats::nationality::countries, text::is_unseen};

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
    /// Of a stretch of time its first and last; [`Entry::birth_spans`] says that it is one.
    pub birth_dates: Vec<PartialDate>,
    pub genders: Vec<Gender>,
    /// Nationality, citizenship, residence and flag, not told apart.
    pub countries: Vec<Country>,
    pub identifiers: Vec<Identifier>,
    pub addresses: Vec<String>,
    pub wallets: Vec<Wallet>,
    pub programs: Vec<String>,
    pub remarks: String,
    /// Words of rank or honour that the publisher keeps apart from names, such as `Haji`.
    #[serde(default)]
    pub titles: Vec<String>,
    #[serde(default)]
    pub birth_spans: Vec<BirthSpan>,
    #[serde(default)]
    pub birth_places: Vec<String>,
    /// Those of `countries` that are a nationality or citizenship by the publisher's word.
    #[serde(default)]
    pub nationalities: Vec<Country>,
    /// What the publisher says in fields that have no place above.
    #[serde(default)]
    pub details: Vec<Detail>,
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

/// A birth known as a stretch of time, or only roughly.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BirthSpan {
    pub from: PartialDate,
    /// The same as `from` where a single date is meant roughly.
    pub through: PartialDate,
    /// The publisher's `circa`, `approximately`: how wide that is, it does not say.
    pub circa: bool,
}

/// A field as published: its name and what it says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    pub field: String,
    pub text: String,
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
        Self::known(text).unwrap_or(Schema::LegalEntity)
    }

    /// The same, `None` where it is not known.
    pub fn known(text: &str) -> Option<Schema> {
        Some(match text.trim().to_ascii_lowercase().as_str() {
            "person" | "individual" | "p" => Schema::Person,
            "organization" | "organisation" | "entity" | "e" | "publicbody" => Schema::Organization,
            "company" | "enterprise" => Schema::Company,
            "vessel" | "ship" => Schema::Vessel,
            "airplane" | "aircraft" => Schema::Airplane,
            "legalentity" => Schema::LegalEntity,
            _ => return None,
        })
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

    /// Adds a name unless it is empty or there already; of two kinds the one that came first stays.
    pub(crate) fn add_name(&mut self, text: &str, kind: NameKind) {
        let text = plain(text);
        let text = text.trim_matches([',', ';', '"']).trim();
        let is_new = || self.names.iter().all(|name| name.text != text);
        if text.chars().any(char::is_alphanumeric) && self.names.len() < VALUES_MAX && is_new() {
            self.names.push(Name { text: text.to_owned(), kind });
        }
    }

    pub(crate) fn add_title(&mut self, text: &str) {
        add_text(&mut self.titles, plain(text));
    }

    pub(crate) fn add_country(&mut self, text: &str) {
        extend_new(&mut self.countries, Country::named(text));
    }

    /// Adds every country that the text names, also by its adjective.
    pub(crate) fn add_nationality(&mut self, text: &str) {
        for country in countries(text) {
            add_new(&mut self.countries, country);
            add_new(&mut self.nationalities, country);
        }
    }

    pub(crate) fn add_gender(&mut self, text: &str) {
        extend_new(&mut self.genders, Gender::named(text));
    }

    pub(crate) fn add_birth_date(&mut self, date: PartialDate) {
        add_new(&mut self.birth_dates, date);
    }

    pub(crate) fn add_birth_span(&mut self, span: BirthSpan) {
        self.add_birth_date(span.from);
        self.add_birth_date(span.through);
        add_new(&mut self.birth_spans, span);
    }

    pub(crate) fn add_birth_place<'a>(&mut self, parts: impl IntoIterator<Item = &'a str>) {
        add_text(&mut self.birth_places, joined(parts));
    }

    /// Adds a number of that kind unless it is empty or there already.
    pub(crate) fn add_identifier(&mut self, kind: &str, value: &str, country: &str) {
        let identifier =
            Identifier { country: Country::named(country), kind: plain(kind), value: plain(value) };
        if !identifier.value.is_empty() {
            add_new(&mut self.identifiers, identifier);
        }
    }

    pub(crate) fn add_address<'a>(&mut self, parts: impl IntoIterator<Item = &'a str>) {
        add_text(&mut self.addresses, joined(parts));
    }

    pub(crate) fn add_wallet(&mut self, currency: &str, address: &str) {
        let wallet = Wallet { currency: plain(currency), address: plain(address) };
        if !wallet.address.is_empty() {
            add_new(&mut self.wallets, wallet);
        }
    }

    pub(crate) fn add_program(&mut self, program: &str) {
        add_text(&mut self.programs, plain(program));
    }

    pub(crate) fn add_detail(&mut self, field: &str, text: &str) {
        let detail = Detail { field: plain(field), text: plain(text) };
        if !detail.text.is_empty() {
            add_new(&mut self.details, detail);
        }
    }

    /// Takes over what another entry of the same id says beyond this one.
    pub(crate) fn absorb(&mut self, other: Entry) {
        other.names.iter().for_each(|name| self.add_name(&name.text, name.kind));
        extend_new(&mut self.birth_dates, other.birth_dates);
        extend_new(&mut self.genders, other.genders);
        extend_new(&mut self.countries, other.countries);
        extend_new(&mut self.identifiers, other.identifiers);
        extend_new(&mut self.addresses, other.addresses);
        extend_new(&mut self.wallets, other.wallets);
        extend_new(&mut self.programs, other.programs);
        extend_new(&mut self.titles, other.titles);
        extend_new(&mut self.birth_spans, other.birth_spans);
        extend_new(&mut self.birth_places, other.birth_places);
        extend_new(&mut self.nationalities, other.nationalities);
        extend_new(&mut self.details, other.details);
        if self.remarks.is_empty() {
            self.remarks = other.remarks;
        }
    }

    /// Whether it has so many values of a kind that some may be missing.
    pub(crate) fn is_full(&self) -> bool {
        let counts = [
            self.names.len(),
            self.identifiers.len(),
            self.addresses.len(),
            self.wallets.len(),
            self.programs.len(),
            self.details.len(),
            self.birth_dates.len(),
        ];
        counts.into_iter().any(|count| count >= VALUES_MAX)
    }

    /// How much the entry says, in values.
    pub(crate) fn value_count(&self) -> usize {
        self.names.len()
            + self.birth_dates.len()
            + self.genders.len()
            + self.countries.len()
            + self.identifiers.len()
            + self.addresses.len()
            + self.wallets.len()
            + self.programs.len()
            + self.titles.len()
            + self.birth_places.len()
            + self.details.len()
            + usize::from(!self.remarks.is_empty())
    }
}

/// Of one kind in one entry; the longest published list of names has a quarter of this. Each new one is compared
/// with all before it.
const VALUES_MAX: usize = 2_000;
/// Of a value; reasons of a listing have a tenth of this.
const LETTERS_MAX: usize = 50_000;

/// Text on one line, without what is no letter of it: control characters, and signs that show nothing or turn the
/// direction of writing, with which one name can be made to look like another. The joiners of Persian and Indian scripts
/// stay, and the selectors of a character's variants.
pub(crate) fn plain(text: &str) -> String {
    let is_kept = |letter: &char| {
        matches!(letter, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}') || !is_unseen(*letter)
    };
    let text = text.char_indices().nth(LETTERS_MAX).map_or(text, |(end, _)| &text[..end]);
    let mut plain = String::with_capacity(text.len());
    for word in text.split(|letter: char| letter.is_whitespace() || letter.is_control()) {
        let before = plain.len();
        if before > 0 {
            plain.push(' ');
        }
        plain.extend(word.chars().filter(is_kept));
        if plain.len() == before + usize::from(before > 0) {
            plain.truncate(before);
        }
    }
    plain
}

fn joined<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let parts: Vec<String> = parts.into_iter().map(plain).filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}

fn add_text(texts: &mut Vec<String>, text: String) {
    if !text.is_empty() {
        add_new(texts, text);
    }
}

fn add_new<T: PartialEq>(values: &mut Vec<T>, value: T) {
    if values.len() < VALUES_MAX && !values.contains(&value) {
        values.push(value);
    }
}

fn extend_new<T: PartialEq>(values: &mut Vec<T>, others: impl IntoIterator<Item = T>) {
    others.into_iter().for_each(|value| add_new(values, value));
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
