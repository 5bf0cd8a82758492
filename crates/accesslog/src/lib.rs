//! The access and lease ledgers on one machine: a folder of sealed, append-only segments behind a
//! write-ahead log. One process writes, others may read beside it.
//!
//! The way of an event: [`EmbeddedAccessLog::ingest`](app::access::AccessLog::ingest) drops what it
//! has by source and sequence number, writes one frame for all who wait to the log, syncs, and only then
//! acknowledges. When the log is full its rows are sorted and written twice, by address and by
//! account, named in the manifest, and a new log begins. A crash at any point loses nothing
//! acknowledged and counts nothing twice: positions in the manifest say which rows of the log count.
//!
//! What it must not know: customers' names, HTTP, SQL. What is damaged is named, never passed over.

mod batch;
mod codec;
mod damage;
mod intake;
mod leases;
mod manifest;
mod memory;
mod merkle;
mod open;
mod questions;
mod row;
mod run;
mod seen;
mod segment;
mod wal;
mod write;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use app::access::{AccessLog, AccessLogError};
use domain::access::{
    AccessEvent, AccountQuestion, Answer, ClockLimits, IngestOutcome, Limits, SegmentRoot, WhoQuestion,
};
use jiff::Timestamp;

pub use batch::{BatchReport, answer_questions};
pub use intake::{IngestFilesError, LINE_MAX_BYTES, LineProblem, ingest_reader};
pub use segment::proof_holds;
pub use wal::{Medium, WrapMedium};

use crate::leases::Leases;
use crate::memory::Memory;
use crate::segment::Segment;
use crate::write::Intake;

/// What the operator may set.
#[derive(Debug, Clone)]
pub struct Config {
    /// Events in the write-ahead log, and so in memory, before they are sealed.
    pub wal_events_max: usize,
    /// Bytes of the write-ahead log before it is sealed.
    pub wal_bytes_max: u64,
    /// Bytes of the whole folder; beyond it intake is refused. `None`: as much as the disk has.
    pub disk_bytes_max: Option<u64>,
    pub clock: ClockLimits,
    /// Puts something between the log and its file, for tests of failing disks.
    pub wrap_medium: WrapMedium,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            wal_events_max: 200_000,
            wal_bytes_max: 64 << 20,
            disk_bytes_max: None,
            clock: ClockLimits::default(),
            wrap_medium: |file| Box::new(file),
        }
    }
}

/// What opening found and put right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opened {
    pub segments: u64,
    pub events: u64,
    /// Bytes at the end of the log that a crash left behind, never acknowledged; kept aside in `torn-…`.
    pub torn_bytes: u64,
    /// Files of a seal that a crash cut short, removed.
    pub removed_files: u64,
}

/// What questions read; changed by the one writer after a sync.
struct Shared {
    segments: Arc<Vec<Arc<Segment>>>,
    memory: Memory,
    leases: Leases,
}

/// The access ledger in a folder of its own.
pub struct EmbeddedAccessLog {
    folder: PathBuf,
    config: Config,
    shared: RwLock<Shared>,
    /// `None` if opened for reading.
    intake: Option<Intake>,
    opened: Opened,
}

impl EmbeddedAccessLog {
    /// Opens the folder for writing, makes it if there is none, and puts right what a crash left.
    /// Only one process at a time can.
    pub fn open(folder: &Path, config: Config) -> Result<Self, AccessLogError> {
        open::for_writing(folder, config)
    }

    /// Opens the folder beside a writer, as it is on disk now.
    pub fn open_read_only(folder: &Path) -> Result<Self, AccessLogError> {
        open::for_reading(folder)
    }

    /// Reads again what the writer has stored since. Does nothing for a writer.
    pub fn refresh(&self) -> Result<(), AccessLogError> {
        if self.intake.is_none() {
            let anew = open::load_for_reading(&self.folder)?;
            *self.shared_mut() = anew;
        }
        Ok(())
    }

    pub fn opened(&self) -> &Opened {
        &self.opened
    }

    /// Seals what is in the log now, however little. A folder at rest needs no log to be read.
    pub fn seal(&self) -> Result<(), AccessLogError> {
        self.seal_now()
    }

    /// Reads everything and holds it against the sealed roots (LOG-02). Empty: nothing is damaged.
    pub fn verify(&self) -> Result<Vec<AccessLogError>, AccessLogError> {
        let segments = Arc::clone(&self.shared().segments);
        let mut damage = Vec::new();
        for segment in segments.iter() {
            damage.extend(segment.verify()?);
        }
        Ok(damage)
    }

    // A panic elsewhere leaves whole values behind: both guards are taken for single assignments only.
    fn shared(&self) -> RwLockReadGuard<'_, Shared> {
        self.shared.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn shared_mut(&self) -> RwLockWriteGuard<'_, Shared> {
        self.shared.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AccessLog for EmbeddedAccessLog {
    fn ingest(&self, events: &[AccessEvent], now: Timestamp) -> Result<Vec<IngestOutcome>, AccessLogError> {
        self.ingest_grouped(events, now)
    }

    fn who_among(
        &self,
        question: &WhoQuestion,
        limits: Limits,
        now: Timestamp,
        counts: &dyn Fn(&str) -> bool,
    ) -> Result<Answer, AccessLogError> {
        self.answer_who(question, limits, now, counts)
    }

    fn of(
        &self,
        question: &AccountQuestion,
        limits: Limits,
        now: Timestamp,
    ) -> Result<Answer, AccessLogError> {
        self.answer_of(question, limits, now)
    }

    fn shared_among(
        &self,
        question: &AccountQuestion,
        limits: Limits,
        now: Timestamp,
        counts: &dyn Fn(&str) -> bool,
    ) -> Result<Answer, AccessLogError> {
        self.answer_shared(question, limits, now, counts)
    }

    fn last_access(&self, account: &str) -> Result<Option<Timestamp>, AccessLogError> {
        self.latest_access(account)
    }

    fn sealed_roots_since(&self, segment_id: u64, count: usize) -> Result<Vec<SegmentRoot>, AccessLogError> {
        let segments = Arc::clone(&self.shared().segments);
        let since = segments.iter().filter(|segment| segment.entry.segment_id > segment_id);
        Ok(since.take(count).map(|segment| segment.entry.segment_root()).collect())
    }
}
