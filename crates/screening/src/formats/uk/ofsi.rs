//! The consolidated list of the Office of Financial Sanctions Implementation.

use super::{
    super::{
        NotRead, birth, date,
        draft::{Draft, File},
        table::{Row, Table},
    },
    add_number, name_of, schema,
};
use crate::entry::{Entry, NameKind};

pub fn read(file: &File<'_>) -> Result<Draft, NotRead> {
    let table = Table::read(file.text, b',', "Group ID")?;
    let entries = table.gather("group id", read_row);
    let updated =
        table.preamble.iter().flat_map(|row| row.iter()).find_map(date::date).map(|date| date.to_string());
    Ok(Draft::new(file, "gb-ofsi", "OFSI Consolidated List of Financial Sanctions Targets", updated, entries))
}

fn read_row(row: &Row<'_>, entry: &mut Entry) {
    let (alias, quality) =
        (row.get("alias type").to_ascii_lowercase(), row.get("alias quality").to_ascii_lowercase());
    let kind = match alias.as_str() {
        _ if quality.starts_with("low") => NameKind::WeakAlias,
        prime if prime.starts_with("prim") && !prime.contains("variation") => NameKind::Primary,
        former if former.starts_with('f') => NameKind::Former,
        _ => NameKind::Alias,
    };
    entry.schema = schema(row.get("group type"));
    entry.add_name(&name_of(row), kind);
    entry.add_name(row.get("name non-latin script"), NameKind::Alias);
    entry.add_title(row.get("title"));
    birth::add(entry, row.get("dob"));
    entry.add_birth_place([row.get("town of birth"), row.get("country of birth")]);
    entry.add_nationality(row.get("nationality"));
    entry.add_country(row.get("country"));
    let parts = ["1", "2", "3", "4", "5", "6"].map(|line| row.get(&format!("address {line}")));
    entry.add_address(parts.into_iter().chain([row.get("post/zip code"), row.get("country")]));
    add_number(entry, "Passport", row.get("passport number"));
    add_number(entry, "National identifier", row.get("national identification number"));
    entry.add_program(row.get("regime"));
    for column in
        ["position", "passport details", "ni details", "listed on", "uk sanctions list date designated"]
    {
        entry.add_detail(column, row.get(column));
    }
    if entry.remarks.is_empty() {
        entry.remarks = row.get("other information").to_owned();
    }
}
