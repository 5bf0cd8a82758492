//! FollowTheMoney entities, `targets.simple.csv`, and the provider's own lists, which take the
//! columns of the latter or the fields of a query.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::{
    Draft, File, Format, NotRead, date, made_id, several,
    table::{self, Table},
};
use crate::entry::{Entry, Gender, NameKind, Schema, Wallet};

const LINE_BYTES_MAX: usize = 16 << 20;

/// Told by the first line: FollowTheMoney nests its values under `properties`.
pub fn json_format(head: &str) -> Option<Format> {
    let line = head.lines().find(|line| !line.trim().is_empty())?;
    // The first line may be longer than the head that was read.
    let has =
        |field: &str| line.contains(&format!("\"{field}\":")) || line.contains(&format!("\"{field}\" :"));
    if !line.trim_start().starts_with('{') || has("op") && has("entity") {
        return None;
    }
    match () {
        () if has("schema") && has("properties") => Some(Format::FtmJson),
        () if has("id") && (has("name") || has("names")) => Some(Format::OwnNdjson),
        () => None,
    }
}

pub fn read_json(file: &File<'_>) -> Result<Draft, NotRead> {
    let objects = lines(file)?;
    let wallets = wallets_by_holder(&objects);
    let mut datasets = BTreeSet::new();
    let mut latest: Option<String> = None;
    let mut entries = Vec::new();
    for object in &objects {
        let listed = matches!(
            text(object, "schema"),
            "Person" | "Organization" | "Company" | "LegalEntity" | "PublicBody" | "Vessel" | "Airplane"
        );
        datasets.extend(values(object.get("datasets")));
        latest = latest.max(
            object.get("last_change").and_then(Value::as_str).map(|time| time.chars().take(10).collect()),
        );
        // Entities that are not targets are there as context, such as addresses and positions.
        if listed && object.get("target").and_then(Value::as_bool) != Some(false) {
            let mut entry = ftm_entry(object);
            entry.wallets.extend(wallets.get(text(object, "id")).into_iter().flatten().cloned());
            entries.push(entry);
        }
    }
    let id = match datasets.len() {
        1 => format!("ftm-{}", datasets.first().map_or("", String::as_str)),
        _ => format!("ftm-{}", file.stem()),
    };
    Ok(Draft::new(file, &id, "FollowTheMoney entities", latest, entries))
}

fn ftm_entry(object: &Map<String, Value>) -> Entry {
    let empty = Map::new();
    let properties = object.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let all = |name: &str| values(properties.get(name));
    let schema = Schema::named(text(object, "schema"));
    let mut entry = Entry { entry_id: text(object, "id").to_owned(), schema, ..Entry::default() };
    for (property, kind) in [
        ("name", NameKind::Primary),
        ("alias", NameKind::Alias),
        ("weakAlias", NameKind::WeakAlias),
        ("previousName", NameKind::Former),
    ] {
        all(property).iter().for_each(|name| entry.add_name(name, kind));
    }
    if entry.names.is_empty() {
        entry.add_name(text(object, "caption"), NameKind::Primary);
    }
    for property in ["country", "nationality", "citizenship", "jurisdiction", "flag"] {
        all(property).iter().for_each(|country| entry.add_country(country));
    }
    for text in all("birthDate") {
        date::dates(&text).into_iter().for_each(|date| entry.add_birth_date(date));
    }
    for property in [
        "idNumber",
        "passportNumber",
        "registrationNumber",
        "taxNumber",
        "innCode",
        "ogrnCode",
        "leiCode",
        "imoNumber",
        "mmsi",
        "swiftBic",
        "socialSecurityNumber",
        "uscCode",
    ] {
        all(property).iter().for_each(|value| entry.add_identifier(property, value, ""));
    }
    all("address").iter().for_each(|address| entry.add_address([address.as_str()]));
    all("gender").iter().for_each(|gender| entry.genders.extend(Gender::named(gender)));
    for program in all("programId").into_iter().chain(values(object.get("datasets"))) {
        entry.add_program(&program);
    }
    entry.remarks = all("notes").join("\n");
    entry
}

/// FollowTheMoney keeps wallets as entities of their own that name their holder.
fn wallets_by_holder(objects: &[Map<String, Value>]) -> HashMap<String, Vec<Wallet>> {
    let mut by_holder: HashMap<String, Vec<Wallet>> = HashMap::new();
    for object in objects.iter().filter(|object| text(object, "schema") == "CryptoWallet") {
        let Some(properties) = object.get("properties") else { continue };
        let currency = values(properties.get("currency")).into_iter().next().unwrap_or_default();
        for holder in values(properties.get("holder")) {
            let keys = values(properties.get("publicKey")).into_iter();
            let wallets = keys.map(|address| Wallet { currency: currency.clone(), address });
            by_holder.entry(holder).or_default().extend(wallets);
        }
    }
    by_holder
}

pub fn read_simple_csv(file: &File<'_>) -> Result<Draft, NotRead> {
    let text = table::lossy(file.content);
    let head = text.lines().next().unwrap_or("");
    let delimiter =
        [b'\t', b';', b','].into_iter().find(|&mark| head.bytes().filter(|&byte| byte == mark).count() > 0);
    let table = Table::read(&text, delimiter.unwrap_or(b','), "name")?;
    let mut entries = Vec::new();
    let mut latest = None;
    for row in table.rows() {
        let mut id = row.get("id").to_owned();
        if id.is_empty() {
            id = made_id(&[row.get("name"), row.get("birth_date"), row.get("country"), row.get("countries")]);
        }
        let mut entry = Entry { entry_id: id, schema: Schema::named(row.get("schema")), ..Entry::default() };
        entry.add_name(row.get("name"), NameKind::Primary);
        for (column, kind) in [
            ("aliases", NameKind::Alias),
            ("weak_aliases", NameKind::WeakAlias),
            ("former_names", NameKind::Former),
        ] {
            several(row.get(column)).for_each(|name| entry.add_name(name, kind));
        }
        for text in several(row.get("birth_date")) {
            date::dates(text).into_iter().for_each(|date| entry.add_birth_date(date));
        }
        for column in ["countries", "country"] {
            several(row.get(column)).for_each(|country| entry.add_country(country));
        }
        several(row.get("genders")).for_each(|gender| entry.genders.extend(Gender::named(gender)));
        several(row.get("identifiers")).for_each(|value| entry.add_identifier("", value, ""));
        several(row.get("addresses")).for_each(|address| entry.add_address([address]));
        for address in several(row.get("wallets")) {
            entry.wallets.push(Wallet { currency: String::new(), address: address.to_owned() });
        }
        for column in ["program_ids", "programs", "program", "dataset"] {
            several(row.get(column)).for_each(|program| entry.add_program(program));
        }
        let remarks = ["remarks", "notes", "reason", "sanctions"].map(|column| row.get(column));
        entry.remarks = remarks.into_iter().find(|text| !text.is_empty()).unwrap_or("").to_owned();
        latest = latest.max(date::date(row.get("last_change")));
        entries.push(entry);
    }
    let published = table.has("dataset") && table.has("last_change");
    let (prefix, title) =
        if published { ("ftm", "FollowTheMoney targets") } else { ("own", "The provider's own list") };
    let id = format!("{prefix}-{}", file.stem());
    Ok(Draft::new(file, &id, title, latest.map(|date| date.to_string()), entries))
}

/// The fields of a query, and `name`, `aliases`, `programs`, `remarks`.
pub fn read_own_ndjson(file: &File<'_>) -> Result<Draft, NotRead> {
    let mut entries = Vec::new();
    for object in lines(file)? {
        let schema = Schema::named(text(&object, "schema"));
        let mut entry = Entry { entry_id: text(&object, "id").to_owned(), schema, ..Entry::default() };
        let all =
            |fields: &[&str]| fields.iter().flat_map(|field| values(object.get(*field))).collect::<Vec<_>>();
        for name in all(&["name", "names"]) {
            let kind = if entry.names.is_empty() { NameKind::Primary } else { NameKind::Alias };
            entry.add_name(&name, kind);
        }
        all(&["aliases"]).iter().for_each(|name| entry.add_name(name, NameKind::Alias));
        all(&["weak_aliases"]).iter().for_each(|name| entry.add_name(name, NameKind::WeakAlias));
        all(&["former_names"]).iter().for_each(|name| entry.add_name(name, NameKind::Former));
        for text in all(&["birth_date", "birth_dates"]) {
            date::dates(&text).into_iter().for_each(|date| entry.add_birth_date(date));
        }
        all(&["countries", "country"]).iter().for_each(|country| entry.add_country(country));
        all(&["genders", "gender"]).iter().for_each(|gender| entry.genders.extend(Gender::named(gender)));
        all(&["addresses"]).iter().for_each(|address| entry.add_address([address.as_str()]));
        all(&["programs"]).iter().for_each(|program| entry.add_program(program));
        for address in all(&["wallets"]) {
            entry.wallets.push(Wallet { currency: String::new(), address });
        }
        for field in ["id_numbers", "identifiers"] {
            for number in object.get(field).and_then(Value::as_array).into_iter().flatten() {
                match number {
                    Value::Object(number) => {
                        entry.add_identifier(
                            text(number, "type"),
                            text(number, "value"),
                            text(number, "country"),
                        );
                    }
                    other => entry.add_identifier("", other.as_str().unwrap_or(""), ""),
                }
            }
        }
        entry.remarks = all(&["remarks"]).join("\n");
        entries.push(entry);
    }
    Ok(Draft::new(file, &format!("own-{}", file.stem()), "The provider's own list", None, entries))
}

/// One object a line. A last line that is not whole means that the file was cut.
fn lines(file: &File<'_>) -> Result<Vec<Map<String, Value>>, NotRead> {
    let text = table::lossy(file.content);
    let mut objects = Vec::new();
    let mut numbered = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).peekable();
    while let Some((index, line)) = numbered.next() {
        let at = format!("line {}", index + 1);
        if line.len() > LINE_BYTES_MAX {
            return Err(NotRead::TooLarge { limit: LINE_BYTES_MAX });
        }
        match serde_json::from_str(line) {
            Ok(Value::Object(object)) => objects.push(object),
            Err(error) if error.is_eof() && numbered.peek().is_none() => {
                return Err(NotRead::cut(at, "the last line is not whole"));
            }
            _ => return Err(NotRead::damaged(at, "not a JSON object")),
        }
    }
    Ok(objects)
}

fn text<'a>(object: &'a Map<String, Value>, field: &str) -> &'a str {
    object.get(field).and_then(Value::as_str).unwrap_or("")
}

/// One text or several.
fn values(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
