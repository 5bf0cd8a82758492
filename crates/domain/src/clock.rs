//! The deadline engine (CRT-09): how long something lasts, and when that ends.
//!
//! Two roundings that must not be mixed up: a duty never falls due late, retention never ends early. Day,
//! month and year clocks end at the end of the local day in the pack's time zone; hour clocks run on UTC.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Span, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// The unit a period is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Hours,
    Days,
    Months,
    Years,
}

/// A length of time in one unit; in a pack `{ years = 2 }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "PeriodText", into = "PeriodText")]
pub struct Period {
    pub amount: u32,
    pub unit: Unit,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PeriodText {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hours: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    months: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    years: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a period has exactly one of `hours`, `days`, `months`, `years`")]
pub struct NotAPeriod;

impl TryFrom<PeriodText> for Period {
    type Error = NotAPeriod;

    fn try_from(text: PeriodText) -> Result<Self, NotAPeriod> {
        let units = [
            (text.hours, Unit::Hours),
            (text.days, Unit::Days),
            (text.months, Unit::Months),
            (text.years, Unit::Years),
        ];
        let mut given = units.into_iter().filter_map(|(amount, unit)| Some(Self { amount: amount?, unit }));
        match (given.next(), given.next()) {
            (Some(period), None) => Ok(period),
            _ => Err(NotAPeriod),
        }
    }
}

impl From<Period> for PeriodText {
    fn from(period: Period) -> Self {
        let amount = Some(period.amount);
        match period.unit {
            Unit::Hours => Self { hours: amount, ..Self::default() },
            Unit::Days => Self { days: amount, ..Self::default() },
            Unit::Months => Self { months: amount, ..Self::default() },
            Unit::Years => Self { years: amount, ..Self::default() },
        }
    }
}

impl Period {
    pub fn hours(amount: u32) -> Self {
        Self { amount, unit: Unit::Hours }
    }

    pub fn days(amount: u32) -> Self {
        Self { amount, unit: Unit::Days }
    }

    pub fn months(amount: u32) -> Self {
        Self { amount, unit: Unit::Months }
    }

    pub fn years(amount: u32) -> Self {
        Self { amount, unit: Unit::Years }
    }

    /// The calendar span; beyond what a calendar holds it is cut to the largest that fits.
    fn span(self) -> Span {
        let amount = i64::from(self.amount);
        match self.unit {
            // Part of a day counts as a whole one.
            Unit::Hours => i64::from(self.amount.div_ceil(24)).min(7_000_000).days(),
            Unit::Days => amount.min(7_000_000).days(),
            Unit::Months => amount.min(200_000).months(),
            Unit::Years => amount.min(19_000).years(),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match (self.unit, self.amount) {
            (Unit::Hours, 1) => "hour",
            (Unit::Hours, _) => "hours",
            (Unit::Days, 1) => "day",
            (Unit::Days, _) => "days",
            (Unit::Months, 1) => "month",
            (Unit::Months, _) => "months",
            (Unit::Years, 1) => "year",
            (Unit::Years, _) => "years",
        };
        write!(f, "{} {unit}", self.amount)
    }
}

/// A time zone by its IANA name, known to the bundled database (so the same on every machine).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(String, TimeZone);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no time zone `{0}`; give an IANA name such as `America/New_York`")]
pub struct NoSuchZone(pub String);

impl Zone {
    pub fn utc() -> Self {
        Self("UTC".to_owned(), TimeZone::UTC)
    }

    pub fn name(&self) -> &str {
        &self.0
    }

    /// The local day an instant lies in.
    pub fn date_of(&self, at: Timestamp) -> Date {
        self.1.to_datetime(at).date()
    }

    /// The first instant of a local day. Where the clock jumps over midnight it is the instant of the
    /// jump, and of a day that a zone left out, the first of the next.
    pub fn start_of(&self, day: Date) -> Timestamp {
        let fallback = if day.year() < 0 { Timestamp::MIN } else { Timestamp::MAX };
        self.1.to_ambiguous_timestamp(day.at(0, 0, 0, 0)).compatible().unwrap_or(fallback)
    }

    /// The first instant after a local day.
    pub fn end_of(&self, day: Date) -> Timestamp {
        match day.tomorrow() {
            Ok(next) => self.start_of(next),
            Err(_) => Timestamp::MAX,
        }
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Zone {
    type Err = NoSuchZone;

    fn from_str(name: &str) -> Result<Self, NoSuchZone> {
        static BUNDLED: std::sync::OnceLock<TimeZoneDatabase> = std::sync::OnceLock::new();
        let zones = BUNDLED.get_or_init(TimeZoneDatabase::bundled);
        let zone = zones.get(name).map_err(|_| NoSuchZone(name.to_owned()))?;
        Ok(Self(zone.iana_name().unwrap_or(name).to_owned(), zone))
    }
}

impl TryFrom<String> for Zone {
    type Error = NoSuchZone;

    fn try_from(name: String) -> Result<Self, NoSuchZone> {
        name.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.0
    }
}

/// When something must have been done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Deadline {
    /// The first instant that is too late.
    pub until: Timestamp,
    /// The last local day on which it is in time; of an hour clock the day in UTC.
    pub due_on: Date,
}

impl Deadline {
    pub fn is_past(&self, now: Timestamp) -> bool {
        now >= self.until
    }
}

/// The deadline of a duty that starts at an instant. The starting day is day 0: asked on day D, ten days
/// are over at the end of day D+10.
///
/// A duty never falls due late: one year from 29 February is due on 28 February.
pub fn due(from: Timestamp, period: Period, zone: &Zone) -> Deadline {
    match period.unit {
        Unit::Hours => {
            let length = SignedDuration::from_hours(i64::from(period.amount));
            let until = from.saturating_add(length).unwrap_or(Timestamp::MAX);
            Deadline { until, due_on: Zone::utc().date_of(until) }
        }
        Unit::Days | Unit::Months | Unit::Years => due_by_day(zone.date_of(from), period, zone),
    }
}

/// The same for a duty that starts on a local day, such as the day a rule comes into force.
pub fn due_by_day(from: Date, period: Period, zone: &Zone) -> Deadline {
    let due_on = from.saturating_add(period.span());
    Deadline { until: zone.end_of(due_on), due_on }
}

/// Last day of retention (RET-01), in the pack's time zone.
///
/// Retention never ends early: one year from 29 February ends on 1 March, and a period of hours is
/// rounded up to whole days.
pub fn retention_ends_on(from: Date, period: Period) -> Date {
    let end = from.saturating_add(period.span());
    let cut_short = matches!(period.unit, Unit::Months | Unit::Years) && end.day() < from.day();
    let begins_within_the_day = period.unit == Unit::Hours && period.amount > 0;
    if (cut_short && end != Date::MAX) || begins_within_the_day { end.saturating_add(1.day()) } else { end }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// CRT-09: day clocks end at the end of the local day, through leap years and clock changes.
    #[test]
    fn duties_fall_due_at_the_end_of_the_local_day() {
        let cases = [
            (
                "ten days",
                "2026-01-05T15:00:00Z",
                Period::days(10),
                "America/New_York",
                "2026-01-16T05:00:00Z",
            ),
            (
                "the evening before in New York",
                "2026-01-05T04:59:59Z",
                Period::days(10),
                "America/New_York",
                "2026-01-15T05:00:00Z",
            ),
            (
                "over the spring change",
                "2026-03-05T15:00:00Z",
                Period::days(10),
                "America/New_York",
                "2026-03-16T04:00:00Z",
            ),
            (
                "over the autumn change",
                "2026-10-28T15:00:00Z",
                Period::days(10),
                "America/New_York",
                "2026-11-08T05:00:00Z",
            ),
            ("leap day plus a year", "2024-02-29T12:00:00Z", Period::years(1), "UTC", "2025-03-01T00:00:00Z"),
            (
                "leap day plus four years",
                "2024-02-29T12:00:00Z",
                Period::years(4),
                "UTC",
                "2028-03-01T00:00:00Z",
            ),
            (
                "end of January plus a month",
                "2026-01-31T12:00:00Z",
                Period::months(1),
                "UTC",
                "2026-03-01T00:00:00Z",
            ),
            (
                "midnight that a clock jumps over",
                "2018-10-24T12:00:00Z",
                Period::days(10),
                "America/Sao_Paulo",
                "2018-11-04T03:00:00Z",
            ),
            (
                "midnight that comes twice",
                "2018-02-07T12:00:00Z",
                Period::days(10),
                "America/Sao_Paulo",
                "2018-02-18T03:00:00Z",
            ),
            (
                "a day that a zone left out",
                "2011-12-20T22:00:00Z",
                Period::days(10),
                "Pacific/Apia",
                "2011-12-30T10:00:00Z",
            ),
            (
                "no days at all",
                "2026-06-01T12:00:00Z",
                Period::days(0),
                "Asia/Kolkata",
                "2026-06-01T18:30:00Z",
            ),
        ];
        for (name, from, period, zone_name, until) in cases {
            assert_eq!(due(at(from), period, &zone(zone_name)).until, at(until), "{name}");
        }
        assert_eq!(due(at("2024-02-29T12:00:00Z"), Period::years(1), &Zone::utc()).due_on, date(2025, 2, 28));
    }

    /// CRT-09: hour clocks run on UTC, whatever clocks on walls do.
    #[test]
    fn hour_clocks_do_not_see_clock_changes() {
        let cases = [
            ("2026-03-29T00:30:00Z", 8, "Europe/Berlin", "2026-03-29T08:30:00Z"),
            ("2026-10-25T00:30:00Z", 8, "Europe/Berlin", "2026-10-25T08:30:00Z"),
            ("2026-10-25T00:30:00Z", 72, "Asia/Kolkata", "2026-10-28T00:30:00Z"),
        ];
        for (from, hours, zone_name, until) in cases {
            let deadline = due(at(from), Period::hours(hours), &zone(zone_name));
            assert_eq!(deadline.until, at(until), "{from}");
            assert!(deadline.is_past(at(until)) && !deadline.is_past(at(from)));
        }
    }

    /// CRT-09, RET-01: retention never ends early.
    #[test]
    fn retention_is_rounded_to_the_later_day() {
        let cases = [
            (date(2024, 2, 29), Period::years(2), date(2026, 3, 1)),
            (date(2024, 2, 29), Period::years(4), date(2028, 2, 29)),
            (date(2026, 5, 17), Period::years(2), date(2028, 5, 17)),
            (date(2026, 1, 31), Period::months(1), date(2026, 3, 1)),
            (date(2026, 8, 31), Period::months(6), date(2027, 3, 1)),
            (date(2026, 1, 1), Period::days(180), date(2026, 6, 30)),
            (date(2026, 1, 1), Period::hours(72), date(2026, 1, 5)),
            (Date::MAX, Period::years(2), Date::MAX),
        ];
        for (from, period, end) in cases {
            assert_eq!(retention_ends_on(from, period), end, "{from} + {period}");
        }
    }

    #[test]
    fn a_period_reads_from_one_unit_and_a_zone_from_an_iana_name() {
        assert_eq!(toml::from_str::<Period>("years = 2").unwrap(), Period::years(2));
        for wrong in ["", "years = 2\ndays = 1", "years = -1", "weeks = 2"] {
            assert!(toml::from_str::<Period>(wrong).is_err(), "{wrong}");
        }
        assert!("Mars/Olympus".parse::<Zone>().is_err());
        assert_eq!(serde_json::to_string(&zone("Asia/Kolkata")).unwrap(), "\"Asia/Kolkata\"");
    }

    fn units() -> impl Strategy<Value = Unit> {
        prop_oneof![Just(Unit::Hours), Just(Unit::Days), Just(Unit::Months), Just(Unit::Years)]
    }

    proptest! {
        /// CRT-09: no input makes it panic, and no deadline lies before its start.
        #[test]
        fn deadlines_saturate_and_never_lie_before_their_start(
            seconds in -377_705_023_201_i64..=253_402_207_200, amount: u32, unit in units(), far in 0..3_usize,
        ) {
            let from = Timestamp::from_second(seconds).unwrap();
            let zone = zone(["UTC", "Pacific/Kiritimati", "America/Adak"][far]);
            let (period, day) = (Period { amount, unit }, zone.date_of(from));
            prop_assert!(due(from, period, &zone).until >= from);
            prop_assert!(retention_ends_on(day, period) >= day);
        }

        /// RET-01, CRT-09: for the same period a duty ends no later than retention, and a later start
        /// never brings either forward.
        #[test]
        fn duties_end_no_later_than_retention_and_both_are_monotone(
            day in 0..30_000_i64, further in 0..1_000_i64, amount in 0..50_u32, unit in units(),
        ) {
            let (earlier, later) = (date(1970, 1, 1) + day.days(), date(1970, 1, 1) + (day + further).days());
            let period = Period { amount, unit };
            prop_assert!(due_by_day(earlier, period, &Zone::utc()).due_on <= retention_ends_on(earlier, period));
            prop_assert!(retention_ends_on(earlier, period) <= retention_ends_on(later, period));
            prop_assert!(due_by_day(earlier, period, &Zone::utc()) <= due_by_day(later, period, &Zone::utc()));
        }
    }
}
