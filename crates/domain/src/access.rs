//! Accesses and leases: who came from which address, who held which of ours, and when.
//!
//! Pure: the forms of events, questions and answers (their NDJSON too), the rule that makes
//! leases of lease events, and the ranking of an answer. Storing and finding is the adapter's.
//! Accounts, addresses and actors are personal data: nothing here prints them in `Debug`.

mod answer;
mod event;
mod lease;
mod line;
mod network;
mod question;

pub use answer::{
    AccountLine, Answer, Cause, IngestReport, Limits, RowProof, SegmentRoot, Tally, answer_line, error_line,
};
pub use event::{
    AccessEvent, ClockLimits, ClockMark, Detail, IngestOutcome, Kind, PortRange, TEXT_MAX_BYTES, event_line,
    may_be_port, parse_event,
};
pub use lease::{LeaseChange, LeaseSpan, leases_between};
pub use line::{LineError, not_an_object};
pub use network::{Network, NotANetwork};
pub use question::{
    AccountQuestion, Asked, Question, WITHIN_DEFAULT_SECS, When, WhoQuestion, Window, parse_duration,
    parse_instant, parse_question,
};
