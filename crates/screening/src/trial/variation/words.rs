//! Names whose words change place, go, grow together or fall apart.

use super::{super::Random, is_spelt, split_words};

/// Words before names that are as often written together with them.
const LEADING: [&str; 15] = [
    "abdul", "abdel", "abd", "abu", "al", "el", "ibn", "bin", "nur", "saif", "trans", "inter", "agro",
    "tech", "euro",
];

/// The family name first or last, or two words exchanged.
pub fn reorder(name: &str, person: bool, random: &mut Random) -> Option<String> {
    if let Some((family, given)) = name.split_once(',') {
        return Some(format!("{} {}", given.trim(), family.trim()));
    }
    let mut words = split_words(name);
    match words.len() {
        0 | 1 => return None,
        _ if person && random.permille(400) => {
            let last = words.pop()?;
            return Some(format!("{last}, {}", words.join(" ")));
        }
        2 => words.swap(0, 1),
        len => {
            let at = random.below(len - 1);
            words.swap(at, at + 1);
        }
    }
    Some(words.join(" "))
}

/// Without one word that is neither the first nor the last: of `FAMILY, Given Middle` the middle name.
pub fn shorten(name: &str, person: bool, random: &mut Random) -> Option<String> {
    let mut words = split_words(name);
    let comma = words.iter().position(|word| word.ends_with(','));
    let least = if person { 3 } else { 4 };
    if words.len() < least {
        return None;
    }
    let first = comma.map_or(1, |comma| comma + 2);
    let end = if comma.is_some() { words.len() } else { words.len() - 1 };
    if first >= end {
        return None;
    }
    let mut at = first + random.below(end - first);
    words.remove(at);
    // A particle does not stay behind alone.
    while at > 0 && at == words.len() && is_particle(words[at - 1]) && words.len() > 2 {
        words.pop();
        at -= 1;
    }
    Some(words.join(" "))
}

/// A given name as its first letter.
pub fn initial(name: &str, random: &mut Random) -> Option<String> {
    let mut words: Vec<String> = split_words(name).into_iter().map(str::to_owned).collect();
    let comma = words.iter().position(|word| word.ends_with(','));
    let (first, end) = comma.map_or((0, words.len().saturating_sub(1)), |comma| (comma + 1, words.len()));
    let long = |word: &String| word.chars().all(is_spelt) && word.chars().count() > 2;
    let places: Vec<usize> = (first..end).filter(|&at| long(&words[at])).collect();
    if places.is_empty() {
        return None;
    }
    let at = *random.pick(&places);
    words[at] = format!("{}.", words[at].chars().next()?);
    Some(words.join(" "))
}

/// Two neighbouring words in one piece.
pub fn join(name: &str, random: &mut Random) -> Option<String> {
    const LETTERS_MAX: usize = 7;
    let words = split_words(name);
    let short = |word: &&str| {
        word.chars().all(|letter| is_spelt(letter) || letter == '-') && word.chars().count() <= LETTERS_MAX
    };
    let places: Vec<usize> =
        (1..words.len()).filter(|&at| short(&words[at - 1]) && short(&words[at])).collect();
    let hyphen = name.char_indices().filter(|(_, letter)| *letter == '-').map(|(at, _)| at);
    let hyphens: Vec<usize> = hyphen.collect();
    if !hyphens.is_empty() && random.permille(500) {
        let at = *random.pick(&hyphens);
        return Some(format!("{}{}", &name[..at], name[at + 1..].to_lowercase()));
    }
    if places.is_empty() {
        return None;
    }
    let at = *random.pick(&places);
    let together = format!("{}{}", words[at - 1], words[at].to_lowercase()).replace('-', "");
    let parts =
        words[..at - 1].iter().copied().chain([together.as_str()]).chain(words[at + 1..].iter().copied());
    Some(parts.collect::<Vec<_>>().join(" "))
}

/// One word in two pieces: at a hyphen, within a made-up word, or after a word that often leads.
pub fn split(name: &str, random: &mut Random) -> Option<String> {
    if name.contains('-') {
        return Some(name.replace('-', " "));
    }
    let words = split_words(name);
    let cut = |word: &str| {
        let lower = word.to_lowercase();
        let led =
            LEADING.iter().find(|leading| lower.starts_with(*leading) && lower.len() > leading.len() + 3);
        // A capital within a word begins one.
        let inner = word
            .char_indices()
            .skip(1)
            .find(|(at, letter)| letter.is_uppercase() && word[..*at].ends_with(char::is_lowercase));
        inner.map(|(at, _)| at).or(led.map(|leading| leading.len())).filter(|at| word.is_char_boundary(*at))
    };
    let places: Vec<(usize, usize)> =
        words.iter().enumerate().filter_map(|(number, word)| Some((number, cut(word)?))).collect();
    if places.is_empty() {
        return None;
    }
    let (number, at) = *random.pick(&places);
    let parted = format!("{} {}", &words[number][..at], &words[number][at..]);
    let parts =
        words[..number].iter().copied().chain([parted.as_str()]).chain(words[number + 1..].iter().copied());
    Some(parts.collect::<Vec<_>>().join(" "))
}

fn is_particle(word: &str) -> bool {
    matches!(
        word.to_lowercase().as_str(),
        "al" | "el" | "bin" | "ibn" | "abd" | "abu" | "de" | "van" | "von" | "bint"
    )
}
