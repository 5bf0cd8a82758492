//! The one writer and the group of work that it will commit together.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Ran;
use super::connection::{Borrowed, fault_of};
use crate::fault::Fault;
use crate::sql::EngineWork;

/// Most work in one commit.
const MEMBERS_MAX: u32 = 64;

/// Longest that the first of a group waits for those behind it.
const AGE_MAX: Duration = Duration::from_millis(5);

/// How a group ended: told once, to all of it.
pub struct Outcome {
    committed: Mutex<Option<bool>>,
    told: Condvar,
}

impl Outcome {
    fn tell(&self, committed: bool) {
        *self.committed.lock().unwrap_or_else(PoisonError::into_inner) = Some(committed);
        self.told.notify_all();
    }

    /// Waits for the commit; false when all of the group was undone.
    pub fn wait_until_committed(&self) -> bool {
        let mut committed = self.committed.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match *committed {
                Some(committed) => return committed,
                None => committed = self.told.wait(committed).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

struct Group {
    outcome: Arc<Outcome>,
    members: u32,
    began: Instant,
}

pub struct Writer {
    connection: rusqlite::Connection,
    group: Option<Group>,
}

impl Writer {
    pub fn new(connection: rusqlite::Connection) -> Self {
        Self { connection, group: None }
    }

    pub fn connection(&self) -> &rusqlite::Connection {
        &self.connection
    }

    pub fn connection_mut(&mut self) -> &mut rusqlite::Connection {
        &mut self.connection
    }

    /// Enters the open group, or begins one.
    pub fn join(&mut self) -> Result<Arc<Outcome>, Fault> {
        if let Some(group) = &mut self.group {
            group.members += 1;
            return Ok(Arc::clone(&group.outcome));
        }
        self.execute("BEGIN IMMEDIATE")?;
        let outcome = Arc::new(Outcome { committed: Mutex::new(None), told: Condvar::new() });
        self.group = Some(Group { outcome: Arc::clone(&outcome), members: 1, began: Instant::now() });
        Ok(outcome)
    }

    /// Runs work behind a savepoint, so that its failure undoes nothing of the others'.
    pub fn run(&mut self, work: EngineWork<'_>) -> Ran {
        if let Err(fault) = self.execute("SAVEPOINT work") {
            return Ok(Err(crate::sql::Verdict::Failed(fault)));
        }
        let ran = catch_unwind(AssertUnwindSafe(|| work(&mut Borrowed(&self.connection))));
        if self.lost() {
            return ran;
        }
        let ended = match ran {
            Ok(Ok(())) => self.execute("RELEASE work"),
            _ => self.execute("ROLLBACK TO work").and_then(|()| self.execute("RELEASE work")),
        };
        match (ran, ended) {
            (Ok(Ok(())), Err(fault)) => {
                // What cannot be told apart from the others' work is undone with it.
                let _ = self.execute("ROLLBACK");
                Ok(Err(crate::sql::Verdict::Failed(fault)))
            }
            (ran, Err(_)) => {
                let _ = self.execute("ROLLBACK");
                ran
            }
            (ran, Ok(())) => ran,
        }
    }

    /// Whether SQLite itself ended the transaction, as it may on a full disk.
    pub fn lost(&self) -> bool {
        self.group.is_some() && self.connection.is_autocommit()
    }

    pub fn is_full(&self) -> bool {
        self.group
            .as_ref()
            .is_some_and(|group| group.members >= MEMBERS_MAX || group.began.elapsed() >= AGE_MAX)
    }

    /// Commits the open group, if any, and tells it.
    pub fn finish(&mut self) -> Result<(), Fault> {
        let Some(group) = self.group.take() else { return Ok(()) };
        let committed = self.execute("COMMIT");
        if committed.is_err() && !self.connection.is_autocommit() {
            // A rollback that fails too leaves nothing to do: the next BEGIN says so.
            let _ = self.execute("ROLLBACK");
        }
        group.outcome.tell(committed.is_ok());
        committed
    }

    /// Tells the group that all of it was undone.
    pub fn give_up(&mut self) {
        if let Some(group) = self.group.take() {
            group.outcome.tell(false);
        }
    }

    fn execute(&self, sql: &str) -> Result<(), Fault> {
        let done = self.connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
        done.map(|_| ()).map_err(|error| fault_of(&error, ""))
    }
}
