//! Two parties compared, with every reason named.

use crate::{
    entry::{Entry, Identifier, Name, NameKind, Schema, Wallet},
    evidence::{Details, round, weigh},
    model::{NameOdds, Weights, log_odds, probability},
    name::{Pair, align, parse},
    query::{Comparison, Feature, Query},
    reading::readings,
    token::Token,
};

/// A score at or above this is a match: among parties of whom one in a thousand is listed, about one in a hundred that
/// score just so is the listed one. Some two in a thousand ordinary names of persons do.
pub const DEFAULT_THRESHOLD: f64 = 0.01;

/// What a weak alias tells less than another name, in nats.
const WEAK_ALIAS: f32 = -0.7;

/// The odds of parties that have no word in common.
const NOTHING_ALIKE: f64 = -12.0;

/// Whether a pair is compared as persons, as other things, or as both because neither side says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Person,
    Other,
}

/// A pair weighed with all its evidence.
pub(crate) struct Verdict {
    pub odds: f64,
    pub score: f64,
    pub is_match: bool,
    pub features: Vec<Feature>,
}

/// Compares two parties as given, by all of their names: whoever lets others ask bounds how many. The same pair scores
/// the same among a million entries.
pub fn compare(a: &Query, b: &Query) -> Comparison {
    let entry = entry_of(b);
    let families = families(a.schema(), b.schema());
    let read = |query: &Query| -> Vec<Vec<Reading>> {
        families.iter().map(|family| Reading::all(&query.names, *family)).collect()
    };
    let (ours, theirs) = (read(a), read(b));
    let mut best: Option<(f32, &Reading, &Reading)> = None;
    for (ours, theirs) in ours.iter().zip(&theirs) {
        for (ours, theirs) in ours.iter().flat_map(|ours| theirs.iter().map(move |theirs| (ours, theirs))) {
            let odds = ours.compare(theirs).map(|odds| odds.0.total);
            if let Some(odds) = odds.filter(|odds| best.is_none_or(|best| *odds > best.0)) {
                best = Some((odds, ours, theirs));
            }
        }
    }
    let mut verdict = conclude(best.map(|best| f64::from(best.0)), &Details::of(a), &entry);
    if let Some((_, ours, theirs)) = best
        && let Some((odds, pairs)) = ours.compare(theirs)
    {
        explain(&mut verdict.features, (&pairs, &odds), &ours.words(), &theirs.words(), false);
    }
    Comparison { score: verdict.score, is_match: verdict.is_match, features: verdict.features }
}

/// A name in one of the ways in which it may be read.
struct Reading {
    family: Family,
    text: String,
    words: Vec<Token<'static>>,
}

impl Reading {
    fn all(of: &[String], family: Family) -> Vec<Self> {
        let person = family == Family::Person;
        let texts = names(of).flat_map(|name| readings(name, person));
        texts.map(|text| Self { family, words: parse(&text, person), text: text.into_owned() }).collect()
    }

    fn words(&self) -> Vec<&Token<'static>> {
        self.words.iter().collect()
    }

    /// `None` where no word agrees.
    fn compare(&self, other: &Self) -> Option<(NameOdds, Vec<Pair>)> {
        if self.words.is_empty() && self.text == other.text {
            return Some((NameOdds { total: SAME_SIGNS, ..NameOdds::default() }, Vec::new()));
        }
        let person = self.family == Family::Person;
        let (a, b) = (self.words(), other.words());
        let pairs = align(&a, &b, person);
        (!pairs.is_empty()).then(|| (Weights::of(person).weigh(&pairs, &a, &b), pairs))
    }
}

/// What the same signs tell, in nats, where neither name has a letter or a digit.
pub(crate) const SAME_SIGNS: f32 = 2.0;

/// The whole answer from the best odds of names; `None` where no name is alike.
pub(crate) fn conclude(names: Option<f64>, details: &Details, entry: &Entry) -> Verdict {
    let by_names = names.unwrap_or(NOTHING_ALIKE);
    let (odds, evidence) = weigh(by_names, details, entry);
    let score = round(probability(odds));
    let detail = if names.is_some() { "" } else { "no likeness of names" };
    let mut features = vec![Feature {
        name: "name".to_owned(),
        score: round(probability(by_names)),
        weight: round(by_names),
        detail: detail.to_owned(),
    }];
    features.extend(evidence);
    Verdict { odds, score, is_match: odds >= log_odds(DEFAULT_THRESHOLD), features }
}

/// How two schemas are compared; none where they cannot be one thing.
pub(crate) fn families(ours: Option<Schema>, theirs: Option<Schema>) -> Vec<Family> {
    let known = |schema: Option<Schema>| schema.filter(|schema| *schema != Schema::LegalEntity);
    match (known(ours), known(theirs)) {
        (Some(a), Some(b)) if !a.fits(b) => Vec::new(),
        (Some(Schema::Vessel | Schema::Airplane), None) if theirs.is_some() => Vec::new(),
        (None, Some(Schema::Vessel | Schema::Airplane)) if ours.is_some() => Vec::new(),
        (Some(Schema::Person), _) | (_, Some(Schema::Person)) => vec![Family::Person],
        (Some(_), _) | (_, Some(_)) => vec![Family::Other],
        (None, None) => vec![Family::Person, Family::Other],
    }
}

/// Names worth comparing.
pub(crate) fn names(names: &[String]) -> impl Iterator<Item = &str> {
    names.iter().map(|name| name.trim()).filter(|name| !name.is_empty())
}

/// A weak alias alone is weaker evidence, by so many nats.
pub(crate) fn discount(kind: NameKind) -> f32 {
    if kind == NameKind::WeakAlias { WEAK_ALIAS } else { 0.0 }
}

/// Fills in the name's detail, `putin = putin, vladimir ~ volodymyr (0.95); only listed: vladimirovich`, and adds a
/// feature for each aligned pair of words and for the words that are left over.
pub(crate) fn explain(
    features: &mut Vec<Feature>,
    (pairs, odds): (&[Pair], &NameOdds),
    ours: &[&Token],
    theirs: &[&Token],
    weak: bool,
) {
    let text = |tokens: &[&Token]| tokens.iter().map(|token| &*token.text).collect::<Vec<_>>().join("+");
    let mut told: Vec<String> = Vec::new();
    for (pair, weight) in pairs.iter().zip(&odds.pairs) {
        let (a, b) = (text(&ours[pair.ours.clone()]), text(&theirs[pair.theirs.clone()]));
        let detail = match () {
            () if pair.acronym => format!("{a} short for {b}"),
            () if pair.likeness == 1.0 => format!("{a} = {b}"),
            () => format!("{a} ~ {b} ({:.2})", pair.likeness),
        };
        features.push(Feature {
            name: "word".to_owned(),
            score: round(f64::from(pair.likeness)),
            weight: round(f64::from(*weight)),
            detail: detail.clone(),
        });
        told.push(detail);
    }
    let left = |tokens: &[&Token], taken: &dyn Fn(usize) -> bool| {
        let left = tokens.iter().enumerate().filter(|(at, _)| !taken(*at));
        left.map(|(_, token)| &*token.text).collect::<Vec<_>>().join(" ")
    };
    let only_ours = left(ours, &|at| pairs.iter().any(|pair| pair.ours.contains(&at)));
    let only_theirs = left(theirs, &|at| pairs.iter().any(|pair| pair.theirs.contains(&at)));
    let sides = [("only asked", only_ours), ("only listed", only_theirs)];
    let sides: Vec<String> = sides
        .into_iter()
        .filter(|(_, words)| !words.is_empty())
        .map(|(side, words)| format!("{side}: {words}"))
        .collect();
    let mut parts = vec![told.join(", ")];
    if !sides.is_empty() {
        parts.extend(sides.iter().cloned());
        features.push(Feature {
            name: "left_over".to_owned(),
            score: 0.0,
            weight: round(f64::from(odds.left)),
            detail: sides.join("; "),
        });
    }
    parts.retain(|part| !part.is_empty());
    if let Some(name) = features.first_mut() {
        name.detail = parts.join("; ");
        if weak {
            name.detail.push_str(" (weak alias)");
        }
    }
}

/// A query seen as an entry, so that both ways of comparing share one rule.
fn entry_of(query: &Query) -> Entry {
    let mut entry = Entry { schema: query.schema().unwrap_or_default(), ..Entry::default() };
    entry.names =
        names(&query.names).map(|name| Name { text: name.to_owned(), kind: NameKind::Primary }).collect();
    entry.birth_dates = query.birth_date.iter().filter_map(|text| text.trim().parse().ok()).collect();
    query.countries.iter().take(100).for_each(|country| entry.add_country(country));
    entry.genders =
        query.genders.iter().take(10).filter_map(|text| crate::entry::Gender::named(text)).collect();
    entry.identifiers = query
        .id_numbers
        .iter()
        .take(100)
        .map(|number| Identifier {
            country: number.country.as_deref().and_then(terms::Country::named),
            kind: number.kind.clone().unwrap_or_default(),
            value: number.value.clone(),
        })
        .collect();
    let wallets = query.wallets.iter().take(100);
    entry.wallets =
        wallets.map(|address| Wallet { currency: String::new(), address: address.clone() }).collect();
    entry
}

#[cfg(test)]
mod tests;
