//! Documents by their metadata, whether or not there is an image (CIP-10).

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::check::{Check, Class, Rule};

/// Longer than the number of any document.
const NUMBER_LEN_MAX: usize = 64;

/// What is kept of a document. `Debug` shows no number and no date.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Metadata {
    /// Such as `passport`.
    pub kind: String,
    pub number: Option<String>,
    pub issued_on: Option<Date>,
    /// The last day on which the document is valid.
    pub expires_on: Option<Date>,
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metadata").field("kind", &self.kind).finish_non_exhaustive()
    }
}

const KIND: Rule = Rule { check: "document-kind@1", class: Class::F };
const NUMBER: Rule = Rule { check: "document-number@1", class: Class::F };
const ISSUE: Rule = Rule { check: "document-issue@1", class: Class::D };
const EXPIRY: Rule = Rule { check: "document-expiry@1", class: Class::D };
const ORDER: Rule = Rule { check: "document-dates@1", class: Class::D };

/// Checks what a document says of itself as of a day. What is missing is unknown, never a pass.
pub fn check(document: &Metadata, on: Date) -> Vec<Check> {
    vec![
        kind(&document.kind),
        number(document.number.as_deref()),
        issue(document.issued_on, on),
        expiry(document.expires_on, on),
        order(document.issued_on, document.expires_on),
    ]
}

fn kind(kind: &str) -> Check {
    if kind.trim().is_empty() {
        KIND.unknown("kind-missing", "What kind of document it is was not said.")
    } else {
        KIND.pass("kind-given", "The kind of document is given.")
    }
}

fn number(number: Option<&str>) -> Check {
    let number = number.map(str::trim).filter(|number| !number.is_empty());
    let Some(number) = number else {
        return NUMBER.unknown("number-missing", "The document's number is missing.");
    };
    let is_usual = |c: char| c.is_alphanumeric() || " -./".contains(c);
    if number.len() > NUMBER_LEN_MAX
        || !number.chars().all(is_usual)
        || !number.chars().any(char::is_alphanumeric)
    {
        NUMBER.fail(
            "number-malformed",
            "The number is longer than any, or has signs that no document's number has.",
        )
    } else {
        NUMBER.pass("number-given", "The document's number is given; whether it exists was not asked.")
    }
}

fn issue(issued_on: Option<Date>, on: Date) -> Check {
    match issued_on {
        None => ISSUE.unknown("issue-missing", "The date of issue is missing."),
        Some(issued_on) if issued_on > on => {
            ISSUE.fail("issued-in-the-future", "The date of issue lies in the future.")
        }
        Some(_) => ISSUE.pass("issued", "The document had been issued by the day it was checked."),
    }
}

fn expiry(expires_on: Option<Date>, on: Date) -> Check {
    match expires_on {
        None => EXPIRY.unknown("expiry-missing", "The date of expiry is missing."),
        Some(expires_on) if expires_on < on => EXPIRY.fail("expired", "The document has expired."),
        Some(_) => EXPIRY.pass("not-expired", "The document had not expired on the day it was checked."),
    }
}

fn order(issued_on: Option<Date>, expires_on: Option<Date>) -> Check {
    match (issued_on, expires_on) {
        (Some(issued_on), Some(expires_on)) if issued_on > expires_on => {
            ORDER.fail("issued-after-expiry", "The document expires before it was issued.")
        }
        (Some(_), Some(_)) => ORDER.pass("dates-in-order", "The document was issued before it expires."),
        _ => ORDER.not_applicable("date-missing", "One of the two dates is missing."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::CheckResult;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn passport(issued_on: Option<Date>, expires_on: Option<Date>) -> Metadata {
        Metadata { kind: "passport".into(), number: Some("C01X00T47".into()), issued_on, expires_on }
    }

    fn result_of(checks: &[Check], id: &str) -> (CheckResult, String) {
        let check = checks.iter().find(|check| check.check == id).expect("every check answers");
        (check.result, check.reason.clone())
    }

    /// CIP-10: an expired document fails, without an image too.
    #[test]
    fn dates_are_weighed_as_of_the_day() {
        use CheckResult::*;
        let on = date(2026, 2, 28);
        let day = |year, month, day| Some(date(year, month, day));
        let cases = [
            ("valid", day(2020, 1, 1), day(2030, 1, 1), [Pass, Pass, Pass]),
            ("expires today", day(2020, 1, 1), Some(on), [Pass, Pass, Pass]),
            ("expired yesterday", day(2020, 1, 1), day(2026, 2, 27), [Pass, Fail, Pass]),
            ("issued today", Some(on), day(2030, 1, 1), [Pass, Pass, Pass]),
            ("issued tomorrow", day(2026, 3, 1), day(2030, 1, 1), [Fail, Pass, Pass]),
            ("issued after expiry", day(2025, 1, 2), day(2025, 1, 1), [Pass, Fail, Fail]),
            ("issued and expired on one day", Some(on), Some(on), [Pass, Pass, Pass]),
            ("no expiry", day(2020, 1, 1), None, [Pass, Unknown, NotApplicable]),
            ("no issue", None, day(2030, 1, 1), [Unknown, Pass, NotApplicable]),
            ("no dates", None, None, [Unknown, Unknown, NotApplicable]),
        ];
        for (name, issued_on, expires_on, expected) in cases {
            let checks = check(&passport(issued_on, expires_on), on);
            let ids = ["document-issue@1", "document-expiry@1", "document-dates@1"];
            assert_eq!(ids.map(|id| result_of(&checks, id).0), expected, "{name}");
        }
    }

    /// CIP-10
    #[test]
    fn a_number_is_given_or_not_and_never_guessed_at() {
        use CheckResult::*;
        let long = "1".repeat(65);
        let cases = [
            (Some("C01X00T47"), Pass),
            (Some("АБ 123-456/7"), Pass),
            (Some(" "), Unknown),
            (None, Unknown),
            (Some("--"), Fail),
            (Some("12\n34"), Fail),
            (Some("<script>"), Fail),
            (Some(&*long), Fail),
        ];
        for (number, expected) in cases {
            let document = Metadata { number: number.map(str::to_owned), ..passport(None, None) };
            let checks = check(&document, date(2026, 1, 1));
            assert_eq!(result_of(&checks, "document-number@1").0, expected, "{number:?}");
        }
        let nothing = check(&Metadata::default(), date(2026, 1, 1));
        assert_eq!(result_of(&nothing, "document-kind@1").0, Unknown);
    }

    #[test]
    fn findings_say_what_a_person_needs() {
        let checks = check(&passport(Some(date(2020, 1, 1)), Some(date(2025, 1, 1))), date(2026, 1, 1));
        let lines: Vec<String> = checks
            .iter()
            .map(|c| format!("{} {:?} {:?} {}: {}", c.check, c.class, c.result, c.reason, c.explanation))
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        document-kind@1 F Pass kind-given: The kind of document is given.
        document-number@1 F Pass number-given: The document's number is given; whether it exists was not asked.
        document-issue@1 D Pass issued: The document had been issued by the day it was checked.
        document-expiry@1 D Fail expired: The document has expired.
        document-dates@1 D Pass dates-in-order: The document was issued before it expires.
        ");
    }

    proptest! {
        /// CIP-10: no document that is expired or undated ever passes every check.
        #[test]
        fn an_expired_or_undated_document_never_passes(
            day in 0..20_000_i64, issued in proptest::option::of(0..20_000_i64),
            expires in proptest::option::of(0..20_000_i64),
        ) {
            let on_day = |days: i64| date(1990, 1, 1).saturating_add(jiff::Span::new().days(days));
            let checks = check(&passport(issued.map(on_day), expires.map(on_day)), on_day(day));
            let sound = issued.is_some_and(|issued| issued <= day) && expires.is_some_and(|expires| expires >= day);
            prop_assert_eq!(checks.iter().all(|check| check.result == CheckResult::Pass), sound);
        }
    }
}
