//! The UK sanctions list (search export, full CSV, ODS) and OFSI's consolidated list.

use std::collections::HashMap;

use super::{
    Draft, File, NotRead, date, order_of_latest, several,
    table::{self, Row, Table},
    xml::{self, Node},
    zip,
};
use crate::entry::{Entry, Gender, NameKind, Schema};

const COLUMNS_MAX: usize = 64;

pub fn read_csv(file: &File<'_>) -> Result<Draft, NotRead> {
    let table = Table::read(&table::lossy(file.content), b',', "Unique ID")?;
    Ok(uk_list(file, &table))
}

pub fn read_ods(file: &File<'_>) -> Result<Draft, NotRead> {
    let content = zip::extract(file.content, "content.xml")?;
    let mut rows = Vec::new();
    xml::read(&content, &["table-row"], |row| {
        let cells: csv::StringRecord = row.children.iter().flat_map(cells).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            rows.push((rows.len() as u64 + 1, cells));
        }
    })?;
    let width = rows.iter().map(|(_, row)| used(row)).max();
    for (_, row) in &mut rows {
        *row = (0..width.unwrap_or(0)).map(|at| row.get(at).unwrap_or("").to_owned()).collect();
    }
    let table = Table::of(rows, "Unique ID", true)?;
    Ok(uk_list(file, &table))
}

/// Columns up to the last one with content.
fn used(row: &csv::StringRecord) -> usize {
    row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()).map(|(at, _)| at + 1).last().unwrap_or(0)
}

/// A cell as often as it is repeated; sheets end in thousands of empty ones.
fn cells(node: &Node) -> impl Iterator<Item = String> {
    let text = node.children("p").map(|line| line.text.trim()).collect::<Vec<_>>().join("\n");
    let date = node.attribute("date-value");
    let text = if date.is_empty() { text } else { date.to_owned() };
    let repeated = node.attribute("number-columns-repeated").parse().unwrap_or(1);
    std::iter::repeat_n(text, usize::min(repeated, COLUMNS_MAX))
}

fn uk_list(file: &File<'_>, table: &Table) -> Draft {
    let entries = gather(table, "unique id", uk_row);
    let report =
        table.preamble.iter().flat_map(|row| row.iter()).find_map(|cell| date::date(&cell.replace('-', " ")));
    let latest = ["last updated", "date designated"]
        .iter()
        .find_map(|column| table.rows().filter_map(|row| date::date(row.get(column))).max());
    let order = order_of_latest(report.or(latest));
    let version = report.map(|date| date.to_string());
    Draft { order, ..Draft::new(file, "gb-uksl", "UK Sanctions List", version, entries) }
}

pub fn read_ofsi(file: &File<'_>) -> Result<Draft, NotRead> {
    let table = Table::read(&table::lossy(file.content), b',', "Group ID")?;
    let entries = gather(&table, "group id", ofsi_row);
    let updated =
        table.preamble.iter().flat_map(|row| row.iter()).find_map(date::date).map(|date| date.to_string());
    Ok(Draft::new(file, "gb-ofsi", "OFSI Consolidated List of Financial Sanctions Targets", updated, entries))
}

/// One entry for each id, however many rows it takes.
fn gather(table: &Table, key: &str, read: fn(&Row<'_>, &mut Entry)) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut by_id: HashMap<String, usize> = HashMap::new();
    for row in table.rows() {
        let id = row.get(key);
        if id.is_empty() {
            continue;
        }
        let index = *by_id.entry(id.to_owned()).or_insert_with(|| {
            entries.push(Entry { entry_id: id.to_owned(), ..Entry::default() });
            entries.len() - 1
        });
        read(&row, &mut entries[index]);
    }
    entries
}

fn schema(text: &str) -> Schema {
    match text.to_ascii_lowercase().as_str() {
        "individual" => Schema::Person,
        "ship" => Schema::Vessel,
        _ => Schema::Organization,
    }
}

/// Given names come first, the family name is `Name 6`.
fn name_of(row: &Row<'_>) -> String {
    ["name", "name 1", "name 2", "name 3", "name 4", "name 5", "name 6"]
        .map(|column| row.get(column))
        .join(" ")
}

fn uk_row(row: &Row<'_>, entry: &mut Entry) {
    let kind = match (row.get("name type").to_ascii_lowercase().as_str(), row.get("alias strength")) {
        (_, strength) if strength.to_ascii_lowercase().contains("low") => NameKind::WeakAlias,
        ("" | "primary name", _) => NameKind::Primary,
        ("primary name variation" | "alias", _) => NameKind::Alias,
        (other, _) if other.contains("former") => NameKind::Former,
        _ => NameKind::Alias,
    };
    entry.schema = schema([row.get("type"), row.get("designation type")].concat().trim());
    entry.add_name(&name_of(row), kind);
    entry.add_name(row.get("name non-latin script"), NameKind::Alias);
    date::dates(row.get("d.o.b")).into_iter().for_each(|date| entry.add_birth_date(date));
    several(row.get("nationality(/ies)")).for_each(|country| entry.add_country(country));
    entry.add_country(row.get("address country"));
    let lines = ["line 1", "line 2", "line 3", "line 4", "line 5", "line 6", "postal code", "country"];
    entry.add_address(lines.map(|line| row.get(&format!("address {line}"))));
    for (kind, column) in [
        ("Passport", "passport number"),
        ("National identifier", "national identifier number"),
        ("Business registration number", "business registration number (s)"),
        ("IMO", "imo number"),
    ] {
        several(row.get(column)).for_each(|value| add_new_identifier(entry, kind, value));
    }
    add_gender(entry, row.get("gender"));
    entry.add_program(row.get("regime name"));
    if entry.remarks.is_empty() {
        entry.remarks = row.get("other information").to_owned();
    }
}

fn ofsi_row(row: &Row<'_>, entry: &mut Entry) {
    let kind = match (row.get("alias type"), row.get("alias quality")) {
        (_, quality)
            if quality.eq_ignore_ascii_case("low quality a.k.a") || quality.eq_ignore_ascii_case("low") =>
        {
            NameKind::WeakAlias
        }
        (alias, _) if alias.to_ascii_lowercase().starts_with("prim") => NameKind::Primary,
        (alias, _) if alias.to_ascii_lowercase().starts_with('f') => NameKind::Former,
        _ => NameKind::Alias,
    };
    entry.schema = schema(row.get("group type"));
    entry.add_name(&name_of(row), kind);
    entry.add_name(row.get("name non-latin script"), NameKind::Alias);
    date::dates(row.get("dob")).into_iter().for_each(|date| entry.add_birth_date(date));
    entry.add_country(row.get("nationality"));
    entry.add_country(row.get("country"));
    let parts = [
        "address 1",
        "address 2",
        "address 3",
        "address 4",
        "address 5",
        "address 6",
        "post/zip code",
        "country",
    ];
    entry.add_address(parts.map(|part| row.get(part)));
    add_new_identifier(entry, "Passport", row.get("passport number"));
    add_new_identifier(entry, "National identifier", row.get("national identification number"));
    entry.add_program(row.get("regime"));
    if entry.remarks.is_empty() {
        entry.remarks = row.get("other information").to_owned();
    }
}

fn add_new_identifier(entry: &mut Entry, kind: &str, value: &str) {
    if entry.identifiers.iter().all(|known| known.value != value.trim()) {
        entry.add_identifier(kind, value, "");
    }
}

fn add_gender(entry: &mut Entry, text: &str) {
    entry.genders.extend(Gender::named(text).filter(|gender| !entry.genders.contains(gender)));
}
