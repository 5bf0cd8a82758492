//! The consolidated list of the United Nations Security Council (XML).

use super::{
    NotRead, birth, date,
    draft::{Draft, File, several},
    name,
    number::{self, enumerated},
    xml::{self, Node},
};
use crate::entry::{Entry, NameKind, Schema};

pub fn read(file: &File<'_>) -> Result<Draft, NotRead> {
    let mut entries = Vec::new();
    let root = xml::read(file.text, &["INDIVIDUAL", "ENTITY"], |node| entries.push(entry(&node)))?;
    let generated = date::date(root.attribute("dateGenerated")).map(|date| date.to_string());
    Ok(Draft::new(file, "un-sc", "UN Security Council Consolidated List", generated, entries))
}

fn entry(node: &Node) -> Entry {
    let schema = if node.name == "INDIVIDUAL" { Schema::Person } else { Schema::Organization };
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
    node.children("INDIVIDUAL_ALIAS")
        .chain(node.children("ENTITY_ALIAS"))
        .for_each(|alias| add_alias(&mut entry, alias));
    node.texts("TITLE", "VALUE").for_each(|title| entry.add_title(title));
    node.texts("DESIGNATION", "VALUE").for_each(|text| entry.add_detail("designation", text));
    for address in node.children("INDIVIDUAL_ADDRESS").chain(node.children("ENTITY_ADDRESS")) {
        let parts = ["STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY"];
        entry.add_address(parts.map(|part| address.child_text(part)));
        entry.add_country(address.child_text("COUNTRY"));
        entry.add_detail("address note", address.child_text("NOTE"));
    }
    node.texts("NATIONALITY", "VALUE").for_each(|country| entry.add_nationality(country));
    node.children("INDIVIDUAL_DATE_OF_BIRTH").for_each(|birth| add_birth(&mut entry, birth));
    for place in node.children("INDIVIDUAL_PLACE_OF_BIRTH") {
        entry.add_birth_place(["CITY", "STATE_PROVINCE", "COUNTRY"].map(|part| place.child_text(part)));
    }
    node.children("INDIVIDUAL_DOCUMENT").for_each(|document| add_document(&mut entry, document));
    entry.add_gender(node.child_text("GENDER"));
    entry.add_program(node.child_text("UN_LIST_TYPE"));
    entry.add_detail("listed on", node.child_text("LISTED_ON"));
    entry.remarks = node.child_text("COMMENTS1").to_owned();
    entry
}

fn add_alias(entry: &mut Entry, alias: &Node) {
    let note = alias.child_text("NOTE");
    let kind = match alias.child_text("QUALITY").to_ascii_lowercase().as_str() {
        "low" => NameKind::WeakAlias,
        "f.k.a." => NameKind::Former,
        _ if note.contains("previously listed") || note.contains("formerly listed") => NameKind::Former,
        _ => NameKind::Alias,
    };
    for text in several(alias.child_text("ALIAS_NAME")).flat_map(enumerated) {
        name::add(entry, text, kind);
    }
    entry.add_detail("alias note", note);
}

fn add_birth(entry: &mut Entry, birth: &Node) {
    let circa = birth.child_text("TYPE_OF_DATE").eq_ignore_ascii_case("approximately");
    let (from, through) = (birth.child_text("FROM_YEAR"), birth.child_text("TO_YEAR"));
    birth::add_span(entry, from, through, circa);
    for part in ["DATE", "YEAR"] {
        birth::add_graded(entry, birth.child_text(part), circa);
    }
}

fn add_document(entry: &mut Entry, document: &Node) {
    let first = |fields: [&'static str; 2]| {
        fields.map(|field| document.child_text(field)).into_iter().find(|text| !text.is_empty()).unwrap_or("")
    };
    let kind = first(["TYPE_OF_DOCUMENT", "TYPE_OF_DOCUMENT2"]).trim_end_matches(':');
    number::add(entry, kind, document.child_text("NUMBER"), first(["ISSUING_COUNTRY", "COUNTRY_OF_ISSUE"]));
    entry.add_detail("document note", document.child_text("NOTE"));
}
