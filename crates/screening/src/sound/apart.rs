//! What turning a word of one outline into a word of another costs at least, whatever the words are.

use std::sync::OnceLock;

use super::{Passage, Prices, Sound, class};

/// Longer outlines are not looked at.
const OUTLINE_MAX: usize = 16;

const CLASSES: &[u8] = b"PTSKRN";

/// The least prices between sounds of the classes, by passage.
struct Least {
    change: [[u16; 6]; 6],
    added: [u16; 6],
    lost: [u16; 6],
}

impl Least {
    fn of(passage: Passage) -> &'static Least {
        static ALL: OnceLock<Vec<Least>> = OnceLock::new();
        &ALL.get_or_init(|| Passage::ALL.into_iter().map(|passage| Least::new(Prices::of(passage))).collect())
            [passage as usize]
    }

    fn new(prices: &Prices) -> Self {
        let mut least = Least { change: [[u16::MAX; 6]; 6], added: [u16::MAX; 6], lost: [u16::MAX; 6] };
        let sounds = || (0..128u8).filter(u8::is_ascii_alphabetic);
        for a in sounds() {
            for a_class in classes(a) {
                least.added[a_class] = least.added[a_class].min(prices.added[usize::from(a)]);
                least.lost[a_class] = least.lost[a_class].min(prices.lost[usize::from(a)]);
                for b in sounds() {
                    let change = prices.change[usize::from(a)][usize::from(b)];
                    for b_class in classes(b) {
                        let known = &mut least.change[a_class][b_class];
                        *known = if a_class == b_class { 0 } else { change.min(*known) };
                    }
                    if is_silent(b) {
                        least.added[a_class] = least.added[a_class].min(change);
                        least.lost[a_class] = least.lost[a_class].min(change);
                    }
                }
            }
        }
        least
    }
}

/// The classes in which a sound may count, by its place in the word.
fn classes(sound: Sound) -> impl Iterator<Item = usize> {
    let within = [class(0, sound, false), class(1, sound, false)];
    CLASSES.iter().enumerate().filter(move |(_, class)| within.contains(&Some(**class))).map(|(at, _)| at)
}

/// Whether a sound may count in no class.
fn is_silent(sound: Sound) -> bool {
    class(1, sound, false).is_none()
}

/// In hundredths of a sound, where all sounds are written on both sides; the first came through the passage. Neighbours
/// of one class are one in an outline, so that any number of them may stand against one.
pub fn apart((passage, first_came): (Passage, bool), a: &[u8], b: &[u8]) -> u16 {
    let (from, to) = if first_came { (a, b) } else { (b, a) };
    let at = |outline: &[u8]| -> Option<Vec<usize>> {
        outline.iter().map(|class| CLASSES.iter().position(|known| known == class)).collect()
    };
    let (Some(from), Some(to)) = (at(from), at(to)) else { return 0 };
    if !passage.is_spelt_out() || from.len().max(to.len()) > OUTLINE_MAX {
        return 0;
    }
    let least = Least::of(passage);
    let mut row = [0u16; OUTLINE_MAX + 1];
    for (j, &b) in to.iter().enumerate() {
        row[j + 1] = row[j].saturating_add(least.lost[b]);
    }
    for &a in &from {
        let mut diagonal = row[0];
        row[0] = row[0].saturating_add(least.added[a]);
        for (j, &b) in to.iter().enumerate() {
            let change = least.change[a][b];
            let changed = diagonal.saturating_add(change);
            let dropped = row[j + 1].saturating_add(change.min(least.added[a]));
            let lost = row[j].saturating_add(change.min(least.lost[b]));
            diagonal = row[j + 1];
            row[j + 1] = changed.min(dropped).min(lost);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::*, *};

    #[test]
    fn consonants_of_other_classes_cost_much() {
        let apart = |a: &str, b: &str| apart((Passage::Spelt, true), a.as_bytes(), b.as_bytes());

        assert_eq!((apart("PTN", "PTN"), apart("PTN", "PRN"), apart("PTN", "PT")), (0, 100, 100));
        assert!(apart("TN", "SN") < 50);
    }

    proptest! {
        #[test]
        fn no_words_ever_cost_less_than_their_outlines(a in "[a-z]{1,10}", b in "[a-z]{1,10}", cyrillic in any::<bool>()) {
            let (latin, other) = (Script::Latin, if cyrillic { Script::Cyrillic } else { Script::Latin });
            for (x, y) in [(latin, other), (other, latin)] {
                let (sounds_a, sounds_b) = (sounds(&a, x), sounds(&b, y));
                let outlines = (outline(&sounds_a, x), outline(&sounds_b, y));
                let mut ladder = Ladder::new(&sounds_a, x);
                ladder.likeness(&sounds_b, y, 0.0);
                let price = ladder.price(&sounds_b, u16::MAX).unwrap();
                prop_assert!(apart(Passage::between(x, y), &outlines.0, &outlines.1) <= price, "{a} {b}");
            }
        }
    }
}
