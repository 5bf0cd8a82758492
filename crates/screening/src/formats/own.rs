//! `targets.simple.csv` and the provider's own lists, which take its columns or the fields of a query.

use serde_json::Value;

use super::{
    NotRead, birth, date,
    draft::{Draft, File, made_id, several},
    json::{self, Object},
    number,
    table::Table,
};
use crate::entry::{Entry, NameKind, Schema};

const TITLE: &str = "The provider's own list";

pub fn read_csv(file: &File<'_>) -> Result<Draft, NotRead> {
    let head = file.text.lines().next().unwrap_or("");
    let delimiter = [b'\t', b';', b','].into_iter().find(|&mark| head.bytes().any(|byte| byte == mark));
    let table = Table::read(file.text, delimiter.unwrap_or(b','), "name")?;
    let mut entries = Vec::new();
    let mut latest = None;
    for row in table.rows() {
        let mut id = row.get("id").to_owned();
        if id.is_empty() {
            id = made_id(&["name", "birth_date", "country", "countries"].map(|column| row.get(column)));
        }
        let mut entry = Entry { entry_id: id, schema: Schema::named(row.get("schema")), ..Entry::default() };
        entry.add_name(row.get("name"), NameKind::Primary);
        for (column, kind) in NAMES {
            several(row.get(column)).for_each(|name| entry.add_name(name, kind));
        }
        birth::add(&mut entry, row.get("birth_date"));
        for column in ["countries", "country"] {
            several(row.get(column)).for_each(|country| entry.add_country(country));
        }
        several(row.get("nationalities")).for_each(|country| entry.add_nationality(country));
        several(row.get("genders")).for_each(|gender| entry.add_gender(gender));
        several(row.get("titles")).for_each(|title| entry.add_title(title));
        several(row.get("identifiers")).for_each(|value| add_number(&mut entry, value));
        several(row.get("addresses")).for_each(|address| entry.add_address([address]));
        several(row.get("wallets")).for_each(|address| entry.add_wallet("", address));
        for column in ["program_ids", "programs", "program", "dataset"] {
            several(row.get(column)).for_each(|program| entry.add_program(program));
        }
        for column in ["phones", "emails", "start-date", "end-date", "authority", "topics", "source_url"] {
            several(row.get(column)).for_each(|text| entry.add_detail(column, text));
        }
        let remarks = ["remarks", "notes", "reason", "sanctions"].map(|column| row.get(column));
        entry.remarks = remarks.into_iter().find(|text| !text.is_empty()).unwrap_or("").to_owned();
        latest = latest.max(date::date(row.get("last_change")));
        entries.push(entry);
    }
    let published = table.has("dataset") && table.has("last_change");
    let (prefix, title) = if published { ("ftm", "FollowTheMoney targets") } else { ("own", TITLE) };
    let id = format!("{prefix}-{}", file.stem());
    Ok(Draft::new(file, &id, title, latest.map(|date| date.to_string()), entries))
}

const NAMES: [(&str, NameKind); 3] =
    [("aliases", NameKind::Alias), ("weak_aliases", NameKind::WeakAlias), ("former_names", NameKind::Former)];

/// `IMO9253325` says itself what it is, other numbers do not.
fn add_number(entry: &mut Entry, value: &str) {
    match value.strip_prefix("IMO").filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit())) {
        Some(number) => entry.add_identifier("IMO", number, ""),
        None => entry.add_identifier("", value, ""),
    }
}

/// The fields of a query, and `name`, `aliases`, `programs`, `remarks`.
pub fn read_ndjson(file: &File<'_>) -> Result<Draft, NotRead> {
    let mut entries = Vec::new();
    json::read(file.text, |object| entries.push(entry(&object)))?;
    Ok(Draft::new(file, &format!("own-{}", file.stem()), TITLE, None, entries))
}

fn entry(object: &Object) -> Entry {
    let schema = Schema::named(json::text(object, "schema"));
    let entry_id = json::values(object.get("id")).join(" ");
    let mut entry = Entry { entry_id, schema, ..Entry::default() };
    let all = |fields: &[&str]| {
        fields.iter().flat_map(|field| json::values(object.get(*field))).collect::<Vec<_>>()
    };
    for name in all(&["name", "names"]) {
        let kind = if entry.names.is_empty() { NameKind::Primary } else { NameKind::Alias };
        entry.add_name(&name, kind);
    }
    for (field, kind) in NAMES {
        all(&[field]).iter().for_each(|name| entry.add_name(name, kind));
    }
    all(&["birth_date", "birth_dates"]).iter().for_each(|text| birth::add(&mut entry, text));
    all(&["countries", "country"]).iter().for_each(|country| entry.add_country(country));
    all(&["nationalities"]).iter().for_each(|country| entry.add_nationality(country));
    all(&["genders", "gender"]).iter().for_each(|gender| entry.add_gender(gender));
    all(&["titles"]).iter().for_each(|title| entry.add_title(title));
    all(&["addresses"]).iter().for_each(|address| entry.add_address([address.as_str()]));
    all(&["programs"]).iter().for_each(|program| entry.add_program(program));
    for item in items(object, "wallets") {
        match item {
            Value::Object(wallet) => {
                entry.add_wallet(json::text(wallet, "currency"), json::text(wallet, "address"));
            }
            other => entry.add_wallet("", other.as_str().unwrap_or("")),
        }
    }
    for number in ["id_numbers", "identifiers"].iter().flat_map(|field| items(object, field)) {
        match number {
            Value::Object(number) => {
                let [kind, value, country] =
                    ["type", "value", "country"].map(|field| json::text(number, field));
                number::add(&mut entry, kind, value, country);
            }
            other => add_number(&mut entry, other.as_str().unwrap_or("")),
        }
    }
    entry.remarks = all(&["remarks"]).join("\n");
    entry
}

/// One value or several.
fn items<'a>(object: &'a Object, field: &str) -> &'a [Value] {
    match object.get(field) {
        Some(Value::Array(items)) => items,
        Some(item) => std::slice::from_ref(item),
        None => &[],
    }
}
