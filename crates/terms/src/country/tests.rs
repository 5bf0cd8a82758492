use super::*;

#[test]
fn the_table_is_sorted_and_complete() {
    assert_eq!(Country::all().len(), 250);
    assert!(table::COUNTRIES.windows(2).all(|pair| pair[0].code < pair[1].code));
}

#[test]
fn no_name_stands_for_two_countries() {
    let mut seen: HashMap<String, [u8; 2]> = HashMap::new();
    for row in table::COUNTRIES {
        let code = std::str::from_utf8(&row.code).unwrap();
        for name in [row.name, row.alpha3, code].into_iter().chain(row.aliases.iter().copied()) {
            let before = seen.insert(name_key(name), row.code);
            assert!(before.is_none_or(|code| code == row.code), "`{name}` is used twice");
        }
    }
}

#[test]
fn every_country_is_found_by_its_code_name_and_alpha3() {
    for country in Country::all() {
        assert_eq!(country.code().parse(), Ok(country));
        assert_eq!(country.code().to_lowercase().parse(), Ok(country));
        assert_eq!(Country::named(country.name()), Some(country));
        assert_eq!(Country::named(country.alpha3()), Some(country));
        assert_eq!(country.alpha3().len(), 3);
    }
}

#[test]
fn names_as_lists_write_them_are_found() {
    for (name, code) in [
        ("Russia", "RU"),
        ("Russian Federation", "RU"),
        ("THE RUSSIAN FEDERATION", "RU"),
        ("Korea, North", "KP"),
        ("Democratic People's Republic of Korea", "KP"),
        ("Korea, Democratic People’s Republic of", "KP"),
        ("Iran (Islamic Republic of)", "IR"),
        ("Iran, Islamic Republic of", "IR"),
        ("Syrian Arab Republic", "SY"),
        ("Ivory Coast", "CI"),
        ("Cote d'Ivoire", "CI"),
        ("Côte d’Ivoire", "CI"),
        ("Burma", "MM"),
        ("Congo, Democratic Republic of the", "CD"),
        ("Republic of the Congo", "CG"),
        ("UK", "GB"),
        ("U.S.A.", "US"),
        ("Türkiye", "TR"),
        ("Palestinian", "PS"),
        ("Region: Gaza", "PS"),
        ("Region: Crimea", "UA"),
        ("Virgin Islands, British", "VG"),
        ("St. Vincent and the Grenadines", "VC"),
        ("Hong Kong", "HK"),
        ("Macedonia, The Former Yugoslav Republic of", "MK"),
        ("Kosovo", "XK"),
    ] {
        assert_eq!(Country::named(name).map(|country| country.to_string()), Some(code.to_owned()), "{name}");
    }
}

#[test]
fn what_is_no_present_country_is_not_found() {
    for text in ["", " ", "Soviet Union", "Yugoslavia", "Atlantis", "zz", "é", "the of"] {
        assert_eq!(Country::named(text), None, "{text}");
        assert!(text.parse::<Country>().is_err(), "{text}");
    }
}

#[test]
fn a_country_travels_as_its_code() {
    let text = serde_json::to_string(&Country::named("Germany").unwrap()).unwrap();

    assert_eq!(text, "\"DE\"");
    assert_eq!(serde_json::from_str::<Country>("\"de\"").unwrap().name(), "Germany");
    assert!(serde_json::from_str::<Country>("\"QQ\"").is_err());
}
