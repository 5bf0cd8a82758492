//! Two parties compared, with every reason named.

use crate::{
    entry::{Entry, Identifier, Name, NameKind, Schema, Wallet},
    evidence::{Details, round, weigh},
    name::{Alignment, Weighed, align, parse},
    query::{Comparison, Feature, Query},
    token::Token,
};

/// A score at or above this is a match. Chosen on the lists' own aliases against made-up ordinary
/// names; the test `aliases_taken_out_are_found_more_often_than_ordinary_names` measures it.
pub const DEFAULT_THRESHOLD: f64 = 0.78;

/// Queries with more names than this are compared by their first ones.
pub(crate) const NAMES_MAX: usize = 100;

/// What a weak alias counts for when nothing else agrees.
const WEAK_ALIAS: f32 = 0.9;

/// Whether a pair is compared as persons, as other things, or as both because neither side says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Person,
    Other,
}

/// Compares two parties as given; without a list to count them in, rare words are guessed.
pub fn compare(a: &Query, b: &Query) -> Comparison {
    let entry = entry_of(b);
    let details = Details::of(a);
    let mut best: Option<(Alignment, String, Family, f32)> = None;
    for family in families(a.schema(), b.schema()) {
        for ours in names(&a.names) {
            let ours_parsed = parse(ours, family == Family::Person);
            for theirs in names(&b.names) {
                let theirs_parsed = parse(theirs, family == Family::Person);
                let (ours_weighed, theirs_weighed) = (weighed(&ours_parsed), weighed(&theirs_parsed));
                let mut alignment = align(&ours_weighed, &theirs_weighed, family == Family::Person);
                if ours_parsed.is_empty() && theirs_parsed.is_empty() {
                    alignment.score = f32::from(u8::from(ours == theirs));
                }
                if best.as_ref().is_none_or(|best| alignment.score > best.3) {
                    let detail = explain(&alignment, &ours_weighed, &theirs_weighed);
                    let score = alignment.score;
                    best = Some((alignment, detail, family, score));
                }
            }
        }
    }
    let (name_score, detail) = best.map_or((0.0, "no name to compare".to_owned()), |best| (best.3, best.1));
    conclude(name_score, detail, &details, &entry)
}

/// The whole answer from the best likeness of names.
pub(crate) fn conclude(name_score: f32, detail: String, details: &Details, entry: &Entry) -> Comparison {
    let name_score = round(f64::from(name_score));
    let (score, evidence) = weigh(name_score, details, entry);
    let score = round(score.clamp(0.0, 1.0));
    let mut features =
        vec![Feature { name: "name".to_owned(), score: name_score, weight: name_score, detail }];
    features.extend(evidence);
    Comparison { score, is_match: score >= DEFAULT_THRESHOLD, features }
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

/// Names worth comparing, not more than the limit.
pub(crate) fn names(names: &[String]) -> impl Iterator<Item = &str> {
    names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).take(NAMES_MAX)
}

/// A weak alias alone is weaker evidence.
pub(crate) fn discount(kind: NameKind) -> f32 {
    if kind == NameKind::WeakAlias { WEAK_ALIAS } else { 1.0 }
}

fn weighed(tokens: &[Token]) -> Vec<Weighed<'_>> {
    tokens.iter().map(|token| Weighed { token, weight: token.base_weight() }).collect()
}

/// The aligned words: `putin = putin, vladimir ~ volodymyr (0.93); only listed: vladimirovich`.
pub(crate) fn explain(alignment: &Alignment, ours: &[Weighed<'_>], theirs: &[Weighed<'_>]) -> String {
    let text = |of: &[usize], words: &[Weighed<'_>]| {
        of.iter().map(|&index| &*words[index].token.text).collect::<Vec<_>>().join("+")
    };
    let pairs = alignment.pairs.iter().map(|pair| {
        let (a, b) = (text(&pair.ours, ours), text(&pair.theirs, theirs));
        if pair.likeness == 1.0 { format!("{a} = {b}") } else { format!("{a} ~ {b} ({:.2})", pair.likeness) }
    });
    let mut parts = vec![pairs.collect::<Vec<_>>().join(", ")];
    let left = |words: &[Weighed<'_>], taken: Vec<usize>| {
        let left = words.iter().enumerate().filter(|(index, _)| !taken.contains(index));
        left.map(|(_, word)| &*word.token.text).collect::<Vec<_>>().join(" ")
    };
    let only_ours = left(ours, alignment.pairs.iter().flat_map(|pair| pair.ours.clone()).collect());
    let only_theirs = left(theirs, alignment.pairs.iter().flat_map(|pair| pair.theirs.clone()).collect());
    if !only_ours.is_empty() {
        parts.push(format!("only asked: {only_ours}"));
    }
    if !only_theirs.is_empty() {
        parts.push(format!("only listed: {only_theirs}"));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
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
