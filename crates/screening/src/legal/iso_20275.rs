//! `data/legal_forms.tsv` made of the code list of ISO 20275. With `TENANTRY_BLESS=1` and `TENANTRY_LISTS` the file is
//! written, else it is compared; without the list neither is done.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    io::Read,
    path::Path,
};

use super::{BY_HAND, Concept, by_hand, is_short, is_undivided, key, spellings, stand_before};
use crate::text::words;

const FILE: &str = "reference/gleif_elf_codes_1.4.1.csv.gz";

/// Beginnings of words by which a form's concept is told, in the order in which they are asked. None for forms whose
/// words tell more of a name than what kind of party it is: banks, churches, schools.
const TOLD_BY: &[(Option<Concept>, &str)] = &[
    (Some(Concept::Branch), "branch filial sucursal succursale zweigniederlassung niederlassung"),
    (
        None,
        "foreign extraprovincial inostrann auslandisch etranger etrangere estrangeir extranjer buitenlandse",
    ),
    (
        None,
        "bank sparbank savings insurance versicherung forsakring strakhov assurance seguro mutual mutua fund fonds",
    ),
    (None, "church religi school skola ecole university credit pension housing political partija partii"),
    (
        Some(Concept::Cooperative),
        "cooperat cooperativ kooperat genossenschaft andels osuuskunta spoldziel druzstv szovetkezet zadruga",
    ),
    (
        Some(Concept::Association),
        "association asociacion associacao associazione verein vereinig vereniging forening yhdistys egyesulet sdruzeni",
    ),
    (
        Some(Concept::Foundation),
        "foundation stiftung stiftelse fundacion fundacao fundatie fondation fondazione stichting saatio sihtasutus alapitvan nadac fundacja",
    ),
    (Some(Concept::Trust), "trust sicav"),
    (
        Some(Concept::Partnership),
        "partnership kommandit komandit comandita accomandita commandit collectif colectiva handelsgesellschaft handelsbolag jawna partner firma maatschap personenvennootschap ortacko javno tovarishchestv offene tovarystv interessentskab ansvarlig",
    ),
    (
        Some(Concept::Sole),
        "sole einzel entrepreneur predprinimatel eenmanszaak enkelt individual individuelle individuale",
    ),
    (
        Some(Concept::Limited),
        "limited limitad limitada limitata limitee beschrankt haftung ogranichenn obmezhen ograniczon rucenim obmedzen ogranicen omejeno besloten anpart osauhing ierobezot uzdaro korlatolt raspundere theoranta cyfyngedig begraens begrenset mesuliyyet pergjegjesi aansprakelijkheid",
    ),
    (
        Some(Concept::Public),
        "stock anonym anonim aktie aktien aktsia akcio akcij akcin akcyj akciov aktsioner akcyyaner aksje aksionare osakeyhtio reszveny delnisk dionick naamloze azioni acciones actions actiuni sehmdar hlutafelag",
    ),
    (
        Some(Concept::State),
        "state gosudarstv municipal munitsipal unitarn statsforetak public etablissement publiczn byudzhet kommunal",
    ),
    (
        Some(Concept::Company),
        "company corporation incorporated companie compania societe sociedad societa gesellschaft spolka drustvo druzhestvo",
    ),
];

fn concept(name: &str) -> Option<Concept> {
    let words: Vec<String> = words(name).into_iter().map(|word| word.text).collect();
    let begins = |told: &&str| words.iter().any(|word| word.starts_with(*told));
    TOLD_BY
        .iter()
        .find(|(_, told)| told.split(' ').any(|told| begins(&told)))
        .and_then(|(concept, _)| *concept)
}

/// Forms whose kind is no more than that, and that other words seldom are.
fn is_commercial(concept: Concept) -> bool {
    matches!(concept, Concept::Limited | Concept::Public | Concept::Partnership | Concept::Company)
}

#[derive(Default)]
struct Form {
    concepts: BTreeMap<Concept, usize>,
    places: BTreeSet<&'static str>,
    countries: BTreeSet<String>,
}

fn made_of(csv: &str) -> String {
    let by_hand: HashSet<String> =
        by_hand().flat_map(|line| line.forms).flat_map(spellings).map(|form| key(&form)).collect();
    let never =
        BY_HAND.lines().filter_map(|line| line.strip_prefix("never *: ")).flat_map(|line| line.split(';'));
    let never: HashSet<String> = never.map(key).collect();
    let mut forms: BTreeMap<String, Form> = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    for row in reader.records() {
        let row = row.expect("the list is a table");
        let cell = |at: usize| row.get(at).unwrap_or("").trim();
        let (country, language, local, latin) = (cell(2), cell(7), cell(5), cell(8));
        let Some(concept) = concept(local).or_else(|| concept(latin)) else { continue };
        let mut add = |text: &str, place: &'static str| {
            let key = key(text);
            if by_hand.contains(&key) || never.contains(&key) || key.len() > 60 {
                return;
            }
            let form = forms.entry(key).or_default();
            *form.concepts.entry(concept).or_default() += 1;
            form.places.insert(place);
            form.countries.insert(country.to_owned());
        };
        for name in [local, latin].into_iter().filter(|name| is_telling_name(name, language, concept)) {
            add(&without_brackets(name), if words(name).len() > 1 { "any" } else { "ends" });
        }
        let abbreviations =
            [cell(9), cell(10)].into_iter().flat_map(|cell| cell.split(';')).map(without_brackets);
        for abbreviation in abbreviations.filter(|text| is_telling_abbreviation(text, concept)) {
            let end = is_short(&key(&abbreviation)) && !stand_before(country);
            add(&abbreviation, if end { "end" } else { "ends" });
        }
    }
    let lines = forms.into_iter().map(|(key, form)| {
        let concept =
            form.concepts.iter().max_by_key(|(concept, count)| (**count, std::cmp::Reverse(**concept)));
        let concept = concept.map(|(concept, _)| *concept).expect("a form has a concept");
        let name =
            Concept::ALL.iter().find(|(known, _)| *known == concept).expect("every concept has a name").1;
        let place =
            ["any", "ends", "end"].into_iter().find(|place| form.places.contains(place)).unwrap_or("end");
        let countries: Vec<&str> = form.countries.iter().map(String::as_str).collect();
        format!("{key}\t{name}\t{place}\t{}\n", countries.join(","))
    });
    lines.collect()
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0u32;
    let kept = text.chars().filter(|letter| {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    });
    kept.collect()
}

/// Names in English are ordinary words unless they say of shares or liability; names in full tell nothing else where
/// they are of companies.
fn is_telling_name(name: &str, language: &str, concept: Concept) -> bool {
    let count = words(&without_brackets(name)).len();
    let long = key(name).len() >= 6;
    let plain = name.to_lowercase();
    let said = language != "en" || plain.contains("limited") || plain.contains("joint stock");
    let divided = !name.chars().any(is_undivided);
    divided
        && said
        && long
        && (1..=8).contains(&count)
        && is_commercial(concept)
        && concept != Concept::Company
        || divided && said && concept == Concept::State && (2..=8).contains(&count) && language != "en"
}

fn is_telling_abbreviation(text: &str, concept: Concept) -> bool {
    let len = key(text).len();
    let divided = !text.chars().any(is_undivided);
    divided
        && words(text).len() <= 6
        && match len {
            0..=2 => false,
            3 => is_commercial(concept),
            _ => len <= 24,
        }
}

/// The list of forms is made of ISO 20275 as published, and by nothing else.
#[test]
fn shipped_forms_are_those_of_iso_20275() {
    let Some(folder) = std::env::var_os("TENANTRY_LISTS") else {
        eprintln!("left out: TENANTRY_LISTS names no folder with `{FILE}`");
        return;
    };
    let bytes = std::fs::read(Path::new(&folder).join(FILE)).expect("the list can be read");
    let mut csv = String::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut csv).expect("the list is text");

    let made = made_of(&csv);

    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/legal_forms.tsv");
    if std::env::var_os("TENANTRY_BLESS").is_some() {
        std::fs::write(&shipped, &made).expect("the shipped list can be written");
    }
    assert!(
        std::fs::read_to_string(&shipped).expect("it ships") == made,
        "run this test with TENANTRY_BLESS=1"
    );
}
