use super::*;
use crate::ownership::tests::{graph, person};
use crate::pack::{Attribution, Comparison};
use crate::screening::OwnershipTest;
use proptest::prelude::*;

fn held(edges: &[(u128, u128, u32)], listed: &[u128]) -> ListedHolding {
    ListedHolding::of("a-list", &graph(edges), &listed.iter().map(|&number| person(number)).collect())
}

fn half(attribution: Attribution) -> OwnershipTest {
    let comparison = Comparison::AtLeast;
    OwnershipTest { threshold_ppm: 500_000, comparison, attribution, aggregated: true, control: false }
}

const PASSED_ON: Attribution = Attribution::PassedOn;
const PRODUCT: Attribution = Attribution::Product;

/// DEF-06: the same graphs under the ways in which lists attribute ownership.
#[test]
fn each_way_of_attributing_ownership_reaches_what_it_says() {
    let more = |attribution| OwnershipTest { comparison: Comparison::Above, ..half(attribution) };
    let alone = |test: OwnershipTest| OwnershipTest { aggregated: false, ..test };
    let or_control = |test: OwnershipTest| OwnershipTest { control: true, ..test };
    type Edges<'a> = &'a [(u128, u128, u32)];
    let quarters: Edges = &[(0, 1, 250_000), (0, 2, 250_000), (0, 3, 500_000)];
    let chain: Edges = &[(0, 100, 900_000), (100, 1, 600_000)];
    let halves: Edges = &[(0, 100, 500_000), (100, 1, 500_000)];
    let both_ways: Edges = &[(0, 1, 100_000), (0, 100, 400_000), (100, 1, 500_000)];
    let thirds: Edges = &[(0, 100, 333_333), (100, 1, 333_333), (0, 1, 388_889)];
    let cases: &[(&str, Edges, &[u128], OwnershipTest, bool)] = &[
        ("25 % and 25 %", quarters, &[1, 2], half(PASSED_ON), true),
        ("25 % and 25 %, not added up", quarters, &[1, 2], alone(half(PASSED_ON)), false),
        ("25 % and 25 % are not more than half", quarters, &[1, 2], more(PASSED_ON), false),
        ("49 %", &[(0, 1, 490_000)], &[1], half(PASSED_ON), false),
        ("49.9999 %", &[(0, 1, 499_999)], &[1], half(PRODUCT), false),
        ("60 % of 90 %", chain, &[1], half(PASSED_ON), true),
        ("60 % of 90 %, multiplied", chain, &[1], half(PRODUCT), true),
        ("half of half is passed on", halves, &[1], half(PASSED_ON), true),
        ("half of half, multiplied", halves, &[1], half(PRODUCT), false),
        ("direct and through what is theirs", both_ways, &[1], half(PASSED_ON), true),
        ("the same multiplied", both_ways, &[1], half(PRODUCT), false),
        ("a whisker over 50 %", thirds, &[1], more(PRODUCT), false),
        ("half of what owns all", &[(0, 100, 1_000_000), (100, 1, 490_000)], &[1], half(PASSED_ON), false),
        ("a listed parent", &[(0, 100, 510_000)], &[100], more(PASSED_ON), true),
        ("control", &[(0, 1, 0)], &[1], half(PASSED_ON), false),
        ("control where it counts", &[(0, 1, 0)], &[1], or_control(more(PASSED_ON)), true),
        (
            "what they control owns all",
            &[(0, 100, 1_000_000), (100, 1, 0)],
            &[1],
            or_control(more(PASSED_ON)),
            true,
        ),
        ("nobody is listed", quarters, &[], half(PASSED_ON), false),
    ];
    for (name, edges, listed, test, expected) in cases {
        assert_eq!(test.is_met(&held(edges, listed)), *expected, "{name}");
    }
}

/// What a listed parent holds counts once, though who owns the parent is listed too.
#[test]
fn a_chain_through_a_listed_entity_counts_once() {
    let held = held(&[(0, 100, 300_000), (100, 1, 1_000_000)], &[1, 100]);

    assert_eq!((held.together.share_ppm, held.largest.share_ppm), (300_000, 300_000));
}

#[test]
fn a_path_is_the_shortest_way_up_and_none_for_who_owns_nothing() {
    let graph =
        graph(&[(0, 100, 600_000), (100, 101, 500_000), (101, 1, 900_000), (100, 1, 10_000), (101, 100, 1)]);

    assert_eq!(path_to(&graph, person(1)), [person(100), person(1)]);
    assert_eq!(path_to(&graph, person(101)), [person(100), person(101)]);
    assert_eq!(path_to(&graph, person(9)), []);
}

proptest! {
    /// Any graph, with cycles, is walked to an end; one more listed party never holds less, and what a single one
    /// holds is never more than all together.
    #[test]
    fn one_more_listed_party_never_holds_less(
        edges in proptest::collection::vec((prop_oneof![Just(0), 100..104_u128], prop_oneof![1..4_u128, 100..104_u128], 0..=1_000_000_u32), 0..12),
        listed in proptest::collection::btree_set(1..4_u128, 0..3),
        more in 1..4_u128,
    ) {
        let few: Vec<u128> = listed.iter().copied().collect();
        let many: Vec<u128> = listed.iter().copied().chain([more]).collect();
        let (few, many) = (held(&edges, &few), held(&edges, &many));

        prop_assert!(few.together.passed_ppm <= many.together.passed_ppm);
        prop_assert!(few.together.share_ppm <= many.together.share_ppm);
        prop_assert!(many.together.passed_ppm <= many.together.controlled_ppm);
        prop_assert!(many.largest.passed_ppm <= many.together.passed_ppm);
        prop_assert!(many.largest.share_ppm <= many.together.share_ppm);
    }
}
