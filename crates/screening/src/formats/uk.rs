//! The UK sanctions list (search export, full CSV, ODS, XML) and OFSI's consolidated list.

mod ofsi;
mod xml;

use super::{
    NotRead, birth, date,
    draft::{Draft, File, order_of_latest, several},
    number,
    table::{Row, Table},
    xml::{self as tree, Node},
};
use crate::entry::{Entry, NameKind, Schema};
pub use ofsi::read as read_ofsi;
pub use xml::read as read_xml;

const LIST: (&str, &str) = ("gb-uksl", "UK Sanctions List");
const COLUMNS_MAX: usize = 64;

pub fn read_csv(file: &File<'_>) -> Result<Draft, NotRead> {
    let table = Table::read(file.text, b',', "Unique ID")?;
    Ok(uk_list(file, &table))
}

/// The text is that of the sheet's `content.xml`.
pub fn read_ods(file: &File<'_>) -> Result<Draft, NotRead> {
    let mut rows = Vec::new();
    tree::read(file.text, &["table-row"], |row| {
        let cells: csv::StringRecord = row.children.iter().flat_map(cells).take(COLUMNS_MAX).collect();
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
    let entries = table.gather("unique id", uk_row);
    let report =
        table.preamble.iter().flat_map(|row| row.iter()).find_map(|cell| date::date(&cell.replace('-', " ")));
    let latest = ["last updated", "date designated"]
        .iter()
        .find_map(|column| table.rows().filter_map(|row| date::date(row.get(column))).max());
    let order = order_of_latest(report.or(latest));
    let version = report.map(|date| date.to_string());
    Draft { order, ..Draft::new(file, LIST.0, LIST.1, version, entries) }
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

fn name_kind(kind: &str, strength: &str) -> NameKind {
    let (kind, strength) = (kind.to_ascii_lowercase(), strength.to_ascii_lowercase());
    match kind.as_str() {
        _ if strength.contains("low") => NameKind::WeakAlias,
        "" | "primary name" => NameKind::Primary,
        other if other.contains("former") || other.starts_with('f') => NameKind::Former,
        _ => NameKind::Alias,
    }
}

fn uk_row(row: &Row<'_>, entry: &mut Entry) {
    entry.schema = schema([row.get("type"), row.get("designation type")].concat().trim());
    entry.add_name(&name_of(row), name_kind(row.get("name type"), row.get("alias strength")));
    entry.add_name(row.get("name non-latin script"), NameKind::Alias);
    entry.add_title(row.get("title"));
    several(row.get("d.o.b")).for_each(|text| birth::add(entry, text));
    entry.add_birth_place([row.get("town of birth"), row.get("country of birth")]);
    several(row.get("nationality(/ies)")).for_each(|country| entry.add_nationality(country));
    entry.add_country(row.get("address country"));
    entry.add_country(row.get("current believed flag of ship"));
    let lines = ["line 1", "line 2", "line 3", "line 4", "line 5", "line 6", "postal code", "country"];
    entry.add_address(lines.map(|line| row.get(&format!("address {line}"))));
    for (kind, column) in [
        ("Passport", "passport number"),
        ("National identifier", "national identifier number"),
        ("Business registration number", "business registration number (s)"),
        ("IMO", "imo number"),
        ("Hull identification number", "hull identification number (hin)"),
    ] {
        add_number(entry, kind, row.get(column));
    }
    entry.add_gender(row.get("gender"));
    entry.add_program(row.get("regime name"));
    DETAILS.iter().for_each(|column| entry.add_detail(column, row.get(column)));
    if entry.remarks.is_empty() {
        entry.remarks = row.get("other information").to_owned();
    }
}

/// Columns that have no place of their own in an entry.
const DETAILS: [&str; 22] = [
    "ofsi group id",
    "un reference number",
    "designation source",
    "date designated",
    "sanctions imposed",
    "uk statement of reasons",
    "position",
    "phone number",
    "website",
    "email address",
    "type of entity",
    "subsidiaries",
    "parent company",
    "national identifier additional information",
    "passport additional information",
    "current owner/operator (s)",
    "previous owner/operator (s)",
    "previous flags",
    "type of ship",
    "tonnage of ship",
    "length of ship",
    "year built",
];

fn add_number(entry: &mut Entry, kind: &str, text: &str) {
    let text = if kind == "IMO" { text.trim_start_matches("IMO") } else { text };
    number::add_all(entry, kind, text);
}

#[cfg(test)]
mod tests;
