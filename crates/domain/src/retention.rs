//! How long records are kept (RET-01, RET-02): the longest lawful period per field over all packs.
//!
//! A due day is computed and never stored: an access to an account that is not closed moves it, closing
//! fixes it, a legal hold ([`crate::legal_hold`]) stops it.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::clock::{Period, retention_ends_on};
use crate::field::Field;
use crate::pack::{Citation, KnownFacts, PacksInForce, RecordClass, RetentionRule, RetentionStart, Rule};

/// What is kept, as retention rules see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    Field(Field),
    /// Document metadata, methods and results of checks.
    Verification,
    AccessLog,
    LeaseLog,
}

impl Kept {
    fn is_under(self, rule: &RetentionRule) -> bool {
        match self {
            Self::Field(field) => {
                rule.class == RecordClass::Identity
                    && (rule.fields.is_empty() || rule.fields.contains(&field))
            }
            Self::Verification => rule.class == RecordClass::Verification,
            Self::AccessLog => rule.class == RecordClass::AccessLog,
            Self::LeaseLog => rule.class == RecordClass::LeaseLog,
        }
    }
}

/// Names the fields that expire together: those under the same rules of the same packs. A subject has one
/// key for each class, so destroying the key erases exactly them (DESIGN 3.6). The name says which rules,
/// such as `in-certin.registration+us-eo13984-nprm.identity`; a new date of a pack does not change it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RetentionClass(String);

impl RetentionClass {
    /// The class of what no pack asks to keep.
    pub const UNREQUIRED: &'static str = "unrequired";

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RetentionClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The class a field belongs to. Asks every pack in force, whomever it applies to, so that a customer's
/// move between countries does not move its fields between keys.
pub fn class_of(field: Field, packs: &PacksInForce<'_>) -> RetentionClass {
    let mut rules = BTreeSet::new();
    for one in &packs.packs {
        for rule in one.pack().retention.iter().filter(|rule| Kept::Field(field).is_under(rule)) {
            rules.insert(format!("{}.{}", one.pack().id.name(), rule.name));
        }
    }
    if rules.is_empty() {
        return RetentionClass(RetentionClass::UNREQUIRED.to_owned());
    }
    RetentionClass(rules.into_iter().collect::<Vec<_>>().join("+"))
}

/// Every class there is under the packs in force, with its fields.
pub fn classes(packs: &PacksInForce<'_>) -> std::collections::BTreeMap<RetentionClass, Vec<Field>> {
    let mut classes: std::collections::BTreeMap<RetentionClass, Vec<Field>> = Default::default();
    for &field in Field::ALL {
        classes.entry(class_of(field, packs)).or_default().push(field);
    }
    classes
}

/// One account, as retention sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountActivity {
    /// `None` while the account is not closed: then nothing of it is due.
    pub closed_at: Option<Timestamp>,
    pub last_access_at: Option<Timestamp>,
}

/// What retention counts from. Identity belongs to the customer, so all its accounts count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// A customer that never got an account counts as closed when its record was made.
    pub accounts: Vec<AccountActivity>,
    /// When the newest of the records was made.
    pub record_made_at: Timestamp,
}

impl Activity {
    /// `None` while any account is not closed.
    fn closed_at(&self) -> Option<Timestamp> {
        let closed: Option<Vec<Timestamp>> = self.accounts.iter().map(|account| account.closed_at).collect();
        Some(closed?.into_iter().max().unwrap_or(self.record_made_at))
    }

    fn last_access_at(&self) -> Option<Timestamp> {
        self.accounts.iter().filter_map(|account| account.last_access_at).max()
    }

    /// The instant a rule counts from; `None` while it has not begun to run.
    fn start(&self, from: &BTreeSet<RetentionStart>) -> Option<Timestamp> {
        let closed_at = self.closed_at();
        let instants = from.iter().filter_map(|start| match start {
            RetentionStart::Closed => closed_at,
            RetentionStart::LastAccess => self.last_access_at(),
            RetentionStart::RecordMade => Some(self.record_made_at),
        });
        let latest = instants.max();
        // A record that counts from its making only may expire under an open account; all else waits.
        let only_record = from.iter().all(|start| *start == RetentionStart::RecordMade);
        if only_record { latest } else { closed_at.map(|closed_at| latest.unwrap_or(closed_at)) }
    }
}

/// Until when something is kept, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RetentionEnd {
    /// An account is not closed, so nothing is due.
    AccountOpen,
    /// No pack asks to keep it (any longer); nothing but a hold stands against erasing it.
    NotRequired,
    /// Kept through this day, by the rules given; longest first.
    Through { last_day: Date, because: Vec<KeptBecause> },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptBecause {
    pub last_day: Date,
    pub period: Period,
    pub citation: Citation,
}

impl RetentionEnd {
    /// Whether it may be destroyed on a day, holds apart. Never while an account is open.
    pub fn is_due(&self, today: Date) -> bool {
        match self {
            Self::AccountOpen => false,
            Self::NotRequired => true,
            Self::Through { last_day, .. } => today > *last_day,
        }
    }
}

/// The rules a thing is kept under.
pub fn rules_for<'a>(
    kept: Kept,
    packs: &PacksInForce<'a>,
    facts: &KnownFacts,
) -> Vec<Rule<'a, RetentionRule>> {
    let mut rules = packs.select("retention", |pack| &pack.retention, facts);
    rules.retain(|rule| kept.is_under(rule.entry));
    rules
}

/// Until when something is kept: of all rules the latest day (RET-02), each in its pack's time zone.
pub fn retention_end(
    kept: Kept,
    packs: &PacksInForce<'_>,
    facts: &KnownFacts,
    activity: &Activity,
) -> RetentionEnd {
    let rules = rules_for(kept, packs, facts);
    let closed = activity.closed_at().is_some();
    if rules.is_empty() {
        return if closed { RetentionEnd::NotRequired } else { RetentionEnd::AccountOpen };
    }
    let mut because = Vec::new();
    for rule in rules {
        let Some(start) = activity.start(&rule.entry.from) else { return RetentionEnd::AccountOpen };
        let last_day = retention_ends_on(rule.pack.time_zone.date_of(start), rule.entry.min);
        because.push(KeptBecause { last_day, period: rule.entry.min, citation: rule.citation });
    }
    // DESIGN 3.10: identity of an account that is not closed is never due, whatever a rule counts from.
    if !closed && matches!(kept, Kept::Field(_) | Kept::Verification) {
        return RetentionEnd::AccountOpen;
    }
    because.sort_by(|a, b| b.last_day.cmp(&a.last_day).then_with(|| a.citation.cmp(&b.citation)));
    let last_day = because.first().map_or(Date::MAX, |longest| longest.last_day);
    RetentionEnd::Through { last_day, because }
}

/// The end of several things that go together: one that waits makes all wait, else the latest day decides.
pub fn latest_end(ends: impl IntoIterator<Item = RetentionEnd>) -> RetentionEnd {
    let mut latest = RetentionEnd::NotRequired;
    for end in ends {
        latest = match (latest, end) {
            (RetentionEnd::AccountOpen, _) | (_, RetentionEnd::AccountOpen) => RetentionEnd::AccountOpen,
            (RetentionEnd::NotRequired, end) | (end, RetentionEnd::NotRequired) => end,
            (
                RetentionEnd::Through { last_day, mut because },
                RetentionEnd::Through { last_day: other_day, because: others },
            ) => {
                because.extend(others);
                because.sort_by(|a, b| b.last_day.cmp(&a.last_day).then_with(|| a.citation.cmp(&b.citation)));
                because.dedup();
                RetentionEnd::Through { last_day: last_day.max(other_day), because }
            }
        };
    }
    latest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::{NamedFact, Packs, shipped};
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn in_both_countries() -> KnownFacts {
        let place = |code: &str| code.parse().unwrap();
        KnownFacts::new()
            .places(NamedFact::ProviderCountry, [place("US")])
            .places(NamedFact::ProductSite, [place("US"), place("IN")])
            .places(NamedFact::ProviderOffersIn, [])
    }

    fn closed(closed_at: &str, last_access_at: Option<&str>) -> Activity {
        Activity {
            accounts: vec![AccountActivity {
                closed_at: Some(at(closed_at)),
                last_access_at: last_access_at.map(at),
            }],
            record_made_at: at("2023-01-01T12:00:00Z"),
        }
    }

    fn last_day(kept: Kept, packs: &Packs, activity: &Activity) -> Option<Date> {
        let in_force = packs.at(date(2026, 11, 21));
        match retention_end(kept, &in_force, &in_both_countries(), activity) {
            RetentionEnd::Through { last_day, .. } => Some(last_day),
            RetentionEnd::AccountOpen | RetentionEnd::NotRequired => None,
        }
    }

    /// RET-01: two years from the later of closure and last access; an account that is not closed is
    /// never due, and closing fixes the day.
    #[test]
    fn the_clock_runs_from_the_later_of_closure_and_last_access() {
        let packs = shipped(&["us-eo13984-nprm"]);
        let name = Kept::Field(Field::FullName);
        let cases = [
            ("closed, never accessed", closed("2024-02-29T12:00:00Z", None), Some(date(2026, 3, 1))),
            (
                "accessed before closing",
                closed("2024-05-17T12:00:00Z", Some("2024-01-01T00:00:00Z")),
                Some(date(2026, 5, 17)),
            ),
            (
                "accessed after closing",
                closed("2024-05-17T12:00:00Z", Some("2024-06-01T12:00:00Z")),
                Some(date(2026, 6, 1)),
            ),
            ("the evening before in New York", closed("2024-05-17T03:00:00Z", None), Some(date(2026, 5, 16))),
        ];
        for (case, activity, expected) in cases {
            assert_eq!(last_day(name, &packs, &activity), expected, "{case}");
        }

        let mut two = closed("2020-01-01T12:00:00Z", None);
        two.accounts
            .push(AccountActivity { closed_at: None, last_access_at: Some(at("2020-01-01T12:00:00Z")) });
        let in_force = packs.at(date(2026, 11, 21));
        let end = retention_end(name, &in_force, &in_both_countries(), &two);
        assert_eq!(end, RetentionEnd::AccountOpen);
        assert!(!end.is_due(Date::MAX));
    }

    /// RET-02: United States and India: five years for the fields India asks for, two for the others.
    #[test]
    fn each_field_is_kept_for_its_longest_period() {
        let packs = shipped(&["us-eo13984-nprm", "in-certin"]);
        let activity = closed("2024-05-17T12:00:00Z", Some("2024-05-01T12:00:00Z"));

        assert_eq!(last_day(Kept::Field(Field::Email), &packs, &activity), Some(date(2029, 5, 17)));
        assert_eq!(last_day(Kept::Field(Field::Purpose), &packs, &activity), Some(date(2029, 5, 17)));
        assert_eq!(last_day(Kept::Field(Field::Payment), &packs, &activity), Some(date(2026, 5, 17)));
        assert_eq!(last_day(Kept::LeaseLog, &packs, &activity), Some(date(2029, 5, 17)));
        assert_eq!(last_day(Kept::AccessLog, &packs, &activity), Some(date(2026, 5, 17)));

        let in_force = packs.at(date(2026, 11, 21));
        let class = |field| class_of(field, &in_force).to_string();
        assert_eq!(class(Field::Email), "in-certin.registration+us-eo13984-nprm.identity");
        assert_eq!(class(Field::Email), class(Field::Address));
        assert_eq!(class(Field::Payment), "us-eo13984-nprm.identity");
    }

    /// RET-02: what no pack asks to keep may be erased once the account is closed, not before.
    #[test]
    fn a_field_that_no_pack_requires_is_due_at_closure() {
        let packs = shipped(&["in-certin"]);
        let in_force = packs.at(date(2026, 11, 21));
        let end = |activity: &Activity| {
            retention_end(Kept::Field(Field::Payment), &in_force, &in_both_countries(), activity)
        };

        assert_eq!(end(&closed("2026-11-01T00:00:00Z", None)), RetentionEnd::NotRequired);
        assert_eq!(class_of(Field::Payment, &in_force).as_str(), RetentionClass::UNREQUIRED);
        let open = Activity {
            accounts: vec![AccountActivity { closed_at: None, last_access_at: None }],
            record_made_at: at("2023-01-01T12:00:00Z"),
        };
        assert_eq!(end(&open), RetentionEnd::AccountOpen);
    }

    /// RET-05: logs count from their making and must lie in India, whatever the account does.
    #[test]
    fn logs_under_the_indian_pack_count_from_their_making() {
        let packs = shipped(&["in-certin"]);
        let in_force = packs.at(date(2026, 11, 21));
        let open = Activity {
            accounts: vec![AccountActivity { closed_at: None, last_access_at: None }],
            record_made_at: at("2026-01-01T12:00:00Z"),
        };
        let end = retention_end(Kept::AccessLog, &in_force, &in_both_countries(), &open);

        let RetentionEnd::Through { last_day, because } = end else { panic!("not kept: {end:?}") };
        assert_eq!(last_day, date(2026, 6, 30));
        assert_eq!(because.len(), 1);
        let rules = rules_for(Kept::AccessLog, &in_force, &in_both_countries());
        assert_eq!(rules[0].entry.stored_in, Some("IN".parse().unwrap()));
    }

    /// RET-02: what goes together is kept as long as its longest part, and waits for an account that is open.
    #[test]
    fn things_that_go_together_wait_for_the_last() {
        let packs = shipped(&["us-eo13984-nprm", "in-certin"]);
        let in_force = packs.at(date(2026, 11, 21));
        let activity = closed("2024-05-17T12:00:00Z", None);
        let end = |field| retention_end(Kept::Field(field), &in_force, &in_both_countries(), &activity);
        let (email, payment) = (end(Field::Email), end(Field::Payment));
        let day = |end: &RetentionEnd| match end {
            RetentionEnd::Through { last_day, .. } => Some(*last_day),
            _ => None,
        };

        assert!(day(&payment) < day(&email));
        for both in [[email.clone(), payment.clone()], [payment.clone(), email.clone()]] {
            assert_eq!(day(&latest_end(both)), day(&email));
        }
        assert_eq!(latest_end([email, RetentionEnd::AccountOpen, payment]), RetentionEnd::AccountOpen);
        assert_eq!(latest_end([]), RetentionEnd::NotRequired);
    }

    proptest! {
        /// RET-01, RET-02: another access, a later closure or another pack never brings the day forward.
        #[test]
        fn nothing_brings_destruction_forward(
            closed_day in 0..3_000_i64, access_day in 0..3_000_i64, further in 0..1_000_i64, field in 0..Field::ALL.len(),
        ) {
            let start = date(2020, 1, 1);
            let instant = |day: i64| start.saturating_add(day.days()).at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
            let activity = |closed_day: i64, access_day: i64| Activity {
                accounts: vec![AccountActivity {
                    closed_at: Some(instant(closed_day)),
                    last_access_at: Some(instant(access_day)),
                }],
                record_made_at: instant(0),
            };
            let kept = Kept::Field(Field::ALL[field]);
            let (us, both) = (shipped(&["us-eo13984-nprm"]), shipped(&["us-eo13984-nprm", "in-certin", "eu-nis2-28"]));
            let base = last_day(kept, &us, &activity(closed_day, access_day));
            prop_assert!(base.is_some());
            prop_assert!(base <= last_day(kept, &both, &activity(closed_day, access_day)));
            prop_assert!(base <= last_day(kept, &us, &activity(closed_day + further, access_day)));
            prop_assert!(base <= last_day(kept, &us, &activity(closed_day, access_day + further)));
        }
    }
}
