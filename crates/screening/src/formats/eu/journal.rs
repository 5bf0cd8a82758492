//! Structured copies of the consolidated regulations, one file for each. What the law says in prose, cells say too.

use super::super::{
    NotRead, birth,
    draft::{Draft, File, made_id, several},
    name, number,
    table::Table,
};
use crate::entry::{Entry, NameKind, Schema};

pub const ID: &str = "eu-journal";
pub const TITLE: &str = "EU sanctions regulations, consolidated";

pub fn read(file: &File<'_>) -> Result<Draft, NotRead> {
    let table = Table::read(file.text, b',', "celex")?;
    let mut entries = Vec::new();
    for row in table.rows() {
        // Each annex counts from one, and some lines have no number.
        let number = match row.get("recordid") {
            "" => made_id(&[row.get("name")]),
            number => number.to_owned(),
        };
        let entry_id = format!("{}-{}-{number}", row.get("celex"), row.get("annex"));
        let mut entry = Entry { entry_id, schema: Schema::named(row.get("schema")), ..Entry::default() };
        for (column, kind) in [
            ("name", NameKind::Primary),
            ("alias", NameKind::Alias),
            ("weakalias", NameKind::WeakAlias),
            ("previousname", NameKind::Former),
        ] {
            name::add_all(&mut entry, row.get(column), kind);
        }
        several(row.get("nationality")).for_each(|country| entry.add_nationality(country));
        for column in ["country", "jurisdiction", "flag"] {
            several(row.get(column)).for_each(|country| entry.add_country(country));
        }
        birth::add(&mut entry, row.get("birthdate"));
        several(row.get("birthplace")).for_each(|place| entry.add_birth_place([place]));
        for (column, kind) in NUMBERS {
            number::add_all(&mut entry, kind, row.get(column));
        }
        several(row.get("address")).for_each(|address| entry.add_address([address]));
        entry.add_gender(row.get("gender"));
        entry.add_program(row.get("programkey"));
        for column in DETAILS {
            entry.add_detail(column, row.get(column));
        }
        entry.remarks = row.get("reason").to_owned();
        entries.push(entry);
    }
    Ok(Draft::new(file, ID, TITLE, None, entries))
}

const NUMBERS: [(&str, &str); 12] = [
    ("passportnumber", "Passport"),
    ("registrationnumber", "Registration number"),
    ("taxnumber", "Tax number"),
    ("idnumber", "Identification"),
    ("inncode", "INN"),
    ("ogrncode", "OGRN"),
    ("kppcode", "KPP"),
    ("okpocode", "OKPO"),
    ("leicode", "LEI"),
    ("swiftbic", "SWIFT/BIC"),
    ("imonumber", "IMO"),
    ("mmsi", "MMSI"),
];

const DETAILS: [&str; 17] = [
    "annex",
    "measure",
    "startdate",
    "position",
    "appearance",
    "ethnicity",
    "fathername",
    "mothername",
    "incorporationdate",
    "legalform",
    "sector",
    "ticker",
    "phone",
    "email",
    "website",
    "notes",
    "titlelong",
];
