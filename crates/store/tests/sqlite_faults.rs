//! What the embedded engine does when something goes wrong below or beside it.

use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use app::store::{Store, StoreError};
use app::vault::{KeyStore, WrappedKey};
use store::{
    BackupError, Check, FolderLock, MigrateError, OpenError, REGISTRY_FILE, SqliteKeyStore, SqliteStore,
};

fn put(store: &dyn Store, name: &str, value: &str) -> Result<(), StoreError> {
    store.with_tx(|tx| tx.put_setting(name, value))
}

fn find(store: &dyn Store, name: &str) -> Option<String> {
    store.with_reading_tx::<_, StoreError>(|tx| tx.find_setting(name)).expect("a setting can be read")
}

#[test]
fn a_folder_is_worked_in_by_one_process_and_read_by_others() {
    let folder = tempfile::tempdir().unwrap();
    let writer = SqliteStore::open(folder.path()).unwrap();
    put(&writer, "a", "1").unwrap();

    let second = SqliteStore::open(folder.path());
    let reader = SqliteStore::open_reading(folder.path()).unwrap();

    assert!(matches!(second, Err(OpenError::InUse { .. })));
    assert_eq!(find(&reader, "a").as_deref(), Some("1"));
    put(&writer, "a", "2").unwrap();
    assert_eq!(find(&reader, "a").as_deref(), Some("2"), "what was committed since");
    assert!(matches!(put(&reader, "a", "3"), Err(StoreError::Refused { .. })));
    drop(writer);
    assert!(SqliteStore::open(folder.path()).is_ok(), "the lock goes with its holder");
    assert!(FolderLock::take(folder.path()).is_ok());
}

#[test]
fn opening_again_migrates_nothing_and_keeps_everything() {
    let folder = tempfile::tempdir().unwrap();
    let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let files = std::fs::read_dir(migrations).unwrap().map(|file| file.unwrap().path());
    let steps = files.filter(|path| path.extension().is_some_and(|extension| extension == "sql")).count();
    let pending = SqliteStore::pending_migrations(folder.path()).unwrap();
    assert_eq!(pending.len(), steps, "all of them, before");
    assert!(!folder.path().join(REGISTRY_FILE).exists(), "asking makes nothing");

    put(&SqliteStore::open(folder.path()).unwrap(), "a", "1").unwrap();

    assert!(SqliteStore::pending_migrations(folder.path()).unwrap().is_empty());
    assert_eq!(find(&SqliteStore::open(folder.path()).unwrap(), "a").as_deref(), Some("1"));
}

#[test]
fn a_database_that_does_not_fit_this_program_is_not_touched() {
    let cases = [
        ("UPDATE schema_migrations SET checksum = 'x' WHERE version = 2", "changed"),
        ("INSERT INTO schema_migrations VALUES (99, '0099_later', 'x')", "newer"),
    ];
    for (sql, name) in cases {
        let folder = tempfile::tempdir().unwrap();
        put(&SqliteStore::open(folder.path()).unwrap(), "a", "1").unwrap();
        let file = folder.path().join(REGISTRY_FILE);
        rusqlite::Connection::open(&file).unwrap().execute(sql, []).unwrap();

        let Err(error) = SqliteStore::open(folder.path()) else { panic!("{name}: it was opened") };

        match error {
            OpenError::Migrate(MigrateError::Changed { name }) => assert_eq!(name, "0002_customers"),
            OpenError::Migrate(MigrateError::Newer { version: 99, name }) => assert_eq!(name, "0099_later"),
            other => panic!("{name}: {other}"),
        }
        assert!(SqliteStore::open_reading(folder.path()).is_err(), "{name}");
        assert!(SqliteStore::pending_migrations(folder.path()).is_err(), "{name}");
    }
}

#[test]
fn a_reader_refuses_a_schema_that_lacks_migrations() {
    let folder = tempfile::tempdir().unwrap();
    drop(SqliteStore::open(folder.path()).unwrap());
    let file = folder.path().join(REGISTRY_FILE);
    rusqlite::Connection::open(&file)
        .unwrap()
        .execute("DELETE FROM schema_migrations WHERE version = 4", [])
        .unwrap();

    let opened = SqliteStore::open_reading(folder.path());

    assert!(matches!(opened, Err(OpenError::Migrate(MigrateError::Pending { .. }))));
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(SqliteStore::open_reading(empty.path()), Err(OpenError::Missing { .. })));
}

#[test]
fn a_full_disk_is_said_and_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open_with(folder.path(), Some(200)).unwrap();
    let value = "x".repeat(10_000);

    // Many at once, so that the disk is full in the middle of a group.
    let acknowledged: Vec<(String, bool)> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..16)
            .map(|caller| {
                let (store, value) = (&store, &value);
                scope.spawn(move || {
                    (0..10)
                        .map(|round| {
                            let name = format!("{caller}/{round}");
                            match put(store, &name, value) {
                                Ok(()) => (name, true),
                                Err(StoreError::DiskFull) => (name, false),
                                Err(error) => panic!("{error:?}"),
                            }
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
    });

    let full = acknowledged.iter().filter(|(_, written)| !written).count();
    assert!(full > 0 && full < acknowledged.len(), "{full} of {}", acknowledged.len());
    for (name, written) in &acknowledged {
        assert_eq!(find(&store, name).is_some(), *written, "{name}");
    }
    assert!(store.check_integrity(Check::Thorough).unwrap().is_empty());
    drop(store);
    let store = SqliteStore::open(folder.path()).unwrap();
    put(&store, "with room again", "x").unwrap();
}

#[test]
fn a_page_that_was_overwritten_is_noticed_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path()).unwrap();
    for number in 0..1_000 {
        put(&store, &format!("{number:03}"), &"x".repeat(500)).unwrap();
    }
    assert!(store.check_integrity(Check::Quick).unwrap().is_empty());
    drop(store);
    let path = folder.path().join(REGISTRY_FILE);
    let mut file = OpenOptions::new().write(true).open(&path).unwrap();
    let pages = file.metadata().unwrap().len() / 4_096;
    // The last pages: the first hold the schema.
    for page in pages - 50..pages {
        file.seek(SeekFrom::Start(page * 4_096)).unwrap();
        file.write_all(&[0xA5; 512]).unwrap();
    }
    drop(file);

    let store = SqliteStore::open(folder.path()).unwrap();
    let reading: &dyn Store = &store;
    let found: Result<Vec<_>, StoreError> = (0..1_000)
        .map(|number| reading.with_reading_tx(|tx| tx.find_setting(&format!("{number:03}"))))
        .collect();

    assert!(matches!(found, Err(StoreError::Corrupt { .. })), "{:?}", found.map(|found| found.len()));
    assert!(!store.check_integrity(Check::Quick).unwrap().is_empty());
}

#[test]
fn a_file_that_is_no_database_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(REGISTRY_FILE), "not a database ".repeat(1_000)).unwrap();

    let Err(error) = SqliteStore::open(folder.path()) else { panic!("it was opened") };

    assert!(error.to_string().contains("damaged"), "{error}");
}

/// The child process of the test below; does nothing when run by itself.
#[test]
fn child_that_writes_until_it_is_killed() {
    let Some(folder) = std::env::var_os("STORE_TEST_CHILD") else { return };
    let store = SqliteStore::open(Path::new(&folder)).unwrap();
    let out = std::sync::Mutex::new(std::io::stdout());
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let (store, out): (&dyn Store, _) = (&store, &out);
            scope.spawn(move || {
                for round in 0_u64.. {
                    let name = format!("{writer}/{}/{round}", std::process::id());
                    store
                        .with_tx(|tx| {
                            tx.put_setting(&format!("{name}/first"), "x")?;
                            tx.put_setting(&format!("{name}/second"), "x")
                        })
                        .map_err(|error: StoreError| error)
                        .unwrap();
                    writeln!(out.lock().unwrap(), "done {name}").unwrap();
                }
            });
        }
    });
}

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_that_writes_until_it_is_killed", "--nocapture"])
            .env("STORE_TEST_CHILD", folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut read = 0;
        while read < 40 + round * 37 {
            let line = lines.next().expect("the child writes").unwrap();
            if let Some((_, name)) = line.split_once("done ") {
                acknowledged.push(name.to_owned());
                read += 1;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it said before it died and nobody had read yet.
        for line in lines.map_while(Result::ok) {
            acknowledged.extend(line.split_once("done ").map(|(_, name)| name.to_owned()));
        }
    }

    let store = SqliteStore::open(folder.path()).unwrap();

    assert!(acknowledged.len() >= 3 * 40);
    for name in &acknowledged {
        assert!(find(&store, &format!("{name}/first")).is_some(), "{name}");
        assert!(find(&store, &format!("{name}/second")).is_some(), "{name}: half of it");
    }
    assert!(store.check_integrity(Check::Thorough).unwrap().is_empty());
}

fn key(name: &str) -> WrappedKey {
    WrappedKey {
        name: name.to_owned(),
        wrapped: b"wrapped-key-of-a-subject".repeat(3),
        master_key: "m".to_owned(),
    }
}

fn holds_key_bytes(folder: &Path) -> bool {
    fs::read_dir(folder).expect("a folder").any(|entry| {
        let bytes = fs::read(entry.expect("an entry").path()).expect("a file");
        bytes.windows(24).any(|window| window == b"wrapped-key-of-a-subject")
    })
}

/// RET-03: destruction leaves nothing of a key in the file, its free pages or its journal.
#[test]
fn a_destroyed_key_is_in_no_file_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteKeyStore::open(folder.path()).unwrap();
    for number in 0..100 {
        store.add_key(&key(&format!("subject/{number}"))).unwrap();
    }
    assert!(holds_key_bytes(folder.path()));

    store.destroy_keys("subject/").unwrap();

    assert!(!holds_key_bytes(folder.path()), "while it is open");
    drop(store);
    assert!(!holds_key_bytes(folder.path()), "once it is closed");
    assert!(SqliteKeyStore::open(folder.path()).unwrap().destroy_keys("").is_err(), "never all at once");
}

#[test]
fn a_backup_is_restored_into_an_empty_folder_only() {
    let (folder, backup, other) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = SqliteStore::open(folder.path()).unwrap();
    put(&store, "a", "1").unwrap();
    store.backup_to(backup.path()).unwrap();
    put(&store, "a", "2").unwrap();

    SqliteStore::restore(backup.path(), other.path()).unwrap();

    let restored = SqliteStore::open(other.path()).unwrap();
    assert_eq!(find(&restored, "a").as_deref(), Some("1"), "as it was then");
    drop(restored);
    let again = SqliteStore::restore(backup.path(), other.path());
    assert!(matches!(again, Err(BackupError::NotEmpty { .. })));
    store.backup_to(backup.path()).unwrap();
    let third = tempfile::tempdir().unwrap();
    SqliteStore::restore(backup.path(), third.path()).unwrap();
    assert_eq!(find(&SqliteStore::open(third.path()).unwrap(), "a").as_deref(), Some("2"), "the newer one");
}

#[test]
fn a_backup_is_one_state_while_work_goes_on() {
    let (folder, backup, other) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = SqliteStore::open(folder.path()).unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 0..200 {
                let value = number.to_string();
                let writing: &dyn Store = &store;
                writing
                    .with_tx(|tx| {
                        tx.put_setting("left", &value)?;
                        tx.put_setting("right", &value)
                    })
                    .map_err(|error: StoreError| error)
                    .unwrap();
            }
        });
        while !writer.is_finished() {
            store.backup_to(backup.path()).unwrap();
        }
    });

    SqliteStore::restore(backup.path(), other.path()).unwrap();

    let restored = SqliteStore::open(other.path()).unwrap();
    assert_eq!(find(&restored, "left"), find(&restored, "right"));
}

#[test]
fn a_damaged_or_foreign_backup_is_refused() {
    let (folder, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let target = tempfile::tempdir().unwrap();
    let nothing = SqliteStore::restore(backup.path(), target.path());
    assert!(matches!(nothing, Err(BackupError::NotABackup { .. })));
    SqliteStore::open(folder.path()).unwrap().backup_to(backup.path()).unwrap();
    let manifest = fs::read_to_string(backup.path().join("registry.json")).unwrap();
    let database = fs::read(backup.path().join(REGISTRY_FILE)).unwrap();

    let newer = manifest.replace("0004_log", "0005_later").replace("\"version\": 4", "\"version\": 5");
    let escaping = manifest.replace(REGISTRY_FILE, "../registry.db");
    let foreign = manifest.replace("\"sqlite\"", "\"rows\"");
    let mut flipped = database.clone();
    flipped[5_000] ^= 1;
    let cut = &database[..database.len() - 4_096];
    let cases: [(&str, &str, &[u8]); 6] = [
        ("a newer schema", &newer, &database),
        ("a name that leads out", &escaping, &database),
        ("of another engine", &foreign, &database),
        ("a manifest that is none", "{", &database),
        ("a flipped bit", &manifest, &flipped),
        ("cut short", &manifest, cut),
    ];
    for (name, manifest, database) in cases {
        fs::write(backup.path().join("registry.json"), manifest).unwrap();
        fs::write(backup.path().join(REGISTRY_FILE), database).unwrap();

        let restored = SqliteStore::restore(backup.path(), target.path());

        assert!(restored.is_err(), "{name}");
        assert!(!target.path().join(REGISTRY_FILE).exists(), "{name}");
    }
}

/// DESIGN 3.6: the data's backup holds no keys, the key store's only its newest copy.
#[test]
fn the_backup_of_keys_forgets_what_was_destroyed() {
    let (folder, backup, other) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = SqliteKeyStore::open(folder.path()).unwrap();
    store.add_key(&key("subject/1")).unwrap();
    store.backup_to(backup.path()).unwrap();
    assert!(holds_key_bytes(backup.path()));

    store.destroy_keys("subject/1").unwrap();
    store.backup_to(backup.path()).unwrap();

    assert!(!holds_key_bytes(backup.path()));
    SqliteKeyStore::restore(backup.path(), other.path()).unwrap();
    let restored = SqliteKeyStore::open(other.path()).unwrap();
    assert_eq!(restored.add_key(&key("subject/1")).unwrap(), None, "destroyed stays destroyed");
}
