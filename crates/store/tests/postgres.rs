//! The registry and the key store on PostgreSQL, where `TENANTRY_TEST_POSTGRES` names a server.

use std::sync::atomic::{AtomicU32, Ordering};

use app::store::{Store, StoreError};
use app::vault::{KeyStore, WrappedKey};
use jiff::Timestamp;
use store::{BackupError, MigrateError, Migrations, OpenError, PostgresKeyStore, PostgresStore};
use testkit::contract;

/// Makes an empty database and gives its URL; `None` where there is no server to make it on.
fn new_database() -> Option<String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let Some(url) = std::env::var("TENANTRY_TEST_POSTGRES").ok().filter(|url| !url.is_empty()) else {
        eprintln!("left out: TENANTRY_TEST_POSTGRES names no server");
        return None;
    };
    let name = format!("store_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let mut client = postgres::Client::connect(&url, postgres::NoTls).expect("a server");
    client.batch_execute(&format!("CREATE DATABASE {name}")).expect("a new database");
    let (server, settings) = url
        .split_once('?')
        .map_or((url.as_str(), String::new()), |(server, settings)| (server, format!("?{settings}")));
    let (server, _) = server.rsplit_once('/').expect("a URL has a path");
    Some(format!("{server}/{name}{settings}"))
}

fn put(store: &dyn Store, value: &str) -> Result<(), StoreError> {
    store.with_tx(|tx| tx.put_setting("a", value))
}

fn find(store: &dyn Store) -> Option<String> {
    store.with_reading_tx::<_, StoreError>(|tx| tx.find_setting("a")).expect("a setting can be read")
}

#[test]
fn the_registry_keeps_the_contract() {
    if new_database().is_none() {
        return;
    }
    contract::store::check(&contract::store::Candidate {
        open: &|| {
            let url = new_database().unwrap();
            Box::new(PostgresStore::open(&url, Migrations::Run).unwrap()) as Box<dyn Store>
        },
        writers_overlap: true,
    });
}

#[test]
fn the_key_store_keeps_the_contract() {
    if new_database().is_none() {
        return;
    }
    contract::key_store::check(&|| {
        let url = new_database().unwrap();
        Box::new(PostgresKeyStore::open(&url, Migrations::Run).unwrap()) as Box<dyn KeyStore>
    });
}

#[test]
fn a_backup_is_restored_into_an_empty_database_only() {
    let (Some(first), Some(second)) = (new_database(), new_database()) else { return };
    let (backup, keys_backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = PostgresStore::open(&first, Migrations::Run).unwrap();
    let tile = vec![("tile/0/000".to_owned(), vec![0, 255])];
    let fence = store.log().lease_sequencer("n", Timestamp::UNIX_EPOCH, Timestamp::MAX).unwrap().unwrap();
    store.log().append_tiles(fence, &tile, 1, b"\0edge", "checkpoint").unwrap();
    put(&store, "1 \u{1} é \"").unwrap();
    store.backup_to(backup.path()).unwrap();
    put(&store, "2").unwrap();

    PostgresStore::restore(backup.path(), &second).unwrap();

    let restored = PostgresStore::open(&second, Migrations::Require).unwrap();
    assert_eq!(find(&restored).as_deref(), Some("1 \u{1} é \""), "as it was then");
    assert_eq!(restored.log().find_tile("tile/0/000").unwrap(), Some(vec![0, 255]));
    assert_eq!(restored.log().tree_state().unwrap(), Some((1, b"\0edge".to_vec())));
    assert!(matches!(PostgresStore::restore(backup.path(), &second), Err(BackupError::NotEmpty { .. })));

    let file = backup.path().join("settings.ndjson");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace('1', "7")).unwrap();
    let third = new_database().unwrap();
    assert!(matches!(PostgresStore::restore(backup.path(), &third), Err(BackupError::Damaged { .. })));

    let keys = PostgresKeyStore::open(&third, Migrations::Run).unwrap();
    let key = WrappedKey { name: "a".to_owned(), wrapped: vec![0, 1], master_key: "m".to_owned() };
    keys.add_key(&key).unwrap();
    keys.backup_to(keys_backup.path()).unwrap();
    let fourth = new_database().unwrap();
    PostgresKeyStore::restore(keys_backup.path(), &fourth).unwrap();
    let restored = PostgresKeyStore::open(&fourth, Migrations::Require).unwrap();
    assert_eq!(restored.find_key("a").unwrap(), Some(key));
}

#[test]
fn migrations_run_once_however_many_nodes_start() {
    let Some(url) = new_database() else { return };
    assert_eq!(PostgresStore::pending_migrations(&url).unwrap().len(), migration_files());
    assert!(matches!(
        PostgresStore::open(&url, Migrations::Require),
        Err(OpenError::Migrate(MigrateError::Pending { .. }))
    ));

    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| PostgresStore::open(&url, Migrations::Run).unwrap());
        }
    });

    assert!(PostgresStore::pending_migrations(&url).unwrap().is_empty());
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    client.batch_execute("INSERT INTO schema_migrations VALUES (99, '0099_later', 'x')").unwrap();
    let newer = PostgresStore::open(&url, Migrations::Run);
    assert!(matches!(newer, Err(OpenError::Migrate(MigrateError::Newer { version: 99, .. }))));
}

#[test]
fn a_connection_that_broke_is_replaced() {
    let Some(url) = new_database() else { return };
    let store = PostgresStore::open(&url, Migrations::Run).unwrap();
    put(&store, "1").unwrap();
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    client
        .batch_execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .unwrap();

    // The first caller after the break may be told; nobody after it.
    let _ = put(&store, "2");
    put(&store, "3").unwrap();

    assert_eq!(find(&store).as_deref(), Some("3"));
}

/// Steps of the registry's schema, as their files.
fn migration_files() -> usize {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let files = std::fs::read_dir(folder).expect("the folder of migrations");
    files
        .filter_map(|file| Some(file.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .count()
}
