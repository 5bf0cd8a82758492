//! Ownership, case by case.

use super::*;
use crate::id::CustomerId;
use crate::pack::{KnownFacts, NamedFact, shipped};
use crate::person::{HomeFacts, Shown, test_home_person};
use jiff::civil::date;
use proptest::prelude::*;
use uuid::Uuid;

pub(super) fn person(number: u128) -> PersonId {
    PersonId::from(Uuid::from_u128(number))
}

fn customer() -> SubjectId {
    SubjectId::Customer(CustomerId::from(Uuid::from_u128(1)))
}

fn facts() -> KnownFacts {
    KnownFacts::new().places(NamedFact::ProviderCountry, ["US".parse().unwrap()])
}

fn terms() -> OwnershipTerms {
    shipped(&["us-eo13984-nprm"]).at(date(2026, 11, 21)).ownership(&facts()).unwrap()
}

/// Entities are numbered from 100, individuals below; 0 is the customer.
pub(super) fn graph(edges: &[(u128, u128, u32)]) -> OwnershipGraph {
    let mut persons = BTreeMap::new();
    let mut owned_edges = Vec::new();
    for &(owned, owner, share_ppm) in edges {
        for number in [owned, owner].into_iter().filter(|number| *number > 0) {
            let kind = if number >= 100 { SubjectKind::Entity } else { SubjectKind::Individual };
            persons.insert(person(number), kind);
        }
        let kind = if share_ppm == 0 { OwnershipKind::Control } else { OwnershipKind::Equity };
        let owned = if owned == 0 { customer() } else { SubjectId::Person(person(owned)) };
        owned_edges.push(OwnedEdge { owned, edge: OwnershipEdge { owner: person(owner), kind, share_ppm } });
    }
    OwnershipGraph { customer: customer(), persons, edges: owned_edges }
}

fn owners(edges: &[(u128, u128, u32)]) -> Vec<PersonId> {
    beneficial_owners(&graph(edges), &terms()).owners.into_iter().map(|owner| owner.person).collect()
}

/// DEF-06
#[test]
fn a_quarter_counts_directly_or_through_chains_and_control_counts_at_nothing() {
    type Edges<'a> = &'a [(u128, u128, u32)];
    let cases: &[(&str, Edges<'_>, &[u128])] = &[
        ("25.00 %", &[(0, 1, 250_000)], &[1]),
        ("24.99 %", &[(0, 1, 249_900)], &[]),
        ("24.9999 %", &[(0, 1, 249_999)], &[]),
        ("60 % of 50 %", &[(0, 100, 500_000), (100, 1, 600_000)], &[1]),
        ("50 % of 49.9998 %", &[(0, 100, 499_998), (100, 1, 500_000)], &[]),
        ("control at 0 %", &[(0, 1, 0)], &[1]),
        ("control through a holding", &[(0, 100, 0), (100, 1, 0)], &[1]),
        ("majority of what controls", &[(0, 100, 0), (100, 1, 500_001)], &[1]),
        ("half of what controls", &[(0, 100, 0), (100, 1, 500_000)], &[]),
        (
            "two chains that sum",
            &[(0, 100, 250_000), (100, 1, 500_000), (0, 101, 250_000), (101, 1, 500_000)],
            &[1],
        ),
        ("two edges that sum", &[(0, 1, 125_000), (0, 1, 125_000)], &[1]),
        (
            "a third of three quarters, thrice",
            &[(0, 100, 750_000), (100, 101, 333_333), (101, 1, 1_000_000)],
            &[],
        ),
        ("direct and indirect", &[(0, 1, 100_000), (0, 100, 500_000), (100, 1, 300_000)], &[1]),
        ("nobody", &[], &[]),
    ];
    for (name, edges, expected) in cases {
        let expected: Vec<PersonId> = expected.iter().map(|&number| person(number)).collect();
        assert_eq!(owners(edges), expected, "{name}");
    }
}

/// DEF-06: what adds up to an owner is shown chain by chain.
#[test]
fn an_owner_comes_with_chains() {
    let finding = beneficial_owners(
        &graph(&[(0, 1, 100_000), (0, 100, 500_000), (100, 1, 600_000), (100, 2, 400_000), (0, 3, 400_000)]),
        &terms(),
    );

    let one = &finding.owners[0];
    assert_eq!((one.person, one.share_ppm, one.direct_ppm), (person(1), 400_000, 100_000));
    assert_eq!(one.chains.iter().map(|chain| chain.share_ppm).collect::<Vec<_>>(), [100_000, 300_000]);
    assert_eq!(finding.owners[1].person, person(3));
    assert_eq!((finding.others[0].person, finding.others[0].share_ppm), (person(2), 200_000));
    assert_eq!((finding.unknown_ppm, finding.may_hide_owner), (0, false));
    assert_eq!(finding.discrepancies, []);
}

/// DEF-06: cycles end and are named; the share is what looking through the cross-holding gives.
#[test]
fn cross_holdings_are_walked_and_reported() {
    // The customer belongs to A; B owns half of A and A half of B; X owns the other half of A.
    let finding = beneficial_owners(
        &graph(&[
            (0, 100, 1_000_000),
            (100, 101, 500_000),
            (101, 100, 500_000),
            (100, 1, 500_000),
            (101, 2, 500_000),
        ]),
        &terms(),
    );

    let share = |person| finding.owners.iter().find(|owner| owner.person == person).unwrap().share_ppm;
    assert!((666_000..=666_666).contains(&share(person(1))), "two thirds, from below: {}", share(person(1)));
    assert!((333_000..=333_333).contains(&share(person(2))), "one third, from below: {}", share(person(2)));
    let through = vec![SubjectId::Person(person(100)), SubjectId::Person(person(101))];
    assert!(finding.discrepancies.contains(&OwnershipDiscrepancy::Cycle { through }));

    let own_parent = beneficial_owners(&graph(&[(0, 100, 1_000_000), (100, 100, 1_000_000)]), &terms());
    assert!(own_parent.discrepancies.contains(&OwnershipDiscrepancy::TooDeep));
    assert!(own_parent.may_hide_owner, "all of it is lost in itself");
}

/// DEF-06
#[test]
fn what_does_not_add_up_is_reported() {
    use OwnershipDiscrepancy::{MoreThanWhole, OwnedIndividual, Remainder, UnknownOwner};
    let too_much = beneficial_owners(&graph(&[(0, 1, 700_000), (0, 2, 400_000)]), &terms());
    assert_eq!(too_much.discrepancies, [MoreThanWhole { owned: customer(), sum_ppm: 1_100_000 }]);

    let holding = SubjectId::Person(person(100));
    let unknown_rest =
        beneficial_owners(&graph(&[(0, 1, 400_000), (0, 100, 600_000), (100, 2, 500_000)]), &terms());
    let remainder = Remainder { owned: holding, missing_ppm: 500_000, reaches_ppm: 300_000 };
    assert_eq!(unknown_rest.discrepancies, [remainder]);
    assert_eq!((unknown_rest.unknown_ppm, unknown_rest.may_hide_owner), (300_000, true));

    let odd = beneficial_owners(&graph(&[(0, 1, 1_000_000), (1, 2, 1_000_000)]), &terms());
    assert_eq!(odd.discrepancies, [OwnedIndividual { person: person(1) }]);

    let mut nameless = graph(&[(0, 1, 1_000_000)]);
    nameless.persons.clear();
    let nameless = beneficial_owners(&nameless, &terms());
    assert!(nameless.discrepancies.contains(&UnknownOwner { person: person(1) }));
    assert!(nameless.may_hide_owner);
}

/// DEF-06: the bank model asks for exactly one control person; US IaaS packs do not.
#[test]
fn the_bank_rule_is_an_option_that_us_packs_leave_off() {
    let edges = graph(&[(0, 1, 500_000), (0, 2, 500_000)]);
    let bank = OwnershipTerms { one_control_person: true, ..terms() };

    assert!(!terms().one_control_person);
    assert!(beneficial_owners(&edges, &terms()).discrepancies.is_empty());
    let found = OwnershipDiscrepancy::ControlPersons { found: 0 };
    assert_eq!(beneficial_owners(&edges, &bank).discrepancies, [found]);
    let with_one = graph(&[(0, 1, 500_000), (0, 2, 500_000), (0, 3, 0)]);
    assert_eq!(beneficial_owners(&with_one, &bank).discrepancies, []);
}

#[test]
fn a_dense_tangle_of_holdings_ends_quickly() {
    let mut edges = vec![(0, 100, 1_000_000)];
    for owned in 100..160_u128 {
        edges.extend((100..160).map(|owner| (owned, owner, 16_000)));
        edges.push((owned, owned - 99, 40_000));
    }
    let finding = beneficial_owners(&graph(&edges), &terms());

    assert!(finding.discrepancies.contains(&OwnershipDiscrepancy::ChainsNotAllListed));
    assert!(finding.owners.len() + finding.others.len() == 60);
}

fn finding(place: &str) -> HomeFinding {
    let shown = Shown { place: place.parse().unwrap(), source: crate::fact::Source::Documented };
    let facts = HomeFacts {
        kind: SubjectKind::Individual,
        citizenships: vec![shown],
        permanent_residences: Vec::new(),
        organised_in: Vec::new(),
        branch_of: Vec::new(),
        located_in: Vec::new(),
    };
    let packs = shipped(&["us-eo13984-nprm"]);
    let facts_known = KnownFacts::new().places(NamedFact::ProviderCountry, ["US".parse().unwrap()]);
    test_home_person(facts, packs.at(date(2026, 11, 21)).home_person(&facts_known))
}

fn inputs(edges: &[(u128, u128, u32)], owners: &[(u128, &str)], complete: bool) -> DeterminationInputs {
    DeterminationInputs {
        customer: finding("US"),
        ownership: Some(beneficial_owners(&graph(edges), &terms())),
        owners: owners.iter().map(|(number, place)| (person(*number), finding(place))).collect(),
        ownership_complete: complete,
    }
}

/// DEF-05: one foreign owner flips the result, an unknown one holds it open.
#[test]
fn a_customer_is_a_us_person_only_with_all_its_owners() {
    use Classification::{Foreign, PresumedForeign, Us};
    let halves = [(0, 1, 500_000), (0, 2, 500_000)];
    let cases = [
        ("all US", inputs(&halves, &[(1, "US"), (2, "US")], true), Us),
        ("one foreign", inputs(&halves, &[(1, "US"), (2, "DE")], true), Foreign),
        ("one not looked at", inputs(&halves, &[(1, "US")], true), PresumedForeign),
        (
            "a small foreign holder",
            inputs(&[(0, 1, 800_000), (0, 2, 200_000)], &[(1, "US"), (2, "DE")], true),
            Us,
        ),
        ("a rest that may hide an owner", inputs(&[(0, 1, 700_000)], &[(1, "US")], false), PresumedForeign),
        ("the same, declared complete", inputs(&[(0, 1, 700_000)], &[(1, "US")], true), Us),
        ("widely held", inputs(&[], &[], true), Us),
        ("no owners named", inputs(&[], &[], false), PresumedForeign),
        (
            "more than the whole",
            inputs(&[(0, 1, 700_000), (0, 2, 700_000)], &[(1, "US"), (2, "US")], true),
            PresumedForeign,
        ),
    ];
    for (name, inputs, expected) in cases {
        assert_eq!(determine(inputs).classification, expected, "{name}");
    }
    let foreign =
        DeterminationInputs { customer: finding("DE"), ..inputs(&halves, &[(1, "US"), (2, "US")], true) };
    assert_eq!(determine(foreign).classification, Foreign);
}

/// CIP-24
#[test]
fn a_determination_replays_from_what_was_stored() {
    let determination = determine(inputs(&[(0, 1, 600_000), (0, 2, 400_000)], &[(1, "US"), (2, "IR")], true));
    let stored: Determination =
        serde_json::from_str(&serde_json::to_string(&determination).unwrap()).unwrap();

    assert_eq!(determine(stored.inputs.clone()), determination);
    assert_eq!(stored, determination);
}

fn any_edges() -> impl Strategy<Value = Vec<(u128, u128, u32)>> {
    let node = prop_oneof![1..5_u128, 100..106_u128];
    let owned = prop_oneof![Just(0_u128), 100..106_u128];
    proptest::collection::vec((owned, node, 0..=1_000_000_u32), 0..24)
}

proptest! {
    /// DEF-06: no graph loops or panics, whatever owns whatever, and no share passes the whole.
    #[test]
    fn no_graph_loops_or_panics(edges in any_edges()) {
        let finding = beneficial_owners(&graph(&edges), &terms());
        for holder in finding.owners.iter().chain(&finding.others) {
            prop_assert!(holder.share_ppm <= 1_000_000 && holder.direct_ppm <= holder.share_ppm);
        }
        prop_assert_eq!(&finding, &beneficial_owners(&graph(&edges), &terms()));
    }

    /// DEF-06: another edge never takes a beneficial owner away, nor does a lower threshold.
    #[test]
    fn more_ownership_never_removes_an_owner(edges in any_edges(), owner in 1..5_u128, share in 0..=1_000_000_u32) {
        let fewer: BTreeSet<_> = owners(&edges).into_iter().collect();
        let mut more = edges.clone();
        more.push((0, owner, share));
        let more: BTreeSet<_> = owners(&more).into_iter().collect();
        prop_assert!(fewer.is_subset(&more));

        let lower = OwnershipTerms { threshold_ppm: 100_000, ..terms() };
        let lower: BTreeSet<_> = beneficial_owners(&graph(&edges), &lower).owners.into_iter().map(|owner| owner.person).collect();
        prop_assert!(fewer.is_subset(&lower));
    }
}
