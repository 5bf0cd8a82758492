//! Scores as the Treasury's public Sanctions List Search computes them, as far as it says how (OFAC, FAQ 246, 247 and
//! 249): for comparing with it, never for deciding.
//!
//! Published: names that may match begin with a letter of the name asked for and are half alike by edit distance; the
//! whole names are compared by Jaro-Winkler, and part by part by Jaro-Winkler and Soundex; each part has a score, all of
//! them a composite one; the higher of both techniques is the score, and 100 is an exact match.
//!
//! Not published, and so ours: the score of two parts is the mean of both algorithms, Soundex counting the signs of its
//! code that agree; a part has the score of the best listed part; the composite is the mean over the parts asked for;
//! neither case nor punctuation counts; scores are whole hundredths.

use crate::entry::Entry;
use crate::index::Index;
use crate::query::{Feature, Hit, Query};

/// Where that search begins unless its user moves the slider.
pub const OFAC_THRESHOLD: f64 = 1.0;

/// Letters of a name that are compared; the longest listed name is far shorter.
const LETTERS_MAX: usize = 300;

/// Least likeness by edit distance of what is looked at.
const LIKENESS_MIN: f64 = 0.5;

/// Entries that score `threshold` or more, best first, at most `top`. Only names count; every entry is looked at.
pub fn screen_as_ofac(index: &Index, query: &Query, threshold: Option<f64>, top: usize) -> Vec<Hit> {
    let threshold = threshold.unwrap_or(OFAC_THRESHOLD);
    let asked: Vec<Plain> = query.names.iter().map(|name| Plain::of(name)).collect();
    let mut hits: Vec<Hit> = Vec::new();
    for (list, entry) in index.entries() {
        let best = asked.iter().filter_map(|asked| best_of(asked, entry)).max_by(|a, b| a.1.cmp(&b.1));
        let Some((name, found)) = best.filter(|(_, found)| found.score() >= threshold) else { continue };
        hits.push(Hit {
            list: list.to_owned(),
            entry_id: entry.entry_id.clone(),
            name: name.to_owned(),
            score: found.score(),
            is_match: true,
            features: found.features(),
        });
    }
    let place = |hit: &Hit| (hit.list.clone(), hit.entry_id.clone());
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| place(a).cmp(&place(b))));
    hits.truncate(top);
    hits
}

/// The score of one name against one entry, 0 to 1; `None` where the search would not look at it.
pub fn ofac_score(name: &str, entry: &Entry) -> Option<f64> {
    best_of(&Plain::of(name), entry).map(|(_, found)| found.score())
}

fn best_of<'a>(asked: &Plain, entry: &'a Entry) -> Option<(&'a str, Found)> {
    let scored = entry.names.iter().filter_map(|name| {
        let found = compare(asked, &Plain::of(&name.text))?;
        Some((name.text.as_str(), found))
    });
    scored.max_by(|a, b| a.1.cmp(&b.1))
}

/// Both techniques in hundredths.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    best: u8,
    whole: u8,
    parts: u8,
}

impl Found {
    fn score(&self) -> f64 {
        f64::from(self.best) / 100.0
    }

    fn features(&self) -> Vec<Feature> {
        let feature = |name: &str, hundredths: u8, detail: &str| Feature {
            name: name.to_owned(),
            score: f64::from(hundredths) / 100.0,
            weight: if hundredths == self.best { 1.0 } else { 0.0 },
            detail: detail.to_owned(),
        };
        vec![
            feature("whole name", self.whole, "Jaro-Winkler"),
            feature("name parts", self.parts, "Jaro-Winkler and Soundex"),
        ]
    }
}

/// A name as it is compared: letters and digits in upper case, one blank between parts.
struct Plain {
    letters: Vec<char>,
    parts: Vec<Vec<char>>,
}

impl Plain {
    fn of(name: &str) -> Self {
        let mut letters = Vec::new();
        for letter in name.chars().flat_map(char::to_uppercase).take(LETTERS_MAX) {
            match letter {
                letter if letter.is_alphanumeric() => letters.push(letter),
                '\'' | '’' | '.' => {}
                _ if letters.last().is_some_and(|last| *last != ' ') => letters.push(' '),
                _ => {}
            }
        }
        if letters.last() == Some(&' ') {
            letters.pop();
        }
        let parts = letters.split(|letter| *letter == ' ').filter(|part| !part.is_empty());
        let parts = parts.map(<[char]>::to_vec).collect();
        Self { letters, parts }
    }
}

/// `None` where no part begins alike and is half alike.
fn compare(asked: &Plain, listed: &Plain) -> Option<Found> {
    let looks_alike =
        |a: &[char], b: &[char]| !a.is_empty() && a.first() == b.first() && likeness(a, b) >= LIKENESS_MIN;
    let any_part = || asked.parts.iter().any(|a| listed.parts.iter().any(|b| looks_alike(a, b)));
    if !any_part() && !looks_alike(&asked.letters, &listed.letters) {
        return None;
    }
    let whole = jaro_winkler(&asked.letters, &listed.letters);
    let of_part = |part: &Vec<char>| {
        let scores =
            listed.parts.iter().map(|other| (jaro_winkler(part, other) + same_sound(part, other)) / 2.0);
        scores.fold(0.0, f64::max)
    };
    let parts = asked.parts.iter().map(of_part).sum::<f64>() / asked.parts.len().max(1) as f64;
    let (whole, parts) = (hundredths(whole), hundredths(parts));
    Some(Found { best: whole.max(parts), whole, parts })
}

/// Rounded, but 100 only for what is the same.
fn hundredths(score: f64) -> u8 {
    if score >= 1.0 { 100 } else { ((score * 100.0).round() as u8).min(99) }
}

/// Winkler (1990): Jaro's likeness, and a tenth of what is missing for each of the first four letters that agree.
fn jaro_winkler(a: &[char], b: &[char]) -> f64 {
    let jaro = jaro(a, b);
    let same = a.iter().zip(b).take(4).take_while(|(a, b)| a == b).count();
    if a == b { 1.0 } else { jaro + same as f64 * 0.1 * (1.0 - jaro) }
}

fn jaro(a: &[char], b: &[char]) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let reach = (a.len().max(b.len()) / 2).saturating_sub(1);
    let mut taken = vec![false; b.len()];
    let mut of_a = Vec::new();
    for (at, letter) in a.iter().enumerate() {
        let window = at.saturating_sub(reach)..b.len().min(at + reach + 1);
        if let Some(found) = window.into_iter().find(|&other| !taken[other] && b[other] == *letter) {
            taken[found] = true;
            of_a.push(*letter);
        }
    }
    if of_a.is_empty() {
        return 0.0;
    }
    let of_b = b.iter().zip(&taken).filter(|(_, taken)| **taken).map(|(letter, _)| letter);
    let swapped = of_a.iter().zip(of_b).filter(|(a, b)| a != b).count() / 2;
    let same = of_a.len() as f64;
    (same / a.len() as f64 + same / b.len() as f64 + (same - swapped as f64) / same) / 3.0
}

/// Share of the signs of both Soundex codes that agree, where either has one. Parts without a letter of A to Z have no
/// code, and sound alike only where they are the same.
fn same_sound(a: &[char], b: &[char]) -> f64 {
    let (Some(first), Some(second)) = (soundex(a), soundex(b)) else { return f64::from(u8::from(a == b)) };
    let signs = || first.iter().zip(&second).filter(|(a, b)| **a != b'0' || **b != b'0');
    signs().filter(|(a, b)| a == b).count() as f64 / signs().count().max(1) as f64
}

/// American Soundex as the National Archives have it: `H` and `W` do not part equal codes, vowels do.
fn soundex(part: &[char]) -> Option<[u8; 4]> {
    let mut letters =
        part.iter().filter_map(|letter| u8::try_from(*letter).ok()).filter(u8::is_ascii_uppercase);
    let first = letters.next()?;
    let mut code = [first, b'0', b'0', b'0'];
    let (mut filled, mut last) = (1, sign_of(first));
    for letter in letters {
        let sign = sign_of(letter);
        if sign.is_some() && sign != last && filled < code.len() {
            code[filled] = sign.unwrap_or(b'0');
            filled += 1;
        }
        if !matches!(letter, b'H' | b'W') {
            last = sign;
        }
    }
    Some(code)
}

fn sign_of(letter: u8) -> Option<u8> {
    match letter {
        b'B' | b'F' | b'P' | b'V' => Some(b'1'),
        b'C' | b'G' | b'J' | b'K' | b'Q' | b'S' | b'X' | b'Z' => Some(b'2'),
        b'D' | b'T' => Some(b'3'),
        b'L' => Some(b'4'),
        b'M' | b'N' => Some(b'5'),
        b'R' => Some(b'6'),
        _ => None,
    }
}

/// One less the edits over the longer length.
fn likeness(a: &[char], b: &[char]) -> f64 {
    let longer = a.len().max(b.len());
    // Lengths apart take as many edits.
    if longer == 0 || (longer - a.len().min(b.len())) * 2 > longer {
        return 0.0;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, letter) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (other, listed) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != listed);
            diagonal = row[other + 1];
            row[other + 1] = replaced.min(row[other] + 1).min(diagonal + 1);
        }
    }
    1.0 - row[b.len()] as f64 / longer as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Name, NameKind, Watchlist};
    use proptest::prelude::*;

    fn letters(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    fn entry(id: &str, names: &[&str]) -> Entry {
        let name = |text: &&str| Name { text: (*text).to_owned(), kind: NameKind::Primary };
        Entry { entry_id: id.to_owned(), names: names.iter().map(name).collect(), ..Entry::default() }
    }

    /// Values of Winkler's paper.
    #[test]
    fn jaro_and_winkler_are_as_published() {
        for (a, b, of_jaro, of_winkler) in [
            ("MARTHA", "MARHTA", 0.944, 0.961),
            ("DWAYNE", "DUANE", 0.822, 0.840),
            ("DIXON", "DICKSONX", 0.767, 0.813),
            ("", "DIXON", 0.0, 0.0),
            ("ABC", "XYZ", 0.0, 0.0),
            ("A", "A", 1.0, 1.0),
        ] {
            let (a, b) = (letters(a), letters(b));
            assert!((jaro(&a, &b) - of_jaro).abs() < 0.001, "{a:?} {b:?}");
            assert!((jaro_winkler(&a, &b) - of_winkler).abs() < 0.001, "{a:?} {b:?}");
        }
    }

    /// Values of the National Archives.
    #[test]
    fn soundex_is_as_published() {
        for (name, code) in [
            ("WASHINGTON", "W252"),
            ("LEE", "L000"),
            ("GUTIERREZ", "G362"),
            ("PFISTER", "P236"),
            ("JACKSON", "J250"),
            ("TYMCZAK", "T522"),
            ("ASHCRAFT", "A261"),
        ] {
            assert_eq!(
                soundex(&letters(name)).map(|code| code.to_vec()),
                Some(code.as_bytes().to_vec()),
                "{name}"
            );
        }
        assert_eq!(soundex(&letters("ПУТИН7")), None);
    }

    #[test]
    fn scores_are_of_the_better_technique_and_100_is_exact() {
        let listed = entry("1", &["DOE, John", "SMITH, Jon"]);
        for (asked, score) in [
            ("DOE, John", Some(1.0)),
            ("john doe", Some(1.0)),
            ("doe", Some(1.0)),
            // The parts: Jaro-Winkler 0.933 and the same sound; the other part is the same.
            ("Jon Doe", Some(0.98)),
            // One of two parts has nothing alike.
            ("John Xyz", Some(0.5)),
            ("Qqqq", None),
            ("", None),
            ("---", None),
        ] {
            assert_eq!(ofac_score(asked, &listed), score, "{asked}");
        }
    }

    #[test]
    fn only_entries_at_the_threshold_are_answered_best_first() {
        let entries = vec![entry("1", &["DOE, Johnny"]), entry("2", &["DOE, John"]), entry("3", &["NOBODY"])];
        let list = Watchlist { entries, ..crate::fictional() };
        let index = Index::new(vec![list]);
        let ids = |threshold, top| -> Vec<String> {
            let hits = screen_as_ofac(&index, &Query::for_name("John Doe"), threshold, top);
            hits.into_iter().map(|hit| hit.entry_id).collect()
        };

        assert_eq!(ids(None, 10), ["2"], "it begins with exact matches");
        assert_eq!(ids(Some(0.8), 10), ["2", "1"]);
        assert_eq!(ids(Some(0.8), 1), ["2"]);
    }

    proptest! {
        /// No name makes it panic, and scores stay within 0 and 1; what is the same scores 1.
        #[test]
        fn any_two_names_are_scored(a in "\\PC{0,400}", b in "\\PC{0,40}") {
            let score = ofac_score(&a, &entry("1", &[&b])).unwrap_or(0.0);
            prop_assert!((0.0..=1.0).contains(&score));
            let same = ofac_score(&b, &entry("1", &[&b]));
            prop_assert!(same.is_none_or(|score| score == 1.0));
        }

        /// Likeness is symmetric, and by edits: one edit in a long word leaves most of it.
        #[test]
        fn likeness_counts_edits(word in "[A-Z]{4,20}", at in 0..4_usize) {
            let word = letters(&word);
            let mut other = word.clone();
            other[at] = '7';
            let expected = 1.0 - 1.0 / word.len() as f64;
            prop_assert!((likeness(&word, &other) - expected).abs() < 1e-9);
            prop_assert!((likeness(&other, &word) - expected).abs() < 1e-9);
        }
    }
}
