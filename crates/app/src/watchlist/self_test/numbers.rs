//! How well listed parties are found by a number that they have, whatever they call themselves, and by a misspelt name.
//!
//! Ships and aircraft are renamed, so that for them this is what counts: their former names say nothing of the new one.

use screening::trial::{Ordinary, Random, misspell};
use screening::{DEFAULT_THRESHOLD, Entry, IdNumber, Identifier, Index, Query, Schema, Watchlist, screen};
use serde::Serialize;

use super::{HITS, in_parallel};

/// Parties of one kind that have a number.
#[derive(Debug, Serialize)]
pub struct NumberRow {
    pub what: &'static str,
    /// Each asked for three times.
    pub parties: usize,
    /// Found by one of their numbers under a name that nobody has.
    pub by_number: f64,
    /// Found by their main name with a slip in it, without a number.
    pub by_misspelt_name: f64,
    /// Questions for the same name and another number that alarm.
    pub false_alarms: f64,
}

const KINDS: [(&str, &[Schema]); 4] = [
    ("person", &[Schema::Person]),
    ("other", &[Schema::Organization, Schema::Company, Schema::LegalEntity]),
    ("vessel", &[Schema::Vessel]),
    ("aircraft", &[Schema::Airplane]),
];

/// A party of a list, one of its numbers, and names and numbers that it does not have.
pub(super) struct Asked {
    list: String,
    entry: String,
    schema: Schema,
    number: Identifier,
    other_number: String,
    other_name: String,
    misspelt: String,
}

/// Whether each of the three questions found what it should or should not.
#[derive(Clone, Copy)]
struct Answered {
    by_number: bool,
    by_misspelt_name: bool,
    alarmed: bool,
}

/// Whom to ask for: every party that has a number.
pub(super) fn parties(lists: &[Watchlist], seed: u64) -> Vec<Asked> {
    let (ordinary, mut random) = (Ordinary::new(), Random::new(seed));
    let entries = lists.iter().flat_map(|list| list.entries.iter().map(|entry| (list.id.as_str(), entry)));
    entries.filter_map(|(list, entry)| Asked::of(list, entry, &ordinary, &mut random)).collect()
}

pub(super) fn rows(
    asked: &[Asked],
    index: &Index,
    threads: usize,
    done: &(dyn Fn(u64) + Sync),
) -> Vec<NumberRow> {
    let answered = in_parallel(asked, threads, done, |asked| asked.answer(index));
    let rows = KINDS.into_iter().map(|(what, schemas)| {
        let of_kind = asked.iter().zip(&answered).filter(|(asked, _)| schemas.contains(&asked.schema));
        let answers: Vec<Answered> = of_kind.map(|(_, answered)| *answered).collect();
        let share = |is: fn(&Answered) -> bool| {
            answers.iter().filter(|answered| is(answered)).count() as f64 / answers.len().max(1) as f64
        };
        NumberRow {
            what,
            parties: answers.len(),
            by_number: share(|answered| answered.by_number),
            by_misspelt_name: share(|answered| answered.by_misspelt_name),
            false_alarms: share(|answered| answered.alarmed),
        }
    });
    rows.filter(|row| row.parties > 0).collect()
}

impl Asked {
    /// `None` for a party without a number of digits, or whose name is too short for a slip.
    fn of(list: &str, entry: &Entry, ordinary: &Ordinary, random: &mut Random) -> Option<Self> {
        let numbers: Vec<&Identifier> = entry
            .identifiers
            .iter()
            .filter(|number| number.value.bytes().filter(u8::is_ascii_digit).count() >= DIGITS_MIN)
            .collect();
        if numbers.is_empty() {
            return None;
        }
        let number = (*random.pick(&numbers)).clone();
        Some(Self {
            list: list.to_owned(),
            entry: entry.entry_id.clone(),
            schema: entry.schema,
            other_number: other_number(&number.value),
            number,
            other_name: ordinary.anyone(random),
            misspelt: misspell(entry.caption(), random)?,
        })
    }

    fn answer(&self, index: &Index) -> Answered {
        let query = |name: &str, number: Option<&str>| {
            let number = number.map(|value| IdNumber {
                country: self.number.country.map(|country| country.to_string()),
                kind: Some(self.number.kind.clone()),
                value: value.to_owned(),
            });
            let schema = Some(format!("{:?}", self.schema));
            Query { schema, id_numbers: number.into_iter().collect(), ..Query::for_name(name) }
        };
        let ask = |query: &Query| screen(index, query, Some(DEFAULT_THRESHOLD), HITS);
        let is_found =
            |query: &Query| ask(query).iter().any(|hit| hit.list == self.list && hit.entry_id == self.entry);
        Answered {
            by_number: is_found(&query(&self.other_name, Some(&self.number.value))),
            by_misspelt_name: is_found(&query(&self.misspelt, None)),
            alarmed: !ask(&query(&self.other_name, Some(&self.other_number))).is_empty(),
        }
    }
}

/// Shorter numbers are not unique.
const DIGITS_MIN: usize = 5;

/// The number with every digit turned into another.
fn other_number(number: &str) -> String {
    let turned = |letter: char| match letter.to_digit(10) {
        Some(digit) => char::from_digit((digit + 7) % 10, 10).unwrap_or(letter),
        None => letter,
    };
    number.chars().map(turned).collect()
}
