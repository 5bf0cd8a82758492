//! A believable population with the truth about it: customers in the import's form, accesses and leases in the
//! intake's, who is listed, who is whose alias. The same seed gives the same text, byte for byte.
//!
//! All of it is invented. Addresses of customers lie in `240.0.0.0/4`, which nobody has; addresses of the provider
//! in `198.18.0.0/15`, which is for measurements, and `2001:db8::/32`, which is for examples.

mod customers;
mod names;
mod spoil;
#[cfg(test)]
mod tests;
mod traffic;

use jiff::Timestamp;
use jiff::civil::Date;
use screening::trial::Random;
use screening::{NameKind, Schema, Watchlist};
use serde::Serialize;
use terms::Country;

use crate::fixture;
pub use spoil::{Spoiled, spoil};

/// How much of what.
#[derive(Clone)]
pub struct Shape {
    pub seed: u64,
    pub customers: u32,
    /// Accesses, administration, sign-ups and leases together; at least what every account needs to have a lease.
    pub events: u32,
    /// Events lie in this many days before `until`; customers are older.
    pub days: u32,
    pub until: Timestamp,
    /// The notice that was shown, as `id@version`.
    pub notice: Option<String>,
    /// Parties of the lists in force; some of the customers are among them, under spellings of their own.
    pub listed: Vec<Listed>,
}

impl Shape {
    /// 2,000 customers and 200,000 events over 90 days, with a notice of the shipped packs and nobody listed.
    pub fn new(seed: u64, until: Timestamp) -> Self {
        Self {
            seed,
            customers: 2_000,
            events: 200_000,
            days: 90,
            until,
            notice: Some(fixture::NOTICE.to_owned()),
            listed: Vec::new(),
        }
    }
}

/// A party of a list, as customers may turn out to be.
#[derive(Clone)]
pub struct Listed {
    pub list: String,
    pub entry: String,
    pub is_person: bool,
    pub names: Vec<String>,
    pub country: Option<Country>,
    pub birth_date: Option<Date>,
}

/// Up to `count` persons and companies of lists, picked by the seed.
pub fn pick_listed(lists: &[Watchlist], count: usize, seed: u64) -> Vec<Listed> {
    let mut random = Random::new(seed ^ 0x6c69_7374);
    let usable: Vec<Listed> =
        lists.iter().flat_map(|list| list.entries.iter().filter_map(|entry| listed(list, entry))).collect();
    if usable.is_empty() {
        return Vec::new();
    }
    let mut picked: Vec<Listed> = Vec::new();
    for _ in 0..count * 4 {
        let one = &usable[random.below(usable.len())];
        if picked.len() < count
            && !picked.iter().any(|known| (&known.list, &known.entry) == (&one.list, &one.entry))
        {
            picked.push(one.clone());
        }
    }
    picked
}

fn listed(list: &Watchlist, entry: &screening::Entry) -> Option<Listed> {
    let is_person = match entry.schema {
        Schema::Person => true,
        Schema::Company | Schema::Organization => false,
        Schema::LegalEntity | Schema::Vessel | Schema::Airplane => return None,
    };
    let strong = entry.names.iter().filter(|name| name.kind != NameKind::WeakAlias);
    // A single short word is a name that half the world shares.
    let names: Vec<String> = strong
        .map(|name| name.text.clone())
        .filter(|text| text.len() <= 120 && (text.contains(' ') || !text.is_ascii()))
        .collect();
    let country = entry.countries.first().copied();
    (!names.is_empty()).then(|| Listed {
        list: list.id.clone(),
        entry: entry.entry_id.clone(),
        is_person,
        names,
        country,
        birth_date: entry.birth_dates.first().and_then(|date| date.to_string().parse().ok()),
    })
}

/// What was generated.
pub struct Population {
    /// Lines of `tenantry import`, in an order in which each finds what it refers to.
    pub import: Vec<String>,
    /// Lines of `tenantry access ingest`, by time.
    pub events: Vec<String>,
    pub truth: Vec<Truth>,
    /// What an investigator would ask of it first; `None` if nobody is under a reseller.
    pub question: Option<Question>,
}

/// What is so of one customer, whatever anybody finds out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Truth {
    /// External id.
    pub customer: String,
    /// External id.
    pub account: String,
    pub kind: &'static str,
    pub country: String,
    /// List and entry that the customer, or an owner of it, is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listed: Option<(String, String)>,
    /// The listed party is an owner and not the customer itself.
    pub listed_as_owner: bool,
    /// The customer that came back under this other name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// What both share: `telephone`, `payment`, `device`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<&'static str>,
    /// Levels of companies between the customer and its owners.
    pub ownership_levels: u32,
    /// Resellers above, nearest first, as external ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resellers: Vec<String>,
}

/// An address and an instant at which a company under a chain of resellers held it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub ip: String,
    pub at: Timestamp,
    /// External id of the account that held it.
    pub account: String,
    pub customer: String,
}

/// Generates a population.
pub fn generate(shape: &Shape) -> Population {
    let people = customers::generate(shape);
    let traffic = traffic::generate(shape, &people.accounts);
    Population {
        import: people.import,
        truth: people.truth,
        question: traffic.question,
        events: traffic.events,
    }
}
