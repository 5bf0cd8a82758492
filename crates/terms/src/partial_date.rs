//! Dates of which only the year, or the year and month, may be known.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A day, month or year of the proleptic Gregorian calendar, years 1 to 9999.
///
/// Sorts by its start; of two that start together the vaguer comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartialDate {
    year: u16,
    /// 0 where unknown; likewise `day`, which is known only with its month.
    month: u8,
    day: u8,
}

/// How much of a date is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    Year,
    Month,
    Day,
}

/// The text or the numbers are no date of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a date of the form `YYYY`, `YYYY-MM` or `YYYY-MM-DD`")]
pub struct NotAPartialDate;

impl PartialDate {
    /// Checks that the date exists; a day without a month does not.
    pub fn new(year: u16, month: Option<u8>, day: Option<u8>) -> Result<Self, NotAPartialDate> {
        let real = match (month, day) {
            (None, None) => true,
            (Some(month), None) => (1..=12).contains(&month),
            (Some(month), Some(day)) => (1..=days_in(year, month)).contains(&day),
            (None, Some(_)) => false,
        };
        if real && (1..=9999).contains(&year) {
            Ok(Self { year, month: month.unwrap_or(0), day: day.unwrap_or(0) })
        } else {
            Err(NotAPartialDate)
        }
    }

    pub fn year(self) -> u16 {
        self.year
    }

    pub fn month(self) -> Option<u8> {
        (self.month > 0).then_some(self.month)
    }

    pub fn day(self) -> Option<u8> {
        (self.day > 0).then_some(self.day)
    }

    pub fn precision(self) -> Precision {
        match (self.month, self.day) {
            (0, _) => Precision::Year,
            (_, 0) => Precision::Month,
            _ => Precision::Day,
        }
    }

    /// Whether both can be the same day: all that is known of both agrees.
    pub fn agrees_with(self, other: Self) -> bool {
        let same = |a: u8, b: u8| a == 0 || b == 0 || a == b;
        self.year == other.year && same(self.month, other.month) && same(self.day, other.day)
    }
}

/// 0 for a month that does not exist.
fn days_in(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    }
}

impl FromStr for PartialDate {
    type Err = NotAPartialDate;

    fn from_str(text: &str) -> Result<Self, NotAPartialDate> {
        let mut parts = text.split('-');
        let year = digits(parts.next(), 4)?.ok_or(NotAPartialDate)?;
        let month = digits(parts.next(), 2)?.map(|month| month as u8);
        let day = digits(parts.next(), 2)?.map(|day| day as u8);
        match parts.next() {
            None => Self::new(year, month, day),
            Some(_) => Err(NotAPartialDate),
        }
    }
}

fn digits(part: Option<&str>, len: usize) -> Result<Option<u16>, NotAPartialDate> {
    match part {
        None => Ok(None),
        Some(part) if part.len() == len && part.bytes().all(|byte| byte.is_ascii_digit()) => {
            part.parse().map(Some).map_err(|_| NotAPartialDate)
        }
        Some(_) => Err(NotAPartialDate),
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.precision() {
            Precision::Year => write!(f, "{:04}", self.year),
            Precision::Month => write!(f, "{:04}-{:02}", self.year, self.month),
            Precision::Day => write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day),
        }
    }
}

impl TryFrom<String> for PartialDate {
    type Error = NotAPartialDate;

    fn try_from(text: String) -> Result<Self, NotAPartialDate> {
        text.parse()
    }
}

impl From<PartialDate> for String {
    fn from(date: PartialDate) -> String {
        date.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_of_each_precision_are_read_and_written_alike() {
        for (text, precision) in [
            ("1970", Precision::Year),
            ("0622-07", Precision::Month),
            ("2000-02-29", Precision::Day),
            ("9999-12-31", Precision::Day),
        ] {
            let date: PartialDate = text.parse().unwrap();
            assert_eq!((date.to_string().as_str(), date.precision()), (text, precision));
        }
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in [
            "",
            "-",
            "70",
            "19700",
            "1970-",
            "1970-1",
            "1970-00",
            "1970-13",
            "1970-01-00",
            "1970-04-31",
            "1900-02-29",
            "1970-01-01-01",
            "0000",
            "+970",
            "197０",
            "1970/01/01",
            " 1970",
        ] {
            assert!(text.parse::<PartialDate>().is_err(), "{text}");
        }
        assert!(PartialDate::new(1970, None, Some(1)).is_err());
    }

    #[test]
    fn a_vaguer_date_agrees_with_all_it_contains() {
        let agrees = |a: &str, b: &str| {
            let (a, b): (PartialDate, PartialDate) = (a.parse().unwrap(), b.parse().unwrap());
            assert_eq!(a.agrees_with(b), b.agrees_with(a));
            a.agrees_with(b)
        };

        assert!(agrees("1970", "1970-05-01") && agrees("1970-05", "1970-05-31"));
        assert!(!agrees("1970-05", "1970-06-01") && !agrees("1971", "1970"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_all_it_takes_it_gives_back(text in "\\PC*|[0-9]{4}(-[0-9]{2}){0,2}") {
            if let Ok(date) = text.parse::<PartialDate>() {
                prop_assert_eq!(date.to_string(), text);
            }
        }
    }
}
