//! FollowTheMoney entities, one a line or as an array.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::{
    NotRead, birth,
    draft::{Draft, File},
    json::{self, Object},
};
use crate::entry::{Detail, Entry, NameKind, Schema};

/// Ids of lists that were read here begin so.
pub const ID_PREFIX: &str = "ftm-";

pub fn read(file: &File<'_>) -> Result<Draft, NotRead> {
    let mut datasets = BTreeSet::new();
    let mut latest: Option<String> = None;
    let mut entries = Vec::new();
    let mut parts: HashMap<String, Vec<Part>> = HashMap::new();
    json::read(file.text, |object| {
        datasets.extend(json::values(object.get("datasets")));
        latest = latest.take().max(last_change(&object));
        if is_listed(&object) {
            entries.push(entry(&object));
        }
        for part in Part::of(&object) {
            parts.entry(part.holder.clone()).or_default().push(part);
        }
    })?;
    for entry in &mut entries {
        parts.get(&entry.entry_id).into_iter().flatten().for_each(|part| part.add_to(entry));
    }
    let id = match datasets.len() {
        1 => format!("{ID_PREFIX}{}", datasets.first().map_or("", String::as_str)),
        _ => format!("{ID_PREFIX}{}", file.stem()),
    };
    Ok(Draft::new(file, &id, "FollowTheMoney entities", latest, entries))
}

fn last_change(object: &Object) -> Option<String> {
    object.get("last_change").and_then(Value::as_str).map(|time| time.chars().take(10).collect())
}

/// Entities that are not targets are there as context, such as addresses and positions.
pub fn is_listed(object: &Object) -> bool {
    let schema = json::text(object, "schema");
    let named = matches!(
        schema,
        "Person" | "Organization" | "Company" | "LegalEntity" | "PublicBody" | "Vessel" | "Airplane"
    );
    named && object.get("target").and_then(Value::as_bool) != Some(false)
}

pub fn entry(object: &Object) -> Entry {
    let schema = Schema::named(json::text(object, "schema"));
    let mut entry = Entry { entry_id: json::text(object, "id").to_owned(), schema, ..Entry::default() };
    let all = |name: &str| property(object, name);
    for (property, kind) in [
        ("name", NameKind::Primary),
        ("alias", NameKind::Alias),
        ("weakAlias", NameKind::WeakAlias),
        ("previousName", NameKind::Former),
        ("abbreviation", NameKind::WeakAlias),
    ] {
        all(property).iter().for_each(|name| entry.add_name(name, kind));
    }
    if entry.names.is_empty() {
        entry.add_name(json::text(object, "caption"), NameKind::Primary);
    }
    for property in ["nationality", "citizenship"] {
        all(property).iter().for_each(|country| entry.add_nationality(country));
    }
    for property in ["country", "jurisdiction", "flag", "mainCountry"] {
        all(property).iter().for_each(|country| entry.add_country(country));
    }
    all("birthDate").iter().for_each(|text| birth::add(&mut entry, text));
    all("birthPlace").iter().for_each(|place| entry.add_birth_place([place.as_str()]));
    for (property, kind) in NUMBERS {
        for value in all(property) {
            let value = if kind == "IMO" { value.trim_start_matches("IMO") } else { &value };
            entry.add_identifier(kind, value, "");
        }
    }
    all("address").iter().for_each(|address| entry.add_address([address.as_str()]));
    all("gender").iter().for_each(|gender| entry.add_gender(gender));
    all("title").iter().for_each(|title| entry.add_title(title));
    for program in ["program", "programId"].iter().flat_map(|name| all(name)) {
        entry.add_program(&program);
    }
    json::values(object.get("datasets")).iter().for_each(|dataset| entry.add_program(dataset));
    for name in
        ["position", "topics", "email", "phone", "website", "legalForm", "incorporationDate", "sourceUrl"]
    {
        all(name).iter().for_each(|text| entry.add_detail(name, text));
    }
    entry.remarks = all("notes").join("\n");
    entry
}

const NUMBERS: [(&str, &str); 19] = [
    ("idNumber", "idNumber"),
    ("passportNumber", "Passport"),
    ("registrationNumber", "Registration number"),
    ("taxNumber", "Tax ID"),
    ("vatCode", "VAT"),
    ("innCode", "INN"),
    ("ogrnCode", "OGRN"),
    ("kppCode", "KPP"),
    ("okpoCode", "OKPO"),
    ("leiCode", "LEI"),
    ("imoNumber", "IMO"),
    ("mmsi", "MMSI"),
    ("callSign", "Call sign"),
    ("swiftBic", "SWIFT/BIC"),
    ("socialSecurityNumber", "Social security number"),
    ("uscCode", "USCC"),
    ("dunsCode", "D-U-N-S"),
    ("serialNumber", "Aircraft serial number"),
    ("uniqueEntityId", "Unique entity ID"),
];

fn property(object: &Object, name: &str) -> Vec<String> {
    json::values(object.get("properties").and_then(|properties| properties.get(name)))
}

/// A wallet or document, which FollowTheMoney keeps as an entity of its own that names its holder. A detail of the
/// holder's entry says which entity it came from, so that a delta can take it away again.
#[derive(Clone)]
pub struct Part {
    pub id: String,
    pub holder: String,
    field: &'static str,
    /// Currency or type.
    kind: String,
    value: String,
    country: String,
}

impl Part {
    /// None for entities of other kinds.
    pub fn of(object: &Object) -> Vec<Part> {
        let first = |name: &str| property(object, name).into_iter().next().unwrap_or_default();
        let (field, kind, values) = match json::text(object, "schema") {
            "CryptoWallet" => (WALLET, first("currency"), property(object, "publicKey")),
            "Passport" => (DOCUMENT, "Passport".to_owned(), property(object, "number")),
            "Identification" => (DOCUMENT, first("type"), property(object, "number")),
            _ => return Vec::new(),
        };
        let (id, country) = (json::text(object, "id").to_owned(), first("country"));
        let part = |holder: &String, value: &String| Part {
            id: id.clone(),
            holder: holder.clone(),
            field,
            kind: kind.clone(),
            value: value.clone(),
            country: country.clone(),
        };
        let holders = property(object, "holder");
        let pairs = holders
            .iter()
            .take(PARTS_MAX)
            .flat_map(|holder| values.iter().take(PARTS_MAX).map(move |value| (holder, value)));
        pairs.map(|(holder, value)| part(holder, value)).collect()
    }

    pub fn add_to(&self, entry: &mut Entry) {
        match self.field {
            WALLET => entry.add_wallet(&self.kind, &self.value),
            _ => entry.add_identifier(&self.kind, &self.value, &self.country),
        }
        entry.add_detail(&format!("{} {}", self.field, self.id), &self.value);
    }
}

/// Holders of one part, and numbers of it.
const PARTS_MAX: usize = 100;
const WALLET: &str = "wallet of entity";
const DOCUMENT: &str = "document of entity";

/// The entity that a detail says it came from.
fn part_id(field: &str) -> Option<&str> {
    [WALLET, DOCUMENT].iter().find_map(|prefix| field.strip_prefix(prefix)).map(str::trim)
}

/// Ids of the entities that parts of this entry came from.
pub fn part_ids(entry: &Entry) -> impl Iterator<Item = &str> {
    entry.details.iter().filter_map(|detail| part_id(&detail.field))
}

/// Takes away what came from that entity.
pub fn remove_part(entry: &mut Entry, id: &str) {
    let (gone, kept) =
        std::mem::take(&mut entry.details).into_iter().partition(|detail| part_id(&detail.field) == Some(id));
    let gone: Vec<Detail> = gone;
    entry.details = kept;
    let came_from_it = |value: &str| gone.iter().any(|detail| detail.text == value);
    entry.wallets.retain(|wallet| !came_from_it(&wallet.address));
    entry.identifiers.retain(|number| !came_from_it(&number.value));
}

/// Gives a new version of an entry what the old one has from entities of their own.
pub fn keep_parts(old: &Entry, entry: &mut Entry) {
    for detail in old.details.iter().filter(|detail| part_id(&detail.field).is_some()) {
        let wallets = old.wallets.iter().filter(|wallet| wallet.address == detail.text);
        wallets.for_each(|wallet| entry.add_wallet(&wallet.currency, &wallet.address));
        for number in old.identifiers.iter().filter(|number| number.value == detail.text) {
            let country = number.country.map_or(String::new(), |country| country.code().to_owned());
            entry.add_identifier(&number.kind, &number.value, &country);
        }
        entry.add_detail(&detail.field, &detail.text);
    }
}
