use proptest::prelude::*;

use super::*;

fn left(told: f32, words: f32, numbers: f32) -> Left {
    Left { told, words, numbers }
}

/// The bounds of the search stand on this.
#[test]
fn words_that_are_left_over_only_take_away_and_what_agrees_only_adds() {
    for weights in [&PERSON, &OTHER] {
        for ours in [left(0.0, 0.0, 0.0), left(3.0, 1.0, 1.0), left(9.5, 2.0, 0.0), left(25.0, 4.4, 2.0)] {
            for theirs in
                [left(0.0, 0.0, 0.0), left(6.0, 1.0, 0.0), left(12.0, 1.0, 1.0), left(40.0, 6.0, 3.0)]
            {
                let before = weights.left(&ours, &theirs);
                for more in
                    [left(1.0, 0.0, 0.0), left(0.0, 1.0, 0.0), left(0.0, 0.0, 1.0), left(7.0, 1.0, 0.0)]
                {
                    let add = |side: &Left| {
                        left(side.told + more.told, side.words + more.words, side.numbers + more.numbers)
                    };
                    // Sums in another order differ by a little.
                    let most = before + 1e-4;
                    assert!(weights.left(&add(&ours), &theirs) <= most, "{ours:?} {theirs:?} {more:?}");
                    assert!(weights.left(&ours, &add(&theirs)) <= most, "{ours:?} {theirs:?} {more:?}");
                    assert!(
                        weights.left(&add(&ours), &theirs) <= before + weights.aside(more.told) + 1e-4
                            || more.words == 0.0
                    );
                }
            }
        }
        for told in [0.0, 4.0, 9.9, 14.0, 30.0] {
            let slope = weights.first_told + weights.all_told;
            assert!(
                weights.together(told) <= slope * told + 1e-4
                    && weights.together(told) <= weights.together(told + 1.0)
            );
        }
    }
}

proptest! {
    /// The words that a search leaves out stand on this.
    #[test]
    fn no_pair_ever_adds_more_than_its_bound(
        person in any::<bool>(),
        told in 0.0f32..14.0,
        listed in 0.0f32..14.0,
        at in 0..CROSSINGS,
        (likeness, most) in (ALIKE_MIN..=1.0f32, 0.0f32..1.0),
    ) {
        let weights = Weights::of(person);
        let most_alike = likeness + most * (1.0 - likeness);
        for crossed in [false, true] {
            let worth = match crossed {
                true => weights.crossed_pair(at, likeness, told.min(listed)),
                false => weights.spelt_pair(likeness, (told, listed)),
            };
            let adds = weights.gain(worth);
            for most in [weights.most_up_to(most_alike, told, crossed), weights.most_of_any(told)] {
                prop_assert!(adds.beside <= most.beside + 1e-4 && adds.alone <= most.alone + 1e-4);
            }
            prop_assert!(adds.most() + weights.joined <= weights.most_of_joined(likeness, told, crossed) + 1e-4);
        }
    }
}
