//! The consolidated list of the United Nations Security Council (XML).

use super::{
    Draft, File, NotRead, date, several,
    xml::{self, Node},
};
use crate::entry::{Entry, Gender, NameKind, Schema};

pub fn read(file: &File<'_>) -> Result<Draft, NotRead> {
    let mut entries = Vec::new();
    let root = xml::read(file.content, &["INDIVIDUAL", "ENTITY"], |node| entries.push(entry(&node)))?;
    let generated = date::date(root.attribute("dateGenerated")).map(|date| date.to_string());
    Ok(Draft::new(file, "un-sc", "UN Security Council Consolidated List", generated, entries))
}

fn entry(node: &Node) -> Entry {
    let person = node.name == "INDIVIDUAL";
    let schema = if person { Schema::Person } else { Schema::Organization };
    let mut id = node.child_text("REFERENCE_NUMBER");
    if id.is_empty() {
        id = node.child_text("DATAID");
    }
    let mut entry = Entry { entry_id: id.to_owned(), schema, ..Entry::default() };
    let parts = ["FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME", "FIFTH_NAME"];
    entry.add_name(&parts.map(|part| node.child_text(part)).join(" "), NameKind::Primary);
    for name in several(node.child_text("NAME_ORIGINAL_SCRIPT")) {
        entry.add_name(name, NameKind::Alias);
    }
    for alias in node.children("INDIVIDUAL_ALIAS").chain(node.children("ENTITY_ALIAS")) {
        let kind = match alias.child_text("QUALITY").to_ascii_lowercase().as_str() {
            "low" => NameKind::WeakAlias,
            "f.k.a." => NameKind::Former,
            _ => NameKind::Alias,
        };
        for name in several(alias.child_text("ALIAS_NAME")) {
            entry.add_name(name, kind);
        }
    }
    for address in node.children("INDIVIDUAL_ADDRESS").chain(node.children("ENTITY_ADDRESS")) {
        let parts = ["STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY"];
        entry.add_address(parts.map(|part| address.child_text(part)));
        entry.add_country(address.child_text("COUNTRY"));
    }
    node.texts("NATIONALITY", "VALUE").for_each(|country| entry.add_country(country));
    for birth in node.children("INDIVIDUAL_DATE_OF_BIRTH") {
        for part in ["DATE", "YEAR", "FROM_YEAR", "TO_YEAR"] {
            date::dates(birth.child_text(part)).into_iter().for_each(|date| entry.add_birth_date(date));
        }
    }
    for document in node.children("INDIVIDUAL_DOCUMENT") {
        let kind = document.child_text("TYPE_OF_DOCUMENT");
        let country = [document.child_text("ISSUING_COUNTRY"), document.child_text("COUNTRY_OF_ISSUE")];
        let country = country.into_iter().find(|country| !country.is_empty()).unwrap_or("");
        entry.add_identifier(kind, document.child_text("NUMBER"), country);
    }
    entry.genders.extend(Gender::named(node.child_text("GENDER")));
    entry.add_program(node.child_text("UN_LIST_TYPE"));
    entry.remarks = node.child_text("COMMENTS1").to_owned();
    entry
}
