//! What OFAC packs into the remarks of its CSV files: `DOB 15 May 1949; nationality Iran; Passport X1 (Iran)`.

use super::super::{birth, number};
use crate::entry::{Entry, NameKind};

pub fn read(entry: &mut Entry, remarks: &str) {
    for part in remarks.trim_end_matches('.').split("; ") {
        let part = part.trim().trim_start_matches("alt. ").trim_end_matches('.');
        read_part(entry, part);
    }
}

fn read_part(entry: &mut Entry, part: &str) {
    let after = |prefix: &str| part.strip_prefix(prefix).map(str::trim);
    if let Some(text) = after("DOB ") {
        birth::add(entry, text);
    } else if let Some(place) = after("POB ") {
        entry.add_birth_place([place]);
    } else if let Some(country) = after("nationality ").or(after("citizen ")) {
        entry.add_nationality(country);
    } else if let Some(gender) = after("Gender ") {
        entry.add_gender(gender);
    } else if let Some(text) = after("Digital Currency Address - ") {
        let (currency, address) = text.split_once(' ').unwrap_or(("", text));
        entry.add_wallet(currency, address);
    } else if let Some(name) = after("a.k.a. ").or(after("n.k.a. ")) {
        // A name in the remarks is one that the publisher holds too common for its file of aliases.
        entry.add_name(quoted(name), NameKind::WeakAlias);
    } else if let Some(name) = after("f.k.a. ") {
        entry.add_name(quoted(name), NameKind::Former);
    } else if let Some(code) = after("SWIFT/BIC ") {
        number::add(entry, "SWIFT/BIC", code, "");
    } else if is_number(part) {
        number::add(entry, "", part, "");
    }
}

/// `'ABU X' (Arabic: …)`
fn quoted(name: &str) -> &str {
    let closed = name.strip_prefix('\'').and_then(|rest| rest.rsplit_once('\''));
    closed.map_or(name.trim_matches(['\'', '"']), |(inside, _)| inside)
}

/// Whether the words before the first digit say that a number of a document or register follows.
fn is_number(part: &str) -> bool {
    const KINDS: [&str; 24] = [
        "Passport",
        " ID",
        "No.",
        "No ",
        "Number",
        "Identificat",
        "Identidad",
        "Registration",
        "Cedula",
        "C.U.R.P.",
        "R.F.C.",
        "D.N.I.",
        "N.I.E.",
        "SSN",
        "Driver",
        "NIT",
        "RUC",
        "RTN",
        "MMSI",
        "License",
        "Matricula",
        "Code",
        "Card",
        "Tail",
    ];
    let label = part.split(|letter: char| letter.is_ascii_digit()).next().unwrap_or("");
    let is_no_number = number::NO_NUMBERS.iter().any(|word| part.starts_with(word));
    part.len() < 200 && !is_no_number && KINDS.iter().any(|kind| label.contains(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_remarks_keep_their_kind_and_country() {
        for (part, expected) in [
            ("Tax ID No. 7744001497 (Russia)", "Tax ID No. 7744001497 RU"),
            ("Passport A755350 (Saudi Arabia) issued 05 May 2001", "Passport A755350 SA"),
            ("Passport D366 871 (Jordan)", "Passport D366 871 JO"),
            ("Vessel Registration Identification IMO 7406784", "IMO 7406784"),
            ("MMSI 572469210", "MMSI 572469210"),
            ("Cedula No. 6068015 (Colombia)", "Cedula No. 6068015 CO"),
            ("NIT # 800018928-0 (Colombia)", "NIT 800018928-0 CO"),
            ("C.R. No. 66488 (United Arab Emirates)", "C.R. No. 66488 AE"),
            ("D.N.I. 78.865.882 (Spain)", "D.N.I. 78.865.882 ES"),
            (
                "Aircraft Construction Number (also called L/N or S/N or F/N) 8305",
                "Aircraft Construction Number 8305",
            ),
            (
                "Aircraft Manufacturer's Serial Number (MSN) 1013409297",
                "Aircraft Manufacturer's Serial Number 1013409297",
            ),
            ("Aircraft Tail Number EP-MMH", ""),
            (
                "Legal Entity Number 253400V1H6ART1UQ0N98 (Russia)",
                "Legal Entity Number 253400V1H6ART1UQ0N98 RU",
            ),
            ("SWIFT/BIC KHBAKPPY", "SWIFT/BIC KHBAKPPY"),
            ("Phone Number 982188526300", ""),
            ("Linked To: 7TH OF TIR", ""),
            ("Organization Established Date 1969", ""),
            ("Identification Number IMO 5342883", "IMO 5342883"),
        ] {
            let mut entry = Entry::default();

            read(&mut entry, part);

            let found = entry.identifiers.iter().map(|number| {
                let country = number.country.map_or(String::new(), |country| format!(" {country}"));
                format!("{} {}{}", number.kind, number.value, country)
            });
            assert_eq!(found.collect::<Vec<_>>().join(", "), expected, "{part}");
        }
    }

    #[test]
    fn names_in_remarks_are_weak() {
        let mut entry = Entry::default();

        read(
            &mut entry,
            "DOB circa 1951; a.k.a. 'ABU X' (Arabic: x); alt. f.k.a. 'OLD'; POB Qom, Iran; citizen Iran.",
        );

        let names: Vec<_> = entry.names.iter().map(|name| (name.text.as_str(), name.kind)).collect();
        assert_eq!(names, [("ABU X", NameKind::WeakAlias), ("OLD", NameKind::Former)]);
        assert!(entry.birth_spans[0].circa);
        assert_eq!((entry.birth_places[0].as_str(), entry.nationalities.len()), ("Qom, Iran", 1));
    }
}
