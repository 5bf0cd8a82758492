//! On which engine a platform's registry and keys lie: files in its folder, or databases of their own on a server.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use app::store::Store;
use app::vault::KeyStore;
use store::{Migrations, PostgresKeyStore, PostgresStore, SqliteKeyStore, SqliteStore};

/// Names the server on which throw-away databases may be made.
pub const POSTGRES: &str = "TENANTRY_TEST_POSTGRES";

/// `postgres` makes platforms use that server unless they ask for files.
pub const ENGINE: &str = "TENANTRY_TEST_ENGINE";

/// The server that tests may use, if one is named.
pub fn postgres_server() -> Option<String> {
    std::env::var(POSTGRES).ok().filter(|url| !url.is_empty())
}

/// Databases of one platform, removed with it or emptied for the next.
pub enum Databases {
    Files,
    Postgres { server: String, registry: String, keys: String, after: After },
}

/// What becomes of databases that nobody uses any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    Dropped,
    /// Their schema stays: making and migrating them takes ten times as long as emptying them.
    Reused,
}

/// Databases with the present schema and any rows, by server, registry and keys.
static SPARE: Mutex<Vec<(String, String, String)>> = Mutex::new(Vec::new());

impl Databases {
    /// Databases without a row, for a platform of this process; those of an earlier one where it has ended.
    pub fn for_platform(server: &str) -> Self {
        let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
        let found = spare.iter().position(|(of, ..)| of == server).map(|at| spare.swap_remove(at));
        drop(spare);
        let (server, registry, keys) = match found {
            Some(found) => found,
            None => Self::make(server),
        };
        for name in [&registry, &keys] {
            empty(&in_database(&server, name));
        }
        Self::Postgres { server, registry, keys, after: After::Reused }
    }

    /// Makes databases without a schema on a server.
    pub fn on(server: &str) -> Self {
        let (server, registry, keys) = Self::make(server);
        Self::Postgres { server, registry, keys, after: After::Dropped }
    }

    fn make(server: &str) -> (String, String, String) {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = |what: &str| format!("{what}_{}_{number}", std::process::id());
        let (registry, keys) = (name("registry"), name("keys"));
        let mut client = postgres::Client::connect(server, postgres::NoTls).expect("the server answers");
        for name in [&registry, &keys] {
            client.batch_execute(&format!("CREATE DATABASE {name}")).expect("a database can be made");
        }
        (server.to_owned(), registry, keys)
    }

    pub fn open(&self, folder: &Path) -> (Arc<dyn Store>, Arc<dyn KeyStore>) {
        match self {
            Self::Files => {
                let registry = SqliteStore::open(&folder.join("data")).expect("the registry opens");
                let keys = SqliteKeyStore::open(&folder.join("keys")).expect("the key store opens");
                (Arc::new(registry), Arc::new(keys))
            }
            Self::Postgres { server, registry, keys, .. } => {
                let registry = PostgresStore::open(&in_database(server, registry), Migrations::Run);
                let keys = PostgresKeyStore::open(&in_database(server, keys), Migrations::Run);
                (
                    Arc::new(registry.expect("the registry opens")),
                    Arc::new(keys.expect("the key store opens")),
                )
            }
        }
    }
}

impl Databases {
    /// A connection of its own to the registry; `None` for files.
    pub fn registry_client(&self) -> Option<postgres::Client> {
        let Self::Postgres { server, registry, .. } = self else { return None };
        let url = in_database(server, registry);
        Some(postgres::Client::connect(&url, postgres::NoTls).expect("the server answers"))
    }

    /// Addresses of registry and keys, as the configuration names them; `None` for files.
    pub fn urls(&self) -> Option<(String, String)> {
        let Self::Postgres { server, registry, keys, .. } = self else { return None };
        Some((in_database(server, registry), in_database(server, keys)))
    }

    /// Makes the server write into its log every change of these databases, parameters included, and all it can say
    /// of an error. Look-ups are left out: one by an outside reference holds the reference.
    pub fn log_every_change(&self) {
        let Self::Postgres { server, registry, keys, .. } = self else { return };
        let mut client = postgres::Client::connect(server, postgres::NoTls).expect("the server answers");
        for name in [registry, keys] {
            let settings = format!(
                "ALTER DATABASE {name} SET log_statement = 'mod';
                 ALTER DATABASE {name} SET log_parameter_max_length_on_error = -1;
                 ALTER DATABASE {name} SET log_error_verbosity = 'verbose'"
            );
            client.batch_execute(&settings).expect("the server takes the settings");
        }
    }

    /// What the server wrote into its log so far. `None` where it is not beside the server's data, as
    /// `cargo xtask with-postgres` has it.
    pub fn server_log(&self) -> Option<Vec<u8>> {
        let Self::Postgres { server, .. } = self else { return None };
        let mut client = postgres::Client::connect(server, postgres::NoTls).expect("the server answers");
        let log = "SELECT pg_read_binary_file(current_setting('data_directory') || '/../log')";
        client.query_one(log, &[]).ok().map(|row| row.get(0))
    }

    /// Every row of every table as PostgreSQL writes it, bytes in hexadecimal; nothing for files.
    pub fn rows_as_text(&self) -> Vec<String> {
        let Self::Postgres { server, registry, keys, .. } = self else { return Vec::new() };
        let mut rows = Vec::new();
        for name in [registry, keys] {
            let url = in_database(server, name);
            let mut client = postgres::Client::connect(&url, postgres::NoTls).expect("the server answers");
            let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
            for table in client.query(tables, &[]).expect("the tables are listed") {
                let table: String = table.get(0);
                let all = client.query(&format!("SELECT t::text FROM {table} t"), &[]);
                rows.extend(all.expect("the rows are read").iter().map(|row| row.get::<_, String>(0)));
            }
        }
        rows
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        let Self::Postgres { server, registry, keys, after } = self else { return };
        if *after == After::Reused {
            let spare = (server.clone(), registry.clone(), keys.clone());
            return SPARE.lock().unwrap_or_else(PoisonError::into_inner).push(spare);
        }
        let Ok(mut client) = postgres::Client::connect(server, postgres::NoTls) else { return };
        for name in [registry, keys] {
            // What stays behind goes with the throw-away server.
            let _ = client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// Deletes every row, and leaves the tables.
fn empty(url: &str) {
    let mut client = postgres::Client::connect(url, postgres::NoTls).expect("the server answers");
    let tables = "SELECT tablename::text FROM pg_tables
                  WHERE schemaname = 'public' AND tablename <> 'schema_migrations'";
    let tables = client.query(tables, &[]).expect("the tables are listed");
    // A replica takes rows in any order: it trusts that foreign keys were checked elsewhere.
    let mut statements = "SET session_replication_role = replica;".to_owned();
    for table in tables {
        statements.push_str(&format!("DELETE FROM {};", table.get::<_, String>(0)));
    }
    client.batch_execute(&statements).expect("the tables can be emptied");
}

/// The server's URL with another database in its path.
fn in_database(server: &str, name: &str) -> String {
    let (path, settings) = server.split_once('?').map_or((server, None), |(path, rest)| (path, Some(rest)));
    let (before, _) = path.rsplit_once('/').expect("a URL has a path");
    match settings {
        Some(settings) => format!("{before}/{name}?{settings}"),
        None => format!("{before}/{name}"),
    }
}
