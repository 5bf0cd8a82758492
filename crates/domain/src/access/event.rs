//! One access or lease event and its NDJSON form.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::line::{LineError, Shape, explain, missing};
use super::network::Network;
use super::question::parse_instant;

/// Longest text of one field, in bytes. Longer ones are refused, never cut.
pub const TEXT_MAX_BYTES: usize = 16 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Access,
    Admin,
    Signup,
    LeaseStart,
    LeaseEnd,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Access, Self::Admin, Self::Signup, Self::LeaseStart, Self::LeaseEnd];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Admin => "admin",
            Self::Signup => "signup",
            Self::LeaseStart => "lease_start",
            Self::LeaseEnd => "lease_end",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    pub fn is_lease(self) -> bool {
        matches!(self, Self::LeaseStart | Self::LeaseEnd)
    }
}

/// Ports from `first` through `last`; `first` is never above `last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortRange {
    first: u16,
    last: u16,
}

impl PortRange {
    /// `None` if the range is backwards.
    pub fn new(first: u16, last: u16) -> Option<Self> {
        (first <= last).then_some(Self { first, last })
    }

    pub fn first(self) -> u16 {
        self.first
    }

    pub fn last(self) -> u16 {
        self.last
    }

    pub fn contains(self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }
}

impl Serialize for PortRange {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [self.first, self.last].serialize(serializer)
    }
}

/// What an event may say beyond who, where and when.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Detail {
    pub resource: Option<String>,
    pub action: Option<String>,
    pub actor: Option<String>,
    pub outcome: Option<String>,
}

/// One access, administration, sign-up, or begin or end of a lease (LOG-01).
#[derive(Clone, PartialEq, Eq)]
pub struct AccessEvent {
    /// As the source wrote it, whether or not we know such an account.
    pub account: String,
    /// A single address, but for leases, which may be of a prefix.
    pub network: Network,
    /// The remote port of an access.
    pub port: Option<u16>,
    /// When it happened by the source's clock; whole microseconds.
    pub at: Timestamp,
    pub kind: Kind,
    /// The ports of a lease behind NAT; `None` is all of them.
    pub ports: Option<PortRange>,
    pub detail: Detail,
    pub source: Option<String>,
    /// With `source` the event's identity: the same pair twice counts once.
    pub seq: Option<u64>,
}

impl AccessEvent {
    /// See [`may_be_port`].
    pub fn may_be_port(&self, asked: Option<u16>) -> bool {
        may_be_port(asked, self.port, self.ports)
    }

    /// What a store must not take, whoever made the event.
    pub fn check(&self) -> Result<(), LineError> {
        if self.account.is_empty() {
            return Err(LineError::new("bad_account", "`account` is empty"));
        }
        if !self.network.is_host() && !self.kind.is_lease() {
            return Err(LineError::new("bad_ip", "only a lease's `ip` may be a prefix"));
        }
        let texts = [
            ("account", Some(&self.account)),
            ("resource", self.detail.resource.as_ref()),
            ("action", self.detail.action.as_ref()),
            ("actor", self.detail.actor.as_ref()),
            ("outcome", self.detail.outcome.as_ref()),
            ("source", self.source.as_ref()),
        ];
        for (name, text) in texts {
            if text.is_some_and(|text| text.len() > TEXT_MAX_BYTES) {
                let detail = format!("`{name}` has more than {TEXT_MAX_BYTES} bytes");
                return Err(LineError::new("too_long", detail));
            }
        }
        Ok(())
    }
}

/// Whether a question that gives a port means an event with that port or range. A port that was
/// not asked for, or not recorded, excludes nothing.
pub fn may_be_port(asked: Option<u16>, port: Option<u16>, ports: Option<PortRange>) -> bool {
    match (asked, ports, port) {
        (Some(asked), Some(ports), _) => ports.contains(asked),
        (Some(asked), None, Some(port)) => port == asked,
        (None, ..) | (Some(_), None, None) => true,
    }
}

impl fmt::Debug for AccessEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessEvent")
            .field("kind", &self.kind)
            .field("at", &self.at)
            .field("seq", &self.seq)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// How the source's clock looked when the event arrived (LOG-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockMark {
    OnTime,
    Late,
    Future,
}

/// How far an event's time may lie from its arrival before it is marked. It is taken all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockLimits {
    pub late_after: SignedDuration,
    pub future_after: SignedDuration,
}

impl Default for ClockLimits {
    fn default() -> Self {
        Self { late_after: SignedDuration::from_hours(24), future_after: SignedDuration::from_mins(5) }
    }
}

impl ClockLimits {
    pub fn mark(&self, at: Timestamp, received_at: Timestamp) -> ClockMark {
        let lag = at.duration_until(received_at);
        if lag > self.late_after {
            ClockMark::Late
        } else if -lag > self.future_after {
            ClockMark::Future
        } else {
            ClockMark::OnTime
        }
    }
}

/// What became of one event of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IngestOutcome {
    /// On disk. `position` counts all stored events from 1 in order of arrival.
    Stored { position: u64, mark: ClockMark },
    /// Its source and sequence number are on disk already.
    Duplicate,
    /// Not an event that can be kept; nothing of it was.
    Refused(LineError),
}

#[derive(Deserialize)]
struct RawEvent {
    account: Option<String>,
    ip: Option<String>,
    port: Option<u16>,
    at: Option<String>,
    kind: Option<String>,
    ports: Option<[u16; 2]>,
    resource: Option<String>,
    action: Option<String>,
    actor: Option<String>,
    outcome: Option<String>,
    source: Option<String>,
    seq: Option<u64>,
}

const FIELDS: &[(&str, Shape)] = &[
    ("account", Shape::Text),
    ("ip", Shape::Text),
    ("port", Shape::Port),
    ("at", Shape::Text),
    ("kind", Shape::Text),
    ("ports", Shape::Ports),
    ("resource", Shape::Text),
    ("action", Shape::Text),
    ("actor", Shape::Text),
    ("outcome", Shape::Text),
    ("source", Shape::Text),
    ("seq", Shape::Count),
];

/// Reads one NDJSON line. Unknown fields are ignored, `null` is absent.
pub fn parse_event(line: &str) -> Result<AccessEvent, LineError> {
    if !line.trim_start().starts_with('{') {
        return Err(explain(line, FIELDS));
    }
    let raw: RawEvent = serde_json::from_str(line).map_err(|_| explain(line, FIELDS))?;
    let ip = raw.ip.ok_or_else(|| missing("ip"))?;
    let at = raw.at.ok_or_else(|| missing("at"))?;
    let kind = raw.kind.ok_or_else(|| missing("kind"))?;
    let ports = match raw.ports {
        None => None,
        Some([first, last]) => Some(PortRange::new(first, last).ok_or_else(|| {
            LineError::new("bad_ports", "`ports` must be `[from,to]` with from not above to")
        })?),
    };
    let event = AccessEvent {
        account: raw.account.ok_or_else(|| missing("account"))?,
        network: ip.parse().map_err(|_| LineError::new("bad_ip", "`ip` is not an IP address or prefix"))?,
        port: raw.port,
        at: parse_instant("at", &at)?,
        kind: Kind::parse(&kind).ok_or_else(|| {
            LineError::new("bad_kind", "`kind` must be access, admin, signup, lease_start or lease_end")
        })?,
        ports,
        detail: Detail { resource: raw.resource, action: raw.action, actor: raw.actor, outcome: raw.outcome },
        source: raw.source,
        seq: raw.seq,
    };
    event.check()?;
    Ok(event)
}

/// Its NDJSON line, without the line's end; reading it back gives the same event.
pub fn event_line(event: &AccessEvent) -> String {
    serde_json::to_string(event).expect("an event has only strings and integers")
}

/// Fields in alphabetical order, so that the text is canonical (RFC 8785) and can be hashed.
impl Serialize for AccessEvent {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Wire<'a> {
            account: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            action: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            actor: Option<&'a str>,
            at: Timestamp,
            ip: Network,
            kind: Kind,
            #[serde(skip_serializing_if = "Option::is_none")]
            outcome: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            port: Option<u16>,
            #[serde(skip_serializing_if = "Option::is_none")]
            ports: Option<PortRange>,
            #[serde(skip_serializing_if = "Option::is_none")]
            resource: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            seq: Option<u64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            source: Option<&'a str>,
        }
        Wire {
            account: &self.account,
            action: self.detail.action.as_deref(),
            actor: self.detail.actor.as_deref(),
            at: self.at,
            ip: self.network,
            kind: self.kind,
            outcome: self.detail.outcome.as_deref(),
            port: self.port,
            ports: self.ports,
            resource: self.detail.resource.as_deref(),
            seq: self.seq,
            source: self.source.as_deref(),
        }
        .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"account":"acct_1","ip":"::ffff:192.0.2.7","port":4711,"at":"2026-03-01T10:00:00.1234567+01:00","kind":"admin","action":"reboot","actor":"ops","source":"api","seq":18446744073709551615,"later_field":[1]}"#;

    /// LOG-01
    #[test]
    fn an_event_is_kept_as_given_in_utc_and_microseconds() {
        let event = parse_event(GOOD).unwrap();

        assert_eq!(
            event_line(&event),
            r#"{"account":"acct_1","action":"reboot","actor":"ops","at":"2026-03-01T09:00:00.123456Z","ip":"192.0.2.7","kind":"admin","port":4711,"seq":18446744073709551615,"source":"api"}"#
        );
        assert_eq!(parse_event(&event_line(&event)).unwrap(), event);
    }

    #[test]
    fn a_bad_line_is_named_without_repeating_it() {
        let cases = [
            ("", "not_json"),
            ("nonsense", "not_json"),
            ("[\"a\",\"10.0.0.1\"]", "wrong_shape"),
            ("{\"account\":\"secret", "not_json"),
            (r#"{"ip":"10.0.0.1","at":"2026-01-01T00:00:00Z","kind":"access"}"#, "missing_field"),
            (r#"{"account":"secret","at":"2026-01-01T00:00:00Z","kind":"access"}"#, "missing_field"),
            (r#"{"account":"secret","ip":"10.0.0.1","kind":"access"}"#, "missing_field"),
            (r#"{"account":"secret","ip":"10.0.0.1","at":"2026-01-01T00:00:00Z"}"#, "missing_field"),
            (r#"{"account":7,"ip":"10.0.0.1","at":"2026-01-01T00:00:00Z","kind":"access"}"#, "bad_field"),
            (r#"{"account":"","ip":"10.0.0.1","at":"2026-01-01T00:00:00Z","kind":"access"}"#, "bad_account"),
            (r#"{"account":"secret","ip":"10.0.0","at":"2026-01-01T00:00:00Z","kind":"access"}"#, "bad_ip"),
            (
                r#"{"account":"secret","ip":"10.0.0.0/8","at":"2026-01-01T00:00:00Z","kind":"access"}"#,
                "bad_ip",
            ),
            (
                r#"{"account":"secret","ip":"10.0.0.1","at":"2026-01-01T00:00:00","kind":"access"}"#,
                "bad_time",
            ),
            (r#"{"account":"secret","ip":"10.0.0.1","at":"yesterday","kind":"access"}"#, "bad_time"),
            (
                r#"{"account":"secret","ip":"10.0.0.1","at":"2026-01-01T00:00:00Z","kind":"Access"}"#,
                "bad_kind",
            ),
            (
                r#"{"account":"secret","ip":"10.0.0.1","at":"2026-01-01T00:00:00Z","kind":"access","port":65536}"#,
                "bad_field",
            ),
            (
                r#"{"account":"secret","ip":"10.0.0.1","at":"2026-01-01T00:00:00Z","kind":"access","seq":-1}"#,
                "bad_field",
            ),
            (
                r#"{"account":"secret","ip":"10.0.0.1","at":"2026-01-01T00:00:00Z","kind":"lease_start","ports":[5]}"#,
                "bad_field",
            ),
            (
                r#"{"account":"secret","ip":"10.0.0.1","at":"2026-01-01T00:00:00Z","kind":"lease_start","ports":[9,5]}"#,
                "bad_ports",
            ),
            (
                r#"{"account":"secret","account":"b","ip":"10.0.0.1","at":"2026-01-01T00:00:00Z","kind":"access"}"#,
                "bad_field",
            ),
        ];
        for (line, code) in cases {
            let error = parse_event(line).unwrap_err();
            assert_eq!(error.code, code, "{line}");
            assert!(!error.detail.contains("secret"), "{line}");
        }
    }

    #[test]
    fn over_long_text_is_refused_and_not_cut() {
        let line = |length: usize| {
            format!(
                r#"{{"account":"{}","ip":"10.0.0.1","at":"2026-01-01T00:00:00Z","kind":"access"}}"#,
                "a".repeat(length)
            )
        };

        assert!(parse_event(&line(TEXT_MAX_BYTES)).is_ok());
        assert_eq!(parse_event(&line(TEXT_MAX_BYTES + 1)).unwrap_err().code, "too_long");
    }

    #[test]
    fn any_account_name_is_kept() {
        for name in ["Ω account", " leading", "a\u{0}b", "line\nbreak", "😀", "\u{202e}rtl"] {
            let line = serde_json::json!({
                "account": name, "ip": "10.0.0.1", "at": "2026-01-01T00:00:00Z", "kind": "signup",
            });
            assert_eq!(parse_event(&line.to_string()).unwrap().account, name);
        }
    }

    /// LOG-03
    #[test]
    fn a_clock_outside_its_limits_is_marked() {
        let limits = ClockLimits::default();
        let received_at: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
        let cases = [
            ("2026-03-01T00:00:00Z", ClockMark::OnTime),
            ("2026-02-28T23:59:59.999999Z", ClockMark::Late),
            ("2026-03-02T00:05:00Z", ClockMark::OnTime),
            ("2026-03-02T00:05:00.000001Z", ClockMark::Future),
            ("-009999-01-02T01:59:59Z", ClockMark::Late),
            ("9999-12-30T00:00:00Z", ClockMark::Future),
        ];
        for (at, expected) in cases {
            assert_eq!(limits.mark(at.parse().unwrap(), received_at), expected, "{at}");
        }
    }

    #[test]
    fn nothing_personal_is_printed_for_debugging() {
        let text = format!("{:?}", parse_event(GOOD).unwrap());

        assert!(!text.contains("acct_1") && !text.contains("192.0.2.7") && !text.contains("ops"));
    }
}
