//! The UK sanctions list (search export, full CSV, ODS) and OFSI's consolidated list.

use std::{collections::HashMap, io::Cursor};

use calamine::{Data, Ods, Reader};

use super::{
    Draft, File, NotRead, date, several,
    table::{self, Row, Table},
};
use crate::entry::{Entry, Gender, NameKind, Schema};

const ROWS_MAX: usize = 2_000_000;

pub fn read_csv(file: &File<'_>) -> Result<Draft, NotRead> {
    let table = Table::read(&table::lossy(file.content), b',', "Unique ID")?;
    Ok(uk_list(file, &table))
}

pub fn read_ods(file: &File<'_>) -> Result<Draft, NotRead> {
    // The directory of a zip file stands at its end: a cut file has none.
    let end_mark = file.content.windows(4).rev().take(66_000).any(|part| part == b"PK\x05\x06");
    if !end_mark {
        return Err(NotRead::cut(format!("byte {}", file.content.len()), "the zip directory is missing"));
    }
    let damaged = |what: &str| NotRead::damaged("the spreadsheet", what);
    let mut book: Ods<_> = Ods::new(Cursor::new(file.content)).map_err(|_| damaged("not an ODS file"))?;
    let (_, sheet) = book.worksheets().into_iter().next().ok_or_else(|| damaged("no sheet"))?;
    if sheet.height() > ROWS_MAX {
        return Err(damaged("too many rows"));
    }
    let rows = sheet.rows().enumerate().map(|(index, row)| {
        let cells: csv::StringRecord = row.iter().map(cell_text).collect();
        (index as u64 + 1, cells)
    });
    let rows = rows.filter(|(_, row)| row.iter().any(|cell| !cell.is_empty())).collect();
    let table = Table::of(rows, "Unique ID", true)?;
    Ok(uk_list(file, &table))
}

fn cell_text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        // Dates come as the text that the publisher formatted or as ISO.
        Data::DateTimeIso(text) | Data::DurationIso(text) | Data::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn uk_list(file: &File<'_>, table: &Table) -> Draft {
    let entries = gather(table, "unique id", uk_row);
    let report =
        table.preamble.iter().flat_map(|row| row.iter()).find_map(|cell| date::date(&cell.replace('-', " ")));
    let latest = ["last updated", "date designated"]
        .iter()
        .find_map(|column| table.rows().filter_map(|row| date::date(row.get(column))).max());
    let version = report.or(latest).map(|date| date.to_string());
    Draft::new(file, "gb-uksl", "UK Sanctions List", version, entries)
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
