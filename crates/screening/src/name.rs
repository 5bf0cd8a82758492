//! Names as sequences of words, and the best way to lay one upon another.

use std::{cmp::Ordering, ops::Range};

use crate::{
    company, legal,
    sound::{self, Sound},
    text::{Script, Word, words},
    token::{ALIKE_MIN, Kind, Token, likeness, spelling},
};

/// Words that are written together (`jinping`) are looked for in names of at most this many words.
const JOIN_WORDS_MAX: usize = 8;

/// As many neighbouring words may stand for one.
const JOINED_MAX: usize = 3;

/// What is written together and apart has the same outline, of at least this many consonants.
pub const JOINED_OUTLINE_MIN: usize = 3;

/// So many consonants at the end of a word and at the start of the next may become other sounds together.
const MEETING: usize = 2;

/// Words put together are held to be one word from here on.
pub const JOINED_ALIKE_MIN: f32 = 0.78;

/// Acronyms of companies stand for the first or the last words of the long name.
const ACRONYM_LETTERS: std::ops::RangeInclusive<usize> = 3..=6;

/// An acronym of so many letters is the name with nothing beside it, and particles may stand between its words.
const LONG_ACRONYM_MIN: usize = 4;

/// Words of one name that stand for words of the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    pub ours: Range<usize>,
    pub theirs: Range<usize>,
    pub likeness: f32,
    /// One side has the first letters of the other.
    pub acronym: bool,
}

/// The words of a name. A title or legal form counts little, unless there is nothing else.
pub fn parse(text: &str, person: bool) -> Vec<Token<'static>> {
    let words = words(text);
    if person {
        return whole_if_minor(words.iter().map(|word| Token::new(word, true)).collect());
    }
    let words = company::plain(words);
    let tokens = |words: &[Word]| words.iter().map(|word| Token::new(word, false)).collect::<Vec<_>>();
    let mut parsed = Vec::with_capacity(words.len());
    let mut at = 0;
    for form in legal::read(&words) {
        parsed.extend(tokens(&words[at..form.start]));
        parsed.push(Token::form(&words[form.clone()]));
        at = form.end;
    }
    parsed.extend(tokens(&words[at..]));
    if parsed.iter().all(|token| token.is_minor()) {
        return whole_if_minor(tokens(&words));
    }
    parsed
}

/// Particles and titles that have nothing beside them are the name.
fn whole_if_minor(mut tokens: Vec<Token<'static>>) -> Vec<Token<'static>> {
    if tokens.iter().all(|token| token.kind == Kind::Minor) {
        tokens.iter_mut().for_each(|token| token.kind = Kind::Whole);
    }
    tokens
}

/// Lays one name upon the other. The order of words does not matter, ties fall by their place. Empty where no word
/// agrees; an acronym alone is an agreement only where it stands for the whole name.
pub fn align(ours: &[&Token], theirs: &[&Token], person: bool) -> Vec<Pair> {
    align_by((ours, &together(ours)), theirs, person, |i, j| likeness(ours[i], theirs[j]))
}

/// The same, for a caller who has seen the words before: `likeness` is asked by the places of two words.
pub fn align_by(
    (ours, ours_together): (&[&Token], &[Together]),
    theirs: &[&Token],
    person: bool,
    mut likeness: impl FnMut(usize, usize) -> f32,
) -> Vec<Pair> {
    let mut candidates = Vec::new();
    for i in 0..ours.len() {
        for j in 0..theirs.len() {
            let likeness = likeness(i, j);
            if likeness >= ALIKE_MIN {
                candidates.push(Pair { ours: i..i + 1, theirs: j..j + 1, likeness, acronym: false });
            }
        }
    }
    let all_found =
        candidates.iter().filter(|pair| pair.likeness == 1.0).count() >= ours.len().max(theirs.len());
    if !all_found {
        let likeness = |together: &Together, whole: &Token, offer: &mut dyn FnMut(f32)| {
            together.likeness(whole).into_iter().for_each(offer);
        };
        if ours.len().max(theirs.len()) <= JOIN_WORDS_MAX {
            for together in ours_together {
                for (at, whole) in theirs.iter().enumerate() {
                    likeness(together, whole, &mut |likeness| {
                        candidates.push(Pair {
                            ours: together.run.clone(),
                            theirs: at..at + 1,
                            likeness,
                            acronym: false,
                        });
                    });
                }
            }
            for (at, whole) in ours.iter().enumerate() {
                for run in runs(theirs).filter(|run| could_join(&theirs[run.clone()], whole)) {
                    likeness(&Together::of(theirs, run.clone()), whole, &mut |likeness| {
                        candidates.push(Pair {
                            ours: at..at + 1,
                            theirs: run.clone(),
                            likeness,
                            acronym: false,
                        });
                    });
                }
            }
        }
        if !person {
            let likeness = JOINED_ALIKE_MIN;
            acronyms(ours, theirs, |run, one| {
                candidates.push(Pair { ours: run, theirs: one..one + 1, likeness, acronym: true });
            });
            acronyms(theirs, ours, |run, one| {
                candidates.push(Pair { ours: one..one + 1, theirs: run, likeness, acronym: true });
            });
        }
    }
    candidates.sort_by(|a, b| rank(a, b, ours, theirs));
    let mask = |range: &Range<usize>| range.clone().fold(0u64, |mask, at| mask | 1 << at);
    let (mut ours_taken, mut theirs_taken) = (0u64, 0u64);
    candidates.retain(|pair| {
        let free = ours_taken & mask(&pair.ours) == 0 && theirs_taken & mask(&pair.theirs) == 0;
        if free {
            ours_taken |= mask(&pair.ours);
            theirs_taken |= mask(&pair.theirs);
        }
        free
    });
    let leading = (leading(ours), leading(theirs));
    if !candidates.iter().any(|pair| is_leading(pair, (ours, leading.0), (theirs, leading.1))) {
        candidates.clear();
    }
    candidates
}

/// The words by which a name is looked for: those that are whole or numbers; where it has none, its initials.
pub fn leading(name: &[&Token]) -> fn(&Token) -> bool {
    match name.iter().any(|token| token.leads()) {
        true => |token| token.leads(),
        false => |token| token.kind == Kind::Initial,
    }
}

/// Whether names with this pair have a word in common. An acronym is one where it has all words of the name, nor is an
/// initial with the word that begins with it.
fn is_leading(
    pair: &Pair,
    (ours, our_leading): (&[&Token], fn(&Token) -> bool),
    (theirs, their_leading): (&[&Token], fn(&Token) -> bool),
) -> bool {
    let (a, b) = (ours[pair.ours.start], theirs[pair.theirs.start]);
    let joined = pair.ours.len() + pair.theirs.len() > 2;
    let by_itself = || our_leading(a) && their_leading(b) && a.leads() == b.leads();
    if pair.acronym {
        is_whole(&pair.ours, ours) || is_whole(&pair.theirs, theirs)
    } else {
        joined || by_itself()
    }
}

/// Whether an acronym of these words stands for all of the name, and is too long to be so by chance.
fn is_whole(run: &Range<usize>, name: &[&Token]) -> bool {
    let given = name[run.clone()].iter().filter(|token| gives_letter(token)).count();
    let beside = name[..run.start].iter().chain(&name[run.end..]);
    given >= LONG_ACRONYM_MIN && beside.into_iter().all(|token| token.is_minor())
}

/// Neighbouring words that may be written as one.
pub struct Together {
    pub run: Range<usize>,
    pub outline: Vec<u8>,
    pub text: String,
    pub script: Script,
    pub sounds: Vec<Sound>,
}

/// All neighbouring words of a name that may be written as one; none of a name of many words.
pub fn together(name: &[&Token]) -> Vec<Together> {
    let runs = runs(name).take_while(|_| name.len() <= JOIN_WORDS_MAX);
    runs.map(|run| Together::of(name, run))
        .filter(|together| together.outline.len() >= JOINED_OUTLINE_MIN)
        .collect()
}

fn runs(name: &[&Token]) -> impl Iterator<Item = Range<usize>> {
    let all = (2..=JOINED_MAX)
        .flat_map(|len| (0..(name.len() + 1).saturating_sub(len)).map(move |at| at..at + len));
    all.filter(|run| {
        let run = &name[run.clone()];
        run.iter().all(|part| !matches!(part.kind, Kind::Number | Kind::Form) && part.script == run[0].script)
    })
}

impl Together {
    fn of(name: &[&Token], run: Range<usize>) -> Self {
        let text: String = name[run.clone()].iter().map(|part| &*part.text).collect();
        let script = name[run.start].script;
        let sounds = sound::sounds(&text, script);
        Self { outline: sound::outline(&sounds, script), script, run, text, sounds }
    }

    /// As one word, of which it is not known what it tells.
    pub fn into_token(self) -> Token<'static> {
        let Self { text, script, sounds, outline, .. } = self;
        let (text, sounds, outline) = (text.into(), sounds.into(), outline.into());
        Token { text, kind: Kind::Whole, script, sounds, outline, group: None, told: 0.0 }
    }

    /// How like they are to one word; `None` where they are not held to be that word.
    pub fn likeness(&self, whole: &Token) -> Option<f32> {
        if whole.kind != Kind::Whole
            || *whole.outline != *self.outline
            || self.outline.len() < JOINED_OUTLINE_MIN
        {
            return None;
        }
        let least = JOINED_ALIKE_MIN;
        let spelt = spelling(self.text.as_bytes(), whole.text.as_bytes(), least);
        joined_likeness(spelt.max(sound::likeness(
            (&self.sounds, self.script),
            (&whole.sounds, whole.script),
            least,
        )))
    }
}

/// What it counts for that words written together are like to one.
pub fn joined_likeness(likeness: f32) -> Option<f32> {
    (likeness >= JOINED_ALIKE_MIN).then_some(likeness * 0.97)
}

/// A cheap look: together the words have all their consonants but those that meet and become one sound.
fn could_join(run: &[&Token], whole: &Token) -> bool {
    let (first, last) = (&run[0].outline, &run[run.len() - 1].outline);
    let (start, end) = (&first[..first.len().saturating_sub(MEETING)], &last[MEETING.min(last.len())..]);
    let parts: usize = run.iter().map(|part| part.outline.len()).sum();
    let outline = &whole.outline;
    whole.kind == Kind::Whole
        && outline.len() >= JOINED_OUTLINE_MIN.max(start.len()).max(end.len())
        && outline.len() <= parts + 1
        && parts <= outline.len() + 2 * run.len()
        && start.iter().eq(&outline[..start.len()])
        && end.iter().eq(&outline[outline.len() - end.len()..])
}

/// Offers the words whose first letters are one word of the other name.
fn acronyms(parts: &[&Token], wholes: &[&Token], mut offer: impl FnMut(Range<usize>, usize)) {
    for (at, whole) in wholes.iter().enumerate() {
        if whole.kind == Kind::Whole && ACRONYM_LETTERS.contains(&whole.text.len()) {
            acronym_runs(parts, whole.text.len())
                .filter(|run| first_letters(&parts[run.clone()]).eq(whole.text.bytes()))
                .for_each(|run| offer(run, at));
        }
    }
}

/// The first so many words and the last, where each could give a letter to an acronym. Particles and legal forms give
/// none.
fn acronym_runs(words: &[&Token], len: usize) -> impl Iterator<Item = Range<usize>> {
    let giving: Vec<usize> = (0..words.len()).filter(|&at| gives_letter(words[at])).collect();
    let run = |giving: &[usize]| giving[0]..giving[len - 1] + 1;
    let runs = (giving.len() >= len).then(|| [run(&giving[..len]), run(&giving[giving.len() - len..])]);
    let [first, last] = match runs {
        Some([first, last]) if first == last => [Some(first), None],
        Some(runs) => runs.map(Some),
        None => [None, None],
    };
    let silent = move |token: &&Token| gives_letter(token) || (token.is_minor() && len >= LONG_ACRONYM_MIN);
    [first, last].into_iter().flatten().filter(move |run| words[run.clone()].iter().all(silent))
}

fn gives_letter(token: &Token) -> bool {
    token.kind == Kind::Whole && token.text.len() > 1
}

fn first_letters<'a>(run: &'a [&Token]) -> impl Iterator<Item = u8> + 'a {
    run.iter().filter(|token| gives_letter(token)).map(|token| token.text.as_bytes()[0])
}

/// The first letters of the first words and of the last, as they could be an acronym.
pub fn initials(words: &[&Token], mut take: impl FnMut(Range<usize>, &str)) {
    for run in ACRONYM_LETTERS.flat_map(|len| acronym_runs(words, len)) {
        let letters: String = first_letters(&words[run.clone()]).map(char::from).collect();
        take(run, &letters);
    }
}

fn rank(a: &Pair, b: &Pair, ours: &[&Token], theirs: &[&Token]) -> Ordering {
    let value = |pair: &Pair| {
        let ours: f32 = ours[pair.ours.clone()].iter().map(|token| token.told).sum();
        let theirs: f32 = theirs[pair.theirs.clone()].iter().map(|token| token.told).sum();
        ours.min(theirs) * (pair.likeness - 0.4)
    };
    // Ties fall by the words, so that neither the order of words nor of sides moves the answer.
    let text = |pair: &Pair| {
        let first =
            |tokens: &[&Token]| tokens.iter().map(|token| &*token.text).min().unwrap_or("").to_owned();
        let (ours, theirs) = (first(&ours[pair.ours.clone()]), first(&theirs[pair.theirs.clone()]));
        if ours <= theirs { (ours, theirs) } else { (theirs, ours) }
    };
    let place = |pair: &Pair| (pair.ours.start, pair.theirs.start);
    let by_value = value(b).total_cmp(&value(a));
    by_value.then_with(|| text(a).cmp(&text(b))).then_with(|| place(a).cmp(&place(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acronym_stands_for_words_beside_others_or_for_a_whole_long_name() {
        for (ours, theirs, short_for) in [
            ("IRISL Benelux NV", "Islamic Republic of Iran Shipping Lines Benelux", true),
            ("IRISL", "Islamic Republic of Iran Shipping Lines", true),
            ("NIOC", "National Iranian Oil Company", false),
            ("SLC", "Swift Line Couriers", false),
            ("SLCO", "Swift Line Couriers Overseas", true),
            ("SLCO", "Swift Line Couriers Overseas Depots", false),
            // A legal form is no acronym, and gives none a letter.
            ("Gloria SAC", "Gloria South Asian Chapter", false),
            ("Gloria SACL", "Gloria South Asian Chapter Ltd", false),
            ("Rivers Nig. Ltd", "Rivers New Idea Guangzhou", false),
        ] {
            let (ours, theirs) = (parse(ours, false), parse(theirs, false));
            let (a, b): (Vec<&Token>, Vec<&Token>) = (ours.iter().collect(), theirs.iter().collect());
            for pairs in [align(&a, &b, false), align(&b, &a, false)] {
                assert_eq!(pairs.iter().any(|pair| pair.acronym), short_for, "{ours:?} {theirs:?}");
            }
        }
    }
}
