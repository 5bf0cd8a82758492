//! The US-person test, case by case.

use super::*;
use crate::pack::{KnownFacts, NamedFact, shipped};
use jiff::civil::date;
use proptest::prelude::*;

fn terms() -> Option<HomePersonTerms> {
    let facts = KnownFacts::new().places(NamedFact::ProviderCountry, ["US".parse().unwrap()]);
    shipped(&["us-eo13984-nprm"]).at(date(2026, 11, 21)).home_person(&facts)
}

fn blank(kind: SubjectKind) -> HomeFacts {
    HomeFacts {
        kind,
        citizenships: Vec::new(),
        permanent_residences: Vec::new(),
        organised_in: Vec::new(),
        branch_of: Vec::new(),
        located_in: Vec::new(),
    }
}

fn documented(place: &str) -> Vec<Shown> {
    vec![Shown { place: place.parse().unwrap(), source: Source::Documented }]
}

fn declared(place: &str) -> Vec<Shown> {
    vec![Shown { place: place.parse().unwrap(), source: Source::Declared }]
}

fn observed(place: &str) -> Vec<Shown> {
    vec![Shown { place: place.parse().unwrap(), source: Source::Observed }]
}

fn classify(facts: HomeFacts) -> Classification {
    test_home_person(facts, terms()).classification
}

/// DEF-03, DEF-04
#[test]
fn an_individual_is_a_us_person_by_any_one_test() {
    use Classification::{Foreign, PresumedForeign, Review, Us};
    let base = || blank(SubjectKind::Individual);
    let both = |a: Vec<Shown>, b: Vec<Shown>| a.into_iter().chain(b).collect::<Vec<_>>();
    let cases = [
        ("nothing known", base(), PresumedForeign),
        ("citizen by document", HomeFacts { citizenships: documented("US"), ..base() }, Us),
        ("citizen of Puerto Rico", HomeFacts { citizenships: documented("PR"), ..base() }, Us),
        ("citizen by own word", HomeFacts { citizenships: declared("US"), ..base() }, PresumedForeign),
        (
            "two citizenships",
            HomeFacts { citizenships: both(documented("RU"), documented("US")), ..base() },
            Us,
        ),
        (
            "permanent resident",
            HomeFacts { citizenships: documented("IN"), permanent_residences: documented("US"), ..base() },
            Us,
        ),
        (
            "foreign national located in the US, by document",
            HomeFacts { citizenships: documented("DE"), located_in: documented("US-CA"), ..base() },
            Us,
        ),
        (
            "located in the US by word and observation",
            HomeFacts {
                citizenships: declared("DE"),
                located_in: both(declared("US"), observed("US")),
                ..base()
            },
            Us,
        ),
        (
            "located in the US by one IP look-up",
            HomeFacts { citizenships: declared("DE"), located_in: observed("US"), ..base() },
            PresumedForeign,
        ),
        (
            "located by document here and seen there",
            HomeFacts { located_in: both(documented("US"), observed("RU")), ..base() },
            Review,
        ),
        (
            "a citizen who travels",
            HomeFacts {
                citizenships: documented("US"),
                located_in: both(documented("US"), observed("FR")),
                ..base()
            },
            Us,
        ),
        (
            "a citizen abroad",
            HomeFacts { citizenships: documented("US"), located_in: documented("FR"), ..base() },
            Us,
        ),
        (
            "foreign and says so",
            HomeFacts { citizenships: declared("DE"), located_in: declared("DE"), ..base() },
            Foreign,
        ),
        (
            "citizenship is not read from accesses",
            HomeFacts { citizenships: observed("US"), ..base() },
            PresumedForeign,
        ),
    ];
    for (name, facts, expected) in cases {
        assert_eq!(classify(facts), expected, "{name}");
    }
}

/// DEF-03: foreign branch of a US entity, foreign subsidiary, foreign entity with a US office.
#[test]
fn an_entity_is_of_the_country_it_is_organised_in() {
    use Classification::{Foreign, PresumedForeign, Review, Us};
    let base = || blank(SubjectKind::Entity);
    let cases = [
        ("nothing known", base(), PresumedForeign),
        ("organised in Delaware", HomeFacts { organised_in: documented("US-DE"), ..base() }, Us),
        (
            "organised in the US by own word",
            HomeFacts { organised_in: declared("US"), ..base() },
            PresumedForeign,
        ),
        (
            "foreign branch of a US entity",
            HomeFacts {
                organised_in: declared("DE"),
                branch_of: documented("US"),
                located_in: documented("DE"),
                ..base()
            },
            Us,
        ),
        (
            "branch by own word",
            HomeFacts { organised_in: documented("DE"), branch_of: declared("US"), ..base() },
            Review,
        ),
        (
            "foreign subsidiary of a US entity",
            HomeFacts { organised_in: documented("IE"), ..base() },
            Foreign,
        ),
        (
            "foreign entity with a US office",
            HomeFacts { organised_in: documented("CN"), located_in: documented("US"), ..base() },
            Review,
        ),
        (
            "organised here and there",
            HomeFacts { organised_in: [documented("US"), documented("KY")].concat(), ..base() },
            Review,
        ),
        (
            "US branch of a foreign bank",
            HomeFacts { branch_of: documented("JP"), located_in: documented("US"), ..base() },
            Review,
        ),
        ("branch of a foreign entity", HomeFacts { branch_of: documented("JP"), ..base() }, Foreign),
    ];
    for (name, facts, expected) in cases {
        assert_eq!(classify(facts), expected, "{name}");
    }
}

/// DEF-03, CIP-24: the explanation says which test spoke, and testing its inputs again gives the same.
#[test]
fn a_finding_explains_itself_and_replays() {
    let facts = HomeFacts {
        citizenships: documented("IN"),
        located_in: observed("US-CA"),
        ..blank(SubjectKind::Individual)
    };
    let finding = test_home_person(facts, terms());

    let lines: Vec<String> = finding
        .explanation
        .iter()
        .map(|reason| format!("{}: {}: {}", reason.rule, reason.says.as_str(), reason.text))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    DEF-03/citizenship: foreign: citizenship of IN
    DEF-03/location: presumed_foreign: located in US-CA by observation alone, which is not enough
    ");
    let stored: HomeFinding = serde_json::from_str(&serde_json::to_string(&finding).unwrap()).unwrap();
    assert_eq!(test_home_person(stored.facts.clone(), stored.terms.clone()), finding);
}

/// DEF-04: without a pack that tells home from foreign everybody stays presumed foreign.
#[test]
fn without_a_pack_nobody_is_shown() {
    let facts = HomeFacts { citizenships: documented("US"), ..blank(SubjectKind::Individual) };
    assert_eq!(test_home_person(facts, None).classification, Classification::PresumedForeign);
}

proptest! {
    /// DEF-04: what was never documented, nor both declared and observed, never makes a US person.
    #[test]
    fn a_mere_statement_never_shows_a_us_person(
        places in proptest::collection::vec((0..5_usize, 0..4_usize), 0..8), entity: bool,
    ) {
        let mut facts = blank(if entity { SubjectKind::Entity } else { SubjectKind::Individual });
        for (list, place) in places {
            let shown = declared(["US", "DE", "PR", "CN"][place]);
            match list {
                0 => facts.citizenships.extend(shown),
                1 => facts.permanent_residences.extend(shown),
                2 => facts.organised_in.extend(shown),
                3 => facts.branch_of.extend(shown),
                _ => facts.located_in.extend(shown),
            }
        }
        prop_assert_ne!(classify(facts), Classification::Us);
    }
}
