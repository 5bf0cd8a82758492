//! Further lists of United States departments: the Consolidated Screening List, BIS Denied
//! Persons, DoD section 1260H.

use std::collections::BTreeMap;

use terms::PartialDate;

use super::{
    Draft, File, NotRead, date, made_id, order_of_latest, several,
    table::{self, Row, Table},
};
use crate::entry::{Entry, NameKind, Schema};

/// The Consolidated Screening List holds several lists; each becomes one of its own.
pub fn read_csl(file: &File<'_>) -> Result<Vec<Draft>, NotRead> {
    let table = Table::read(&table::lossy(file.content), b',', "source_list_url")?;
    let mut by_source: BTreeMap<String, (String, Vec<Entry>)> = BTreeMap::new();
    // Many sources date no entry, and the file is published as one: its newest entry speaks for all of them.
    let mut latest: Option<PartialDate> = None;
    for row in table.rows() {
        let source = row.get("source");
        let code = source.split('(').nth(1).and_then(|rest| rest.split(')').next()).unwrap_or(source);
        let code: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
        let list = by_source.entry(format!("us-csl-{}", code.to_lowercase()));
        let (_, entries) = list.or_insert_with(|| (source.to_owned(), Vec::new()));
        latest = latest.max(date::date(row.get("start_date")));
        entries.push(csl_entry(&row));
    }
    let drafts = by_source.into_iter().map(|(id, (source, entries))| {
        let title = format!("US Consolidated Screening List: {source}");
        Draft { order: order_of_latest(latest), ..Draft::new(file, &id, &title, None, entries) }
    });
    Ok(drafts.collect())
}

fn csl_entry(row: &Row<'_>) -> Entry {
    let ids = [row.get("entity_number"), row.get("_id")];
    let id = ids.into_iter().find(|id| !id.is_empty()).map(str::to_owned);
    let id = id.unwrap_or_else(|| made_id(&[row.get("source"), row.get("name"), row.get("addresses")]));
    let schema = match row.get("type") {
        "" => Schema::LegalEntity,
        other => Schema::named(other),
    };
    let mut entry = Entry { entry_id: id, schema, ..Entry::default() };
    entry.add_name(row.get("name"), NameKind::Primary);
    several(row.get("alt_names")).for_each(|name| entry.add_name(name, NameKind::Alias));
    for address in several(row.get("addresses")) {
        entry.add_address([address]);
        entry.add_country(address.rsplit(", ").next().unwrap_or(""));
    }
    for column in ["citizenships", "nationalities", "vessel_flag"] {
        several(row.get(column)).for_each(|country| entry.add_country(country));
    }
    for text in several(row.get("dates_of_birth")) {
        date::dates(text).into_iter().for_each(|date| entry.add_birth_date(date));
    }
    several(row.get("programs")).for_each(|program| entry.add_program(program));
    several(row.get("ids")).for_each(|id| csl_identifier(&mut entry, id));
    entry.add_identifier("Call sign", row.get("call_sign"), "");
    entry.remarks = row.get("remarks").to_owned();
    entry
}

/// `Tax ID No., 80-0890696, US` today, `US, 80-0890696, Tax ID No.` before.
fn csl_identifier(entry: &mut Entry, text: &str) {
    let parts: Vec<&str> = text.split(", ").collect();
    let is_number = |part: &&&str| part.bytes().any(|byte| byte.is_ascii_digit()) && part.len() >= 4;
    let Some(value) = parts.iter().skip(usize::from(parts.len() > 1)).find(is_number) else { return };
    let country = parts.iter().find(|part| part.len() == 2).unwrap_or(&"");
    let kind = parts.iter().find(|part| part.len() > 2 && *part != value).unwrap_or(&"");
    let kind_is_a_number =
        ["Executive", "Secondary", "risk", "Website"].iter().all(|word| !kind.contains(word));
    if kind_is_a_number {
        entry.add_identifier(kind, value, country);
    }
}

pub fn read_bis_denied(file: &File<'_>) -> Result<Draft, NotRead> {
    let table = Table::read(&table::lossy(file.content), b'\t', "Standard_Order")?;
    let mut latest = None;
    let mut entries = Vec::new();
    for row in table.rows() {
        let id = made_id(&[
            row.get("name"),
            row.get("street_address"),
            row.get("city"),
            row.get("effective_date"),
        ]);
        let mut entry = Entry { entry_id: id, schema: Schema::LegalEntity, ..Entry::default() };
        entry.add_name(row.get("name"), NameKind::Primary);
        let address = ["street_address", "city", "state", "postal_code", "country"];
        entry.add_address(address.map(|column| row.get(column)));
        entry.add_country(row.get("country"));
        entry.add_program("Denied Persons List");
        entry.remarks = row.get("action").to_owned();
        latest = latest.max(date::date(row.get("last_update")));
        entries.push(entry);
    }
    let draft = Draft::new(file, "us-bis-dpl", "BIS Denied Persons List", None, entries);
    Ok(Draft { order: order_of_latest(latest), ..draft })
}

pub fn read_dod(file: &File<'_>) -> Result<Draft, NotRead> {
    let table = Table::read(&table::lossy(file.content), b',', "Clean Name")?;
    let mut latest = None;
    let mut entries = Vec::new();
    for row in table.rows() {
        let names = [row.get("clean name"), row.get("name")];
        let name = names.into_iter().find(|name| !name.is_empty()).unwrap_or("");
        let mut entry = Entry { entry_id: made_id(&[name]), schema: Schema::Company, ..Entry::default() };
        entry.add_name(name, NameKind::Primary);
        several(row.get("alias")).for_each(|name| entry.add_name(name, NameKind::Alias));
        several(row.get("previous name")).for_each(|name| entry.add_name(name, NameKind::Former));
        entry.add_country("CN");
        entry.add_program("Section 1260H");
        entry.remarks = row.get("note").to_owned();
        latest = latest.max(date::date(row.get("start date")));
        entries.push(entry);
    }
    let draft =
        Draft::new(file, "us-dod-1260h", "DoD section 1260H, Chinese military companies", None, entries);
    Ok(Draft { order: order_of_latest(latest), ..draft })
}
