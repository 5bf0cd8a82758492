//! `SDN_ENHANCED.XML` and `CONS_ENHANCED.XML`: a party with all that is said of it in one place.
//!
//! Written after what public readers of these files agree on; the files themselves have a hundred megabytes.

use std::collections::HashMap;

use super::{
    super::{
        NotRead, birth, date,
        draft::{Draft, File},
        number,
        xml::{self, Node},
    },
    CONSOLIDATED, SDN, advanced, schema,
};
use crate::entry::{Entry, NameKind};

const SDN_LIST: &str = "SDN List";

pub fn read(file: &File<'_>) -> Result<Vec<Draft>, NotRead> {
    let mut reading = Reading::default();
    let root = xml::read(file.text, &["referenceValue", "entity"], |node| reading.take(&node))?;
    let published = root.texts("publicationInfo", "dataAsOf").next().and_then(date::date);
    let published = published.map(|date| date.to_string());
    // A file of one list names parties that are on others too: they come with the file of the other.
    let filters = root.at(&["publicationInfo", "filters", "sanctionsLists", "sanctionsList"]);
    let of_one = match filters.as_slice() {
        [one] => Some(one.text.trim() == SDN_LIST),
        _ => None,
    };
    let (sdn, consolidated) = reading.parted(of_one);
    let drafts = [(SDN, sdn, of_one == Some(true)), (CONSOLIDATED, consolidated, of_one == Some(false))];
    let drafts = drafts.into_iter().filter(|(_, entries, is_asked)| *is_asked || !entries.is_empty());
    Ok(drafts.map(|((id, title), entries, _)| draft(file, (id, title), published.clone(), entries)).collect())
}

fn draft(file: &File<'_>, list: (&str, &str), published: Option<String>, entries: Vec<Entry>) -> Draft {
    let order = entries.iter().filter_map(|entry| entry.entry_id.parse().ok()).max().unwrap_or(0);
    Draft { order, ..Draft::new(file, list.0, list.1, published, entries) }
}

#[derive(Default)]
struct Reading {
    /// Each with whether it says itself that it is on the SDN list.
    parties: Vec<(Entry, bool)>,
    /// Texts of reference values by their number.
    values: HashMap<String, String>,
    /// What a party says by such a number: which party, of which kind, the number.
    referred: Vec<(usize, String, String)>,
}

impl Reading {
    fn take(&mut self, node: &Node) {
        if node.name == "referenceValue" {
            let (id, text) = (node.attribute("refId"), node.child_text("value"));
            self.values.insert(id.to_owned(), text.to_owned());
            return;
        }
        let mut entry = party(node);
        for feature in node.at(&["features", "feature"]) {
            let (kind, text) = (feature.child_text("type"), feature.child_text("value"));
            let reference = feature.child_text("valueRefId");
            match () {
                () if kind == "Birthdate" => add_birth(&mut entry, feature),
                () if text.is_empty() && !reference.is_empty() => {
                    self.referred.push((self.parties.len(), kind.to_owned(), reference.to_owned()));
                }
                () => add_feature(&mut entry, kind, text),
            }
        }
        let is_sdn = node.texts("sanctionsLists", "sanctionsList").any(|list| list == SDN_LIST);
        self.parties.push((entry, is_sdn));
    }

    /// Those of the SDN list and those of the other, with what reference values say of them.
    fn parted(mut self, of_one: Option<bool>) -> (Vec<Entry>, Vec<Entry>) {
        for (at, kind, reference) in &self.referred {
            if let (Some((entry, _)), Some(text)) = (self.parties.get_mut(*at), self.values.get(reference)) {
                add_feature(entry, kind, text);
            }
        }
        let (sdn, consolidated): (Vec<_>, Vec<_>) =
            self.parties.into_iter().partition(|(_, is_sdn)| of_one.unwrap_or(*is_sdn));
        let entries = |parties: Vec<(Entry, bool)>| parties.into_iter().map(|(entry, _)| entry).collect();
        (entries(sdn), entries(consolidated))
    }
}

fn party(node: &Node) -> Entry {
    let general = node.children("generalInfo").next();
    let general = |field: &str| general.map_or("", |info| info.child_text(field));
    let entry_id = node.attribute("id").to_owned();
    let mut entry = Entry { entry_id, schema: schema(general("entityType")), ..Entry::default() };
    node.at(&["names", "name"]).iter().for_each(|name| add_names(&mut entry, name));
    for document in node.at(&["identityDocuments", "identityDocument"]) {
        add_document(&mut entry, document);
    }
    for address in node.at(&["addresses", "address"]) {
        add_address(&mut entry, address);
    }
    node.texts("sanctionsPrograms", "sanctionsProgram").for_each(|program| entry.add_program(program));
    for (outer, inner, field) in [
        ("sanctionsTypes", "sanctionsType", "sanctions type"),
        ("legalAuthorities", "legalAuthority", "legal authority"),
    ] {
        node.texts(outer, inner).for_each(|text| entry.add_detail(field, text));
    }
    for list in node.at(&["sanctionsLists", "sanctionsList"]) {
        entry.add_detail("listed", &format!("{} {}", list.text.trim(), list.attribute("datePublished")));
    }
    for relationship in node.at(&["relationships", "relationship"]) {
        entry.add_detail(relationship.child_text("type"), relationship.child_text("relatedEntity"));
    }
    entry.add_detail("title", general("title"));
    entry.remarks = general("remarks").to_owned();
    entry
}

/// A name in each of the scripts in which it is written.
fn add_names(entry: &mut Entry, name: &Node) {
    let alias = match name.child_text("aliasType").to_ascii_uppercase().as_str() {
        _ if name.child_text("isLowQuality") == "true" => NameKind::WeakAlias,
        "F.K.A." => NameKind::Former,
        _ => NameKind::Alias,
    };
    let is_primary = name.child_text("isPrimary") == "true";
    for written in name.at(&["translations", "translation"]) {
        let is_main = is_primary && written.child_text("isPrimary") == "true";
        entry.add_name(&text_of(written), if is_main { NameKind::Primary } else { alias });
    }
}

fn text_of(written: &Node) -> String {
    let [first, last, full] =
        ["formattedFirstName", "formattedLastName", "formattedFullName"].map(|part| written.child_text(part));
    match () {
        () if !first.is_empty() && !last.is_empty() => format!("{first} {last}"),
        () if !full.is_empty() => full.to_owned(),
        () => {
            let parts = written.at(&["nameParts", "namePart"]);
            parts.iter().map(|part| part.child_text("value")).collect::<Vec<_>>().join(" ")
        }
    }
}

fn add_birth(entry: &mut Entry, feature: &Node) {
    let dated = feature.children("valueDate").next();
    let dated = |field: &str| dated.map_or("", |dated| dated.child_text(field));
    let circa = dated("isApproximate") == "true";
    let text = feature.child_text("value");
    if date::date(text).is_some() {
        return birth::add_graded(entry, text, circa);
    }
    let through = ["toDateEnd", "toDateBegin", "fromDateEnd"].map(dated);
    let through = through.into_iter().find(|text| !text.is_empty()).unwrap_or("");
    birth::add_span(entry, dated("fromDateBegin"), through, circa);
}

fn add_feature(entry: &mut Entry, kind: &str, text: &str) {
    match kind {
        "Place of Birth" => entry.add_birth_place([text]),
        _ => advanced::add_text(entry, kind, text),
    }
}

fn add_document(entry: &mut Entry, document: &Node) {
    let [kind, value, country] =
        ["type", "documentNumber", "issuingCountry"].map(|field| document.child_text(field));
    number::add_stated(entry, kind, value, country);
    for (field, said) in [
        ("issueDate", "Issue Date"),
        ("expirationDate", "Expiration Date"),
        ("issuingAuthority", "Issuing Authority"),
        ("comments", "Comments"),
    ] {
        let text = document.child_text(field);
        if !text.is_empty() {
            entry.add_detail(kind, &format!("{value} {said} {text}"));
        }
    }
    if document.child_text("isValid") == "false" {
        entry.add_detail(kind, &format!("{value} not valid"));
    }
}

fn add_address(entry: &mut Entry, address: &Node) {
    let country = address.child_text("country");
    entry.add_country(country);
    let written = address.at(&["translations", "translation"]);
    if written.is_empty() {
        entry.add_address([country]);
    }
    for written in written {
        let parts = written.at(&["addressParts", "addressPart"]);
        entry.add_address(parts.iter().map(|part| part.child_text("value")).chain([country]));
    }
}

#[cfg(test)]
mod tests;
