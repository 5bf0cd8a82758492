//! The engine behind a URL: PostgreSQL, and what speaks its protocol.
//!
//! Work sees one state of the database throughout, and runs again where somebody else changed a row that it
//! changes. What must not be decided on an old state is locked by a change (see [`crate::tx::Tx::lock_customer`]),
//! so that it holds between nodes as well.

mod address;
mod connection;

pub use address::Address;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};

use crate::fault::Fault;
use crate::migration::{self, Applied, Dialect, MigrateError, Migration};
use crate::sql::{Engine, EngineWork, Isolation, Verdict};
use connection::Borrowed;
pub use connection::{Client, cell, fault_of};

/// Connections that one node opens at most.
const CONNECTIONS_MAX: usize = 16;

/// How often work runs again after a conflict before the caller is told.
const RUNS_MAX: u32 = 50;

/// Conflicts after which work runs with no other work of this node beside it, so that it comes to an end.
const RUNS_BESIDE_OTHERS: u32 = 3;

/// The wait before work runs again grows by this for each run, up to twenty times.
const BACKOFF: Duration = Duration::from_millis(1);

const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ";

pub struct Postgres {
    address: Address,
    pool: Mutex<Pool>,
    returned: Condvar,
    /// Held together by work, and alone by work that conflicted too often.
    lane: RwLock<()>,
    /// Run when the caller wants deleted values gone from the table's pages.
    scrubbed_table: Option<&'static str>,
}

struct Pool {
    idle: Vec<Client>,
    open: usize,
}

impl Postgres {
    /// Connects and brings the schema up to `migrations`, or refuses where `may_migrate` is false.
    pub fn open(
        address: Address,
        migrations: &[Migration],
        may_migrate: bool,
        scrubbed_table: Option<&'static str>,
    ) -> Result<Self, MigrateError> {
        let mut client = address.connect()?;
        if may_migrate {
            migrate(&mut client, &migrations.iter().collect::<Vec<_>>())?;
        } else {
            let applied = applied(&mut client)?;
            let pending = migration::pending(migrations.iter(), &applied)?;
            if !pending.is_empty() {
                let names: Vec<_> = pending.iter().map(|migration| migration.name).collect();
                return Err(MigrateError::Pending { names: names.join(", ") });
            }
        }
        let mut engine = Self::over(address, client);
        engine.scrubbed_table = scrubbed_table;
        Ok(engine)
    }

    /// Connects and takes these steps and no others, for a backup that is to be loaded.
    pub fn open_at(address: Address, migrations: &[&Migration]) -> Result<Self, MigrateError> {
        let mut client = address.connect()?;
        migrate(&mut client, migrations)?;
        Ok(Self::over(address, client))
    }

    fn over(address: Address, client: Client) -> Self {
        let pool = Mutex::new(Pool { idle: vec![client], open: 1 });
        Self { address, pool, returned: Condvar::new(), lane: RwLock::default(), scrubbed_table: None }
    }

    /// Hands a connection to work that looks after its own transactions.
    pub fn with_client<T>(&self, work: impl FnOnce(&mut Client) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut client = self.take()?;
        let done = work(&mut client);
        self.put_back(client);
        done
    }

    /// The steps the schema has taken.
    pub fn applied(address: &Address) -> Result<Vec<Applied>, Fault> {
        applied(&mut address.connect()?)
    }

    fn take(&self) -> Result<Client, Fault> {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            while let Some(client) = pool.idle.pop() {
                if !client.is_closed() {
                    return Ok(client);
                }
                pool.open -= 1;
            }
            if pool.open < CONNECTIONS_MAX {
                pool.open += 1;
                drop(pool);
                return self.address.connect().inspect_err(|_| self.forget());
            }
            pool = self.returned.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn put_back(&self, client: Client) {
        if client.is_closed() {
            return self.forget();
        }
        self.pool.lock().unwrap_or_else(PoisonError::into_inner).idle.push(client);
        self.returned.notify_one();
    }

    /// A connection is gone, so that another may be opened.
    fn forget(&self) {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner).open -= 1;
        self.returned.notify_one();
    }

    /// One run of the work in one transaction.
    fn run_once(&self, begin: &str, work: &mut EngineWork<'_>) -> Result<Result<(), Verdict>, Fault> {
        let mut client = self.take()?;
        let begun = client.batch(begin);
        if let Err(fault) = begun {
            self.put_back(client);
            return Err(fault);
        }
        let ran = catch_unwind(AssertUnwindSafe(|| work(&mut Borrowed(&mut client))));
        let ended = match &ran {
            Ok(Ok(())) => client.batch("COMMIT"),
            _ => client.batch("ROLLBACK"),
        };
        if ended.is_err() {
            // Whatever state it is in, nobody else gets this connection unless it takes a rollback.
            if client.batch("ROLLBACK").is_err() {
                drop(client);
                self.forget();
            } else {
                self.put_back(client);
            }
        } else {
            self.put_back(client);
        }
        match ran {
            Err(panic) => resume_unwind(panic),
            Ok(Ok(())) => ended.map(Ok),
            // The work's own word counts, whether the rollback was heard or not.
            Ok(verdict) => Ok(verdict),
        }
    }

    /// One run, in the lane that the number of conflicts before it leads to.
    fn run_in_lane(
        &self,
        begin: &str,
        runs: u32,
        work: &mut EngineWork<'_>,
    ) -> Result<Result<(), Verdict>, Fault> {
        if begin != SNAPSHOT {
            self.run_once(begin, work)
        } else if runs > RUNS_BESIDE_OTHERS {
            let _alone = self.lane.write().unwrap_or_else(PoisonError::into_inner);
            self.run_once(begin, work)
        } else {
            let _beside = self.lane.read().unwrap_or_else(PoisonError::into_inner);
            self.run_once(begin, work)
        }
    }

    fn run(&self, begin: &str, work: EngineWork<'_>) -> Result<(), Fault> {
        apart_from_runtime(|| self.run_until_done(begin, work))
    }

    fn run_until_done(&self, begin: &str, mut work: EngineWork<'_>) -> Result<(), Fault> {
        let mut runs = 0;
        loop {
            runs += 1;
            let fault = match self.run_in_lane(begin, runs, &mut work) {
                Ok(Ok(()) | Err(Verdict::Abandon)) => return Ok(()),
                Ok(Err(Verdict::Failed(fault))) | Err(fault) => fault,
            };
            if !matches!(fault, Fault::Conflict(_)) || runs >= RUNS_MAX {
                return Err(fault);
            }
            std::thread::sleep(BACKOFF * runs.min(20));
        }
    }
}

/// The client drives a runtime of its own, and one inside another is a panic: a thread that drives tasks, as when the
/// gate reads what it has not in memory, first hands them to another.
fn apart_from_runtime<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// A connection waits for its end, which must not happen on a thread that drives an async runtime.
impl Drop for Postgres {
    fn drop(&mut self) {
        let pool = self.pool.get_mut().unwrap_or_else(PoisonError::into_inner);
        let idle = std::mem::take(&mut pool.idle);
        let _ = std::thread::spawn(move || drop(idle)).join();
    }
}

impl Engine for Postgres {
    fn write(&self, isolation: Isolation, work: EngineWork<'_>) -> Result<(), Fault> {
        let begin = match isolation {
            Isolation::Snapshot => SNAPSHOT,
            Isolation::EachStatement => "BEGIN ISOLATION LEVEL READ COMMITTED",
        };
        self.run(begin, work)
    }

    fn read(&self, work: EngineWork<'_>) -> Result<(), Fault> {
        self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", work)
    }

    /// Clears the table's pages of rows as they were. What the server's own log and its archives hold is
    /// beyond a client's reach: the operator's documents say how to keep those short.
    fn scrub(&self) -> Result<(), Fault> {
        let Some(table) = self.scrubbed_table else { return Ok(()) };
        self.with_client(|client| client.batch(&format!("VACUUM {table}")))
    }
}

pub fn migrate(client: &mut Client, known: &[&Migration]) -> Result<(), MigrateError> {
    // Two nodes that make the first table at once: one of them is told so, and finds it made the next time.
    let prelude = migration::render(migration::LEDGER_OF_MIGRATIONS, Dialect::Postgres);
    if client.batch(&prelude).is_err() {
        client.batch(&prelude)?;
    }
    client.batch("BEGIN ISOLATION LEVEL READ COMMITTED")?;
    let done = migrate_within(client, known);
    match &done {
        Ok(()) => client.batch("COMMIT")?,
        Err(_) => client.batch("ROLLBACK")?,
    }
    done
}

fn migrate_within(client: &mut Client, known: &[&Migration]) -> Result<(), MigrateError> {
    client.batch(migration::LOCK)?;
    let applied = applied(client)?;
    for step in migration::pending(known.iter().copied(), &applied)? {
        client.batch(&step.render(Dialect::Postgres))?;
        let checksum = step.checksum();
        client
            .inner
            .execute(migration::RECORD, &[&step.version, &step.name, &checksum])
            .map_err(|error| fault_of(&error, "schema_migrations"))?;
    }
    Ok(())
}

pub fn applied(client: &mut Client) -> Result<Vec<Applied>, Fault> {
    let fault = |error: ::postgres::Error| fault_of(&error, "schema_migrations");
    let exists =
        client.inner.query_one("SELECT to_regclass('schema_migrations') IS NOT NULL", &[]).map_err(fault)?;
    if !exists.get::<_, bool>(0) {
        return Ok(Vec::new());
    }
    let rows = client.inner.query(migration::LIST_APPLIED, &[]).map_err(fault)?;
    let read =
        |row: &::postgres::Row| Applied { version: row.get(0), name: row.get(1), checksum: row.get(2) };
    Ok(rows.iter().map(read).collect())
}
