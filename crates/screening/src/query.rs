//! Questions and answers in the form other programs send and read them (DESIGN, 4.1 and 4.2).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::entry::Schema;

/// Whom to look for. Only `names` is needed; unknown fields and values are ignored, because a
/// detail that cannot be read must not stop a screening.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Query {
    #[serde(default)]
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    #[serde(default)]
    pub names: Vec<String>,
    /// `YYYY[-MM[-DD]]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<String>,
    /// ISO 3166 codes or English names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub genders: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id_numbers: Vec<IdNumber>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wallets: Vec<String>,
}

#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct IdNumber {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    pub value: String,
}

/// An entry that scored enough.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    pub list: String,
    pub entry_id: String,
    /// The entry's name that came nearest, as published.
    pub name: String,
    /// 0 to 1, with six decimals: the probability that both are one party, where one asked party in a thousand is
    /// listed.
    pub score: f64,
    #[serde(rename = "match")]
    pub is_match: bool,
    pub features: Vec<Feature>,
}

impl Hit {
    /// The score in basis points, 0 to 10,000: what is kept and compared outside the engine.
    pub fn score_bp(&self) -> u16 {
        u16::try_from(basis_points(self.score)).unwrap_or_default().min(10_000)
    }
}

/// A score that was given in basis points.
pub fn score_of(basis_points: u16) -> f64 {
    f64::from(basis_points) / 10_000.0
}

/// Rounded to the nearest; saturates.
fn basis_points(score: f64) -> i32 {
    (score * 10_000.0).round() as i32
}

/// One reason for a score.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Feature {
    pub name: String,
    /// How well it agrees, 0 to 1.
    pub score: f64,
    /// What it added to or took from the logarithm of the odds, in nats; for the name, all before the others.
    pub weight: f64,
    pub detail: String,
}

impl Feature {
    /// How well it agrees, in basis points.
    pub fn score_bp(&self) -> i32 {
        basis_points(self.score)
    }

    /// What it added or took, in basis points.
    pub fn weight_bp(&self) -> i32 {
        basis_points(self.weight)
    }
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub score: f64,
    #[serde(rename = "match")]
    pub is_match: bool,
    pub features: Vec<Feature>,
}

impl Query {
    /// A query for one name and nothing else.
    pub fn for_name(name: &str) -> Self {
        Self { names: vec![name.to_owned()], ..Self::default() }
    }

    /// `None` where the caller does not say, or says something unknown.
    pub(crate) fn schema(&self) -> Option<Schema> {
        let text = self.schema.as_deref()?;
        match Schema::named(text) {
            Schema::LegalEntity if !text.eq_ignore_ascii_case("legalentity") => None,
            schema => Some(schema),
        }
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query").field("id", &self.id).field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl fmt::Debug for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Hit");
        out.field("list", &self.list).field("entry_id", &self.entry_id).field("score", &self.score);
        out.finish_non_exhaustive()
    }
}

impl fmt::Debug for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Comparison").field("score", &self.score).finish_non_exhaustive()
    }
}
