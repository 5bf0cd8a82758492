//! One line asked of the lists, or one pair of parties: read, answered, and told what of it was not compared.

use domain::access::LineError;
use screening::{Comparison, Gender, Hit, Index, NAME_LETTERS_MAX, Query, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use terms::{Country, PartialDate};

/// Names of one party that somebody may ask for; more are refused. The engine itself compares all that it is given.
pub const NAMES_MAX: usize = 1_000;

/// How many hits an answer has, and from which score on.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// 0 to 1; `None` for the calibrated default.
    pub threshold: Option<f64>,
    pub top: usize,
    pub mode: Mode,
}

/// How names are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Our engine. Nothing else ever decides anything.
    #[default]
    Precise,
    /// As the Treasury's public search scores, for comparing with it.
    Ofac,
}

impl Mode {
    fn is_precise(&self) -> bool {
        *self == Self::Precise
    }
}

impl std::str::FromStr for Mode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "precise" => Ok(Self::Precise),
            "ofac" => Ok(Self::Ofac),
            _ => Err("a mode is `precise` or `ofac`"),
        }
    }
}

#[derive(Serialize)]
pub struct QueryAnswer {
    /// Left out where it is the engine's own.
    #[serde(skip_serializing_if = "Mode::is_precise")]
    pub mode: Mode,
    pub hits: Vec<Hit>,
    /// Fields of which a value was not compared, because it cannot be read. The rest of the party was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_compared: Vec<&'static str>,
}

#[derive(Serialize)]
pub struct PairAnswer {
    #[serde(flatten)]
    pub comparison: Comparison,
    /// As in [`QueryAnswer`], such as `a.birth_date`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_compared: Vec<String>,
}

/// Answers one line of queries. What is asked is compared and kept nowhere.
pub fn answer_query(index: &Index, fields: Value, wanted: Wanted) -> Result<QueryAnswer, LineError> {
    let query = parse_query(fields)?;
    let screen = match wanted.mode {
        Mode::Precise => screening::screen,
        Mode::Ofac => screening::screen_as_ofac,
    };
    let hits = screen(index, &query, wanted.threshold, wanted.top);
    Ok(QueryAnswer { mode: wanted.mode, hits, not_compared: not_compared(&query) })
}

/// Answers one line of pairs: `a` against `b`.
pub fn answer_pair(mut fields: Value) -> Result<PairAnswer, LineError> {
    let mut party = |name: &str| {
        let given = fields.get_mut(name).map(Value::take).filter(Value::is_object);
        let given = given.ok_or_else(|| LineError::new("missing_field", format!("`{name}` is missing")))?;
        parse_query(given).map_err(|error| LineError::new(&error.code, format!("`{name}`: {}", error.detail)))
    };
    let (a, b) = (party("a")?, party("b")?);
    let comparison = screening::compare(&a, &b);
    let of = |name: &'static str, query| {
        not_compared(query).into_iter().map(move |field| format!("{name}.{field}"))
    };
    Ok(PairAnswer { comparison, not_compared: of("a", &a).chain(of("b", &b)).collect() })
}

/// One party of a line: at least a name or a wallet.
fn parse_query(fields: Value) -> Result<Query, LineError> {
    let query: Query = serde_json::from_value(fields)
        .map_err(|error| LineError::new("bad_field", crate::wording::without_values(&error)))?;
    if query.names.iter().all(|name| name.trim().is_empty()) && query.wallets.is_empty() {
        return Err(LineError::new("missing_field", "`names` is missing or empty"));
    }
    if query.names.len() > NAMES_MAX {
        return Err(LineError::new("too_many", format!("at most {NAMES_MAX} `names` of one party")));
    }
    Ok(query)
}

/// A detail that cannot be read stops no comparison, but whoever gave it learns that it did not count.
fn not_compared(query: &Query) -> Vec<&'static str> {
    let is_date = |text: &String| text.trim().parse::<PartialDate>().is_ok();
    let is_whole = |name: &String| name.chars().count() <= NAME_LETTERS_MAX;
    let fields = [
        ("names", query.names.iter().all(is_whole)),
        ("schema", query.schema.iter().all(|text| Schema::known(text).is_some())),
        ("birth_date", query.birth_date.iter().all(is_date)),
        ("countries", query.countries.iter().all(|text| Country::named(text).is_some())),
        ("genders", query.genders.iter().all(|text| Gender::named(text).is_some())),
    ];
    fields.into_iter().filter(|(_, is_read)| !is_read).map(|(field, _)| field).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn index() -> Index {
        Index::new(vec![screening::fictional()])
    }

    const WANTED: Wanted = Wanted { threshold: None, top: 10, mode: Mode::Precise };

    /// CIP-23: no limit of ours hides a listed name.
    #[test]
    fn a_listed_name_is_found_wherever_it_stands_among_the_names_of_a_party() {
        let (index, listed) = (index(), screening::fictional().entries[0].clone());
        let mut names: Vec<String> =
            (0..500).map(|number| format!("Nobody{number} Nowhere{number}")).collect();
        for place in [0, 99, 100, 499] {
            let before = std::mem::replace(&mut names[place], listed.caption().to_owned());

            let found = answer_query(&index, json!({ "names": names }), WANTED).ok().unwrap().hits;
            let pair = json!({ "a": { "names": names }, "b": { "names": [listed.caption()] } });
            let compared = answer_pair(pair).ok().unwrap();

            assert_eq!(found[0].entry_id, listed.entry_id, "at {place}");
            assert!(compared.comparison.is_match, "at {place}");
            names[place] = before;
        }
        names.resize(NAMES_MAX + 1, "Nobody".to_owned());
        let refused = answer_query(&index, json!({ "names": names }), WANTED).err().unwrap();
        assert_eq!(refused.code, "too_many");
    }

    /// Signs that nobody sees hide nobody, and what is long is compared as far as it goes.
    #[test]
    fn signs_that_nobody_sees_hide_no_listed_name() {
        let (index, listed) = (index(), screening::fictional().entries[0].clone());
        let found = |name: String| {
            let query = json!({ "names": [name], "schema": "Person" });
            answer_query(&index, query, WANTED).ok().unwrap().hits
        };
        let name = listed.caption();
        let (first, rest) = name.split_at(2);
        let plain = found(name.to_owned());
        for sign in [
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{2060}',
            '\u{feff}',
            '\u{ad}',
            '\u{202e}',
            '\u{202a}',
            '\u{2067}',
            '\u{200e}',
            '\u{200f}',
            '\u{61c}',
            '\u{34f}',
            '\u{180e}',
            '\u{fe0f}',
            '\u{3164}',
            '\u{e0041}',
        ] {
            for hidden in [format!("{first}{sign}{rest}"), format!("{sign}{name}{sign}")] {
                let hits = found(hidden);
                let same = hits.first().map(|hit| (&hit.entry_id, hit.score));
                assert_eq!(same, Some((&plain[0].entry_id, plain[0].score)), "U+{:04X}", u32::from(sign));
            }
        }
        for blank in ["\u{200b}", " ", "\u{3000}\n"] {
            assert_eq!(found(format!("{}{name}", blank.repeat(5_000)))[0].score, plain[0].score, "{blank:?}");
        }
        for filler in ["x", "x ", "Ann ", "王", "\u{202e}", "\u{301}", "Ltd "] {
            let long = filler.repeat(10_000 / filler.len());
            assert!(long.len() > 9_000 && found(long).len() <= 1, "{filler}");
        }
    }

    #[test]
    fn what_cannot_be_read_of_a_party_is_named_and_the_rest_is_compared() {
        let cases = [
            (json!({ "birth_date": "1952-10-07", "countries": ["RU", "Russia"], "genders": ["f"] }), vec![]),
            (json!({ "birth_date": "07.10.1952" }), vec!["birth_date"]),
            (json!({ "birth_date": "1952-13" }), vec!["birth_date"]),
            (json!({ "schema": "Companyy" }), vec!["schema"]),
            (json!({ "names": ["x".repeat(1_001)] }), vec!["names"]),
            (json!({ "schema": "LegalEntity", "countries": ["RU", "Ruritania"] }), vec!["countries"]),
            (json!({ "schema": "Thing", "genders": ["unknown"] }), vec!["schema", "genders"]),
        ];
        for (mut given, expected) in cases {
            let name = screening::fictional().entries[0].caption().to_owned();
            given["names"] =
                given["names"].as_array().into_iter().flatten().cloned().chain([name.into()]).collect();

            let answer = answer_query(&index(), given.clone(), WANTED).ok().unwrap();
            let pair = answer_pair(json!({ "a": { "names": ["Ada"] }, "b": given })).ok().unwrap();

            assert_eq!(answer.not_compared, expected, "{given}");
            assert!(expected.contains(&"schema") || !answer.hits.is_empty(), "{given}");
            assert_eq!(pair.not_compared.len(), expected.len(), "{given}");
        }
    }
}
