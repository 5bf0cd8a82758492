//! Legal forms of companies: `Ltd`, `S.A. de C.V.`, `Общество с ограниченной ответственностью`, `株式会社`.
//!
//! A form is read as one phrase in whatever shape it stands, and is known by its concept alone: `OOO` and `GmbH` are
//! both limited companies. It is compared by its letters without blanks, so that `Sp. z o.o.` and `SP ZOO` are one.

use std::{collections::HashMap, ops::Range, sync::OnceLock};

use crate::text::{Piece, Word, words};

#[cfg(test)]
mod iso_20275;
#[cfg(test)]
mod tests;

/// Written for this engine: what ISO 20275 has not, or has otherwise.
const BY_HAND: &str = include_str!("../data/legal_forms.txt");

/// Made of the code list of ISO 20275: form as compared, concept, place, jurisdictions.
const ISO_20275: &str = include_str!("../data/legal_forms.tsv");

/// Where a form may stand before the name.
const BEFORE: &str = "AM AZ BG BY EE FR GE ID KG KZ LT LV MD RO RS RU TJ TM UA UZ";

/// No form has more words.
const WORDS_MAX: usize = 10;

/// Numbers of groups of words are below; a form's group is its concept.
const FORMS_START: u16 = 20_000;

/// What kind of party a form makes. Translations of one form have one concept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Concept {
    /// A company of whatever kind: `Co.`, `Corporation`.
    Company,
    Limited,
    Public,
    Partnership,
    JointVenture,
    Sole,
    Cooperative,
    Association,
    Foundation,
    State,
    Branch,
    Trust,
}

impl Concept {
    const ALL: [(Concept, &str); 12] = [
        (Concept::Company, "company"),
        (Concept::Limited, "limited"),
        (Concept::Public, "public"),
        (Concept::Partnership, "partnership"),
        (Concept::JointVenture, "joint_venture"),
        (Concept::Sole, "sole"),
        (Concept::Cooperative, "cooperative"),
        (Concept::Association, "association"),
        (Concept::Foundation, "foundation"),
        (Concept::State, "state"),
        (Concept::Branch, "branch"),
        (Concept::Trust, "trust"),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(concept, _)| *concept)
    }
}

/// Where in a name a form is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    End,
    Ends,
    Any,
}

impl Place {
    fn named(name: &str) -> Option<Self> {
        let place = match name {
            "start" => Place::Start,
            "end" => Place::End,
            "ends" => Place::Ends,
            "any" => Place::Any,
            _ => return None,
        };
        Some(place)
    }

    /// Where the one form is or the other.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Place::Any, _) | (_, Place::Any) => Place::Any,
            (one, other) if one == other => one,
            _ => Place::Ends,
        }
    }

    fn at_start(self) -> bool {
        self != Place::End
    }

    fn at_end(self) -> bool {
        self != Place::Start
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Form {
    concept: Concept,
    place: Place,
}

struct Forms {
    /// By their letters without blanks.
    by_key: HashMap<String, Form>,
    key_max: usize,
}

/// The places of words that are the legal form of a name, or of several; none where the name has nothing else. A form
/// is looked for at the end, then at the start, and between only where it can be nothing else.
pub fn read(words: &[Word]) -> Vec<Range<usize>> {
    let forms = forms();
    let (mut from, mut to) = (0, words.len());
    let mut found = Vec::new();
    while let Some(len) = forms.last(&words[from..to]) {
        found.push(to - len..to);
        to -= len;
    }
    while let Some(len) = forms.first(&words[from..to], Place::at_start) {
        found.push(from..from + len);
        from += len;
    }
    let mut at = from;
    while at < to {
        match forms.first(&words[at..to], |place| place == Place::Any) {
            Some(len) => {
                found.push(at..at + len);
                at += len;
            }
            None => at += 1,
        }
    }
    found.sort_unstable_by_key(|range| range.start);
    found
}

/// The number of the concept of a form, beside the groups of other words; `None` for words that are no form.
pub fn group(form: &str) -> Option<u16> {
    let key: String = form.split(' ').collect();
    forms().by_key.get(&key).map(|form| FORMS_START + form.concept as u16)
}

impl Forms {
    /// Of how many words the longest form is at the end.
    fn last(&self, words: &[Word]) -> Option<usize> {
        let runs = (1..=words.len().min(WORDS_MAX)).rev().map(|len| &words[words.len() - len..]);
        runs.filter(|run| self.is_form(run, Place::at_end)).map(<[_]>::len).next()
    }

    /// The same at the start.
    fn first(&self, words: &[Word], fits: fn(Place) -> bool) -> Option<usize> {
        (1..=words.len().min(WORDS_MAX)).rev().find(|len| self.is_form(&words[..*len], fits))
    }

    fn is_form(&self, words: &[Word], fits: fn(Place) -> bool) -> bool {
        if let [word] = words
            && word.piece == Piece::Form
        {
            return true;
        }
        if words.iter().map(|word| word.text.len()).sum::<usize>() > self.key_max {
            return false;
        }
        let key: String = words.iter().map(|word| word.text.as_str()).collect();
        self.by_key.get(&key).is_some_and(|form| fits(form.place))
    }
}

fn forms() -> &'static Forms {
    static FORMS: OnceLock<Forms> = OnceLock::new();
    FORMS.get_or_init(|| {
        let mut by_key = HashMap::new();
        for line in by_hand() {
            for key in line.forms.iter().flat_map(|form| spellings(form)).map(|form| key(&form)) {
                let place = if is_short(&key) { line.short } else { line.form.place };
                let form = by_key.entry(key).or_insert(Form { place, ..line.form });
                form.place = form.place.and(place);
            }
        }
        for line in ISO_20275.lines() {
            let mut cells = line.split('\t');
            let mut next = || cells.next().unwrap_or("");
            let (key, concept, place) = (next(), Concept::named(next()), Place::named(next()));
            if let (Some(concept), Some(place)) = (concept, place) {
                by_key.entry(key.to_owned()).or_insert(Form { concept, place });
            }
        }
        Forms { key_max: by_key.keys().map(String::len).max().unwrap_or(0), by_key }
    })
}

/// A line of forms by hand.
struct Line {
    form: Form,
    /// Where forms of few letters are forms.
    short: Place,
    forms: Vec<&'static str>,
}

fn by_hand() -> impl Iterator<Item = Line> {
    BY_HAND.lines().filter_map(|line| {
        let (head, forms) = line.split_once(": ")?;
        let mut head = head.split(' ');
        let form = Form { concept: Concept::named(head.next()?)?, place: Place::named(head.next()?)? };
        let short = match head.next()? {
            "*" => form.place,
            countries if form.place == Place::Any && stand_before(countries) => Place::Ends,
            _ if form.place == Place::Any => Place::End,
            _ => form.place,
        };
        Some(Line { form, short, forms: forms.split(';').map(str::trim).collect() })
    })
}

/// So few letters are many things.
fn is_short(key: &str) -> bool {
    key.len() <= 3
}

/// Whether forms stand before the name in one of these countries.
fn stand_before(countries: &str) -> bool {
    countries.split(',').any(|country| BEFORE.split(' ').any(|before| before == country))
}

/// Every way of writing a form: `akcionarsko/akcionersko drustvo` are two, `S/A` is one.
fn spellings(form: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for word in form.split(' ') {
        let alternatives: Vec<&str> = match word.split('/').any(|part| part.chars().count() > 1) {
            true => word.split('/').collect(),
            false => vec![word],
        };
        all = all
            .iter()
            .flat_map(|before| alternatives.iter().map(move |word| format!("{before} {word}")))
            .collect();
    }
    all
}

/// Letters and digits alone.
fn key(form: &str) -> String {
    words(form).into_iter().map(|word| word.text).collect()
}

/// Short for the forms after them in scripts that are written without blanks.
const SHORT: [(&str, &str); 12] = [
    ("(株)", "株式会社"),
    ("（株）", "株式会社"),
    ("㈱", "株式会社"),
    ("(有)", "有限会社"),
    ("（有）", "有限会社"),
    ("㈲", "有限会社"),
    ("(주)", "주식회사"),
    ("（주）", "주식회사"),
    ("㈜", "주식회사"),
    ("(유)", "유한회사"),
    ("(同)", "合同会社"),
    ("(มหาชน)", "มหาชน"),
];

/// Parts a text where a form stands in a script that is written without blanks: the parts in their order, and whether
/// each is a form.
pub fn cut<'a>(text: &'a str, mut take: impl FnMut(&'a str, bool)) {
    if !text.chars().any(is_undivided) {
        take(text, false);
        return;
    }
    let (mut open, mut at) = (0, 0);
    while let Some(letter) = text[at..].chars().next() {
        match undivided_at(text, at) {
            Some((len, form)) => {
                if open < at {
                    take(&text[open..at], false);
                }
                take(form, true);
                at += len;
                open = at;
            }
            None => at += letter.len_utf8(),
        }
    }
    if open < text.len() {
        take(&text[open..], false);
    }
}

/// The longest form that begins at this place of a text, and its bytes.
fn undivided_at(text: &str, at: usize) -> Option<(usize, &'static str)> {
    let rest = &text[at..];
    let short =
        SHORT.iter().find(|(short, _)| rest.starts_with(short)).map(|(short, form)| (short.len(), *form));
    let long = || {
        let fitting = undivided().iter().filter(|(form, place)| {
            let (start, end) = (at == 0, rest.len() == form.len());
            let fits = *place == Place::Any || (start && place.at_start()) || (end && place.at_end());
            fits && rest.starts_with(form) && !(start && end && *place != Place::Any)
        });
        fitting.map(|(form, _)| (form.len(), *form)).next()
    };
    short.or_else(long)
}

/// Forms in scripts that are written without blanks, longest first. Made without reading words, which asks for it.
fn undivided() -> &'static [(&'static str, Place)] {
    static UNDIVIDED: OnceLock<Vec<(&'static str, Place)>> = OnceLock::new();
    UNDIVIDED.get_or_init(|| {
        let all = by_hand().flat_map(|line| line.forms.into_iter().map(move |form| (form, line.form.place)));
        let mut forms: Vec<_> = all.filter(|(form, _)| form.chars().all(is_undivided)).collect();
        forms.sort_by_key(|(form, _)| std::cmp::Reverse(form.len()));
        forms
    })
}

fn is_undivided(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{eff}' | '\u{1100}'..='\u{11ff}' | '\u{3041}'..='\u{30ff}' | '\u{3130}'..='\u{318f}'
        | '\u{321c}' | '\u{3231}' | '\u{3232}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}')
}
