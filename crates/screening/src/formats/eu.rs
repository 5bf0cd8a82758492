//! EU financial sanctions files (CSV, XML 1.1) and structured copies of the regulations.

use std::collections::HashMap;

use super::{
    Draft, File, NotRead, date, several,
    table::{self, Table},
    xml::{self, Node},
};
use crate::entry::{Entry, Gender, NameKind, Schema, Watchlist};

const FSF: (&str, &str) = ("eu-fsf", "EU Financial Sanctions Files");
/// One list over all regulations, unlike the others of which the newest file counts.
pub const JOURNAL_ID: &str = "eu-journal";

pub fn read_csv(file: &File<'_>) -> Result<Draft, NotRead> {
    let text = unwrapped(&table::lossy(file.content))?;
    let table = Table::read(&text, b';', "Entity_logical_id")?;
    let mut entries: Vec<Entry> = Vec::new();
    let mut by_id: HashMap<String, usize> = HashMap::new();
    for row in table.rows() {
        let logical = row.get("entity_logical_id");
        if logical.is_empty() {
            continue;
        }
        let index = *by_id.entry(logical.to_owned()).or_insert_with(|| {
            entries.push(Entry { entry_id: logical.to_owned(), ..Entry::default() });
            entries.len() - 1
        });
        let entry = &mut entries[index];
        let reference = row.get("eu_ref_num");
        if !reference.is_empty() {
            entry.entry_id = reference.to_owned();
        }
        entry.schema = schema([row.get("subject_type"), row.get("entity_subjecttype")].concat().trim());
        let whole = [row.get("naal_wholename"), row.get("namealias_wholename")].concat();
        let first = if entry.names.is_empty() { NameKind::Primary } else { NameKind::Alias };
        entry.add_name(&whole, first);
        add_gender(entry, row.get("naal_gender"));
        entry.add_program(row.get("programme"));
        for column in ["addr_country", "citi_country"] {
            entry.add_country(row.get(column));
        }
        let address =
            ["addr_number", "addr_street", "addr_zipcode", "addr_city", "addr_country", "addr_other"];
        entry.add_address(address.map(|column| row.get(column)));
        date::dates(row.get("birt_date")).into_iter().for_each(|date| entry.add_birth_date(date));
        let number = row.get("iden_number");
        if entry.identifiers.iter().all(|known| known.value != number) {
            entry.add_identifier("Identification", number, row.get("iden_country"));
        }
        if entry.remarks.is_empty() {
            entry.remarks = row.get("entity_remark").to_owned();
        }
    }
    let dated = table
        .rows()
        .find_map(|row| date::date([row.get("date_file"), row.get("date_filexxxx")].concat().trim()));
    Ok(Draft::new(file, FSF.0, FSF.1, dated.map(|date| date.to_string()), entries))
}

/// Copies that went through a spreadsheet have each line within one pair of quotes, with tabs
/// after it.
fn unwrapped(text: &str) -> Result<String, NotRead> {
    let wrapped =
        |line: &str| line.trim_start_matches('\u{feff}').starts_with('"') && line.trim_end().ends_with('"');
    let first = text.lines().next().unwrap_or("");
    if !wrapped(first) || first.contains("\";\"") {
        return Ok(text.to_owned());
    }
    let mut lines = String::with_capacity(text.len());
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        if !wrapped(line) {
            return Err(NotRead::cut(format!("line {}", index + 1), "a quoted line has no end"));
        }
        let line = line.trim();
        let inner = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap_or(line);
        lines.push_str(&inner.trim_end_matches('\t').replace("\"\"", "\""));
        lines.push('\n');
    }
    Ok(lines)
}

pub fn read_xml(file: &File<'_>) -> Result<Draft, NotRead> {
    let mut entries = Vec::new();
    let root = xml::read(file.content, &["sanctionEntity"], |node| entries.push(xml_entry(&node)))?;
    let generated = date::date(root.attribute("generationDate")).map(|date| date.to_string());
    Ok(Draft::new(file, FSF.0, FSF.1, generated, entries))
}

fn xml_entry(node: &Node) -> Entry {
    let mut id = node.attribute("euReferenceNumber");
    if id.is_empty() {
        id = node.attribute("logicalId");
    }
    let subject = node.children("subjectType").next();
    let schema = schema(subject.map_or("", |subject| subject.attribute("code")));
    let mut entry = Entry { entry_id: id.to_owned(), schema, ..Entry::default() };
    for alias in node.children("nameAlias") {
        let kind = match (entry.names.is_empty(), alias.attribute("strong")) {
            (true, _) => NameKind::Primary,
            (_, "false") => NameKind::WeakAlias,
            _ => NameKind::Alias,
        };
        let parts = ["firstName", "middleName", "lastName"].map(|part| alias.attribute(part)).join(" ");
        let whole = alias.attribute("wholeName");
        entry.add_name(if whole.is_empty() { &parts } else { whole }, kind);
        add_gender(&mut entry, alias.attribute("gender"));
    }
    for birth in node.children("birthdate") {
        let dates = [birth.attribute("birthdate"), birth.attribute("year")];
        let text = dates.into_iter().find(|text| !text.is_empty()).unwrap_or("");
        date::dates(text).into_iter().for_each(|date| entry.add_birth_date(date));
    }
    for country in node.children("citizenship").chain(node.children("address")) {
        entry.add_country(country.attribute("countryIso2Code"));
    }
    for address in node.children("address") {
        let parts = ["street", "poBox", "zipCode", "city", "place", "region", "countryDescription"];
        entry.add_address(parts.map(|part| address.attribute(part)));
    }
    for id in node.children("identification") {
        let kind = id.attribute("identificationTypeDescription");
        entry.add_identifier(kind, id.attribute("number"), id.attribute("countryIso2Code"));
    }
    for regulation in node.children("regulation") {
        entry.add_program(regulation.attribute("programme"));
    }
    entry.remarks = node.child_text("remark").to_owned();
    entry
}

/// One regulation; `join_journal` makes a list of them all.
pub fn read_journal(file: &File<'_>) -> Result<Draft, NotRead> {
    let table = Table::read(&table::lossy(file.content), b',', "celex")?;
    let mut entries = Vec::new();
    for row in table.rows() {
        let entry_id = format!("{}-{}", row.get("celex"), row.get("recordid"));
        let mut entry = Entry { entry_id, schema: Schema::named(row.get("schema")), ..Entry::default() };
        for (column, kind) in [
            ("name", NameKind::Primary),
            ("alias", NameKind::Alias),
            ("weakalias", NameKind::WeakAlias),
            ("previousname", NameKind::Former),
        ] {
            several(row.get(column)).for_each(|name| entry.add_name(name, kind));
        }
        for column in ["country", "nationality", "jurisdiction", "flag"] {
            several(row.get(column)).for_each(|country| entry.add_country(country));
        }
        for text in several(row.get("birthdate")) {
            date::dates(text).into_iter().for_each(|date| entry.add_birth_date(date));
        }
        for (column, kind) in [
            ("passportnumber", "Passport"),
            ("registrationnumber", "Registration number"),
            ("taxnumber", "Tax number"),
            ("idnumber", "Identification"),
            ("inncode", "INN"),
            ("ogrncode", "OGRN"),
            ("leicode", "LEI"),
            ("swiftbic", "SWIFT/BIC"),
            ("imonumber", "IMO"),
            ("mmsi", "MMSI"),
        ] {
            several(row.get(column)).for_each(|value| entry.add_identifier(kind, value, ""));
        }
        several(row.get("address")).for_each(|address| entry.add_address([address]));
        add_gender(&mut entry, row.get("gender"));
        entry.add_program(row.get("programkey"));
        entry.remarks = row.get("reason").to_owned();
        entries.push(entry);
    }
    Ok(Draft::new(file, JOURNAL_ID, "EU sanctions regulations, consolidated", None, entries))
}

pub fn join_journal(mut drafts: Vec<Draft>) -> Watchlist {
    drafts.sort_by(|a, b| a.path.cmp(&b.path));
    let hashes: Vec<&str> = drafts.iter().map(|draft| draft.sha256.as_str()).collect();
    let sha256 = super::ofac::joint_hash(&hashes);
    let title = "EU sanctions regulations, consolidated".to_owned();
    let entries = drafts.into_iter().flat_map(|draft| draft.entries);
    let entries = entries.filter(|entry| !entry.names.is_empty()).collect();
    Watchlist {
        id: JOURNAL_ID.to_owned(),
        title,
        version: format!("content-{}", &sha256[..12]),
        sha256,
        entries,
    }
}

fn schema(text: &str) -> Schema {
    match text.to_ascii_lowercase().as_str() {
        "p" | "person" => Schema::Person,
        _ => Schema::Organization,
    }
}

fn add_gender(entry: &mut Entry, text: &str) {
    entry.genders.extend(Gender::named(text).filter(|gender| !entry.genders.contains(gender)));
}
