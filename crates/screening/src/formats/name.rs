//! Names taken out of the prose that lists put around them: brackets, labels, titles.

use terms::Country;

use super::{birth, draft::several, number::enumerated};
use crate::entry::{Entry, NameKind, Schema};

const NAMES_MAX: usize = 500;

/// Adds every name in a cell such as `Sergei AKSENOV (Сергей АКСЁНОВ); Chinese:; Text of image; 林仲恒`.
pub fn add_all(entry: &mut Entry, text: &str, kind: NameKind) {
    for part in several(text).flat_map(enumerated).take(NAMES_MAX) {
        let halves: Vec<&str> = part.split(" / ").collect();
        let whole = halves.iter().all(|half| half.contains(' '));
        let parts = if whole { halves } else { vec![part] };
        parts.into_iter().for_each(|part| add(entry, part, kind));
    }
}

/// Adds a name and what is said in brackets within it. What is not understood stays as published.
pub fn add(entry: &mut Entry, text: &str, kind: NameKind) {
    let text = text.trim().trim_matches('"').trim();
    if text.eq_ignore_ascii_case("text of image") {
        return;
    }
    if let Some((label, rest)) = text.split_once(':')
        && take_labelled(entry, label, rest, kind)
    {
        return;
    }
    let Some(parts) = parted(text) else { return entry.add_name(text, kind) };
    let kind =
        if parts.brackets.iter().any(|(_, inside)| is_former(inside)) { NameKind::Former } else { kind };
    let mut others = Vec::new();
    for (after, inside) in &parts.brackets {
        match understand(entry, &parts.words, *after, inside) {
            Some(names) => others.extend(names),
            None => return entry.add_name(text, kind),
        }
    }
    entry.add_name(&parts.words.join(" "), kind);
    for (name, weak) in others {
        let alias = if kind == NameKind::Primary { NameKind::Alias } else { kind };
        entry.add_name(&name, if weak { NameKind::WeakAlias } else { alias });
    }
}

/// `Russian: …`, `place of birth: …`. Whether the label was one of those.
fn take_labelled(entry: &mut Entry, label: &str, rest: &str, kind: NameKind) -> bool {
    let (label, rest) = (label.trim().to_lowercase(), rest.trim());
    match label.as_str() {
        "place of birth" | "pob" => entry.add_birth_place([rest]),
        "date of birth" | "dob" => birth::add(entry, rest),
        "date of issue" | "place of issue" | "date of expiration" | "passport number" => {
            entry.add_detail(&label, rest);
        }
        "aliases" | "aka" | "a.k.a." | "other name" | "stage name" | "married name" | "original script" => {
            rest.split(',').for_each(|name| add(entry, name, kind));
        }
        _ if is_language(&label) => {
            let alias =
                if kind == NameKind::Primary && !entry.names.is_empty() { NameKind::Alias } else { kind };
            add(entry, rest, alias);
        }
        _ => return false,
    }
    true
}

fn is_language(label: &str) -> bool {
    const LANGUAGES: [&str; 24] = [
        "arabic",
        "armenian",
        "azerbaijani",
        "belarusian",
        "belarussian",
        "burmese",
        "chinese",
        "farsi",
        "georgian",
        "hebrew",
        "in arabic",
        "in russian",
        "japanese",
        "kazakh",
        "korean",
        "persian",
        "rusian",
        "russian",
        "serbian",
        "tajik",
        "turkish",
        "ukrainian",
        "urdu",
        "uzbek",
    ];
    LANGUAGES.contains(&label)
}

struct Parts<'a> {
    words: Vec<&'a str>,
    /// How many words stand before each bracket, and what is in it.
    brackets: Vec<(usize, &'a str)>,
}

/// `None` where there is no bracket or one does not close.
fn parted(text: &str) -> Option<Parts<'_>> {
    let mut parts = Parts { words: Vec::new(), brackets: Vec::new() };
    let mut rest = text;
    while let Some(open) = rest.find('(') {
        parts.words.extend(rest[..open].split_whitespace());
        let inside = &rest[open + 1..];
        let mut depth = 1;
        let close = inside.char_indices().find(|(_, letter)| {
            depth += i32::from(*letter == '(') - i32::from(*letter == ')');
            depth == 0
        });
        let (close, _) = close?;
        // `(PVT.)LIMITED`, `(IRGC)-QODS`: part of the name.
        let after = &inside[close + 1..];
        if after.chars().next().is_some_and(|letter| !letter.is_whitespace() && letter != ',') {
            return None;
        }
        parts.brackets.push((parts.words.len(), inside[..close].trim()));
        rest = after;
    }
    parts.words.extend(rest.split_whitespace().filter(|word| *word != ","));
    let any = !parts.brackets.is_empty() && !parts.words.is_empty() && parts.brackets.len() < 10;
    any.then_some(parts)
}

/// Names that a bracket adds, each with whether it is weak; `None` where it says something else.
fn understand(entry: &mut Entry, words: &[&str], after: usize, inside: &str) -> Option<Vec<(String, bool)>> {
    let lower = inside.to_lowercase();
    if is_former(inside)
        || matches!(lower.as_str(), "initials" | "third" | "second" | "deceased" | "nom de guerre")
    {
        return Some(Vec::new());
    }
    if let Some(dated) = lower.strip_prefix("born ") {
        birth::add(entry, dated.split(" in ").next().unwrap_or(""));
        return Some(Vec::new());
    }
    if let Some((label, rest)) = inside.split_once(':') {
        let label = label.trim().to_lowercase();
        if is_language(&label) || label == "original script" {
            return Some(vec![(rest.trim().to_owned(), false)]);
        }
        return take_labelled(entry, &label, rest, NameKind::Alias).then(Vec::new);
    }
    let stated =
        ["a.k.a. ", "a.k.a ", "aka ", "alias ", "also "].iter().find(|word| lower.starts_with(*word));
    if let Some(word) = stated {
        let names = inside[word.len()..].split(',').map(str::trim).filter(|name| !name.is_empty());
        return Some(names.map(|name| (in_place(words, after, name), false)).collect());
    }
    let is_latin = |text: &str| text.chars().any(|letter| letter.is_ascii_alphabetic());
    let is_native = !is_latin(inside) && inside.chars().any(char::is_alphabetic);
    if is_native && words.iter().any(|word| is_latin(word)) {
        return Some(vec![(inside.to_owned(), false)]);
    }
    let ends = after == words.len();
    match entry.schema {
        Schema::Person if !inside.contains(' ') => Some(vec![(in_place(words, after, inside), false)]),
        Schema::Person => None,
        _ if ends && Country::named(inside).is_none() && !is_place(inside) => {
            let weak = !inside.contains(' ') && inside.chars().count() <= 6;
            Some(vec![(inside.to_owned(), weak)])
        }
        _ => None,
    }
}

fn is_former(inside: &str) -> bool {
    let lower = inside.to_lowercase();
    ["previously listed", "formerly listed", "former name", "formerly"]
        .iter()
        .any(|word| lower.starts_with(word))
}

fn is_place(inside: &str) -> bool {
    matches!(inside, "U.K." | "U.S.A." | "Pvt." | "Private" | "Pty" | "Holdings")
}

/// The name with another spelling of the word before the bracket; a spelling of several words is a name itself.
fn in_place(words: &[&str], after: usize, spelling: &str) -> String {
    if spelling.contains(' ') || after == 0 {
        return spelling.to_owned();
    }
    let words = words.iter().enumerate().map(|(at, word)| if at + 1 == after { spelling } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// Takes ranks and forms of address off the front of a person's names, where two words are left.
pub fn split_titles(entry: &mut Entry) {
    if entry.schema != Schema::Person {
        return;
    }
    for mut name in std::mem::take(&mut entry.names) {
        let words: Vec<&str> = name.text.split(' ').collect();
        let titles = words.iter().take_while(|word| is_title(word)).count();
        if titles > 0 && words.len() >= titles + 2 {
            let (title, rest) = (words[..titles].join(" "), words[titles..].join(" "));
            entry.add_title(&title);
            name.text = rest;
        }
        entry.add_name(&name.text, name.kind);
    }
}

fn is_title(word: &str) -> bool {
    const TITLES: [&str; 32] = [
        "admiral",
        "brig",
        "brigadier",
        "brigadier-general",
        "capt",
        "captain",
        "col",
        "colonel",
        "commander",
        "dr",
        "eng",
        "engineer",
        "gen",
        "general",
        "lieutenant",
        "lieutenant-general",
        "lt",
        "maj",
        "major",
        "major-general",
        "mr",
        "mrs",
        "ms",
        "prof",
        "professor",
        "rear",
        "sergeant",
        "sgt",
        "staff",
        "vice",
        "vice-admiral",
        "warrant",
    ];
    let lower = word.trim_end_matches(['.', ',']).to_lowercase();
    TITLES.contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(schema: Schema, text: &str) -> String {
        let mut entry = Entry { schema, ..Entry::default() };
        add_all(&mut entry, text, NameKind::Primary);
        split_titles(&mut entry);
        let kind = |kind| match kind {
            NameKind::Primary => "",
            NameKind::Alias => "a:",
            NameKind::WeakAlias => "w:",
            NameKind::Former => "f:",
        };
        let names = entry.names.iter().map(|name| format!("{}{}", kind(name.kind), name.text));
        names.collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn names_of_persons_are_taken_out_of_the_prose_around_them() {
        for (text, expected) in [
            ("Anna EXAMPLE", "Anna EXAMPLE"),
            ("Sergei AKSENOV (Сергей АКСЁНОВ)", "Sergei AKSENOV | a:Сергей АКСЁНОВ"),
            ("Artem SHEYNIN (Russian:Артём ШЕЙНИН)", "Artem SHEYNIN | a:Артём ШЕЙНИН"),
            ("Ali NASR (original script: علي نصر)", "Ali NASR | a:علي نصر"),
            ("Chinese:; Text of image; 林仲恒", "林仲恒"),
            ("LIN Zhongheng; Chinese: 林仲恒", "LIN Zhongheng | a:林仲恒"),
            (
                "General Mohammed (a.k.a. Muhammad, Mohamed) Ali NASR",
                "Mohammed Ali NASR | a:Muhammad Ali NASR | a:Mohamed Ali NASR",
            ),
            ("Captain Chérif (alias Toumba) DIAKITÉ", "Chérif DIAKITÉ | a:Toumba DIAKITÉ"),
            (
                "Mikhail Evgenievich (Evgenyevich) FROLOV",
                "Mikhail Evgenievich FROLOV | a:Mikhail Evgenyevich FROLOV",
            ),
            ("Елена ТИМЧЕНКО (ЕРМАКОВА)", "Елена ТИМЧЕНКО | a:Елена ЕРМАКОВА"),
            ("Qari Rahmat (previously listed as)", "f:Qari Rahmat"),
            ("AA (initials)", "AA"),
            ("Fredj (born on 13.11.1960 in Libya)", "Fredj"),
            ("Anna EXAMPLE; place of birth: Minsk", "Anna EXAMPLE"),
            ("Major DOE", "Major DOE"),
            ("Anna (who is listed (twice) too) EXAMPLE", "Anna (who is listed (twice) too) EXAMPLE"),
            ("Anna (EXAMPLE", "Anna (EXAMPLE"),
            ("(Anna)", "(Anna)"),
            ("()", ""),
        ] {
            assert_eq!(names(Schema::Person, text), expected, "{text}");
        }
    }

    #[test]
    fn names_of_entities_are_taken_out_of_the_prose_around_them() {
        for (text, expected) in [
            ("Iran Alumina Company (IAC)", "Iran Alumina Company | w:IAC"),
            (
                "Rostec (Russian Technologies State Corporation)",
                "Rostec | a:Russian Technologies State Corporation",
            ),
            ("OJSC Sber Bank (Belarus)", "OJSC Sber Bank (Belarus)"),
            ("Karinka (Tianjin) Trade Co.", "Karinka (Tianjin) Trade Co."),
            ("SHER MATCH INDUSTRIES (PVT.) LIMITED", "SHER MATCH INDUSTRIES (PVT.) LIMITED"),
            ("GUARD CORPS (IRGC)-QODS FORCE", "GUARD CORPS (IRGC)-QODS FORCE"),
            ("АО «Навис Групп» (АО «Навис»)", "АО «Навис Групп» | a:АО «Навис»"),
            ("Groupe Tunisien, (b), Groupe Islamiste, (c) GICT", "Groupe Tunisien | Groupe Islamiste | GICT"),
        ] {
            assert_eq!(names(Schema::Organization, text), expected, "{text}");
        }
    }
}
