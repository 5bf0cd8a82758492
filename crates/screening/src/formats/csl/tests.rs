use super::super::tests::{read, told};

/// Written by hand after the publisher's interface description.
const JSON: &str = r#"{"total":3,"sources_used":[{"source":"x","import_rate":"Hourly"}],"results":[
{"id":"a1","source":"Specially Designated Nationals (SDN) - Treasury Department","entity_number":36,"type":"Individual",
"programs":["SDGT","IFSR"],"name":"EXAMPLE, Anna","title":"Minister","addresses":[{"address":"1 Road","city":"Qom","state":null,
"postal_code":"11365","country":"IR"}],"federal_register_notice":null,"start_date":"2023-07-19","remarks":"On record.",
"source_list_url":"http://x","alt_names":["EXAMPEL, A."],"citizenships":["IR"],"dates_of_birth":["1949-05-15","circa 1950"],
"nationalities":["IR"],"places_of_birth":["Qom, Iran"],"ids":[{"type":"Passport","number":"X123456","country":"IR","issue_date":null},
{"type":"Gender","number":"Female","country":null},{"type":"Digital Currency Address - XBT","number":"1abcDEF","country":null},
{"type":"Secondary sanctions risk:","number":"section 1","country":null}],"score":1},
{"id":"b2","source":"Entity List (EL) - Bureau of Industry and Security","name":"Example Works; and any successor, sub-unit",
"country":"CN","alt_names":["EW","and Example Plant"],"addresses":[],"license_requirement":"For all items","source_list_url":"http://y"},
{"source":"Denied Persons List (DPL) - Bureau of Industry and Security","name":"B. EXAMPLE","standard_order":"Y","source_list_url":"http://z"}]}"#;

/// CIP-23
#[test]
fn json_becomes_one_list_for_each_source() {
    let lists = read(&[("consolidated.json", JSON.as_bytes())]);

    let told: Vec<String> = lists
        .lists
        .iter()
        .flat_map(|list| list.entries.iter().map(move |entry| format!("{}: {}", list.id, told(entry))))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    us-csl-dpl: 6d853de15bc7113a LegalEntity
      names: B. EXAMPLE
      details: standard_order=Y | source_list_url=http://z
    us-csl-el: b2 LegalEntity
      names: Example Works | a:EW | a:Example Plant
      countries: CN
      details: license_requirement=For all items | country=CN | source_list_url=http://y
    us-csl-sdn: 36 Person
      names: EXAMPLE, Anna | a:EXAMPEL, A.
      born: 1949-05-15 | 1950
      spans: 1950~1950
      at: Qom, Iran
      genders: Female
      countries: IR
      nationalities: IR
      numbers: Passport X123456 IR
      addresses: 1 Road, Qom, 11365, IR
      wallets: XBT 1abcDEF
      programs: SDGT | IFSR
      details: title=Minister | Secondary sanctions risk=section 1 | start_date=2023-07-19 | source_list_url=http://x
      remarks: On record.
    "#);
}

#[test]
fn numbers_are_the_same_in_todays_and_the_older_columns() {
    for (text, kind, value) in [
        ("Tax ID No., 80-0890696, US", "Tax ID No.", "80-0890696"),
        ("US, 80-0890696, Tax ID No.", "Tax ID No.", "80-0890696"),
        ("IMO 8898831, Vessel Registration Identification", "IMO", "8898831"),
        ("Registration ID, C122790", "Registration ID", "C122790"),
        ("1148904001971, Registration ID", "Registration ID", "1148904001971"),
        ("RKBZCHZZ, SWIFT/BIC", "SWIFT/BIC", "RKBZCHZZ"),
        ("SWIFT/BIC, RUDVRUMM", "SWIFT/BIC", "RUDVRUMM"),
        ("CH, CHE-427.006.032, Company Number", "Company Number", "CHE-427.006.032"),
    ] {
        let mut entry = crate::Entry::default();

        super::add_csv_id(&mut entry, text);

        let found: Vec<_> =
            entry.identifiers.iter().map(|id| (id.kind.as_str(), id.value.as_str())).collect();
        assert_eq!(found, [(kind, value)], "{text}");
    }
    for text in [
        "www.aictc.ir, Website",
        "Subject to Directive 2, Executive Order 13662 Directive Determination -",
        "Panama, Former Vessel Flag",
    ] {
        let mut entry = crate::Entry::default();

        super::add_csv_id(&mut entry, text);

        assert_eq!((entry.identifiers.len(), entry.details.len()), (0, 1), "{text}");
    }
}

#[test]
fn a_document_cut_short_or_of_something_else_is_named() {
    for (text, what) in [
        (&JSON[..JSON.len() - 40], "cut short at line 11: the document has no end"),
        (&JSON.replace("\"results\":[", "\"results\":[7,"), "damaged at line 1: not a list of JSON objects"),
    ] {
        let lists = read(&[("consolidated.json", text.as_bytes())]);

        assert_eq!(lists.left_out[0].why.to_string(), what);
    }
}
