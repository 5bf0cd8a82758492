//! Names spelt otherwise, legal forms and ordinary words said otherwise, from groups of which any stands for any other.

use std::{collections::HashMap, sync::OnceLock};

use super::{super::Random, is_spelt, split_words};

const TABLE: &str = include_str!("../../../data/ordinary/spellings.txt");

/// More words are no legal form or phrase.
const PHRASE_WORDS_MAX: usize = 4;

/// Family names by which a name in Latin letters is taken for a Chinese one.
const CHINESE: [&str; 24] = [
    "wang", "li", "zhang", "liu", "chen", "yang", "huang", "zhao", "wu", "zhou", "xu", "sun", "ma", "zhu",
    "hu", "guo", "lin", "gao", "luo", "zheng", "xie", "deng", "xi", "jiang",
];

#[derive(Default)]
struct Spellings {
    people: Groups,
    forms: Groups,
    words: Groups,
    /// What is found, and what may stand for it.
    letters: Vec<(&'static str, Vec<&'static str>)>,
    chinese: Vec<(&'static str, Vec<&'static str>)>,
}

/// Groups of words, and which of them have a word.
#[derive(Default)]
struct Groups {
    groups: Vec<Vec<String>>,
    of: HashMap<String, Vec<usize>>,
}

impl Groups {
    fn add(&mut self, words: &[&str]) {
        let words: Vec<String> = words.iter().map(|word| word.replace('_', " ")).collect();
        for word in &words {
            self.of.entry(plain(word)).or_default().push(self.groups.len());
        }
        self.groups.push(words);
    }

    /// Another of a group that has this one.
    fn other(&self, text: &str, random: &mut Random) -> Option<&str> {
        let text = plain(text);
        let groups = self.of.get(&text)?;
        let others: Vec<&String> =
            groups.iter().flat_map(|&at| &self.groups[at]).filter(|other| plain(other) != text).collect();
        if others.is_empty() { None } else { Some(random.pick::<&String>(&others).as_str()) }
    }
}

fn spellings() -> &'static Spellings {
    static READ: OnceLock<Spellings> = OnceLock::new();
    READ.get_or_init(|| {
        let mut read = Spellings::default();
        let mut heading = "";
        for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let words: Vec<&'static str> = line.split(' ').collect();
            match (line.starts_with('['), heading) {
                (true, _) => heading = line,
                (_, "[people]") => read.people.add(&words),
                (_, "[forms]") => read.forms.add(&words),
                (_, "[words]") => read.words.add(&words),
                (_, "[letters]") => read.letters.extend(each_for_any(&words)),
                (_, "[simpler]") => {
                    read.letters.extend(words.split_first().map(|(from, to)| (*from, to.to_vec())));
                }
                _ => read.chinese.extend(each_for_any(&words)),
            }
        }
        read
    })
}

/// Each of a group with the others of it.
fn each_for_any(group: &[&'static str]) -> Vec<(&'static str, Vec<&'static str>)> {
    let others = |from: &str| group.iter().copied().filter(|other| *other != from).collect();
    group.iter().map(|from| (*from, others(from))).collect()
}

/// A name by its own other spellings, else some of its letters, as other tables of transcription write them.
pub fn respell(name: &str, random: &mut Random) -> Option<String> {
    let spellings = spellings();
    let words = split_words(name);
    let known: Vec<usize> =
        (0..words.len()).filter(|&at| spellings.people.of.contains_key(&plain(words[at]))).collect();
    if !known.is_empty() && random.permille(600) {
        let at = *random.pick(&known);
        let other = spellings.people.other(words[at], random)?;
        return Some(replaced(&words, at..at + 1, Some(other)));
    }
    let chinese =
        words.len() <= 3 && words.iter().any(|word| CHINESE.contains(&word.to_lowercase().trim_matches(',')));
    let groups = if chinese { &spellings.chinese } else { &spellings.letters };
    let places: Vec<usize> =
        (0..words.len()).filter(|&at| words[at].chars().filter(|c| is_spelt(*c)).count() > 2).collect();
    const TRIES: usize = 6;
    (0..TRIES).find_map(|_| {
        let at = if places.is_empty() { return None } else { *random.pick(&places) };
        let other = respell_word(words[at], groups, random)?;
        Some(replaced(&words, at..at + 1, Some(&other)))
    })
}

/// A word with one of its groups of letters written otherwise, small.
fn respell_word(word: &str, groups: &[(&str, Vec<&str>)], random: &mut Random) -> Option<String> {
    let marked = format!("^{}$", word.to_lowercase());
    let found: Vec<&(&str, Vec<&str>)> = groups.iter().filter(|(from, _)| marked.contains(from)).collect();
    if found.is_empty() {
        return None;
    }
    let (from, to) = *random.pick(&found);
    Some(marked.replacen(from, random.pick::<&str>(to), 1).replace(['^', '$'], ""))
}

/// The legal form left out, or another way of writing it.
pub fn other_form(name: &str, random: &mut Random) -> Option<String> {
    let words = split_words(name);
    let range = phrase(&words, &spellings().forms, |range| range.start == 0 || range.end == words.len())?;
    if range.len() == words.len() {
        return None;
    }
    let other =
        spellings().forms.other(&words[range.clone()].join(" "), random).filter(|_| random.permille(600));
    Some(replaced(&words, range, other))
}

/// An ordinary word as other languages have it.
pub fn translate(name: &str, random: &mut Random) -> Option<String> {
    let words = split_words(name);
    let range = phrase(&words, &spellings().words, |_| random.permille(600))?;
    let other = spellings().words.other(&words[range.clone()].join(" "), random)?;
    Some(replaced(&words, range, Some(other)))
}

/// The longest run of words that some group has, of those that are wanted.
fn phrase(
    words: &[&str],
    groups: &Groups,
    mut wanted: impl FnMut(&std::ops::Range<usize>) -> bool,
) -> Option<std::ops::Range<usize>> {
    let lengths = (1..=PHRASE_WORDS_MAX.min(words.len())).rev();
    let runs = lengths.flat_map(|len| (0..=words.len() - len).map(move |start| start..start + len));
    let mut known = runs.filter(|range| groups.of.contains_key(&plain(&words[range.clone()].join(" "))));
    known.find(|range| wanted(range))
}

/// The words with some of them replaced, written large or with a capital as they were.
fn replaced(words: &[&str], range: std::ops::Range<usize>, by: Option<&str>) -> String {
    let was = words[range.clone()].join(" ");
    let by = by.map(|by| {
        let comma = if was.ends_with(',') && !by.ends_with(',') { "," } else { "" };
        format!("{}{comma}", as_large(by, &was))
    });
    let parts = words[..range.start].iter().map(|word| (*word).to_owned());
    let parts = parts.chain(by).chain(words[range.end..].iter().map(|word| (*word).to_owned()));
    parts.collect::<Vec<_>>().join(" ")
}

fn as_large(text: &str, model: &str) -> String {
    let letters = || model.chars().filter(|letter| letter.is_alphabetic());
    if letters().count() > 1 && letters().all(|letter| !letter.is_lowercase()) {
        return text.to_uppercase();
    }
    let mut capital = letters().next().is_some_and(char::is_uppercase);
    let mut large = String::new();
    for letter in text.chars() {
        if capital && letter.is_alphabetic() {
            large.extend(letter.to_uppercase());
            capital = false;
        } else {
            large.push(letter);
        }
    }
    large
}

/// Without case and without full stops and commas.
fn plain(text: &str) -> String {
    text.chars().filter(|letter| !matches!(letter, '.' | ',')).flat_map(char::to_lowercase).collect()
}
