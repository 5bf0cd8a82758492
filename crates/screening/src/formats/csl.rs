//! The Consolidated Screening List of the United States, as CSV and JSON.

use std::collections::BTreeMap;

use terms::PartialDate;

use super::{
    NotRead, birth, date,
    draft::{Draft, File, made_id, order_of_latest, several},
    json::{self, Object},
    number,
    table::{Row, Table},
};
use crate::entry::{Entry, NameKind, Schema};

/// It holds several lists; each becomes one of its own.
#[derive(Default)]
struct Sources {
    /// Title and entries by the id of the list.
    lists: BTreeMap<String, (String, Vec<Entry>)>,
    /// Many sources date no entry, and the file is published as one: its newest entry speaks for all of them.
    latest: Option<PartialDate>,
}

pub fn read_csv(file: &File<'_>) -> Result<Vec<Draft>, NotRead> {
    let table = Table::read(file.text, b',', "source_list_url")?;
    let mut sources = Sources::default();
    for row in table.rows() {
        sources.add(row.get("source"), row.get("start_date"), csv_entry(&row));
    }
    Ok(sources.drafts(file))
}

pub fn read_json(file: &File<'_>) -> Result<Vec<Draft>, NotRead> {
    let mut sources = Sources::default();
    json::read(file.text, |object| {
        sources.add(json::text(&object, "source"), json::text(&object, "start_date"), json_entry(&object));
    })?;
    Ok(sources.drafts(file))
}

impl Sources {
    fn add(&mut self, source: &str, start_date: &str, entry: Entry) {
        let code = source.split('(').nth(1).and_then(|rest| rest.split(')').next()).unwrap_or(source);
        let code: String = code.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
        let list = self.lists.entry(format!("us-csl-{}", code.to_lowercase()));
        list.or_insert_with(|| (source.to_owned(), Vec::new())).1.push(entry);
        self.latest = self.latest.max(date::date(start_date));
    }

    fn drafts(self, file: &File<'_>) -> Vec<Draft> {
        let order = order_of_latest(self.latest);
        let drafts = self.lists.into_iter().map(|(id, (source, entries))| {
            let title = format!("US Consolidated Screening List: {source}");
            Draft { order, ..Draft::new(file, &id, &title, None, entries) }
        });
        drafts.collect()
    }
}

/// Fields that have no place of their own in an entry; the same names in both forms.
const DETAILS: [&str; 13] = [
    "federal_register_notice",
    "start_date",
    "end_date",
    "standard_order",
    "license_requirement",
    "license_policy",
    "vessel_type",
    "gross_tonnage",
    "gross_registered_tonnage",
    "vessel_owner",
    "country",
    "source_list_url",
    "source_information_url",
];

fn new_entry(id: &str, kind: &str, made_of: [&str; 3]) -> Entry {
    let entry_id = if id.is_empty() { made_id(&made_of) } else { id.to_owned() };
    let schema = if kind.is_empty() { Schema::LegalEntity } else { Schema::named(kind) };
    Entry { entry_id, schema, ..Entry::default() }
}

fn csv_entry(row: &Row<'_>) -> Entry {
    let id = [row.get("entity_number"), row.get("_id")].into_iter().find(|id| !id.is_empty()).unwrap_or("");
    let made_of = ["source", "name", "addresses"].map(|column| row.get(column));
    let mut entry = new_entry(id, row.get("type"), made_of);
    add_name(&mut entry, row.get("name"), NameKind::Primary);
    several(row.get("alt_names")).for_each(|name| add_name(&mut entry, name, NameKind::Alias));
    entry.add_detail("title", row.get("title"));
    for address in several(row.get("addresses")) {
        entry.add_address([address]);
        entry.add_country(address.rsplit(", ").next().unwrap_or(""));
    }
    for column in ["citizenships", "nationalities"] {
        several(row.get(column)).for_each(|country| entry.add_nationality(country));
    }
    entry.add_country(row.get("vessel_flag"));
    birth::add(&mut entry, row.get("dates_of_birth"));
    several(row.get("places_of_birth")).for_each(|place| entry.add_birth_place([place]));
    several(row.get("programs")).for_each(|program| entry.add_program(program));
    several(row.get("ids")).for_each(|id| add_csv_id(&mut entry, id));
    entry.add_identifier("Call sign", row.get("call_sign"), "");
    DETAILS.iter().for_each(|column| entry.add_detail(column, row.get(column)));
    entry.remarks = row.get("remarks").to_owned();
    entry
}

fn json_entry(object: &Object) -> Entry {
    let all = |field: &str| json::values(object.get(field));
    let one = |field: &str| all(field).join("; ");
    let ids = [one("entity_number"), one("id"), one("_id")];
    let id = ids.iter().find(|id| !id.is_empty()).map_or("", String::as_str);
    let (source, name) = (one("source"), one("name"));
    let mut entry = new_entry(id, &one("type"), [&source, &name, ""]);
    add_name(&mut entry, &name, NameKind::Primary);
    all("alt_names").iter().for_each(|name| add_name(&mut entry, name, NameKind::Alias));
    entry.add_detail("title", &one("title"));
    for address in objects(object, "addresses") {
        let parts = ["address", "city", "state", "postal_code", "country"];
        entry.add_address(parts.map(|part| json::text(address, part)));
        entry.add_country(json::text(address, "country"));
    }
    for field in ["citizenships", "nationalities"] {
        all(field).iter().for_each(|country| entry.add_nationality(country));
    }
    for field in ["country", "vessel_flag"] {
        entry.add_country(&one(field));
    }
    all("dates_of_birth").iter().for_each(|text| birth::add(&mut entry, text));
    all("places_of_birth").iter().for_each(|place| entry.add_birth_place([place.as_str()]));
    all("programs").iter().for_each(|program| entry.add_program(program));
    for id in objects(object, "ids") {
        let number = json::values(id.get("number")).join(" ");
        number::add_stated(&mut entry, json::text(id, "type"), &number, json::text(id, "country"));
    }
    entry.add_identifier("Call sign", &one("call_sign"), "");
    DETAILS.iter().for_each(|field| entry.add_detail(field, &one(field)));
    entry.remarks = one("remarks");
    entry
}

fn objects<'a>(object: &'a Object, field: &str) -> impl Iterator<Item = &'a Object> {
    let items = object.get(field).and_then(serde_json::Value::as_array);
    items.into_iter().flatten().filter_map(serde_json::Value::as_object)
}

/// Some sources count their aliases up: `A; B; and C.`
fn add_name(entry: &mut Entry, name: &str, kind: NameKind) {
    let name = name.trim();
    let name = if kind == NameKind::Alias { name.strip_prefix("and ").unwrap_or(name) } else { name };
    let name = name.split("; and any successor").next().unwrap_or(name);
    entry.add_name(name, kind);
}

/// `Tax ID No., 80-0890696, US` today, `US, 80-0890696, Tax ID No.` before.
fn add_csv_id(entry: &mut Entry, text: &str) {
    let parts: Vec<&str> = text.split(", ").map(str::trim).collect();
    let is_country = |part: &&&str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_uppercase());
    let country = parts.iter().find(is_country).copied().unwrap_or("");
    let rest: Vec<&str> = parts.into_iter().filter(|part| *part != country).collect();
    match rest.as_slice() {
        [value] => number::add_stated(entry, "", value, country),
        // The old form ends with the kind.
        [value, kind] if is_kind(kind) && !is_kind(value) => number::add_stated(entry, kind, value, country),
        [kind, values @ ..] => number::add_stated(entry, kind, &values.join(", "), country),
        [] => {}
    }
}

fn is_kind(text: &str) -> bool {
    const ENDS: [&str; 22] = [
        "No.",
        "No",
        "#",
        "Number",
        "ID",
        "ID:",
        "Passport",
        "Identification",
        "Gender",
        "Website",
        "Address",
        "SWIFT/BIC",
        "Flag",
        "risk:",
        "-",
        "BIC",
        "Sign",
        "Code",
        "Card",
        "License",
        "(USCC)",
        "Institutions:",
    ];
    let last = text.split_whitespace().next_back().unwrap_or("");
    ENDS.contains(&last) || text.starts_with("Digital Currency Address")
}

#[cfg(test)]
mod tests;
