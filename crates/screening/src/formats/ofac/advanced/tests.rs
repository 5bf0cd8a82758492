use super::super::super::{Collector, tests::told};
use crate::entry::{Schema, Watchlist};

/// Written by hand after the publisher's schema: the file itself has a hundred megabytes.
const FILE: &str = include_str!("sample.xml");

fn read(text: &str) -> Vec<Watchlist> {
    let mut collector = Collector::new();
    collector.add("sdn_advanced.xml", text.as_bytes());
    let lists = collector.finish();
    assert_eq!(lists.left_out, []);
    lists.lists
}

/// CIP-23
#[test]
fn parties_are_read_with_all_that_other_parts_of_the_file_say_of_them() {
    let lists = read(FILE);

    let [list] = lists.as_slice() else { panic!("{lists:?}") };
    assert_eq!((list.id.as_str(), list.version.as_str()), ("us-ofac-sdn", "2024-07-02"));
    let told: Vec<String> = list.entries.iter().map(told).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    2674 Person
      names: Muhammad Ali ZAYDUN | a:محمد زيدان | w:ABU X | f:OLDNAME
      born: 1949-05-15 | 1951 | 1955 | 1958 | 1960-02
      spans: 1951~1951 | 1955..1958
      at: Giza, Egypt
      genders: Male
      countries: EG | IR
      nationalities: EG
      numbers: Passport 1084010 EG
      addresses: 1 Road & Co, Tehran, 11365, Iran
      wallets: XBT 1abcDEF
      programs: SDGT
      details: title=Minister | Passport=1084010 Expiration Date 2008-05-20 | Passport=1084010 Fraudulent
      remarks: On record.
    36 Organization
      names: AEROTEST AIRLINES
      programs: CUBA
    4000 Vessel
      names: MAR AZUL
      countries: PA
      numbers: Call sign CL2192 | IMO 7406784
      details: VESSEL TYPE=Tug | Vessel Flag=PA | Linked To=AEROTEST AIRLINES
    4001 Airplane
      names: EP-GOL
      numbers: Aircraft Manufacturer's Serial Number (MSN) 1013409297
    "#);
}

#[test]
fn places_documents_and_measures_may_stand_after_the_parties() {
    let part = |name: &str| {
        let (from, to) = (format!("<{name}>"), format!("</{name}>"));
        let start = FILE.find(&from).unwrap();
        &FILE[start..FILE.find(&to).unwrap() + to.len()]
    };
    let (places, documents) = (part("Locations"), part("IDRegDocuments"));
    let moved = FILE.replace(places, "").replace(documents, "");
    let moved = moved.replace("</Sanctions>", &format!("{documents}{places}</Sanctions>"));

    let lists = read(&moved);

    assert_eq!(lists[0].entries, read(FILE)[0].entries);
}

#[test]
fn parties_before_the_values_that_explain_them_are_a_fault() {
    let start = FILE.find("<ReferenceValueSets>").unwrap();
    let end = FILE.find("</ReferenceValueSets>").unwrap() + "</ReferenceValueSets>".len();
    let moved = format!("{}{}", &FILE[..start], &FILE[end..]);
    let mut collector = Collector::new();
    collector.add("x.xml", moved.as_bytes());

    let why = collector.finish().left_out.remove(0).why;

    assert!(why.is_fault(), "{why}");
}

#[test]
fn the_consolidated_list_is_told_by_the_list_its_measures_name() {
    let lists = read(&FILE.replace(">SDN List<", ">Consolidated List<"));

    assert_eq!(lists[0].id, "us-ofac-cons");
    assert_eq!(lists[0].entries[0].schema, Schema::Person);
}
