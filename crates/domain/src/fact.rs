//! What is known of a subject, from whom, since when: as true then, and as known then.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::field::{Clear, Field};
use crate::id::{CustomerId, FactId, PersonId};

/// One person or entity as known to one customer: the customer itself, or an owner or signatory of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SubjectId {
    Customer(CustomerId),
    Person(PersonId),
}

impl std::fmt::Display for SubjectId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Customer(id) => id.fmt(f),
            Self::Person(id) => id.fmt(f),
        }
    }
}

impl std::str::FromStr for SubjectId {
    type Err = crate::id::NotAnId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::Customer).or_else(|_| text.parse().map(Self::Person))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    Individual,
    Entity,
}

impl SubjectKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Individual => "individual",
            Self::Entity => "entity",
        }
    }
}

/// How we came to know it. Stronger sources do not replace weaker ones: each is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The customer said so.
    Declared,
    /// A document or register says so.
    Documented,
    /// We saw it ourselves, such as where accesses came from.
    Observed,
}

/// One statement about one subject. Never updated: a correction is a new fact, a withdrawal another.
///
/// `clear` and `sealed` together hold the value: what [`Clear`] may hold stands in clear, all else under
/// the subject's key of `retention_class`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub id: FactId,
    pub customer: CustomerId,
    pub subject: SubjectId,
    pub field: Field,
    /// Tells several values of one field apart (a second address, an owner); empty for the only one.
    pub item: String,
    pub clear: Option<Clear>,
    #[serde(with = "crate::fact::sealed_text")]
    pub sealed: Option<Vec<u8>>,
    pub retention_class: String,
    pub source: Source,
    /// Where it came from: a notice, a verification, a batch; an id or short code, never personal data.
    pub evidence: Option<String>,
    /// Since when it is so in the world.
    pub true_from: Timestamp,
    /// When we recorded it.
    pub recorded_at: Timestamp,
    pub recorded_by: String,
    /// Counts the facts of the subject: order within the subject is this, never the clock.
    pub version: u64,
    /// The fact that this one takes back. Such a fact has no value of its own.
    pub withdraws: Option<FactId>,
}

impl Fact {
    /// Whoever stated it did not say since when it is so: the day of recording stands in for it.
    pub fn since_unknown(&self) -> bool {
        self.true_from == self.recorded_at
    }
}

/// The instant a reading is about, and the instant whose knowledge it uses.
/// 'As true then' is (T, now); 'as known then' is (T, T).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsOf {
    pub valid: Timestamp,
    pub known: Timestamp,
}

impl AsOf {
    pub fn at(instant: Timestamp) -> Self {
        Self { valid: instant, known: instant }
    }

    /// What counts now. A clock that was set back hides nothing of what was recorded before: the latest recording
    /// is then the present.
    pub fn current(now: Timestamp, facts: &[Fact]) -> Self {
        let latest = facts.iter().map(|fact| fact.recorded_at).max();
        Self::at(latest.map_or(now, |latest| latest.max(now)))
    }

    /// What counts: recorded by `known`, not withdrawn by then; for each item the greatest `true_from` up
    /// to `valid`, ties by version. In order of field and item.
    pub fn read<'a>(&self, facts: impl IntoIterator<Item = &'a Fact>) -> Vec<&'a Fact> {
        let known: Vec<&Fact> = facts.into_iter().filter(|fact| fact.recorded_at <= self.known).collect();
        let withdrawn: std::collections::HashSet<FactId> =
            known.iter().filter_map(|fact| fact.withdraws).collect();
        let mut current: std::collections::BTreeMap<(SubjectId, Field, &str), &Fact> = Default::default();
        for fact in known {
            if fact.withdraws.is_some() || withdrawn.contains(&fact.id) || fact.true_from > self.valid {
                continue;
            }
            let held = current.entry((fact.subject, fact.field, &fact.item)).or_insert(fact);
            if (fact.true_from, fact.version) > (held.true_from, held.version) {
                *held = fact;
            }
        }
        current.into_values().collect()
    }
}

/// What is known now of an instant. Where nothing says what was so then, the first statement recorded after it that
/// does not say since when it is so stands in, as with a customer that was imported later; [`was_recorded_later`]
/// tells it apart. In order of subject, field and item.
pub fn known_now_of(instant: Timestamp, now: Timestamp, facts: &[Fact]) -> Vec<&Fact> {
    let mut known = AsOf { valid: instant, known: now }.read(facts);
    let place = |fact: &Fact| (fact.subject, fact.field, fact.item.clone());
    let mut taken: std::collections::BTreeSet<_> = known.iter().map(|fact| place(fact)).collect();
    let withdrawn: std::collections::HashSet<FactId> =
        facts.iter().filter(|fact| fact.recorded_at <= now).filter_map(|fact| fact.withdraws).collect();
    let mut later: Vec<&Fact> = facts
        .iter()
        .filter(|fact| was_recorded_later(fact, instant) && fact.recorded_at <= now)
        .filter(|fact| fact.withdraws.is_none() && !withdrawn.contains(&fact.id))
        .collect();
    later.sort_by_key(|fact| (fact.recorded_at, fact.version));
    known.extend(later.into_iter().filter(|fact| taken.insert(place(fact))));
    known.sort_by_key(|fact| place(fact));
    known
}

/// Whether a fact says nothing of an instant before it was recorded, and nothing against it either.
pub fn was_recorded_later(fact: &Fact, instant: Timestamp) -> bool {
    fact.since_unknown() && fact.recorded_at > instant
}

/// Sealed bytes travel as hexadecimal text in canonical records.
pub mod sealed_text {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => serializer.serialize_some(&to_hex(bytes)),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| from_hex(&text).ok_or_else(|| serde::de::Error::custom("not hexadecimal")))
            .transpose()
    }

    pub fn to_hex(bytes: &[u8]) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
        bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
    }

    pub fn from_hex(text: &str) -> Option<Vec<u8>> {
        if !text.len().is_multiple_of(2) || !text.is_ascii() {
            return None;
        }
        let nibble = |byte: u8| (byte as char).to_digit(16).map(|value| value as u8);
        text.as_bytes().chunks(2).map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn fact(version: u64, true_from: i64, recorded_at: i64) -> Fact {
        let customer = CustomerId::from(Uuid::from_u128(1));
        Fact {
            id: FactId::from(Uuid::from_u128(version.into())),
            customer,
            subject: SubjectId::Customer(customer),
            field: Field::Jurisdiction,
            item: String::new(),
            clear: None,
            sealed: None,
            retention_class: "identity".into(),
            source: Source::Declared,
            evidence: None,
            true_from: at(true_from),
            recorded_at: at(recorded_at),
            recorded_by: "test".into(),
            version,
            withdraws: None,
        }
    }

    fn read(facts: &[Fact], valid: i64, known: i64) -> Option<u64> {
        AsOf { valid: at(valid), known: at(known) }.read(facts).first().map(|fact| fact.version)
    }

    #[test]
    fn a_reading_tells_what_was_true_from_what_was_known() {
        // 1 was recorded at 10; at 50 we learn that since 20 it had been otherwise.
        let facts = [fact(1, 10, 10), fact(2, 20, 50)];

        assert_eq!(read(&facts, 5, 100), None, "before anything was true");
        assert_eq!(read(&facts, 15, 100), Some(1), "as true at 15");
        assert_eq!(read(&facts, 30, 100), Some(2), "as true at 30, known today");
        assert_eq!(read(&facts, 30, 30), Some(1), "as known at 30");
    }

    #[test]
    fn a_withdrawn_fact_counts_until_it_was_withdrawn() {
        let wrong = fact(2, 20, 20);
        let withdrawal = Fact { withdraws: Some(wrong.id), ..fact(3, 40, 40) };
        let facts = [fact(1, 10, 10), wrong, withdrawal];

        assert_eq!(read(&facts, 30, 30), Some(2), "as known before the withdrawal");
        assert_eq!(read(&facts, 30, 50), Some(1), "as true then, known after it");
    }

    #[test]
    fn what_was_recorded_later_stands_in_only_where_nothing_else_is_known() {
        // 1 says nothing of since when; 2 says that it is so since 60; 3 is a second value of another item.
        let facts = [fact(1, 50, 50), fact(2, 60, 70), Fact { item: "b".into(), ..fact(3, 20, 80) }];
        let known = |instant: i64, now: i64| -> Vec<u64> {
            known_now_of(at(instant), at(now), &facts).iter().map(|fact| fact.version).collect()
        };

        assert_eq!(known(10, 100), [1], "what is true from 20 on was not so at 10");
        assert_eq!(known(30, 100), [1, 3]);
        assert_eq!(known(55, 100), [1, 3]);
        assert_eq!(known(65, 100), [2, 3]);
        assert_eq!(known(10, 40), [] as [u64; 0], "as known at 40");
        assert!(was_recorded_later(&facts[0], at(10)));
        assert!(!was_recorded_later(&facts[0], at(50)));
        assert!(!was_recorded_later(&facts[1], at(10)));
    }

    #[test]
    fn ties_go_to_the_later_version() {
        assert_eq!(read(&[fact(2, 10, 10), fact(1, 10, 10)], 10, 10), Some(2));
    }
}
