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

    /// Whether names alone decide.
    pub fn is_empty(&self) -> bool {
        self.birth_dates.is_empty()
            && self.countries.is_empty()
            && self.genders.is_empty()
            && self.numbers.is_empty()
            && self.wallets.is_empty()
    }

    /// The most that these details can add to any entry's names, numbers apart.
    pub fn odds_max(&self) -> f64 {
        let most = |given: bool, most: f64| if given { most } else { 0.0 };
        most(!self.birth_dates.is_empty(), SAME_DAY)
            + most(!self.countries.is_empty(), SAME_COUNTRY)
            + most(!self.genders.is_empty(), SAME_GENDER)
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

/// The odds after all evidence, in nats, and the reasons in the order in which they were weighed.
pub fn weigh(by_names: f64, ours: &Details, theirs: &Entry) -> (f64, Vec<Feature>) {
    let mut odds = by_names;
    let mut features = Vec::new();
    let mut add = |name: &str, agreement: f64, weight: f64, detail: String| {
        features.push(Feature { name: name.to_owned(), score: agreement, weight: round(weight), detail });
        odds += weight;
    };
    if let Some((agreement, weight, detail)) = birth_date(&ours.birth_dates, &theirs.birth_dates) {
        add("birth_date", agreement, weight, detail.to_owned());
    }
    if !ours.countries.is_empty() && !theirs.countries.is_empty() {
        match ours.countries.iter().find(|country| theirs.countries.contains(country)) {
            Some(country) => add("country", 1.0, SAME_COUNTRY, format!("both name {country}")),
            None => add("country", 0.0, OTHER_COUNTRY, "no country in common".to_owned()),
        }
    }
    if let (Some(ours), false) = (ours.genders.first(), theirs.genders.is_empty()) {
        match theirs.genders.contains(ours) {
            true => add("gender", 1.0, SAME_GENDER, "same gender".to_owned()),
            false => add("gender", 0.0, OTHER_GENDER, "other gender".to_owned()),
        }
    }
    let number = shared_number(ours, theirs).map(|detail| ("identifier", SAME_NUMBER, detail));
    let wallets: HashSet<String> =
        theirs.wallets.iter().map(|wallet| plain_wallet(&wallet.address)).collect();
    let wallet = ours.wallets.iter().any(|wallet| wallets.contains(wallet));
    let wallet = wallet.then(|| ("wallet", SAME_WALLET, "same wallet address".to_owned()));
    for (name, weight, detail) in number.into_iter().chain(wallet) {
        // A number decides whatever the names are, and adds to names that agree.
        let before = odds;
        odds = odds.max(UNALIKE_WITH_NUMBER) + weight;
        features.push(Feature { name: name.to_owned(), score: 1.0, weight: round(odds - before), detail });
    }
    (odds, features)
}

/// What agreement and disagreement tell, in nats: how much more often it is so with one party than with two.
const SAME_COUNTRY: f64 = 1.2;
const OTHER_COUNTRY: f64 = -0.7;
const SAME_GENDER: f64 = 0.3;
const OTHER_GENDER: f64 = -2.0;
const SAME_NUMBER: f64 = 9.0;
const SAME_WALLET: f64 = 10.0;
const SAME_DAY: f64 = 6.0;

/// Unlike names stand against a number no more than this.
const UNALIKE_WITH_NUMBER: f64 = -4.5;

/// The nearest pair of dates decides: lists often give several.
fn birth_date(ours: &[PartialDate], theirs: &[PartialDate]) -> Option<(f64, f64, &'static str)> {
    let pairs = ours.iter().flat_map(|a| theirs.iter().map(|b| graded(*a, *b)));
    pairs.max_by(|a, b| a.1.total_cmp(&b.1))
}

fn graded(a: PartialDate, b: PartialDate) -> (f64, f64, &'static str) {
    let full = a.precision() == Precision::Day && b.precision() == Precision::Day;
    let swapped = full && a.year() == b.year() && a.month() == b.day() && a.day() == b.month();
    let years = a.year().abs_diff(b.year());
    match years {
        _ if a == b && full => (1.0, SAME_DAY, "same day"),
        _ if swapped => (0.8, 4.0, "day and month swapped"),
        _ if a.agrees_with(b) => (0.75, 2.8, "agree as far as known"),
        0 => (0.5, 0.0, "same year, other day"),
        1 => (0.4, -1.0, "a year apart"),
        2..=9 => (0.2, -3.5, "years apart"),
        _ => (0.0, -5.5, "ten years or more apart"),
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

/// Six decimals: enough to rank, and the same on every machine.
pub fn round(value: f64) -> f64 {
    let rounded = (value * 1_000_000.0).round() / 1_000_000.0;
    // No answer says `-0`.
    if rounded == 0.0 { 0.0 } else { rounded }
}
