//! What an investigator asks, and its NDJSON form.

use std::fmt;

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde_json::Value;

use super::line::{LineError, missing, not_an_object};
use super::network::Network;

/// To each side of an instant, unless the question says otherwise.
pub const WITHIN_DEFAULT_SECS: i64 = 15 * 60;

/// When it was. Whole microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Accesses up to `within` to each side, both ends counted; leases that contain the instant.
    Around {
        at: Timestamp,
        within: SignedDuration,
    },
    /// Accesses in it and leases that overlap it. `from` counts, `until` does not.
    Between {
        from: Timestamp,
        until: Timestamp,
    },
    Ever,
}

/// From `from_us` to before `until_us`, in microseconds since 1970, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub from_us: i64,
    pub until_us: i64,
}

impl Window {
    pub fn contains(&self, at_us: i64) -> bool {
        (self.from_us..self.until_us).contains(&at_us)
    }

    /// Whether anything between the two instants, both counted, may lie in the window.
    pub fn overlaps(&self, min_us: i64, max_us: i64) -> bool {
        min_us < self.until_us && max_us >= self.from_us
    }
}

impl When {
    /// Accesses with a time in it are meant.
    pub fn access_window(&self) -> Window {
        match *self {
            Self::Around { at, within } => {
                let at_us = at.as_microsecond();
                let within_us = i64::try_from(within.as_micros()).unwrap_or(i64::MAX).max(0);
                Window {
                    from_us: at_us.saturating_sub(within_us),
                    until_us: at_us.saturating_add(within_us).saturating_add(1),
                }
            }
            Self::Between { .. } | Self::Ever => self.lease_window(),
        }
    }

    /// Leases that overlap it are meant.
    pub fn lease_window(&self) -> Window {
        match *self {
            Self::Around { at, .. } => {
                Window { from_us: at.as_microsecond(), until_us: at.as_microsecond().saturating_add(1) }
            }
            Self::Between { from, until } => {
                Window { from_us: from.as_microsecond(), until_us: until.as_microsecond() }
            }
            Self::Ever => Window { from_us: i64::MIN, until_us: i64::MAX },
        }
    }
}

/// Who was behind an address (Q1).
#[derive(Clone, PartialEq, Eq)]
pub struct WhoQuestion {
    pub network: Network,
    /// Without it every candidate behind NAT is named.
    pub port: Option<u16>,
    pub when: When,
}

/// Where an account came from and what it held.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountQuestion {
    pub account: String,
    pub when: When,
}

impl fmt::Debug for WhoQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WhoQuestion").field("when", &self.when).finish_non_exhaustive()
    }
}

impl fmt::Debug for AccountQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountQuestion").field("when", &self.when).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    Who(WhoQuestion),
    Account(AccountQuestion),
}

/// One line of a batch; `id` is the caller's and comes back with the answer.
#[derive(Clone, PartialEq)]
pub struct Question {
    pub id: Value,
    pub asked: Asked,
}

/// Reads one NDJSON question. With an error comes the line's `id`, `null` if it has none.
pub fn parse_question(line: &str) -> Result<Question, (Value, LineError)> {
    let value: Value = serde_json::from_str(line).map_err(|error| {
        let detail = format!("no JSON at column {}", error.column());
        (Value::Null, LineError::new("not_json", detail))
    })?;
    if !value.is_object() {
        return Err((Value::Null, not_an_object()));
    }
    let id = value.get("id").cloned().unwrap_or(Value::Null);
    match parse_asked(&value) {
        Ok(asked) => Ok(Question { id, asked }),
        Err(error) => Err((id, error)),
    }
}

/// A length of time: `15m`, `1h 30m`, `2d`, `PT15M`, or whole seconds. Never negative.
pub fn parse_duration(name: &str, text: &str) -> Result<SignedDuration, LineError> {
    let bad =
        || LineError::new("bad_duration", format!("`{name}` must be like `15m`, `2h` or `900` seconds"));
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().map(SignedDuration::from_secs).map_err(|_| bad());
    }
    let span: Span = text.parse().map_err(|_| bad())?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| bad())?;
    if duration.is_negative() { Err(bad()) } else { Ok(duration) }
}

/// An instant in RFC 3339 with any number of fraction digits, cut to whole microseconds.
pub fn parse_instant(name: &str, text: &str) -> Result<Timestamp, LineError> {
    let parsed: Option<Timestamp> = text.parse().ok().or_else(|| with_nine_digits(text)?.parse().ok());
    parsed
        .and_then(|at| Timestamp::from_microsecond(at.as_nanosecond().div_euclid(1000).try_into().ok()?).ok())
        .ok_or_else(|| {
            let detail = format!("`{name}` must be an RFC 3339 instant with its offset");
            LineError::new("bad_time", detail)
        })
}

fn with_nine_digits(text: &str) -> Option<String> {
    let (before, rest) = text.split_once('.')?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 9).then(|| format!("{before}.{}{}", &rest[..9], &rest[digits..]))
}

fn parse_asked(value: &Value) -> Result<Asked, LineError> {
    let ip = text_of(value, "ip")?;
    let account = text_of(value, "account")?;
    let when = parse_when(value)?;
    match (ip, account) {
        (Some(ip), None) => Ok(Asked::Who(WhoQuestion {
            network: ip
                .parse()
                .map_err(|_| LineError::new("bad_ip", "`ip` is not an IP address or prefix"))?,
            port: parse_port(value)?,
            when: when.ok_or_else(|| missing("at"))?,
        })),
        (None, Some(account)) => Ok(Asked::Account(AccountQuestion {
            account: account.to_owned(),
            when: when.unwrap_or(When::Ever),
        })),
        (Some(_), Some(_)) => Err(LineError::new("bad_question", "give `ip` or `account`, not both")),
        (None, None) => Err(LineError::new("missing_field", "`ip` or `account` is missing")),
    }
}

fn parse_when(value: &Value) -> Result<Option<When>, LineError> {
    let instant = |name| text_of(value, name)?.map(|text| parse_instant(name, text)).transpose();
    let within = match value.get("within") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(parse_duration("within", text)?),
        Some(other) => Some(parse_duration("within", &other.to_string())?),
    };
    match (instant("at")?, instant("from")?, instant("until")?) {
        (Some(at), None, None) => {
            let within = within.unwrap_or(SignedDuration::from_secs(WITHIN_DEFAULT_SECS));
            Ok(Some(When::Around { at, within }))
        }
        (None, Some(from), Some(until)) if from <= until => Ok(Some(When::Between { from, until })),
        (None, Some(_), Some(_)) => Err(LineError::new("bad_question", "`from` is after `until`")),
        (None, None, None) => Ok(None),
        (None, Some(_), None) => Err(missing("until")),
        (None, None, Some(_)) => Err(missing("from")),
        (Some(_), ..) => Err(LineError::new("bad_question", "give `at`, or `from` and `until`, not both")),
    }
}

fn parse_port(value: &Value) -> Result<Option<u16>, LineError> {
    let bad = || LineError::new("bad_field", "`port` must be an integer from 0 to 65535");
    match value.get("port") {
        None | Some(Value::Null) => Ok(None),
        Some(port) => port.as_u64().and_then(|port| u16::try_from(port).ok()).map(Some).ok_or_else(bad),
    }
}

fn text_of<'a>(value: &'a Value, name: &str) -> Result<Option<&'a str>, LineError> {
    match value.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(LineError::new("bad_field", format!("`{name}` must be a string"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_three_forms_of_a_question_are_read() {
        let around = parse_question(
            r#"{"id":"q1","ip":"::ffff:192.0.2.1","port":443,"at":"2026-03-01T00:00:00Z","more":1}"#,
        );
        let between = parse_question(
            r#"{"id":7,"ip":"2001:db8::/48","from":"2026-03-01T00:00:00Z","until":"2026-03-02T00:00:00Z"}"#,
        );
        let account = parse_question(
            r#"{"account":"a b","from":"2026-03-01T00:00:00Z","until":"2026-03-01T00:00:00Z"}"#,
        );

        let when = When::Around { at: at("2026-03-01T00:00:00Z"), within: SignedDuration::from_mins(15) };
        let who = WhoQuestion { network: "192.0.2.1".parse().unwrap(), port: Some(443), when };
        assert!(around.unwrap() == Question { id: json!("q1"), asked: Asked::Who(who) });
        let when = When::Between { from: at("2026-03-01T00:00:00Z"), until: at("2026-03-02T00:00:00Z") };
        let who = WhoQuestion { network: "2001:db8::/48".parse().unwrap(), port: None, when };
        assert!(between.unwrap() == Question { id: json!(7), asked: Asked::Who(who) });
        assert!(matches!(account.unwrap().asked, Asked::Account(asked) if asked.account == "a b"));
    }

    #[test]
    fn a_bad_question_keeps_its_id() {
        let cases = [
            ("", Value::Null, "not_json"),
            ("[]", Value::Null, "wrong_shape"),
            (r#"{"id":1}"#, json!(1), "missing_field"),
            (r#"{"id":1,"ip":"10.0.0.1"}"#, json!(1), "missing_field"),
            (r#"{"id":1,"ip":"10.0.0.1","from":"2026-03-01T00:00:00Z"}"#, json!(1), "missing_field"),
            (r#"{"id":1,"ip":"ten","at":"2026-03-01T00:00:00Z"}"#, json!(1), "bad_ip"),
            (r#"{"id":1,"ip":"10.0.0.1","at":"2026-03-01"}"#, json!(1), "bad_time"),
            (r#"{"id":1,"ip":"10.0.0.1","at":"2026-03-01T00:00:00Z","port":"x"}"#, json!(1), "bad_field"),
            (
                r#"{"id":1,"ip":"10.0.0.1","at":"2026-03-01T00:00:00Z","within":"-5m"}"#,
                json!(1),
                "bad_duration",
            ),
            (
                r#"{"id":1,"ip":"10.0.0.1","account":"a","at":"2026-03-01T00:00:00Z"}"#,
                json!(1),
                "bad_question",
            ),
            (
                r#"{"id":1,"ip":"10.0.0.1","from":"2026-03-02T00:00:00Z","until":"2026-03-01T00:00:00Z"}"#,
                json!(1),
                "bad_question",
            ),
        ];
        for (line, id, code) in cases {
            let Err((given_id, error)) = parse_question(line) else { panic!("taken: {line}") };
            assert_eq!((given_id, error.code.as_str()), (id, code), "{line}");
        }
    }

    #[test]
    fn durations_come_in_the_usual_forms() {
        let cases =
            [("900", 900), ("15m", 900), ("PT15M", 900), ("1h 30m", 5_400), ("2d", 172_800), ("0", 0)];
        for (text, secs) in cases {
            assert_eq!(parse_duration("within", text), Ok(SignedDuration::from_secs(secs)), "{text}");
        }
        for text in ["", "-1m", "soon", "1.5", "99999999999999999999"] {
            assert!(parse_duration("within", text).is_err(), "{text}");
        }
    }

    #[test]
    fn instants_are_cut_to_microseconds_and_take_any_fraction() {
        let cases = [
            ("2026-03-01T00:00:00.123456789012345Z", "2026-03-01T00:00:00.123456Z"),
            ("2026-03-01t00:00:00z", "2026-03-01T00:00:00Z"),
            ("2026-03-01T02:00:00.5+02:00", "2026-03-01T00:00:00.5Z"),
            ("1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.999999Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_instant("at", text).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn both_ends_of_within_count_and_the_end_of_an_interval_does_not() {
        let noon = at("2026-03-01T12:00:00Z");
        let around = When::Around { at: noon, within: SignedDuration::from_micros(3) }.access_window();
        let between = When::Between { from: noon, until: at("2026-03-01T12:00:00.000003Z") }.access_window();

        let us = noon.as_microsecond();
        let inside = |window: Window| (-5..=5).filter(|d| window.contains(us + d)).collect::<Vec<_>>();
        assert_eq!(inside(around), [-3, -2, -1, 0, 1, 2, 3]);
        assert_eq!(inside(between), [0, 1, 2]);
    }
}
