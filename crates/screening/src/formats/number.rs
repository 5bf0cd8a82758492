//! Numbers of documents and registers taken out of the prose that lists put around them.

use terms::Country;

use super::nationality::country;
use crate::entry::Entry;

const NUMBERS_MAX: usize = 100;

/// Adds every number in a cell such as `96 03 464086 (Russian passport issued on 1.6.2003); AB 12345, issued in
/// Iran`. `kind` is what the column says; a note beside a number may say it better.
pub fn add_all(entry: &mut Entry, kind: &str, text: &str) {
    let parts = text
        .split(';')
        .flat_map(enumerated)
        .flat_map(|part| part.split(" / "))
        .flat_map(|part| part.split(" and "));
    for part in parts.take(NUMBERS_MAX) {
        add(entry, kind, part, "");
    }
}

/// Adds what a list of American numbers states under a kind: most are numbers, some a wallet, a gender, a web site.
pub fn add_stated(entry: &mut Entry, kind: &str, value: &str, country: &str) {
    let kind = kind.trim().trim_end_matches(" -").trim_end_matches(':');
    if let Some(currency) = kind.strip_prefix("Digital Currency Address - ") {
        return entry.add_wallet(currency, value);
    }
    match kind {
        "Gender" => entry.add_gender(value),
        _ if NO_NUMBERS.iter().any(|word| kind.starts_with(word)) => entry.add_detail(kind, value),
        _ => add(entry, kind, value, country),
    }
}

/// How kinds begin that are no numbers of a document or register.
pub const NO_NUMBERS: [&str; 28] = [
    "Additional Sanctions",
    "Aircraft Manufacture Date",
    "Aircraft Model",
    "Aircraft Operator",
    "BIK",
    "CAATSA",
    "Effective Date",
    "Email",
    "Executive Order",
    "Fax",
    "For more information",
    "Former Vessel Flag",
    "IFCA",
    "Linked To",
    "Listing Date",
    "Member",
    "Nationality of Registration",
    "Organization",
    "Other Vessel",
    "PEESA",
    "Phone",
    "Prohibited",
    "Secondary sanctions",
    "Target Type",
    "Telephone",
    "Transactions Prohibited",
    "Vessel Year",
    "Website",
];

/// Adds the number in a text that holds one. Where `kind` is empty, the words before the number say it.
pub fn add(entry: &mut Entry, kind: &str, text: &str, country: &str) {
    let (head, notes) = parted(text);
    let (label, value) = label_and_value(&head);
    let value = value.trim_matches([',', '.', ':', ' ', '"']).trim();
    let is_code =
        value.len() >= 8 && value.bytes().all(|byte| byte.is_ascii_uppercase()) && is_bank_code(kind);
    if !is_code && !value.chars().any(|letter| letter.is_ascii_digit()) {
        return;
    }
    let country = if country.is_empty() {
        country_in(&label).or_else(|| country_in(&notes))
    } else {
        Country::named(country)
    };
    let country = country.map_or(String::new(), |country| country.code().to_owned());
    // The label is the publisher's own word for the kind, unless the number is one of a ship.
    let kind = match kind {
        "" if label.ends_with("IMO") => "IMO".to_owned(),
        "" => kind_of(&label, &notes),
        _ => kind_of(kind, &format!("{label} {notes}")),
    };
    entry.add_identifier(&kind, value, &country);
}

fn is_bank_code(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    kind.contains("swift") || kind.contains("bic")
}

/// Parts of `(a) …, (b) …` or `a) … b) …`; the whole text where nothing is counted up.
pub fn enumerated(text: &str) -> Vec<&str> {
    let mut starts = Vec::new();
    for (at, _) in text.match_indices(')') {
        let before = &text[..at];
        let Some(letter) = before.chars().next_back().filter(char::is_ascii_lowercase) else { continue };
        let mut start = at - letter.len_utf8();
        if text[..start].ends_with('(') {
            start -= 1;
        }
        let is_apart =
            text[..start].chars().next_back().is_none_or(|before| before.is_whitespace() || before == ',');
        let rest_is_apart = text[at + 1..].starts_with([' ', ',']);
        // The first is `(a)`, though some forget to write it.
        if is_apart && rest_is_apart && letter <= 'z' && usize::from(letter as u8 - b'a') <= starts.len() + 1
        {
            starts.push((start, at + 1));
        }
    }
    let Some(&(first, _)) = starts.first() else { return vec![text] };
    let ends = starts.iter().skip(1).map(|(start, _)| *start).chain([text.len()]);
    let counted = starts.iter().zip(ends).map(|((_, from), to)| &text[*from..to]);
    let parts = [&text[..first]].into_iter().chain(counted);
    parts.map(|part| part.trim().trim_matches(',').trim()).filter(|part| !part.is_empty()).collect()
}

/// What comes before notes in brackets and words of issue and expiry, and the notes. A bracket around a letter or
/// two belongs to the number.
fn parted(text: &str) -> (String, String) {
    let (mut head, mut notes, mut rest) = (String::new(), String::new(), text);
    while let Some(open) = rest.find('(') {
        let inside = &rest[open + 1..];
        let close = inside.find(')').unwrap_or(inside.len());
        let after = inside.get(close + 1..).unwrap_or("");
        let is_note = open > 0 && rest[..open].ends_with(' ') && inside[..close].chars().count() > 2;
        head.push_str(if is_note { &rest[..open] } else { &rest[..(open + close + 2).min(rest.len())] });
        if is_note {
            notes.push_str(&inside[..close]);
            notes.push(' ');
        }
        rest = after;
    }
    head.push_str(rest);
    const ENDS: [&str; 8] =
        [" issued", ", issue", " expire", " expir", " valid", ", valid", " on ", ", date of"];
    let lower = head.to_ascii_lowercase();
    if let Some(at) = ENDS.iter().filter_map(|end| lower.find(end)).min() {
        notes.push_str(&head[at..]);
        head.truncate(at);
    }
    (head, notes)
}

/// Words before the number say what it is or whose: `Travel document: U0002974`, `Yemen number 05274639`. Up to
/// two letters belong to the number, as a series does.
fn label_and_value(head: &str) -> (String, String) {
    let (label, head) = match head.rsplit_once(": ").or_else(|| head.rsplit_once("# ")) {
        Some((label, rest)) if !label.chars().any(|letter| letter.is_ascii_digit()) => (label, rest),
        _ => ("", head),
    };
    let words: Vec<&str> = head.split_whitespace().collect();
    let is_label = |word: &&str| {
        let letters = word.trim_end_matches(['.', ':', ',']);
        let lower = letters.to_ascii_lowercase();
        let is_series = letters.len() <= 4 && letters.bytes().all(|byte| byte.is_ascii_uppercase());
        if is_series {
            return ABBREVIATIONS.contains(&letters) || letters == "ID";
        }
        let is_word = letters.chars().all(|letter| letter.is_alphabetic() || "'’-.".contains(letter));
        is_word && letters.chars().count() > 2
            || matches!(lower.as_str(), "no" | "nr" | "id" | "of" | "n°" | "№")
    };
    let until = words.iter().position(|word| !is_label(word)).unwrap_or_default();
    (format!("{label} {}", words[..until].join(" ")).trim().to_owned(), words[until..].join(" "))
}

/// Short words in capitals that are no series of a number.
const ABBREVIATIONS: [&str; 16] = [
    "CUI", "CURP", "DPRK", "DRC", "IMO", "INN", "ITIN", "MMSI", "NIF", "NIT", "OGRN", "RFC", "RUC", "TIN",
    "UAE", "USA",
];

fn kind_of(kind: &str, notes: &str) -> String {
    const KINDS: [(&str, &str); 16] = [
        ("imo", "IMO"),
        ("mmsi", "MMSI"),
        ("passport", "Passport"),
        ("ogrn", "OGRN"),
        ("tax id", "Tax ID"),
        ("tin", "Tax ID"),
        ("inn", "INN"),
        ("itin", "Tax ID"),
        ("travel document", "Travel document"),
        ("driving licence", "Driving licence"),
        ("driver", "Driving licence"),
        ("voter", "Voter ID"),
        ("lei", "LEI"),
        ("national id", "National ID"),
        ("identification", "Identification"),
        ("identity card", "National ID"),
    ];
    let notes = notes.to_lowercase();
    let has_word = |words: &str| {
        notes.match_indices(words).any(|(at, _)| {
            let before = notes[..at].chars().next_back();
            let after = notes[at + words.len()..].chars().next();
            before.is_none_or(|letter| !letter.is_alphabetic())
                && after.is_none_or(|letter| !letter.is_alphabetic())
        })
    };
    KINDS.iter().find(|(words, _)| has_word(words)).map_or(kind, |(_, kind)| kind).to_owned()
}

/// The first country that the note names, by itself or by its adjective.
fn country_in(note: &str) -> Option<Country> {
    let words: Vec<&str> = note
        .split(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ')' | '(' | ';' | ':'))
        .filter(|word| !word.is_empty())
        .take(40)
        .collect();
    (0..words.len()).find_map(|from| {
        let longest = words.len().min(from + 5);
        (from + 1..=longest).rev().find_map(|to| {
            let name = words[from..to].join(" ");
            // Codes of two or three letters are words too often, and so is what begins small.
            let letters = name.chars().filter(|letter| letter.is_alphabetic()).count();
            let is_name = name.starts_with(char::is_uppercase) && letters > 3;
            let long_enough = is_name || matches!(name.as_str(), "UAE" | "USA" | "DRC" | "DPRK" | "UK");
            country(&name).filter(|_| long_enough)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_taken_out_of_the_prose_around_them() {
        for (text, expected) in [
            ("1084010", "P 1084010"),
            ("96 03 464086 (Russian passport number issued on 1.6.2003)", "Passport 96 03 464086 RU"),
            ("381210143 (expiration date: 3.6.2016)", "P 381210143"),
            ("381120660 expires 25.3.2016.", "P 381120660"),
            ("645120378 (issued by the DPRK)", "P 645120378 KP"),
            ("C2002515 (Iran); 477845448 (USA)", "P C2002515 IR, P 477845448 US"),
            ("008827, issued in Iran", "P 008827 IR"),
            (
                "(a) 101423404, (b) 2541451 (Kuwaiti passport which expires on 16.2.2017), (c) 002327881",
                "P 101423404, Passport 2541451 KW, P 002327881",
            ),
            ("a) Jordan 654781 (approximately issued in 2009) b) Jordan 286062", "P 654781 JO, P 286062 JO"),
            ("Yemen number 05274639, issued on 7.10.2013 (Expiration date: 7.10.2019)", "P 05274639 YE"),
            (
                "Travel document: U0002974, valid until 18.3.2031; 001631077",
                "Travel document U0002974, P 001631077",
            ),
            ("MB132403 (Myanmar/Burma) issued 7.5.2015", "P MB132403 MM"),
            ("7718676447 (Tax ID/INN)", "Tax ID 7718676447"),
            ("1021601627090 on 25.11.2002", "P 1021601627090"),
            ("6441013942 / 644101001", "P 6441013942, P 644101001"),
            ("1 402 015 986", "P 1 402 015 986"),
            ("IMO 5122966", "IMO 5122966"),
            ("OB 0243318", "P OB 0243318"),
            ("12/La Ma Na (N) 89 489", "P 12/La Ma Na (N) 89 489"),
            ("12/THAGAKA(NAING)012432", "P 12/THAGAKA(NAING)012432"),
            ("AABA 670850 Y.", "P AABA 670850 Y"),
            ("unknown", ""),
            ("(", ""),
            ("(a)", ""),
        ] {
            let mut entry = Entry::default();

            add_all(&mut entry, "P", text);

            let found = entry.identifiers.iter().map(|number| {
                let country = number.country.map_or(String::new(), |country| format!(" {country}"));
                format!("{} {}{}", number.kind, number.value, country)
            });
            let found = found.collect::<Vec<_>>().join(", ");
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn codes_of_banks_need_no_digit() {
        let mut entry = Entry::default();

        add_all(&mut entry, "SWIFT/BIC", "KHJBSDKH and 5040942458");

        let values: Vec<&str> = entry.identifiers.iter().map(|number| number.value.as_str()).collect();
        assert_eq!(values, ["KHJBSDKH", "5040942458"]);
    }
}
