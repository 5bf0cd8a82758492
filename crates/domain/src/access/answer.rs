//! What an investigator is told: ranked, capped, one line for each account and cause.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::event::{AccessEvent, ClockMark, IngestOutcome};
use super::line::LineError;
use super::network::Network;

/// Why an account is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// It came from the address.
    Access,
    /// It held the address.
    Lease,
}

/// How much an answer may hold. What does not fit sets `truncated`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub accounts_max: usize,
    /// For each line.
    pub ips_max: usize,
    /// For the whole answer; 0 leaves rows out.
    pub rows_max: usize,
    /// Pairs of account and address looked at before the rest of the addresses go uncounted.
    pub pairs_max: usize,
    /// Accounts looked at before the question is refused as too broad.
    pub candidates_max: usize,
    /// Whether each row comes with its proof.
    pub prove: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            accounts_max: 10_000,
            ips_max: 1_000,
            rows_max: 0,
            pairs_max: 4_000_000,
            candidates_max: 5_000_000,
            prove: false,
        }
    }
}

impl Limits {
    /// With up to 10,000 events in the answer.
    pub fn with_rows(self) -> Self {
        Self { rows_max: 10_000, ..self }
    }

    /// With events, and the proof of each.
    pub fn with_proofs(self) -> Self {
        Self { prove: true, ..self.with_rows() }
    }
}

/// That a row stands in a sealed segment: an RFC 6962 inclusion proof. Hashes are hexadecimal.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowProof {
    pub segment_id: u64,
    /// Place of the row among the `size` rows of the segment, from 0.
    pub index: u64,
    pub size: u64,
    pub root: String,
    pub path: Vec<String>,
    /// The leaf: the stored row as canonical JSON (RFC 8785).
    pub row: String,
}

impl fmt::Debug for RowProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowProof")
            .field("segment_id", &self.segment_id)
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}

/// A sealed segment as the ledger records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentRoot {
    pub segment_id: u64,
    pub events: u64,
    /// Time of the earliest event.
    pub from: Timestamp,
    /// Time of the latest event.
    pub through: Timestamp,
    /// RFC 6962 root over the rows in address order, hexadecimal.
    pub root: String,
}

/// One account and why it is named.
#[derive(Clone, PartialEq, Serialize)]
pub struct AccountLine {
    pub account: String,
    pub because: Cause,
    /// Accesses, or leases.
    pub events: u64,
    /// First access, or begin of the first lease.
    pub first_at: Timestamp,
    /// Last access, or end of the last lease; an open one lasts until now.
    pub last_at: Timestamp,
    /// Most used first, then latest, then by address.
    pub ips: Vec<Network>,
    /// The events by time, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<AccessEvent>>,
    /// One for each row, when asked for; `None` for a row that is not sealed yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proofs: Option<Vec<Option<RowProof>>>,
}

impl fmt::Debug for AccountLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountLine")
            .field("because", &self.because)
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}

/// Most events first, then latest, then by account.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    pub accounts: Vec<AccountLine>,
    /// Something did not fit: an account, an address or a row was left out.
    pub truncated: bool,
}

/// The NDJSON answer to the question with that id, without the line's end.
pub fn answer_line(id: &Value, answer: &Answer) -> String {
    #[derive(Serialize)]
    struct Wire<'a> {
        id: &'a Value,
        #[serde(flatten)]
        answer: &'a Answer,
    }
    serde_json::to_string(&Wire { id, answer }).expect("an answer has only strings and integers")
}

/// The NDJSON answer to a line that could not be taken.
pub fn error_line(id: &Value, error: &LineError) -> String {
    #[derive(Serialize)]
    struct Wire<'a> {
        id: &'a Value,
        error: &'a LineError,
    }
    serde_json::to_string(&Wire { id, error }).expect("an error has only strings")
}

/// One thing to count: an access, or a lease with its begin and end.
#[derive(Clone, Copy)]
struct Span {
    first_us: i64,
    last_us: i64,
}

struct Row {
    event: AccessEvent,
    position: u64,
    proof: Option<RowProof>,
}

#[derive(Default)]
struct Line {
    events: u64,
    span: Option<Span>,
    ips: BTreeMap<Network, (u64, i64)>,
    rows: Vec<Row>,
}

/// Counts what is found for each account and cause, then ranks it.
pub struct Tally {
    limits: Limits,
    lines: HashMap<String, [Option<Box<Line>>; 2]>,
    pairs: usize,
    rows: usize,
    truncated: bool,
}

impl Tally {
    pub fn new(limits: Limits) -> Self {
        Self { limits, lines: HashMap::new(), pairs: 0, rows: 0, truncated: false }
    }

    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Says that something was left out on the way here.
    pub fn truncate(&mut self) {
        self.truncated = true;
    }

    /// More accounts than a question may touch.
    pub fn is_too_broad(&self) -> bool {
        self.lines.len() > self.limits.candidates_max
    }

    /// Counts one access (both times the same) or one lease.
    pub fn count(&mut self, account: &str, because: Cause, network: Network, first_us: i64, last_us: i64) {
        let pairs_left = self.pairs < self.limits.pairs_max;
        let line = self.line(account, because);
        line.events += 1;
        line.span = Some(match line.span {
            None => Span { first_us, last_us },
            Some(span) => Span { first_us: span.first_us.min(first_us), last_us: span.last_us.max(last_us) },
        });
        if let Some((events, latest)) = line.ips.get_mut(&network) {
            *events += 1;
            *latest = (*latest).max(last_us);
        } else if pairs_left {
            line.ips.insert(network, (1, last_us));
            self.pairs += 1;
        } else {
            self.truncated = true;
        }
    }

    /// Adds an event to the answer. `position` orders events of one instant.
    pub fn add_row(&mut self, because: Cause, event: AccessEvent, position: u64, proof: Option<RowProof>) {
        if !self.has_room() {
            self.truncated |= self.limits.rows_max > 0;
            return;
        }
        self.rows += 1;
        let account = event.account.clone();
        self.line(&account, because).rows.push(Row { event, position, proof });
    }

    pub fn wants_rows(&self) -> bool {
        self.limits.rows_max > 0
    }

    /// Whether one more row would be kept.
    pub fn has_room(&self) -> bool {
        self.rows < self.limits.rows_max
    }

    pub fn finish(self) -> Answer {
        let limits = self.limits;
        let mut truncated = self.truncated;
        let mut accounts = Vec::new();
        for (account, causes) in self.lines {
            for (because, line) in [Cause::Access, Cause::Lease].into_iter().zip(causes) {
                let Some((line, span)) = line.and_then(|line| line.span.map(|span| (line, span))) else {
                    continue;
                };
                truncated |= line.ips.len() > limits.ips_max;
                accounts.push(line.finish(account.clone(), because, span, limits));
            }
        }
        accounts.sort_by(|a, b| {
            (b.events, b.last_at)
                .cmp(&(a.events, a.last_at))
                .then_with(|| (&a.account, a.because).cmp(&(&b.account, b.because)))
        });
        truncated |= accounts.len() > limits.accounts_max;
        accounts.truncate(limits.accounts_max);
        Answer { accounts, truncated }
    }

    fn line(&mut self, account: &str, because: Cause) -> &mut Line {
        // Looked up twice, so that an account known already costs no allocation.
        if !self.lines.contains_key(account) {
            self.lines.insert(account.to_owned(), [None, None]);
        }
        let causes = self.lines.get_mut(account).expect("inserted above");
        causes[usize::from(because == Cause::Lease)].get_or_insert_default()
    }
}

impl Line {
    fn finish(mut self, account: String, because: Cause, span: Span, limits: Limits) -> AccountLine {
        let mut ips: Vec<_> = self.ips.into_iter().collect();
        ips.sort_by(|(a_ip, a), (b_ip, b)| b.cmp(a).then(a_ip.cmp(b_ip)));
        ips.truncate(limits.ips_max);
        self.rows.sort_by_key(|row| (row.event.at, row.position));
        let mut rows = (limits.rows_max > 0).then(Vec::new);
        let mut proofs = limits.prove.then(Vec::new);
        for row in self.rows {
            if let Some(rows) = &mut rows {
                rows.push(row.event);
            }
            if let Some(proofs) = &mut proofs {
                proofs.push(row.proof);
            }
        }
        AccountLine {
            account,
            because,
            events: self.events,
            first_at: instant(span.first_us),
            last_at: instant(span.last_us),
            ips: ips.into_iter().map(|(network, _)| network).collect(),
            rows,
            proofs,
        }
    }
}

fn instant(us: i64) -> Timestamp {
    Timestamp::from_microsecond(us).unwrap_or(if us < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// What became of the events of a run (LOG-01, LOG-03).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct IngestReport {
    pub lines: u64,
    pub stored: u64,
    pub duplicates: u64,
    pub refused: u64,
    /// Of the stored: older than allowed when they arrived.
    pub late: u64,
    /// Of the stored: further in the future than allowed when they arrived.
    pub future: u64,
}

impl IngestReport {
    pub fn add(&mut self, outcome: &IngestOutcome) {
        self.lines += 1;
        match outcome {
            IngestOutcome::Stored { mark, .. } => {
                self.stored += 1;
                self.late += u64::from(*mark == ClockMark::Late);
                self.future += u64::from(*mark == ClockMark::Future);
            }
            IngestOutcome::Duplicate => self.duplicates += 1,
            IngestOutcome::Refused(_) => self.refused += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::access::parse_event;

    fn net(text: &str) -> Network {
        text.parse().unwrap()
    }

    fn ranked(answer: &Answer) -> Vec<(&str, Cause, u64)> {
        answer.accounts.iter().map(|line| (line.account.as_str(), line.because, line.events)).collect()
    }

    #[test]
    fn most_events_come_first_then_the_latest_then_the_account() {
        let mut tally = Tally::new(Limits::default());
        let seen =
            [("once", 900), ("c", 30), ("c", 10), ("b", 20), ("b", 30), ("a", 30), ("a", 5), ("late", 40)];
        for (account, at_us) in seen {
            tally.count(account, Cause::Access, net("10.0.0.1"), at_us, at_us);
        }
        tally.count("late", Cause::Access, net("10.0.0.1"), 1, 1);
        tally.count("a", Cause::Lease, net("10.0.0.0/24"), 5, 30);
        tally.count("a", Cause::Lease, net("10.0.0.0/24"), 5, 30);

        let answer = tally.finish();

        use Cause::{Access, Lease};
        assert_eq!(
            ranked(&answer),
            [
                ("late", Access, 2),
                ("a", Access, 2),
                ("a", Lease, 2),
                ("b", Access, 2),
                ("c", Access, 2),
                ("once", Access, 1)
            ]
        );
        assert!(!answer.truncated);
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let full = Limits { accounts_max: 1, ips_max: 1, ..Limits::default() };
        let cases = [
            ("all fits", vec![("a", "10.0.0.1"), ("a", "10.0.0.1")], false, full),
            ("an account too many", vec![("a", "10.0.0.1"), ("b", "10.0.0.1")], true, full),
            ("an address too many", vec![("a", "10.0.0.1"), ("a", "10.0.0.2")], true, full),
            (
                "a pair too many",
                vec![("a", "10.0.0.1"), ("a", "10.0.0.2")],
                true,
                Limits { pairs_max: 1, ..Limits::default() },
            ),
        ];
        for (name, seen, expected, limits) in cases {
            let mut tally = Tally::new(limits);
            for (account, ip) in seen {
                tally.count(account, Cause::Access, net(ip), 1, 1);
            }
            let answer = tally.finish();
            assert_eq!(answer.truncated, expected, "{name}");
            assert_eq!((answer.accounts.len(), answer.accounts[0].ips.len()), (1, 1), "{name}");
        }
    }

    #[test]
    fn an_answer_has_the_documented_form() {
        let event =
            parse_event(r#"{"account":"a","ip":"10.0.0.2","at":"1970-01-01T00:00:01.5Z","kind":"access"}"#)
                .unwrap();
        let fill = |tally: &mut Tally| {
            tally.count("a", Cause::Access, event.network, 1_500_000, 1_500_000);
            tally.add_row(Cause::Access, event.clone(), 1, None);
        };

        let mut plain = Tally::new(Limits::default());
        fill(&mut plain);
        let mut proved = Tally::new(Limits::default().with_proofs());
        fill(&mut proved);

        assert_eq!(
            answer_line(&json!("q"), &plain.finish()),
            r#"{"id":"q","accounts":[{"account":"a","because":"access","events":1,"first_at":"1970-01-01T00:00:01.5Z","last_at":"1970-01-01T00:00:01.5Z","ips":["10.0.0.2"]}],"truncated":false}"#
        );
        assert!(answer_line(&json!(1), &proved.finish()).contains(
            r#""rows":[{"account":"a","at":"1970-01-01T00:00:01.5Z","ip":"10.0.0.2","kind":"access"}],"proofs":[null]}]"#
        ));
        assert_eq!(
            error_line(&Value::Null, &LineError::new("bad_ip", "no")),
            r#"{"id":null,"error":{"code":"bad_ip","detail":"no"}}"#
        );
    }
}
