//! What an index finds is what comparing a name with every listed one finds, on names that are made up.

use screening::{
    DEFAULT_THRESHOLD, Entry, Index, Name, NameKind, Query, Schema, Watchlist, compare, screen,
    trial::{Ordinary, Random, misspell, vary},
};

const ENTRIES: usize = 1_600;
const ASKED: usize = 80;

fn is_person(number: usize) -> bool {
    number.is_multiple_of(2)
}

/// Half of the names are variations of others, so that near ones are many.
fn made(random: &mut Random) -> Vec<String> {
    let ordinary = Ordinary::new();
    let mut names: Vec<String> = Vec::new();
    for number in 0..ENTRIES {
        let person = is_person(number);
        let fresh = if person { ordinary.anyone(random) } else { ordinary.any_company(random) };
        let before = number.checked_sub(2 * (1 + number % 40)).filter(|_| number % 4 > 1);
        let varied = before.and_then(|at| vary(&names[at], person, random)).map(|(_, name)| name);
        names.push(varied.unwrap_or(fresh));
    }
    names
}

/// CIP-23: no bound that an index stands on leaves anybody out.
#[test]
fn an_index_of_made_up_names_finds_what_comparing_with_each_finds() {
    let mut random = Random::new(26);
    let names = made(&mut random);
    let schema = |number: usize| if is_person(number) { Schema::Person } else { Schema::Company };
    let asked_as = |number: usize, name: &str| Query {
        schema: Some(format!("{:?}", schema(number))),
        ..Query::for_name(name)
    };
    let entries = names.iter().enumerate().map(|(number, name)| Entry {
        entry_id: number.to_string(),
        schema: schema(number),
        names: vec![Name { text: name.clone(), kind: NameKind::Primary }],
        ..Entry::default()
    });
    let list = Watchlist {
        id: "made".to_owned(),
        title: String::new(),
        version: String::new(),
        sha256: String::new(),
        entries: entries.collect(),
    };
    let index = Index::new(vec![list]);
    let listed: Vec<(usize, Query)> =
        names.iter().enumerate().map(|(number, name)| (number, asked_as(number, name))).collect();
    let mut above = 0;
    for at in (0..ENTRIES).step_by(ENTRIES / ASKED) {
        let at = at + at / (ENTRIES / ASKED) % 2;
        let person = is_person(at);
        let name = match at / 3 % 3 {
            0 => misspell(&names[at], &mut random),
            1 => vary(&names[at], person, &mut random).map(|(_, name)| name),
            _ => None,
        };
        let query = asked_as(at, name.as_deref().unwrap_or(&names[at]));
        let of_kind = listed.iter().filter(|(number, _)| is_person(*number) == person);
        let compared: Vec<(String, f64)> =
            of_kind.map(|(number, other)| (number.to_string(), compare(&query, other).score)).collect();
        for threshold in [DEFAULT_THRESHOLD, 0.001, 0.000_1] {
            let hits = screen(&index, &query, Some(threshold), usize::MAX);
            let mut found: Vec<(String, f64)> =
                hits.into_iter().map(|hit| (hit.entry_id, hit.score)).collect();
            let mut all: Vec<(String, f64)> =
                compared.iter().filter(|(_, score)| *score >= threshold).cloned().collect();
            found.sort_by(|a, b| a.0.cmp(&b.0));
            all.sort_by(|a, b| a.0.cmp(&b.0));
            above += all.len();
            assert_eq!(found, all, "{:?} at {threshold}", query.names);
        }
    }
    assert!(above > ASKED);
}
