//! Nationalities as lists write them: countries, their adjectives, several at once.

use terms::Country;

/// Every country that the text says somebody is a national of: `Russian`, `Ukrainian, Russian`, `Iranian and US`,
/// `(a) Jordanian (b) American`. Countries that are no more are none.
pub fn countries(text: &str) -> Vec<Country> {
    // Names with `and` or a comma in them first.
    if let Some(country) = country(text) {
        return vec![country];
    }
    let unbracketed: Vec<&str> =
        text.split('(').map(|part| part.split_once(')').map_or(part, |(_, rest)| rest)).collect();
    let mut found = Vec::new();
    for part in unbracketed
        .iter()
        .flat_map(|part| part.split([',', '/', ';']))
        .flat_map(|part| part.split(" and "))
        .flat_map(|part| part.split(". "))
        .take(50)
    {
        let words: Vec<&str> = part.split_whitespace().take(12).collect();
        // `allegedly Russian`, `Italian since 1990`.
        let some = (0..words.len()).flat_map(|from| (from + 1..=words.len()).rev().map(move |to| (from, to)));
        let country = some.take(100).find_map(|(from, to)| country(&words[from..to].join(" ")));
        found.extend(country.filter(|country| !found.contains(country)));
    }
    found
}

/// A country by name, code or adjective.
pub fn country(text: &str) -> Option<Country> {
    let text = text.trim().trim_matches(['.', '"', ':']).trim();
    let adjective = || {
        let lower = text.to_lowercase();
        let at = ADJECTIVES.binary_search_by(|(adjective, _)| (*adjective).cmp(lower.as_str())).ok()?;
        ADJECTIVES[at].1.parse().ok()
    };
    Country::named(text).or_else(adjective)
}

/// In order of the alphabet.
#[rustfmt::skip]
const ADJECTIVES: &[(&str, &str)] = &[
    ("afgan", "AF"), ("afghan", "AF"), ("albanian", "AL"), ("algerian", "DZ"), ("american", "US"), ("angolan", "AO"),
    ("argentine", "AR"), ("argentinian", "AR"), ("armenian", "AM"), ("australian", "AU"), ("austrian", "AT"),
    ("azerbaijani", "AZ"), ("bahraini", "BH"), ("bangladeshi", "BD"), ("belarusian", "BY"), ("belarussian", "BY"),
    ("belgian", "BE"), ("beninese", "BJ"), ("bolivian", "BO"), ("bosnian", "BA"), ("brazilian", "BR"),
    ("british", "GB"), ("bulgarian", "BG"), ("burkinabe", "BF"), ("burmese", "MM"), ("burundian", "BI"),
    ("cambodian", "KH"), ("cameroonian", "CM"), ("canadian", "CA"), ("central african", "CF"), ("chadian", "TD"),
    ("chilean", "CL"), ("chinese", "CN"), ("colombian", "CO"), ("comorian", "KM"), ("congolese", "CD"),
    ("costa rican", "CR"), ("croatian", "HR"), ("cuban", "CU"), ("cypriot", "CY"), ("czech", "CZ"), ("danish", "DK"),
    ("djiboutian", "DJ"), ("dominican", "DO"), ("dprk", "KP"), ("dutch", "NL"), ("ecuadorian", "EC"),
    ("egyptian", "EG"), ("emirati", "AE"), ("eritrean", "ER"), ("estonian", "EE"), ("ethiopian", "ET"),
    ("filipino", "PH"), ("finnish", "FI"), ("french", "FR"), ("gambian", "GM"), ("georgian", "GE"), ("german", "DE"),
    ("ghanaian", "GH"), ("greek", "GR"), ("guatemalan", "GT"), ("guinean", "GN"), ("haitian", "HT"),
    ("honduran", "HN"), ("hungarian", "HU"), ("indian", "IN"), ("indonesian", "ID"), ("iranian", "IR"),
    ("iraqi", "IQ"), ("irish", "IE"), ("israeli", "IL"), ("italian", "IT"), ("ivorian", "CI"), ("jamaican", "JM"),
    ("japanese", "JP"), ("jordanian", "JO"), ("kazakh", "KZ"), ("kazakhstani", "KZ"), ("kenyan", "KE"),
    ("kosovar", "XK"), ("kuwaiti", "KW"), ("kyrgyz", "KG"), ("laotian", "LA"), ("latvian", "LV"), ("lebanese", "LB"),
    ("liberian", "LR"), ("libyan", "LY"), ("lithuanian", "LT"), ("luxembourgish", "LU"), ("macedonian", "MK"),
    ("malagasy", "MG"), ("malawian", "MW"), ("malaysian", "MY"), ("maldivian", "MV"), ("malian", "ML"),
    ("maltese", "MT"), ("mauritanian", "MR"), ("mauritian", "MU"), ("mexican", "MX"), ("moldovan", "MD"),
    ("mongolian", "MN"), ("montenegrin", "ME"), ("moroccan", "MA"), ("mozambican", "MZ"), ("myanmar/ burma", "MM"),
    ("myanmar/burma", "MM"), ("namibian", "NA"), ("nepalese", "NP"), ("nepali", "NP"), ("nicaraguan", "NI"),
    ("nigerian", "NG"), ("nigerien", "NE"), ("north korean", "KP"), ("norwegian", "NO"), ("omani", "OM"),
    ("pakistani", "PK"), ("palestinian", "PS"), ("panamanian", "PA"), ("paraguayan", "PY"), ("peruvian", "PE"),
    ("polish", "PL"), ("portuguese", "PT"), ("qatari", "QA"), ("romanian", "RO"), ("russian", "RU"),
    ("rwandan", "RW"), ("salvadoran", "SV"), ("saudi", "SA"), ("saudi arabian", "SA"), ("senegalese", "SN"),
    ("serbian", "RS"), ("singaporean", "SG"), ("slovak", "SK"), ("slovenian", "SI"), ("somali", "SO"),
    ("south african", "ZA"), ("south korean", "KR"), ("south sudanese", "SS"), ("spanish", "ES"),
    ("sri lankan", "LK"), ("sudanese", "SD"), ("swedish", "SE"), ("swiss", "CH"), ("syrian", "SY"),
    ("taiwanese", "TW"), ("tajik", "TJ"), ("tanzanian", "TZ"), ("thai", "TH"), ("togolese", "TG"), ("tunisian", "TN"),
    ("turkish", "TR"), ("turkmen", "TM"), ("ugandan", "UG"), ("ukrainian", "UA"), ("uruguayan", "UY"),
    ("uzbek", "UZ"), ("venezuelan", "VE"), ("vietnamese", "VN"), ("yemeni", "YE"), ("zambian", "ZM"),
    ("zimbabwean", "ZW"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nationalities_are_read_as_lists_write_them() {
        assert!(ADJECTIVES.is_sorted());
        assert!(ADJECTIVES.iter().all(|(_, code)| code.parse::<Country>().is_ok()));
        for (text, expected) in [
            ("Russian", "RU"),
            ("Myanmar/Burma", "MM"),
            ("Ukrainian, Russian", "UA RU"),
            ("Russian and Ukrainian", "RU UA"),
            ("Iranian and US", "IR US"),
            ("Trinidad and Tobago", "TT"),
            ("Korea, North", "KP"),
            ("(a) Jordanian (b) American", "JO US"),
            ("allegedly Russian", "RU"),
            ("Italian since 1990", "IT"),
            ("Syrian (presumed)", "SY"),
            ("(presumed)", ""),
            ("DPRK.", "KP"),
            ("stateless", ""),
            ("", ""),
        ] {
            let found: Vec<String> = countries(text).iter().map(ToString::to_string).collect();
            assert_eq!(found.join(" "), expected, "{text}");
        }
    }
}
