//! What speaks for or against a likeness of names: dates, places, gender, numbers.

use std::collections::HashSet;

use terms::{Country, PartialDate, Precision};

use crate::{
    entry::{Entry, Gender},
    query::{Feature, Query},
};

/// A query's details in the form in which they are compared.
#[derive(Default)]
pub struct Details {
    birth_dates: Vec<PartialDate>,
    countries: Vec<Country>,
    genders: Vec<Gender>,
    numbers: Vec<(Option<Country>, String)>,
    wallets: Vec<String>,
}

impl Details {
    pub fn of(query: &Query) -> Self {
        let countries = query.countries.iter().take(100).filter_map(|country| Country::named(country));
        let numbers = query.id_numbers.iter().take(100).map(|number| {
            let country = number.country.as_deref().and_then(Country::named);
            (country, plain_number(&number.value))
        });
        Self {
            birth_dates: query.birth_date.iter().filter_map(|text| text.trim().parse().ok()).collect(),
            countries: countries.collect(),
            genders: query.genders.iter().take(10).filter_map(|gender| Gender::named(gender)).collect(),
            numbers: numbers.filter(|(_, number)| number.len() >= 4).collect(),
            wallets: query.wallets.iter().take(100).map(|wallet| plain_wallet(wallet)).collect(),
        }
    }

    pub fn numbers(&self) -> impl Iterator<Item = &str> {
        self.numbers.iter().map(|(_, number)| number.as_str())
    }

    pub fn wallets(&self) -> impl Iterator<Item = &str> {
        self.wallets.iter().map(String::as_str)
    }
}

/// A number without blanks, dashes and case.
pub fn plain_number(text: &str) -> String {
    text.chars().take(100).filter(|letter| letter.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// An address without blanks; hexadecimal ones also without case.
pub fn plain_wallet(text: &str) -> String {
    let text: String = text.chars().take(200).filter(|letter| !letter.is_whitespace()).collect();
    if text.starts_with("0x") || text.starts_with("0X") { text.to_lowercase() } else { text }
}

/// The score after all evidence, and the reasons in the order in which they were weighed.
pub fn weigh(name_score: f64, ours: &Details, theirs: &Entry) -> (f64, Vec<Feature>) {
    let mut score = name_score;
    let mut features = Vec::new();
    let mut add = |name: &str, agreement: f64, after: f64, detail: String, score: &mut f64| {
        let weight = round(after - *score);
        features.push(Feature { name: name.to_owned(), score: agreement, weight, detail });
        *score = after;
    };
    if let Some((agreement, effect, detail)) = birth_date(&ours.birth_dates, &theirs.birth_dates) {
        let after = effect.on(score);
        add("birth_date", agreement, after, detail.to_owned(), &mut score);
    }
    if !ours.countries.is_empty() && !theirs.countries.is_empty() {
        let shared = ours.countries.iter().find(|country| theirs.countries.contains(country));
        let (agreement, effect, detail) = match shared {
            Some(country) => (1.0, Effect::Towards(0.1), format!("both name {country}")),
            None => (0.0, Effect::Times(0.93), "no country in common".to_owned()),
        };
        let after = effect.on(score);
        add("country", agreement, after, detail, &mut score);
    }
    if let (Some(ours), false) = (ours.genders.first(), theirs.genders.is_empty()) {
        let same = theirs.genders.contains(ours);
        let after = if same { score } else { score * 0.85 };
        let detail = if same { "same gender" } else { "other gender" };
        add("gender", f64::from(u8::from(same)), after, detail.to_owned(), &mut score);
    }
    if let Some(detail) = shared_number(ours, theirs) {
        let after = score.max(0.97 + 0.03 * name_score);
        add("identifier", 1.0, after, detail, &mut score);
    }
    let wallets: HashSet<String> =
        theirs.wallets.iter().map(|wallet| plain_wallet(&wallet.address)).collect();
    if ours.wallets.iter().any(|wallet| wallets.contains(wallet)) {
        add("wallet", 1.0, score.max(0.99), "same wallet address".to_owned(), &mut score);
    }
    (score, features)
}

#[derive(Clone, Copy)]
enum Effect {
    /// Takes this share of the way to 1, if the names are alike at all.
    Towards(f64),
    Times(f64),
}

impl Effect {
    fn on(self, score: f64) -> f64 {
        match self {
            Effect::Towards(share) => score + (1.0 - score) * share * ((score - 0.4) / 0.4).clamp(0.0, 1.0),
            Effect::Times(factor) => score * factor,
        }
    }
}

/// The nearest pair of dates decides: lists often give several.
fn birth_date(ours: &[PartialDate], theirs: &[PartialDate]) -> Option<(f64, Effect, &'static str)> {
    let pairs = ours.iter().flat_map(|a| theirs.iter().map(|b| graded(*a, *b)));
    pairs.max_by(|a, b| a.0.total_cmp(&b.0))
}

fn graded(a: PartialDate, b: PartialDate) -> (f64, Effect, &'static str) {
    let full = a.precision() == Precision::Day && b.precision() == Precision::Day;
    let swapped = full && a.year() == b.year() && a.month() == b.day() && a.day() == b.month();
    let years = a.year().abs_diff(b.year());
    match years {
        _ if a == b && full => (1.0, Effect::Towards(0.4), "same day"),
        _ if swapped => (0.8, Effect::Towards(0.2), "day and month swapped"),
        _ if a.agrees_with(b) => (0.75, Effect::Towards(0.15), "agree as far as known"),
        0 => (0.5, Effect::Times(0.95), "same year, other day"),
        1 => (0.4, Effect::Times(0.92), "a year apart"),
        2..=9 => (0.2, Effect::Times(0.8), "years apart"),
        _ => (0.0, Effect::Times(0.65), "ten years or more apart"),
    }
}

fn shared_number(ours: &Details, theirs: &Entry) -> Option<String> {
    theirs.identifiers.iter().find_map(|theirs| {
        let number = plain_number(&theirs.value);
        let fits = |country: &Option<Country>| {
            country.is_none() || theirs.country.is_none() || *country == theirs.country
        };
        let same = ours.numbers.iter().any(|(country, ours)| *ours == number && fits(country));
        same.then(|| {
            if theirs.kind.is_empty() {
                "same number".to_owned()
            } else {
                format!("same number: {}", theirs.kind)
            }
        })
    })
}

/// Four decimals: enough to rank, and the same on every machine.
pub fn round(value: f64) -> f64 {
    let rounded = (value * 10_000.0).round() / 10_000.0;
    // No answer says `-0`.
    if rounded == 0.0 { 0.0 } else { rounded }
}
