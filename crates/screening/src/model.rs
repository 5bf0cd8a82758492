//! What agreement and disagreement of names weigh: log-likelihood ratios whose sum is a calibrated probability.
//!
//! The weights were fitted by logistic regression on aliases taken out of published lists and on misspelt listed names,
//! against names of generators, and set so that the sum gives the probability that both names mean one party where one
//! party in a thousand is a listed one.

mod fields;

use crate::{
    name::Pair,
    sound::{CROSSINGS, crossing},
    token::{ALIKE_MIN, Kind, Token, VARIANT},
};

/// Likenesses between which weights are interpolated.
const KNOTS: [f32; 6] = [1.0, 0.93, 0.86, 0.78, 0.7, 0.55];

/// What names come to, in nats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    base: f32,
    /// Of an aligned pair of words: for each nat that the words tell, and once, by knots of likeness.
    told: [f32; 6],
    aligned: [f32; 6],
    /// Of words of other letters, for each nat that the asked word tells more than the listed, or less: a word that
    /// nobody has is a slip of the other, a common one is a name of its own.
    asked_rarer: f32,
    listed_rarer: f32,
    /// Of words that stand for one another, such as `Aleksandr` and `Sasha`.
    variant_told: f32,
    variant: f32,
    initial: f32,
    /// Of words written together on one side and apart on the other, beside what the pair tells.
    joined: f32,
    acronym_told: f32,
    acronym: f32,
    /// Of particles, titles and legal forms that agree.
    minor: f32,
    /// Of legal forms: the same form, another form of one concept, forms of different concepts.
    form: f32,
    form_alike: f32,
    form_against: f32,
    /// Of a pair that came through another script, by which: for each nat and once, by how far it is above the least
    /// likeness.
    crossed_near_told: [f32; CROSSINGS],
    crossed_near: [f32; CROSSINGS],
    crossed_told: [f32; CROSSINGS],
    crossed: [f32; CROSSINGS],
    /// Of words that stand against each other: for each nat and for each word.
    against_told: f32,
    against: f32,
    /// Of words that only the asked name has, and only the listed.
    asked_told: f32,
    asked: f32,
    listed_told: f32,
    listed: f32,
    /// Where any word is left over.
    incomplete: f32,
    /// Where one word only agrees.
    single: f32,
    single_told: f32,
    /// Of different numbers, such as `Brigade 12` and `Brigade 14`.
    numbers_against: f32,
    /// Where both names are one and the same word.
    same_word: f32,
    /// For each nat that agrees, up to 10 and up to 18 of them.
    first_told: f32,
    all_told: f32,
}

/// Whoever has a listed name word for word is looked at, however common the name: the odds of 0.0106.
pub const SAME_NAME_MIN: f32 = -4.54;

/// So little that all of them are matches, and that of two common names the rarer one is still the stronger match.
const SAME_NAME_SLOPE: f32 = 0.003;

const FIRST_NATS: f32 = 10.0;
const ALL_NATS: f32 = 18.0;

pub const PERSON: Weights = Weights {
    base: -11.509,
    told: [0.532, 0.473, 0.405, 0.244, 0.000, 0.000],
    aligned: [-0.497, -1.851, -1.851, -1.851, -1.851, -1.851],
    asked_rarer: 0.207,
    listed_rarer: -0.086,
    variant_told: 0.430,
    variant: -0.787,
    initial: 0.516,
    joined: -0.621,
    acronym_told: 0.000,
    acronym: 0.000,
    minor: 0.775,
    form: 0.000,
    form_alike: 0.000,
    form_against: 0.000,
    crossed_near_told: [0.349, 0.652, 0.288, 0.654],
    crossed_near: [2.310, 3.513, 3.175, 2.100],
    crossed_told: [-0.021, -0.310, -0.017, -0.259],
    crossed: [-1.567, -2.819, -2.234, -1.983],
    against_told: -0.095,
    against: -0.949,
    asked_told: -0.053,
    asked: -0.215,
    listed_told: -0.095,
    listed: 0.000,
    incomplete: -2.410,
    single: 0.786,
    single_told: 0.000,
    numbers_against: -4.814,
    same_word: 0.665,
    first_told: 0.000,
    all_told: 0.231,
};

/// Few lists name anything but persons in other scripts: what came through one is weighed as for persons.
pub const OTHER: Weights = Weights {
    base: -8.648,
    told: [0.473, 0.345, 0.240, 0.032, 0.000, 0.000],
    aligned: [-0.832, -0.832, -0.832, -0.832, -3.011, -15.311],
    asked_rarer: 0.122,
    listed_rarer: -0.261,
    variant_told: 0.000,
    variant: 0.828,
    initial: 0.000,
    joined: 0.514,
    acronym_told: 0.506,
    acronym: 3.514,
    minor: 0.456,
    form: 1.266,
    form_alike: 0.000,
    form_against: -2.437,
    crossed_near_told: [0.349, 0.652, 0.288, 0.654],
    crossed_near: [2.310, 3.513, 3.175, 2.100],
    crossed_told: [-0.021, -0.310, -0.017, -0.259],
    crossed: [-1.567, -2.819, -2.234, -1.983],
    against_told: -0.177,
    against: -0.964,
    asked_told: 0.000,
    asked: 0.000,
    listed_told: -0.073,
    listed: 0.000,
    incomplete: -2.905,
    single: -1.477,
    single_told: 0.167,
    numbers_against: -5.483,
    same_word: 0.000,
    first_told: 0.000,
    all_told: 0.195,
};

/// What a pair of names comes to, part by part.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NameOdds {
    /// Natural logarithm of the odds that both names mean one party.
    pub total: f32,
    /// Of each aligned pair, in its order, before what all of them come to together.
    pub pairs: Vec<f32>,
    /// Of the words that were not aligned; never above zero.
    pub left: f32,
}

/// Whether both names have a legal form, and none of one concept.
fn are_of_different_forms(pairs: &[Pair], ours: &[&Token], theirs: &[&Token]) -> bool {
    let has = |tokens: &[&Token]| tokens.iter().any(|token| token.kind == Kind::Form);
    has(ours) && has(theirs) && !pairs.iter().any(|pair| ours[pair.ours.start].kind == Kind::Form)
}

/// Words that only one of two names has.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Left {
    pub told: f32,
    pub words: f32,
    pub numbers: f32,
}

impl Left {
    pub fn of(tokens: &[&Token], taken: impl Fn(usize) -> bool) -> Self {
        let mut left = Left::default();
        tokens.iter().enumerate().filter(|(at, _)| !taken(*at)).for_each(|(_, token)| left.add(token));
        left
    }

    pub fn add(&mut self, token: &Token) {
        self.add_word(token.kind, token.told);
    }

    pub fn add_word(&mut self, kind: Kind, told: f32) {
        let (told, words) = match kind {
            Kind::Minor | Kind::Form => (0.0, 0.0),
            Kind::Initial => (1.0, 0.4),
            Kind::Number => (3.0, 1.0),
            Kind::Whole => (told, 1.0),
        };
        self.told += told;
        self.words += words;
        self.numbers += f32::from(u8::from(kind == Kind::Number));
    }
}

/// What one aligned pair comes to, in nats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Worth {
    /// What it adds by itself.
    pub weight: f32,
    /// What it adds to what all pairs tell together; not below zero.
    pub told: f32,
    /// Whether it counts as a word: 1, or 0 for particles and initials.
    words: u32,
}

/// What is known of the pairs together while they are counted.
#[derive(Default)]
struct Agreed {
    told: f32,
    words: u32,
    /// All pairs are the same word or stand for one another, but for particles and legal forms.
    only_same: bool,
}

impl Agreed {
    fn add(&mut self, worth: Worth, same: bool) {
        self.told += worth.told;
        self.words += worth.words;
        self.only_same &= same;
    }
}

impl Weights {
    pub fn of(person: bool) -> &'static Weights {
        if person { &PERSON } else { &OTHER }
    }

    /// Weighs an alignment. Both names have a word, and at least one pair is no acronym.
    pub fn weigh(&self, pairs: &[Pair], ours: &[&Token], theirs: &[&Token]) -> NameOdds {
        let mut agreed = Agreed { only_same: true, ..Agreed::default() };
        let weighed: Vec<f32> = pairs
            .iter()
            .map(|pair| {
                let (a, b) = (&ours[pair.ours.clone()], &theirs[pair.theirs.clone()]);
                let worth = self.worth(pair, a, b);
                agreed.add(worth, pair.likeness >= VARIANT || (a[0].is_minor() && b[0].is_minor()));
                worth.weight
            })
            .collect();
        let ours_left = Left::of(ours, |at| pairs.iter().any(|pair| pair.ours.contains(&at)));
        let theirs_left = Left::of(theirs, |at| pairs.iter().any(|pair| pair.theirs.contains(&at)));
        let left = self.left(&ours_left, &theirs_left);
        let mut total = self.base + weighed.iter().sum::<f32>() + left + self.together(agreed.told);
        if are_of_different_forms(pairs, ours, theirs) {
            total += self.form_against;
        }
        let same = agreed.only_same && ours_left.words + theirs_left.words == 0.0;
        if agreed.words == 1 {
            total += self.alone(agreed.told, same);
        }
        if same && total < SAME_NAME_MIN {
            total = SAME_NAME_MIN - SAME_NAME_SLOPE * (SAME_NAME_MIN - total);
        }
        NameOdds { total, pairs: weighed, left }
    }

    /// What a pair comes to; the words of each side are those that the pair has of it.
    pub fn worth(&self, pair: &Pair, ours: &[&Token], theirs: &[&Token]) -> Worth {
        let told = |tokens: &[&Token]| tokens.iter().map(|token| token.told).sum::<f32>();
        let each = (told(ours), told(theirs));
        let told = each.0.min(each.1);
        let is = |kind: Kind| ours[0].kind == kind || theirs[0].kind == kind;
        let joined = ours.len() + theirs.len() > 2;
        let small = |weight: f32| Worth { weight, told: 0.0, words: 0 };
        let whole = |weight: f32, told: f32| Worth { weight, told, words: 1 };
        match () {
            () if pair.acronym => return whole(self.acronym + self.acronym_told * told, 0.0),
            () if is(Kind::Form) && pair.likeness == 1.0 => return small(self.form),
            () if is(Kind::Form) => return small(self.form_alike),
            () if !joined && is(Kind::Minor) => return small(self.minor),
            () if !joined && is(Kind::Initial) => return small(self.initial),
            () => {}
        }
        let worth = match crossing(ours[0].script, theirs[0].script) {
            Some(crossing) => self.crossed_pair(crossing, pair.likeness, told),
            None if !joined && pair.likeness == VARIANT => self.variant_pair(pair.likeness, told),
            None => self.spelt_pair(pair.likeness, each),
        };
        Worth { weight: worth.weight + if joined { self.joined } else { 0.0 }, ..worth }
    }

    fn crossed_pair(&self, at: usize, likeness: f32, told: f32) -> Worth {
        let near = ((likeness - KNOTS[5]) / (1.0 - KNOTS[5])).max(0.0);
        let weight = self.crossed_near_told[at] * told * near
            + self.crossed_near[at] * near
            + self.crossed_told[at] * told
            + self.crossed[at];
        Worth { weight, told: told * ((likeness - 0.5) / 0.5).max(0.0), words: 1 }
    }

    /// Of words of which the asked and the listed tell so many nats.
    fn spelt_pair(&self, likeness: f32, (asked, listed): (f32, f32)) -> Worth {
        let told = asked.min(listed);
        let rarer = self.asked_rarer * (asked - told) + self.listed_rarer * (listed - told);
        let weight = self.between_knots(likeness, told) + rarer * unlike(likeness);
        Worth { weight, told: agreed(likeness, told), words: 1 }
    }

    fn variant_pair(&self, likeness: f32, told: f32) -> Worth {
        Worth { weight: self.variant + self.variant_told * told, told: agreed(likeness, told), words: 1 }
    }

    /// No pair adds more, where the asked word tells so many nats and no listed word is more like to it than
    /// `likeness`, which is at least [`ALIKE_MIN`]. Words written together are another matter.
    pub fn most_up_to(&self, likeness: f32, told: f32, crossed: bool) -> Gain {
        let likenesses = KNOTS.into_iter().filter(|knot| (ALIKE_MIN..likeness).contains(knot));
        // Between knots and for all that the listed word may tell, what a pair adds has its most at an end.
        likenesses
            .chain([ALIKE_MIN, likeness])
            .map(|likeness| self.most_at(likeness, told, crossed))
            .fold(Gain::NONE, Gain::or)
    }

    /// No pair that is just so like adds more.
    fn most_at(&self, likeness: f32, told: f32, crossed: bool) -> Gain {
        let at = |listed: f32| match crossed {
            true => (0..CROSSINGS)
                .map(|at| self.most(self.crossed_pair(at, likeness, listed)))
                .fold(Gain::NONE, Gain::or),
            false => self.most(self.spelt_pair(likeness, (told, listed))),
        };
        at(0.0).or(at(told))
    }

    /// No pair that is so like adds more, of a word that tells so many nats and others that are written together.
    pub fn most_of_joined(&self, likeness: f32, told: f32, crossed: bool) -> f32 {
        self.joined + self.most_at(likeness, told, crossed).most()
    }

    /// No acronym adds more that tells so many nats.
    pub fn most_of_acronym(&self, told: f32) -> f32 {
        let weight = self.acronym + (self.acronym_told * told).max(0.0);
        self.most(Worth { weight, told: 0.0, words: 1 }).most()
    }

    /// What so many words take away at least that only the listed name has.
    pub fn listed_words(&self, words: f32) -> f32 {
        -self.left(&Left::default(), &Left { words, ..Left::default() })
    }

    /// No pair with a word that tells so many nats adds more, however like the words are.
    pub fn most_of_any(&self, told: f32) -> Gain {
        let variant = |told: f32| self.most(self.variant_pair(VARIANT, told));
        let small = [self.initial, self.minor, self.form, self.form_alike];
        [false, true]
            .map(|crossed| self.most_up_to(1.0, told, crossed))
            .into_iter()
            .chain([variant(0.0), variant(told)])
            .chain(small.map(|weight| Gain { beside: weight, alone: weight }))
            .fold(Gain::NONE, Gain::or)
    }

    /// The most that a pair adds which tells so much or less.
    fn most(&self, worth: Worth) -> Gain {
        let beside = worth.weight + (self.first_told + self.all_told) * worth.told;
        let alone = self.single + self.single_told * worth.told + self.same_word_max();
        Gain { beside, alone: beside + alone }
    }

    /// What it comes to beside where one word alone agrees.
    fn alone(&self, told: f32, same: bool) -> f32 {
        self.single + self.single_told * told + if same { self.same_word } else { 0.0 }
    }

    fn between_knots(&self, likeness: f32, told: f32) -> f32 {
        let low = (1..KNOTS.len()).find(|&at| likeness >= KNOTS[at]).unwrap_or(KNOTS.len() - 1);
        let share = ((likeness - KNOTS[low]) / (KNOTS[low - 1] - KNOTS[low])).clamp(0.0, 1.0);
        let at = |knot: usize| self.told[knot] * told + self.aligned[knot];
        share * at(low - 1) + (1.0 - share) * at(low)
    }

    /// What the words take away that only one side has; the more words, the more it is (a test holds this).
    fn left(&self, ours: &Left, theirs: &Left) -> f32 {
        // An initial is less than half a word, and sums of such are not exact.
        let any = ours.words + theirs.words > 0.1;
        self.left_by_words(ours, theirs) + if any { self.incomplete } else { 0.0 }
    }

    fn left_by_words(&self, ours: &Left, theirs: &Left) -> f32 {
        let (told, words) = (ours.told.min(theirs.told), ours.words.min(theirs.words));
        self.against_told * told
            + self.against * words
            + self.asked_told * (ours.told - told)
            + self.asked * (ours.words - words)
            + self.listed_told * (theirs.told - told)
            + self.listed * (theirs.words - words)
            + self.numbers_against * ours.numbers.min(theirs.numbers)
    }

    /// What all agreeing words tell together: the more is known already, the less a further word adds.
    fn together(&self, told: f32) -> f32 {
        self.first_told * told.min(FIRST_NATS) + self.all_told * told.min(ALL_NATS)
    }

    /// What a pair adds at most to a name's odds.
    pub fn gain(&self, worth: Worth) -> Gain {
        if worth.words == 0 {
            return Gain { beside: worth.weight, alone: worth.weight };
        }
        let beside = worth.weight + (self.first_told + self.all_told) * worth.told;
        let alone = worth.weight + self.together(worth.told) + self.alone(worth.told, false);
        Gain { beside, alone: alone + self.same_word_max() }
    }

    /// What a word takes away at least that could be aligned and is not, in nats: not above zero.
    pub fn aside(&self, told: f32) -> f32 {
        let by_told = self.asked_told.max(self.against_told - self.listed_told);
        by_told * told + self.asked.max(self.against - self.listed)
    }

    /// What words must add together for a name to reach the floor.
    pub fn needed(&self, floor: f32) -> f32 {
        floor - self.base
    }

    /// What each initial adds at most.
    pub fn initial_max(&self) -> f32 {
        self.initial.max(0.0)
    }

    /// What initials and particles of the asked name, and initials of the listed, add at most.
    pub fn small_max(&self, initials: usize, minors: usize) -> f32 {
        self.initial.max(0.0) * initials as f32
            + self.minor.max(self.form).max(self.form_alike).max(0.0) * minors as f32
    }

    /// No name comes to more whose pairs gain so much, and on whose sides at least these words are left.
    pub fn total_max(&self, gain: f32, ours: &Left, theirs: &Left) -> f32 {
        self.base + gain + self.left(ours, theirs)
    }

    /// What is added at most where one word agrees and no other is there.
    pub fn same_word_max(&self) -> f32 {
        self.same_word.max(0.0)
    }
}

/// How far words of one sound system are from the same letters, as far as it matters for which is the rarer; it has its
/// end at a knot.
fn unlike(likeness: f32) -> f32 {
    ((1.0 - likeness) / (1.0 - KNOTS[2])).min(1.0)
}

/// What words of one sound system that are so like agree in, of what they tell.
fn agreed(likeness: f32, told: f32) -> f32 {
    told * ((likeness - 0.4) / 0.6).max(0.0)
}

/// What a pair adds to a name's odds at most, in nats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gain {
    /// Where other words agree too.
    pub beside: f32,
    /// Where no other word does, or there is no other.
    pub alone: f32,
}

impl Gain {
    pub const NONE: Gain = Gain { beside: f32::NEG_INFINITY, alone: f32::NEG_INFINITY };

    /// Of two pairs that may be made the better, in each regard.
    pub fn or(self, other: Gain) -> Gain {
        Gain { beside: self.beside.max(other.beside), alone: self.alone.max(other.alone) }
    }

    pub fn most(self) -> f32 {
        self.beside.max(self.alone)
    }

    /// Whether it is enough in either regard.
    pub fn reaches(self, needed: Gain) -> bool {
        self.beside >= needed.beside || self.alone >= needed.alone
    }
}

/// The probability that goes with odds given in nats.
pub fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// The other way round; `0` and `1` become very small and very large.
pub fn log_odds(probability: f64) -> f64 {
    let probability = probability.clamp(1e-9, 1.0 - 1e-9);
    (probability / (1.0 - probability)).ln()
}

/// A score said as services say it whose matches begin at `to`, where ours begin at `from`: the same evidence under
/// another expectation of how many are listed. Order is kept.
pub fn rescaled(score: f64, from: f64, to: f64) -> f64 {
    probability(log_odds(score) - log_odds(from) + log_odds(to))
}

#[cfg(test)]
mod tests;
