//! Intake with group commit, and sealing.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use app::access::AccessLogError;
use domain::access::{AccessEvent, IngestOutcome};
use jiff::Timestamp;

use crate::EmbeddedAccessLog;
use crate::damage::corrupt;
use crate::manifest::{AppendError, Manifest};
use crate::memory::Memory;
use crate::row::{Row, instant};
use crate::seen::Seen;
use crate::segment::{self, Segment};
use crate::wal::{self, Wal};

/// Events that one sync takes, unless one batch has more.
const GROUP_EVENTS_MAX: usize = 65_536;
/// Events of one batch; a frame of the log holds no more.
pub const BATCH_EVENTS_MAX: usize = 500_000;
/// The log may grow to so many times its bound while sealing fails; then intake is refused.
const SEAL_DEBT_MAX: usize = 2;

/// What only the writer has.
pub struct Writer {
    pub _lock: File,
    pub wal: Wal,
    pub manifest: Manifest,
    pub seen: Seen,
    pub next_position: u64,
    pub disk_bytes: u64,
    /// Set when nobody knows any more what is on disk.
    pub broken: bool,
}

/// Those who wait for a sync. The first of them does it for all.
pub struct Intake {
    writer: Mutex<Writer>,
    queue: Mutex<Queue>,
    done: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Batch>,
    is_led: bool,
    next_ticket: u64,
    answers: HashMap<u64, BatchAnswer>,
}

type BatchAnswer = Result<Vec<IngestOutcome>, AccessLogError>;

struct Batch {
    ticket: u64,
    events: Vec<AccessEvent>,
    received_at: Timestamp,
}

impl Intake {
    pub fn new(writer: Writer) -> Self {
        Self { writer: Mutex::new(writer), queue: Mutex::default(), done: Condvar::new() }
    }

    /// After a panic in the middle of a write nobody knows what is on disk.
    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(|poisoned| {
            let mut writer = poisoned.into_inner();
            writer.broken = true;
            writer
        })
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn of the one who syncs for all. However it ends, the next one can lead and whoever waits is answered.
struct Lead<'a> {
    intake: &'a Intake,
    /// Of the others in the group.
    tickets: Vec<u64>,
    answers: Vec<(u64, BatchAnswer)>,
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        let mut queue = self.intake.queue();
        queue.is_led = false;
        if self.answers.is_empty() {
            let failed = |&ticket| (ticket, Err(refused("the write that this was a part of broke off")));
            queue.answers.extend(self.tickets.iter().map(failed));
        }
        queue.answers.extend(self.answers.drain(..));
        self.intake.done.notify_all();
    }
}

impl Queue {
    /// The batches of the next sync: those that wait longest, as many as fit.
    fn take_group(&mut self) -> Vec<Batch> {
        let mut events = 0;
        let count = self.waiting.iter().take_while(|batch| {
            let fits = events == 0 || events + batch.events.len() <= GROUP_EVENTS_MAX;
            events += batch.events.len();
            fits
        });
        let count = count.count();
        self.waiting.drain(..count).collect()
    }
}

impl EmbeddedAccessLog {
    pub(crate) fn ingest_grouped(&self, events: &[AccessEvent], received_at: Timestamp) -> BatchAnswer {
        let intake = self.intake.as_ref().ok_or(AccessLogError::ReadOnly)?;
        if events.len() > BATCH_EVENTS_MAX {
            return Err(refused("a batch may have 500000 events at most"));
        }
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let mut queue = intake.queue();
        let ticket = queue.next_ticket;
        queue.next_ticket += 1;
        queue.waiting.push(Batch { ticket, events: events.to_vec(), received_at });
        loop {
            if let Some(answer) = queue.answers.remove(&ticket) {
                return answer;
            }
            if queue.is_led {
                queue = intake.done.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            queue.is_led = true;
            let group = queue.take_group();
            drop(queue);
            let others = group.iter().map(|batch| batch.ticket).filter(|other| *other != ticket);
            let mut lead = Lead { intake, tickets: others.collect(), answers: Vec::new() };
            lead.answers = self.commit(&mut intake.writer(), group);
            drop(lead);
            queue = intake.queue();
        }
    }

    pub(crate) fn seal_now(&self) -> Result<(), AccessLogError> {
        let intake = self.intake.as_ref().ok_or(AccessLogError::ReadOnly)?;
        self.seal_memory(&mut intake.writer())
    }

    fn commit(&self, writer: &mut Writer, group: Vec<Batch>) -> Vec<(u64, BatchAnswer)> {
        if let Err(because) = self.make_room(writer) {
            return group.into_iter().map(|batch| (batch.ticket, Err(refused(because)))).collect();
        }
        let mut rows = Vec::new();
        let mut outcomes = Vec::with_capacity(group.len());
        let mut pending = HashSet::new();
        for batch in group {
            let Batch { ticket, events, received_at } = batch;
            let of_batch = events
                .into_iter()
                .map(|event| self.place(writer, &mut pending, &mut rows, event, received_at))
                .collect();
            outcomes.push((ticket, of_batch));
        }
        if !rows.is_empty()
            && let Err(error) = self.store(writer, rows)
        {
            let (because, mut source) = match error {
                AccessLogError::Refused { because, source } => (because, source),
                AccessLogError::Io(error) => ("the log could not be written", Some(error)),
                _ => ("the log could not be written", None),
            };
            let refusal =
                |(ticket, _)| (ticket, Err(AccessLogError::Refused { because, source: source.take() }));
            return outcomes.into_iter().map(refusal).collect();
        }
        if self.is_full(writer)
            && let Err(error) = self.seal_memory(writer)
        {
            // What was acknowledged is in the log; sealing is tried again with the next batch.
            tracing::warn!(error = &error as &dyn std::error::Error, "The access log could not be sealed");
        }
        outcomes.into_iter().map(|(ticket, outcomes)| (ticket, Ok(outcomes))).collect()
    }

    /// What becomes of one event if the group is stored.
    fn place(
        &self,
        writer: &Writer,
        pending: &mut HashSet<(String, u64)>,
        rows: &mut Vec<Row>,
        mut event: AccessEvent,
        received_at: Timestamp,
    ) -> IngestOutcome {
        if let Err(error) = event.check() {
            return IngestOutcome::Refused(error);
        }
        if let (Some(source), Some(seq)) = (&event.source, event.seq)
            && (writer.seen.contains(source, seq) || !pending.insert((source.clone(), seq)))
        {
            return IngestOutcome::Duplicate;
        }
        event.at = instant(event.at.as_microsecond());
        let mark = self.config.clock.mark(event.at, received_at);
        let position = writer.next_position + rows.len() as u64;
        rows.push(Row { position, received_us: received_at.as_microsecond(), mark, event });
        IngestOutcome::Stored { position, mark }
    }

    fn store(&self, writer: &mut Writer, rows: Vec<Row>) -> Result<(), AccessLogError> {
        let frame = wal::frame(&rows);
        let full = |max: u64| writer.disk_bytes.saturating_add(frame.len() as u64) > max;
        if self.config.disk_bytes_max.is_some_and(full) {
            return Err(refused("the folder has reached its bound"));
        }
        writer.wal.append(&frame)?;
        writer.disk_bytes += frame.len() as u64;
        writer.next_position += rows.len() as u64;
        for row in &rows {
            if let (Some(source), Some(seq)) = (&row.event.source, row.event.seq) {
                writer.seen.insert(source, seq);
            }
        }
        let mut shared = self.shared_mut();
        for row in rows {
            let event = &row.event;
            shared.leases.insert(event.kind, event.network, event.ports, &event.account, row.at_us());
            shared.memory.push(row);
        }
        Ok(())
    }

    fn is_full(&self, writer: &Writer) -> bool {
        let events = self.shared().memory.len();
        events >= self.config.wal_events_max
            || (events > 0 && writer.wal.length() >= self.config.wal_bytes_max)
    }

    /// Before more is taken: memory is bounded even while sealing fails.
    fn make_room(&self, writer: &mut Writer) -> Result<(), &'static str> {
        if writer.broken {
            return Err("an earlier write failed; open the folder anew");
        }
        let bound = self.config.wal_events_max.saturating_mul(SEAL_DEBT_MAX);
        if self.is_full(writer) && self.shared().memory.len() >= bound {
            self.seal_memory(writer).map_err(|_| "the log is full and could not be sealed")?;
        }
        Ok(())
    }

    /// Writes what is in the log as a segment. Each step may fail, or be the last before a crash:
    /// until the manifest names the segment the log counts, from then on the segment does.
    fn seal_memory(&self, writer: &mut Writer) -> Result<(), AccessLogError> {
        let segment = {
            let shared = self.shared();
            if shared.memory.len() == 0 {
                return Ok(());
            }
            if writer.broken {
                return Err(refused("an earlier write failed; open the folder anew"));
            }
            let segment_id = shared.segments.last().map_or(0, |segment| segment.entry.segment_id) + 1;
            // Only the writer changes memory, and this is the writer: others may read meanwhile.
            let written = Segment::write(&self.folder, segment_id, shared.memory.rows());
            drop(shared);
            match written {
                Ok(segment) => segment,
                Err(error) => {
                    self.discard(segment_id);
                    return Err(error);
                }
            }
        };
        let segment_id = segment.entry.segment_id;
        match writer.manifest.append(&segment.entry) {
            Ok(()) => {}
            Err(AppendError::Unchanged(error)) => {
                self.discard(segment_id);
                return Err(error.into());
            }
            Err(AppendError::Unknown(error)) => {
                writer.broken = true;
                tracing::error!(%error, "The access log's manifest could not be written");
                return Err(corrupt(
                    writer.manifest.path(),
                    "its last line is unknown until it is opened anew",
                ));
            }
        }
        writer.disk_bytes += segment.entry.address_bytes + segment.entry.account_bytes;
        {
            let mut shared = self.shared_mut();
            Arc::make_mut(&mut shared.segments).push(Arc::new(segment));
            shared.memory = Memory::default();
        }
        self.begin_log(writer);
        Ok(())
    }

    /// A new log after a seal. If it cannot be made the old one goes on: its sealed rows no longer count.
    fn begin_log(&self, writer: &mut Writer) {
        match Wal::create(&self.folder, writer.next_position, self.config.wrap_medium) {
            Ok(wal) => {
                let old = std::mem::replace(&mut writer.wal, wal);
                writer.disk_bytes = writer.disk_bytes.saturating_sub(old.length());
                if let Err(error) = std::fs::remove_file(old.path()) {
                    tracing::warn!(%error, "A sealed write-ahead log could not be removed");
                }
            }
            Err(error) => tracing::warn!(%error, "A new write-ahead log could not be begun"),
        }
    }

    fn discard(&self, segment_id: u64) {
        let (address, account) = segment::paths(&self.folder, segment_id);
        for path in [address, account] {
            let unfinished = format!("{}{}", path.display(), crate::run::UNFINISHED);
            for path in [path, unfinished.into()] {
                // What is not there needs no removing; what cannot be removed goes when the folder is opened.
                let _ = std::fs::remove_file(path);
            }
        }
    }
}

fn refused(because: &'static str) -> AccessLogError {
    AccessLogError::Refused { because, source: None }
}
