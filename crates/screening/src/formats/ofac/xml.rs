//! `sdn.xml` and `consolidated.xml`.

use super::{
    super::{
        NotRead, birth, date,
        draft::{Draft, File},
        number,
        xml::{self, Node},
    },
    CONSOLIDATED, SDN, is_non_sdn, schema,
};
use crate::entry::{Entry, NameKind};

pub fn read(file: &File<'_>) -> Result<Draft, NotRead> {
    let mut entries = Vec::new();
    let root = xml::read(file.text, &["sdnEntry"], |node| entries.push(entry(&node)))?;
    let published = root.texts("publshInformation", "Publish_Date").next().and_then(date::american);
    let stated =
        root.texts("publshInformation", "Record_Count").next().and_then(|text| text.parse::<usize>().ok());
    // Excerpts keep the count of the whole list, so a smaller number is no proof of a cut.
    if stated.is_some_and(|count| count < entries.len()) {
        return Err(NotRead::damaged("Record_Count", "more entries than it states"));
    }
    let order = entries.iter().filter_map(|entry| entry.entry_id.parse().ok()).max().unwrap_or(0);
    let non_sdn = entries.iter().filter(|entry| entry.programs.iter().any(|program| is_non_sdn(program)));
    let (id, title) = if non_sdn.count() * 2 > entries.len() { CONSOLIDATED } else { SDN };
    Ok(Draft { order, ..Draft::new(file, id, title, published, entries) })
}

fn entry(node: &Node) -> Entry {
    let entry_id = node.child_text("uid").to_owned();
    let mut entry = Entry { entry_id, schema: schema(node.child_text("sdnType")), ..Entry::default() };
    let name_of = |node: &Node| format!("{} {}", node.child_text("firstName"), node.child_text("lastName"));
    entry.add_name(&name_of(node), NameKind::Primary);
    entry.add_detail("title", node.child_text("title"));
    for aka in node.at(&["akaList", "aka"]) {
        let kind = match (aka.child_text("category"), aka.child_text("type")) {
            ("weak", _) => NameKind::WeakAlias,
            (_, "f.k.a.") => NameKind::Former,
            _ => NameKind::Alias,
        };
        entry.add_name(&name_of(aka), kind);
    }
    for id in node.at(&["idList", "id"]) {
        let [kind, value, country] = ["idType", "idNumber", "idCountry"].map(|field| id.child_text(field));
        number::add_stated(&mut entry, kind, value, country);
    }
    for address in node.at(&["addressList", "address"]) {
        let parts = ["address1", "address2", "address3", "city", "stateOrProvince", "postalCode", "country"];
        entry.add_address(parts.map(|part| address.child_text(part)));
        entry.add_country(address.child_text("country"));
    }
    for path in [["nationalityList", "nationality"], ["citizenshipList", "citizenship"]] {
        node.at(&path).iter().for_each(|item| entry.add_nationality(item.child_text("country")));
    }
    for item in node.at(&["dateOfBirthList", "dateOfBirthItem"]) {
        birth::add(&mut entry, item.child_text("dateOfBirth"));
    }
    for item in node.at(&["placeOfBirthList", "placeOfBirthItem"]) {
        entry.add_birth_place([item.child_text("placeOfBirth")]);
    }
    for vessel in node.children("vesselInfo") {
        entry.add_identifier("Call sign", vessel.child_text("callSign"), "");
        entry.add_country(vessel.child_text("vesselFlag"));
        for field in ["vesselType", "vesselFlag", "vesselOwner", "tonnage", "grossRegisteredTonnage"] {
            entry.add_detail(field, vessel.child_text(field));
        }
    }
    node.texts("programList", "program").for_each(|program| entry.add_program(program));
    entry.remarks = node.child_text("remarks").to_owned();
    entry
}
