//! The port to the access and lease ledgers: durable intake and the questions of an investigator.

use domain::access::{AccessEvent, AccountQuestion, Answer, IngestOutcome, Limits, SegmentRoot, WhoQuestion};
use domain::staff::Scope;
use jiff::Timestamp;

use crate::env::Env;
use crate::failure::Failure;

/// Where accesses and leases are kept for years. Events are added, never changed.
///
/// `now` is the caller's clock: open leases last until it, and arrivals are marked by it.
pub trait AccessLog: Send + Sync {
    /// Keeps a batch. When it returns, what is `Stored` is on disk; on an error nothing of the
    /// batch is acknowledged and all of it may be sent again. One outcome for each event, in order.
    fn ingest(&self, events: &[AccessEvent], now: Timestamp) -> Result<Vec<IngestOutcome>, AccessLogError>;

    /// Who was behind an address: who came from it, and who held it (Q1).
    fn who(&self, question: &WhoQuestion, limits: Limits, now: Timestamp) -> Result<Answer, AccessLogError> {
        self.who_among(question, limits, now, &|_| true)
    }

    /// The same as if there were only the accounts that count: limits and `truncated` are of them alone.
    fn who_among(
        &self,
        question: &WhoQuestion,
        limits: Limits,
        now: Timestamp,
        counts: &dyn Fn(&str) -> bool,
    ) -> Result<Answer, AccessLogError>;

    /// Where one account came from, and what it held.
    fn of(
        &self,
        question: &AccountQuestion,
        limits: Limits,
        now: Timestamp,
    ) -> Result<Answer, AccessLogError>;

    /// Who else came from, or held, the addresses that this account came from in that time. The
    /// account itself is not named.
    fn shared(
        &self,
        question: &AccountQuestion,
        limits: Limits,
        now: Timestamp,
    ) -> Result<Answer, AccessLogError> {
        self.shared_among(question, limits, now, &|_| true)
    }

    /// The same as if there were only the accounts that count, and the one asked about.
    fn shared_among(
        &self,
        question: &AccountQuestion,
        limits: Limits,
        now: Timestamp,
        counts: &dyn Fn(&str) -> bool,
    ) -> Result<Answer, AccessLogError>;

    /// Latest access, administration or sign-up, by the sources' clocks: retention runs from it
    /// (RET-01). `None` if the account never came.
    fn last_access(&self, account: &str) -> Result<Option<Timestamp>, AccessLogError>;

    /// Sealed segments with an id above `segment_id`, in order, at most `count`: what the ledger
    /// has yet to record. Ids begin at 1.
    fn sealed_roots_since(&self, segment_id: u64, count: usize) -> Result<Vec<SegmentRoot>, AccessLogError>;
}

/// Keeps a batch that a shipper sent: accesses are of the installation as a whole.
pub fn ingest(env: &Env<'_>, events: &[AccessEvent]) -> Result<Vec<IngestOutcome>, Failure> {
    env.actor.may_everywhere(Scope::AccessWrite)?;
    Ok(env.access().ingest(events, env.now())?)
}

/// Why the access ledger did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum AccessLogError {
    /// Nothing of the batch counts; send it again later.
    #[error("refused, nothing acknowledged: {because}")]
    Refused {
        because: &'static str,
        #[source]
        source: Option<std::io::Error>,
    },
    /// Names the file, and the place in it.
    #[error("`{file}` is damaged: {detail}")]
    Corrupt { file: String, detail: String },
    #[error("another process writes to the access folder")]
    Locked,
    #[error("opened for reading only")]
    ReadOnly,
    #[error("too many accounts fit: ask for a smaller prefix or a shorter time")]
    TooBroad,
    #[error("the access folder could not be read or written")]
    Io(#[from] std::io::Error),
}
