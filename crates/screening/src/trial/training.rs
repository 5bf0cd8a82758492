//! What a trainer of the engine must see of its inside. For nobody else: it changes with the engine.

use crate::{
    compare::DEFAULT_THRESHOLD,
    model::{Weights, log_odds},
    name::{align, parse},
    token::{Kind, Token},
};

/// How much of each weight a pair of names takes, in their order; `None` where no word agrees.
pub fn features(asked: &str, listed: &str, person: bool) -> Option<Vec<f32>> {
    of_pair(asked, listed, person, |pairs, ours, theirs| {
        let units = 0..Weights::names().len();
        units.map(|at| Weights::unit(at).weigh(pairs, ours, theirs).total).collect()
    })
}

/// What the names come to with the weights as they are; `None` where no word agrees.
pub fn odds(asked: &str, listed: &str, person: bool) -> Option<f32> {
    of_pair(asked, listed, person, |pairs, ours, theirs| Weights::of(person).weigh(pairs, ours, theirs).total)
}

fn of_pair<R>(
    asked: &str,
    listed: &str,
    person: bool,
    weigh: impl FnOnce(&[crate::name::Pair], &[&Token], &[&Token]) -> R,
) -> Option<R> {
    let (ours, theirs) = (parse(asked, person), parse(listed, person));
    let (ours, theirs): (Vec<&Token>, Vec<&Token>) = (ours.iter().collect(), theirs.iter().collect());
    let pairs = align(&ours, &theirs, person);
    (!pairs.is_empty()).then(|| weigh(&pairs, &ours, &theirs))
}

/// The names of the weights, in their order.
pub fn names() -> Vec<&'static str> {
    Weights::names()
}

/// The weights as they are.
pub fn values(person: bool) -> Vec<f32> {
    Weights::of(person).values()
}

/// Weights as they stand in the source.
pub fn written(values: &[f32]) -> String {
    Weights::of_values(values).written()
}

/// The odds at which a match begins.
pub fn match_odds() -> f64 {
    log_odds(DEFAULT_THRESHOLD)
}

/// The words of a name whose rarity counts.
pub fn words(name: &str, person: bool) -> Vec<String> {
    let counted = |token: &Token| !matches!(token.kind, Kind::Initial | Kind::Form);
    let tokens = parse(name, person).into_iter().filter(counted);
    tokens.map(|token| token.text.into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The trainer weighs what the engine weighs: features times weights are the odds, but where equal names are lifted.
    #[test]
    fn features_times_weights_are_the_odds() {
        for (asked, listed, person) in [
            ("Vladimir Putin", "PUTIN, Vladimir Vladimirovich", true),
            ("Sasha Petrov", "Aleksandr Petrovsky", true),
            ("Xi Jinping", "习近平", true),
            ("Blue Sea Shipping Ltd", "Blue Sea Consulting Co", false),
            ("National Iranian Oil Company", "NIOC Oil", false),
            ("Brigade 12 of Mars", "Brigade 14 of Mars", false),
            ("Mars Shipping GmbH", "OOO Mars Trading", false),
            ("Mars Shipping GmbH", "Mars Trading Joint Stock Company", false),
        ] {
            let features = features(asked, listed, person).unwrap();
            let sum: f32 =
                features.iter().zip(values(person)).map(|(feature, weight)| feature * weight).sum();

            assert!((sum - odds(asked, listed, person).unwrap()).abs() < 0.01, "{asked} {listed} {sum}");
        }
        assert_eq!(features("Anna", "Boris", true), None);
        assert_eq!(words("J. Smith 12", true), ["smith", "12"]);
    }
}
