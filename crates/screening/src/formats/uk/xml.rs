//! The UK sanctions list as XML.

use super::{
    super::{
        NotRead, birth, date,
        draft::{Draft, File, order_of_latest},
        xml::{self, Node},
    },
    LIST, add_number, name_kind, schema,
};
use crate::entry::{Entry, NameKind};

pub fn read(file: &File<'_>) -> Result<Draft, NotRead> {
    let mut entries = Vec::new();
    let mut latest = None;
    let root = xml::read(file.text, &["Designation"], |node| {
        latest = latest.max(date::date(node.child_text("LastUpdated")));
        entries.push(entry(&node));
    })?;
    let generated = date::date(root.child_text("DateGenerated"));
    let version = generated.map(|date| date.to_string());
    let order = order_of_latest(generated.or(latest));
    Ok(Draft { order, ..Draft::new(file, LIST.0, LIST.1, version, entries) })
}

fn entry(node: &Node) -> Entry {
    let entry_id = node.child_text("UniqueID").to_owned();
    let schema = schema(node.child_text("IndividualEntityShip"));
    let mut entry = Entry { entry_id, schema, ..Entry::default() };
    for name in node.at(&["Names", "Name"]) {
        let parts = ["Name1", "Name2", "Name3", "Name4", "Name5", "Name6"].map(|part| name.child_text(part));
        let kind = name_kind(name.child_text("NameType"), name.child_text("AliasStrength"));
        entry.add_name(&parts.join(" "), kind);
    }
    for name in node.at(&["NonLatinNames", "NonLatinName"]) {
        entry.add_name(name.child_text("NameNonLatinScript"), NameKind::Alias);
    }
    node.texts("Titles", "Title").for_each(|title| entry.add_title(title));
    for address in node.at(&["Addresses", "Address"]) {
        let lines = ["1", "2", "3", "4", "5", "6"].map(|line| format!("AddressLine{line}"));
        let rest = ["AddressPostalCode", "AddressCountry"].map(|part| address.child_text(part));
        entry.add_address(lines.iter().map(|line| address.child_text(line)).chain(rest));
        entry.add_country(address.child_text("AddressCountry"));
    }
    for person in node.at(&["IndividualDetails", "Individual"]) {
        read_person(&mut entry, person);
    }
    for of_entity in node.at(&["EntityDetails", "Entity"]) {
        let numbers = of_entity.texts("BusinessRegistrationNumbers", "BusinessRegistrationNumber");
        numbers.for_each(|number| add_number(&mut entry, "Business registration number", number));
    }
    for ship in node.at(&["ShipDetails", "Ship"]) {
        ship.texts("IMONumbers", "IMONumber").for_each(|number| add_number(&mut entry, "IMO", number));
        ship.texts("CurrentBelievedFlagOfShips", "CurrentBelievedFlagOfShip")
            .for_each(|flag| entry.add_country(flag));
    }
    entry.add_program(node.child_text("RegimeName"));
    entry.remarks = node.child_text("OtherInformation").to_owned();
    add_details(&mut entry, node);
    entry
}

fn read_person(entry: &mut Entry, person: &Node) {
    person.texts("DOBs", "DOB").for_each(|text| birth::add(entry, text));
    person.texts("Nationalities", "Nationality").for_each(|country| entry.add_nationality(country));
    person.texts("Genders", "Gender").for_each(|gender| entry.add_gender(gender));
    for place in person.at(&["BirthDetails", "Location"]) {
        entry.add_birth_place([place.child_text("TownOfBirth"), place.child_text("CountryOfBirth")]);
    }
    for passport in person.at(&["PassportDetails", "Passport"]) {
        add_number(entry, "Passport", passport.child_text("PassportNumber"));
    }
    for number in person.at(&["NationalIdentifierDetails", "NationalIdentifier"]) {
        add_number(entry, "National identifier", number.child_text("NationalIdentifierNumber"));
    }
}

/// Fields that have no place of their own in an entry, wherever they are nested, as they are named. What is read
/// above is not among them.
fn add_details(entry: &mut Entry, node: &Node) {
    const READ: [&str; 19] = [
        "UniqueID",
        "Names",
        "NonLatinNames",
        "Titles",
        "Addresses",
        "DOBs",
        "Nationalities",
        "Genders",
        "BirthDetails",
        "PassportNumber",
        "NationalIdentifierNumber",
        "BusinessRegistrationNumbers",
        "IMONumbers",
        "CurrentBelievedFlagOfShips",
        "RegimeName",
        "OtherInformation",
        "IndividualEntityShip",
        "LastUpdated",
        // Says in yes and no what `SanctionsImposed` says in words.
        "SanctionsImposedIndicators",
    ];
    for child in node.children.iter().filter(|child| !READ.contains(&child.name.as_str())) {
        if child.children.is_empty() {
            entry.add_detail(&child.name, child.text.trim());
        } else {
            add_details(entry, child);
        }
    }
}
