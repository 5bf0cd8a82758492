//! Parties as the FollowTheMoney model describes them: what clients of other matching services send and read.

use std::collections::BTreeMap;

use screening::{Entry, Gender, IdNumber, NameKind, Query, Schema};

/// Texts by the model's name of their property.
pub type Properties = BTreeMap<String, Vec<String>>;

/// Schemata that an entry of a list can be. `Thing` and `Vehicle` leave open which; a wallet is asked for by its
/// `publicKey`.
pub const SCHEMATA: &[&str] = &[
    "Airplane",
    "Company",
    "CryptoWallet",
    "LegalEntity",
    "Organization",
    "Person",
    "PublicBody",
    "Thing",
    "Vehicle",
    "Vessel",
];

const NAMES: &[&str] = &["name", "alias", "weakAlias", "previousName"];

/// A name in parts, in the order in which they are said.
const NAME_PARTS: &[&str] = &["firstName", "secondName", "middleName", "fatherName", "lastName"];

const COUNTRIES: &[&str] = &["country", "nationality", "citizenship", "jurisdiction", "mainCountry", "flag"];

const NUMBERS: &[&str] = &[
    "idNumber",
    "passportNumber",
    "registrationNumber",
    "taxNumber",
    "vatCode",
    "innCode",
    "ogrnCode",
    "kppCode",
    "leiCode",
    "uscCode",
    "dunsCode",
    "uniqueEntityId",
    "socialSecurityNumber",
    "imoNumber",
    "mmsi",
    "callSign",
    "serialNumber",
    "swiftBic",
];

/// The party as the engine is asked for it. Properties that no list is compared by are left out; of several birth
/// dates the first counts. `None` where nothing is left that could find anybody.
pub fn query_of(schema: &str, properties: &Properties) -> Option<Query> {
    let of = |name: &str| properties.get(name).map_or(&[][..], Vec::as_slice);
    let all = |names: &[&str]| -> Vec<String> {
        let texts = names.iter().flat_map(|name| of(name)).map(|text| text.trim());
        texts.filter(|text| !text.is_empty()).map(str::to_owned).collect()
    };
    let mut names = all(NAMES);
    names.extend(name_of_parts(&of));
    let numbers = NUMBERS.iter().flat_map(|kind| {
        let of_kind = all(&[kind]).into_iter();
        of_kind.map(|value| IdNumber { country: None, kind: Some((*kind).to_owned()), value })
    });
    let query = Query {
        id: String::new(),
        schema: Some(schema.to_owned()),
        names,
        birth_date: of("birthDate").first().cloned(),
        countries: all(COUNTRIES),
        genders: all(&["gender"]),
        id_numbers: numbers.collect(),
        addresses: all(&["address"]),
        wallets: all(&["publicKey"]),
    };
    let finds = !(query.names.is_empty() && query.id_numbers.is_empty() && query.wallets.is_empty());
    finds.then_some(query)
}

/// The first of each part; `None` without a family name and one more.
fn name_of_parts<'a>(of: &impl Fn(&str) -> &'a [String]) -> Option<String> {
    let parts = NAME_PARTS.iter().filter_map(|part| of(part).first());
    let parts: Vec<&str> = parts.map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
    (!of("lastName").is_empty() && parts.len() > 1).then(|| parts.join(" "))
}

/// What is on record of an entry. Our lists do not tell nationality from residence, so both are `country`.
pub fn properties_of(entry: &Entry) -> Properties {
    let mut properties = Properties::new();
    let mut add = |name: &str, text: String| {
        let texts: &mut Vec<String> = properties.entry(name.to_owned()).or_default();
        if !text.is_empty() && !texts.contains(&text) {
            texts.push(text);
        }
    };
    for name in &entry.names {
        let property = match name.kind {
            NameKind::Primary => "name",
            NameKind::Alias => "alias",
            NameKind::WeakAlias => "weakAlias",
            NameKind::Former => "previousName",
        };
        add(property, name.text.clone());
    }
    entry.birth_dates.iter().for_each(|date| add("birthDate", date.to_string()));
    entry.countries.iter().for_each(|country| add("country", country.code().to_lowercase()));
    for gender in &entry.genders {
        add("gender", if *gender == Gender::Female { "female" } else { "male" }.to_owned());
    }
    for identifier in &entry.identifiers {
        add(number_property(&identifier.kind), identifier.value.clone());
    }
    entry.addresses.iter().for_each(|address| add("address", address.clone()));
    entry.wallets.iter().for_each(|wallet| add("publicKey", wallet.address.clone()));
    entry.programs.iter().for_each(|program| add("program", program.clone()));
    add("notes", entry.remarks.clone());
    properties.retain(|_, texts| !texts.is_empty());
    properties
}

/// The property that a number stands under, by the publisher's word for its kind.
fn number_property(kind: &str) -> &'static str {
    if let Some(known) = NUMBERS.iter().find(|known| **known == kind) {
        return known;
    }
    let kind = kind.to_lowercase();
    let words: Vec<&str> = kind.split(|letter: char| !letter.is_alphanumeric()).collect();
    let says = |word: &str| words.contains(&word);
    match () {
        () if says("passport") => "passportNumber",
        () if says("imo") => "imoNumber",
        () if says("mmsi") => "mmsi",
        () if says("sign") => "callSign",
        () if says("swift") || says("bic") => "swiftBic",
        () if says("lei") => "leiCode",
        () if says("tax") || says("vat") || says("fiscal") => "taxNumber",
        () if says("registration") || says("company") || says("business") => "registrationNumber",
        () => "idNumber",
    }
}

/// The model's name of what an entry describes.
pub fn schema_of(entry: &Entry) -> &'static str {
    match entry.schema {
        Schema::Person => "Person",
        Schema::Organization => "Organization",
        Schema::Company => "Company",
        Schema::LegalEntity => "LegalEntity",
        Schema::Vessel => "Vessel",
        Schema::Airplane => "Airplane",
    }
}

#[cfg(test)]
mod tests {
    use screening::{Identifier, Name};

    use super::*;

    fn properties(pairs: &[(&str, &[&str])]) -> Properties {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        pairs.iter().map(|(name, values)| ((*name).to_owned(), texts(values))).collect()
    }

    #[test]
    fn a_party_is_asked_for_by_all_that_lists_are_compared_by() {
        let query = query_of(
            "Person",
            &properties(&[
                ("name", &["Ada Lovelace", " "]),
                ("weakAlias", &["Ada"]),
                ("firstName", &["Augusta"]),
                ("middleName", &["Ada"]),
                ("lastName", &["King"]),
                ("birthDate", &["1815-12-10", "1815"]),
                ("nationality", &["gb"]),
                ("passportNumber", &["X 123"]),
                ("publicKey", &["0xabc"]),
                ("eyeColor", &["brown"]),
            ]),
        );

        let query = query.unwrap();
        assert_eq!(query.names, ["Ada Lovelace", "Ada", "Augusta Ada King"]);
        assert_eq!(query.birth_date.as_deref(), Some("1815-12-10"));
        assert_eq!((&query.countries[..], &query.wallets[..]), (&["gb".into()][..], &["0xabc".into()][..]));
        assert_eq!(query.id_numbers[0].kind.as_deref(), Some("passportNumber"));
    }

    #[test]
    fn a_party_that_could_find_nobody_is_none() {
        let cases: &[&[(&str, &[&str])]] =
            &[&[], &[("name", &[" "])], &[("birthDate", &["1815"])], &[("lastName", &["King"])]];
        for case in cases {
            assert!(query_of("Person", &properties(case)).is_none(), "{case:?}");
        }
        assert!(query_of("Vessel", &properties(&[("imoNumber", &["9123456"])])).is_some());
    }

    #[test]
    fn numbers_stand_under_the_property_that_the_publishers_word_means() {
        let cases = [
            ("Passport", "passportNumber"),
            ("leiCode", "leiCode"),
            ("Vessel Registration Identification IMO", "imoNumber"),
            ("Call sign", "callSign"),
            ("Tax ID No.", "taxNumber"),
            ("Business Registration Number", "registrationNumber"),
            ("SWIFT/BIC", "swiftBic"),
            ("Cedula No.", "idNumber"),
            ("", "idNumber"),
        ];
        for (kind, expected) in cases {
            assert_eq!(number_property(kind), expected, "{kind}");
        }
    }

    #[test]
    fn an_entry_is_shown_by_the_models_properties() {
        let name = |text: &str, kind| Name { text: text.to_owned(), kind };
        let entry = Entry {
            schema: Schema::Vessel,
            names: vec![name("DAWN", NameKind::Primary), name("DUSK", NameKind::Former)],
            countries: vec!["PA".parse().unwrap()],
            identifiers: vec![Identifier { country: None, kind: "IMO".into(), value: "9123456".into() }],
            ..Entry::default()
        };

        let expected = properties(&[
            ("country", &["pa"]),
            ("imoNumber", &["9123456"]),
            ("name", &["DAWN"]),
            ("previousName", &["DUSK"]),
        ]);
        assert_eq!(properties_of(&entry), expected);
        assert!(SCHEMATA.contains(&schema_of(&entry)));
    }
}
