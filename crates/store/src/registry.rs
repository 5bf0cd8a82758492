//! The registry over an engine: the ports as the rest of the platform sees them.

use app::store::{Abort, Log, SequencedLeaf, Store, StoreError, Work};
use domain::event::Event;
use jiff::Timestamp;

use crate::folder_lock::FolderLock;
use crate::log::{self, Growth};
use crate::migration::MigrateError;
use crate::sql::{Connection, Engine, Isolation, Verdict};
use crate::sqlite::Sqlite;
use crate::tx::Tx;
use crate::{events, leaves};

/// The registry in SQL.
pub struct SqlStore<E> {
    pub(crate) engine: E,
    /// Held as long as the store lives, where it has a folder.
    pub(crate) _lock: Option<FolderLock>,
}

/// The registry on the embedded engine.
pub type SqliteStore = SqlStore<Sqlite>;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("another process works in `{folder}`")]
    InUse { folder: String },
    #[error("there is no database in `{folder}`")]
    Missing { folder: String },
    #[error("`{path}` cannot be used")]
    Io {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error("the address of the database cannot be used: {detail}")]
    Address { detail: String },
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<E: Engine> Store for SqlStore<E> {
    fn run(&self, work: Work<'_>) -> Result<(), StoreError> {
        self.engine.write(Isolation::Snapshot, &mut |connection| run_on(connection, work))?;
        Ok(())
    }

    fn run_reading(&self, work: Work<'_>) -> Result<(), StoreError> {
        self.engine.read(&mut |connection| run_on(connection, work))?;
        Ok(())
    }

    fn log(&self) -> &dyn Log {
        self
    }
}

fn run_on(connection: &mut dyn Connection, work: Work<'_>) -> Result<(), Verdict> {
    let mut tx = Tx::new(connection);
    let result = work(&mut tx);
    tx.verdict(result)
}

impl<E: Engine> SqlStore<E> {
    fn writing<T: Send>(
        &self,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send,
    ) -> Result<T, StoreError> {
        let mut answer = None;
        let done = self
            .engine
            .write(Isolation::EachStatement, &mut |connection| answered(connection, &mut work, &mut answer));
        told(done, answer)
    }

    fn reading<T: Send>(
        &self,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send,
    ) -> Result<T, StoreError> {
        let mut answer = None;
        let done = self.engine.read(&mut |connection| answered(connection, &mut work, &mut answer));
        told(done, answer)
    }
}

/// Runs work for its answer; an error undoes it.
pub(crate) fn answered<T>(
    connection: &mut dyn Connection,
    work: &mut impl FnMut(&mut Tx<'_>) -> Result<T, StoreError>,
    answer: &mut Option<Result<T, StoreError>>,
) -> Result<(), Verdict> {
    let mut tx = Tx::new(connection);
    let result = work(&mut tx);
    let verdict = tx.verdict(if result.is_ok() { Ok(()) } else { Err(Abort) });
    *answer = Some(result);
    verdict
}

/// What the work answered, unless the engine could not keep it.
pub(crate) fn told<T>(
    done: Result<(), crate::fault::Fault>,
    answer: Option<Result<T, StoreError>>,
) -> Result<T, StoreError> {
    match (done, answer) {
        (_, Some(Err(error))) => Err(error),
        (Err(fault), _) => Err(fault.into()),
        (Ok(()), Some(Ok(answer))) => Ok(answer),
        (Ok(()), None) => unreachable!("an engine runs the work before it answers"),
    }
}

impl<E: Engine> Log for SqlStore<E> {
    fn lease_sequencer(
        &self,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        self.writing(|tx| log::lease_sequencer(tx, holder, now, until))
    }

    fn assign_positions(&self, fence: u64, limit: u32) -> Result<(u64, u64), StoreError> {
        self.writing(|tx| log::assign_positions(tx, fence, limit))
    }

    fn list_leaves(&self, from: u64, limit: u32) -> Result<Vec<SequencedLeaf>, StoreError> {
        self.reading(|tx| leaves::list_from(tx, from, limit))
    }

    fn find_leaf(&self, kind: &str, object: &str, version: u64) -> Result<Option<SequencedLeaf>, StoreError> {
        self.reading(|tx| leaves::find(tx, kind, object, version))
    }

    /// Records of these kinds have one version each, so the version tells nothing apart.
    fn find_record(&self, kind: &str, object: &str, _version: u64) -> Result<Option<String>, StoreError> {
        self.reading(|tx| log::find_record(tx, kind, object))
    }

    fn tree_state(&self) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        self.reading(log::tree_state)
    }

    fn append_tiles(
        &self,
        fence: u64,
        tiles: &[(String, Vec<u8>)],
        size: u64,
        state: &[u8],
        checkpoint: &str,
    ) -> Result<(), StoreError> {
        self.writing(|tx| log::append_tiles(tx, fence, &Growth { tiles, size, state, checkpoint }))
    }

    fn find_tile(&self, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.reading(|tx| log::find_tile(tx, path))
    }

    fn latest_checkpoint(&self) -> Result<Option<String>, StoreError> {
        self.reading(log::latest_checkpoint)
    }

    fn list_checkpoints(&self) -> Result<Vec<(u64, String)>, StoreError> {
        self.reading(log::list_checkpoints)
    }

    fn list_events(&self, after: u64, limit: u32) -> Result<Vec<(u64, Event)>, StoreError> {
        self.reading(|tx| events::list_after(tx, after, limit))
    }
}
