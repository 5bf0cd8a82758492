//! Duties of the provider: gates, scopes, orders, thresholds, and packs that may ask for the opposite.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Certainty, Entry, LegalSource};
use crate::clock::Period;
use crate::pack::when::When;
use crate::product::ProductClass;

entry! {
    /// No foreign account before the provider's certification is filed (CRT-08).
    NewEntrantGate(this) = this.name.clone();
    {
        name: String,
        text: String,
    }
}

entry! {
    /// The time frame of special measures (SM-04); dates themselves come from the instrument.
    MeasureClock(this) = this.name.clone();
    {
        name: String,
        /// No duty to apply a measure earlier than this after its determination.
        not_before: Period,
        lasts: Period,
    }
}

entry! {
    /// Whether products of a class are in scope (DEF-02).
    ProductScope(this) = {
        let class = serde_json::to_value(this.class).expect("a class is a word");
        class.as_str().unwrap_or_default().to_owned()
    };
    {
        class: ProductClass,
        in_scope: bool,
    }
}

entry! {
    /// A duty of the provider itself, which no customer's record shows.
    DutyRule(this) = this.name.clone();
    {
        name: String,
        text: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        clocks: Vec<String>,
    }
}

entry! {
    /// A kind of order that authorities may serve, and what may be given out under it.
    OrderRule(this) = this.name.clone();
    {
        name: String,
        text: String,
        /// Such as `subscriber`, `identification`, `traffic`, `content`.
        categories: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        clocks: Vec<String>,
    }
}

/// On which side of a threshold a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Comparison {
    #[serde(rename = ">")]
    Above,
    #[serde(rename = ">=")]
    AtLeast,
}

entry! {
    /// A number that a rule elsewhere refers to, such as operations of a training run (AI-07).
    Threshold(this) = this.name.clone();
    {
        name: String,
        comparison: Comparison,
        /// A whole number as text, since it may pass what TOML numbers hold.
        #[serde(with = "number_text")]
        value: u128,
        unit: String,
    }
}

mod number_text {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(value: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.replace('_', "").parse().map_err(|_| serde::de::Error::custom("not a whole number as text"))
    }
}

entry! {
    /// Another pack that may ask for the opposite. Shown to a person, never decided here.
    ConflictRule(this) = format!("{}.{}", this.pack, this.about);
    {
        /// Name of the other pack without its date, or `*`.
        pack: String,
        about: String,
        text: String,
    }
}
