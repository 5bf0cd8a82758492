//! The port to the access and lease ledgers: durable intake and the questions of an investigator.

use domain::access::{AccessEvent, AccountQuestion, Answer, IngestOutcome, Limits, SegmentRoot, WhoQuestion};
use jiff::Timestamp;

use crate::env::Env;
use crate::failure::Failure;
use crate::record::{Happened, append_event};

/// Where accesses and leases are kept for years. Events are added, never changed.
///
/// `now` is the caller's clock: open leases last until it, and arrivals are marked by it.
pub trait AccessLog: Send + Sync {
    /// Keeps a batch. When it returns, what is `Stored` is on disk; on an error nothing of the
    /// batch is acknowledged and all of it may be sent again. One outcome for each event, in order.
    fn ingest(&self, events: &[AccessEvent], now: Timestamp) -> Result<Vec<IngestOutcome>, AccessLogError>;

    /// Who was behind an address: who came from it, and who held it (Q1).
    fn who(&self, question: &WhoQuestion, limits: Limits, now: Timestamp) -> Result<Answer, AccessLogError>;

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
    ) -> Result<Answer, AccessLogError>;

    /// Latest access, administration or sign-up, by the sources' clocks: retention runs from it
    /// (RET-01). `None` if the account never came.
    fn last_access(&self, account: &str) -> Result<Option<Timestamp>, AccessLogError>;

    /// Sealed segments with an id above `segment_id`, in order, at most `count`: what the ledger
    /// has yet to record. Ids begin at 1.
    fn sealed_roots_since(&self, segment_id: u64, count: usize) -> Result<Vec<SegmentRoot>, AccessLogError>;
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

/// Name of the setting that holds the last segment whose root is on the ledger.
const SEGMENTS_RECORDED: &str = "access.segments_recorded";

/// Segments recorded in one transaction.
const SEGMENTS: usize = 256;

/// Puts the roots of newly sealed segments on the ledger, so that a row of years ago is proven by a checkpoint
/// of today (LOG-02). Returns how many; running it again changes nothing.
pub fn record_sealed_segments(env: &Env<'_>) -> Result<u64, Failure> {
    let last = env.store().with_reading_tx(|tx| Ok::<_, Failure>(tx.find_setting(SEGMENTS_RECORDED)?))?;
    let last: u64 = last.and_then(|text| text.parse().ok()).unwrap_or(0);
    let roots = env.access().sealed_roots_since(last, SEGMENTS)?;
    let Some(newest) = roots.last().map(|root| root.segment_id) else { return Ok(0) };
    env.store().with_tx(|tx| {
        for root in &roots {
            append_event(
                env,
                tx,
                Happened {
                    kind: "access.segment-sealed",
                    customer: None,
                    account: None,
                    object: format!("segment-{}", root.segment_id),
                    version: 1,
                    state: Some(&root.root),
                    reasons: vec![format!("events-{}", root.events)],
                },
            )?;
        }
        Ok::<_, Failure>(tx.put_setting(SEGMENTS_RECORDED, &newest.to_string())?)
    })?;
    Ok(roots.len() as u64)
}
