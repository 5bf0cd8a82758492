//! Damage, full disks, second writers, and a seal cut short at each of its steps.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod support;

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};

use accesslog::{Config, EmbeddedAccessLog, Medium};
use app::access::{AccessLog, AccessLogError};
use domain::access::{IngestOutcome, Limits};
use support::{Bench, about, event, events, now, question, shown};

const ALL: &str = "0.0.0.0/0 from 00:00 until 12:00";

fn open(folder: &Path) -> Result<EmbeddedAccessLog, AccessLogError> {
    EmbeddedAccessLog::open(folder, Config::default())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// A log as it is before and after a seal, with a segment sealed earlier.
fn before_and_after() -> (Bench, tempfile::TempDir) {
    let mut bench = Bench::new();
    bench.ingest(&["access a 192.0.2.1 07:00 s/1", "+ a 198.51.100.1 07:00 s/2"]);
    bench.log().seal().unwrap();
    bench.ingest(&[
        "access b 192.0.2.1 08:00 s/3",
        "+ b 198.51.100.1 08:00 s/4",
        "admin b 192.0.2.2 08:00 s/5",
    ]);
    let before = tempfile::tempdir().unwrap();
    copy(bench.folder.path(), before.path());
    bench.log().seal().unwrap();
    bench.log = None;
    (bench, before)
}

/// Whatever was on disk: all five events, each once, and the log goes on.
fn assert_whole(folder: &Path, name: &str) {
    let expect = "b access 2, b lease 1, a lease 1, a access 1";
    let reader = EmbeddedAccessLog::open_read_only(folder).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(shown(&reader.who(&question(ALL), Limits::default(), now()).unwrap()), expect, "{name}, read");
    for opening in ["first", "second"] {
        let log = open(folder).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(log.opened().events, 5, "{name}, {opening}");
        let again =
            log.ingest(&events(&["access b 192.0.2.1 08:00 s/3", "admin b 192.0.2.2 08:00 s/5"]), now());
        assert_eq!(again.unwrap(), [IngestOutcome::Duplicate, IngestOutcome::Duplicate], "{name}");
        assert_eq!(shown(&log.who(&question(ALL), Limits::default(), now()).unwrap()), expect, "{name}");
        assert!(log.verify().unwrap().is_empty(), "{name}");
    }
    let log = open(folder).unwrap();
    let more = log.ingest(&[event("access c 192.0.2.9 09:00 s/6")], now()).unwrap();
    assert!(matches!(more[..], [IngestOutcome::Stored { position: 6, .. }]), "{name}");
    log.seal().unwrap();
    drop(log);
    let reopened = open(folder).unwrap();
    let sealed: u64 = reopened.sealed_roots_since(0, 9).unwrap().iter().map(|root| root.events).sum();
    assert_eq!((sealed, reopened.opened().events), (6, 6), "{name}");
}

#[test]
fn a_seal_cut_short_at_any_step_loses_nothing_and_doubles_nothing() {
    let (after, before) = before_and_after();
    let after = after.folder.path();
    let [address, account] = ["0000000002.address", "0000000002.account"];
    let old_log = "wal-00000000000000000003.log";
    let new_log = "wal-00000000000000000006.log";
    let manifest = fs::read(after.join("manifest")).unwrap();
    let shorter = fs::read(before.path().join("manifest")).unwrap().len();
    let header = fs::read(after.join(new_log)).unwrap();
    let check = |name: &str, change: &dyn Fn(&Path)| {
        let folder = tempfile::tempdir().unwrap();
        copy(before.path(), folder.path());
        change(folder.path());
        assert_whole(folder.path(), name);
    };
    let take = |folder: &Path, name: &str| {
        fs::copy(after.join(name), folder.join(name)).unwrap();
    };

    check("before it", &|_| {});
    check("an unfinished copy", &|folder| {
        fs::write(folder.join(format!("{address}-unfinished")), "half").unwrap();
    });
    check("one copy", &|folder| take(folder, address));
    check("both copies", &|folder| {
        take(folder, address);
        take(folder, account);
    });
    for length in shorter..manifest.len() {
        check(&format!("{length} bytes of the manifest"), &|folder| {
            take(folder, address);
            take(folder, account);
            fs::write(folder.join("manifest"), &manifest[..length]).unwrap();
        });
    }
    check("named in the manifest", &|folder| {
        ["manifest", address, account].iter().for_each(|name| take(folder, name));
    });
    for length in 0..=header.len() {
        check(&format!("{length} bytes of the new log"), &|folder| {
            ["manifest", address, account].iter().for_each(|name| take(folder, name));
            fs::write(folder.join(new_log), &header[..length]).unwrap();
        });
    }
    check("after it", &|folder| {
        ["manifest", address, account, new_log].iter().for_each(|name| take(folder, name));
        fs::remove_file(folder.join(old_log)).unwrap();
    });
}

/// LOG-02
#[test]
fn any_changed_byte_is_noticed_and_its_file_named() {
    let mut bench = Bench::new();
    bench.ingest(&["access a 192.0.2.1 07:00 s/1", "+ a 198.51.100.1 07:00 s/2", "access c 192.0.2.1 07:00"]);
    bench.log().seal().unwrap();
    bench.log = None;
    for file in bench.files().iter().filter(|name| !name.starts_with("wal")) {
        let path = bench.folder.path().join(file);
        let whole = fs::read(&path).unwrap();
        for index in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[index] ^= 0x04;
            fs::write(&path, &bytes).unwrap();
            let found = open(bench.folder.path()).and_then(|log| {
                log.who(&question(ALL), Limits::default(), now())?;
                log.of(&about("a"), Limits::default(), now())?;
                Ok(log.verify()?.into_iter().next())
            });
            let error = match found {
                Ok(Some(error)) | Err(error) => error,
                // The first bytes of a copy say what it is; nothing is read by them.
                Ok(None) if index < 8 && file != "manifest" => continue,
                Ok(None) => panic!("byte {index} of {file} went unnoticed"),
            };
            let AccessLogError::Corrupt { file: named, .. } = &error else {
                panic!("{file} {index}: {error:?}")
            };
            assert_eq!(named, file, "byte {index}");
            fs::write(&path, &whole).unwrap();
        }
        fs::write(&path, &whole).unwrap();
    }
    assert!(open(bench.folder.path()).unwrap().verify().unwrap().is_empty());
}

#[test]
fn a_missing_file_is_named() {
    let (bench, _before) = before_and_after();
    for file in bench.files() {
        let path = bench.folder.path().join(&file);
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let Err(error) = open(bench.folder.path()) else { panic!("opened without {file}") };
        assert!(matches!(error, AccessLogError::Corrupt { .. }), "{file}: {error:?}");
        fs::write(&path, bytes).unwrap();
    }
}

#[test]
fn one_process_writes_and_others_read_beside_it() {
    let bench = Bench::new();
    bench.ingest(&["access a 192.0.2.1 07:00"]);

    let second = open(bench.folder.path());
    let reader = EmbeddedAccessLog::open_read_only(bench.folder.path()).unwrap();
    bench.ingest(&["access b 192.0.2.1 07:00"]);
    let before = shown(&reader.who(&question(ALL), Limits::default(), now()).unwrap());
    bench.log().seal().unwrap();
    reader.refresh().unwrap();
    let after = shown(&reader.who(&question(ALL), Limits::default(), now()).unwrap());

    assert!(matches!(second, Err(AccessLogError::Locked)));
    assert_eq!((before.as_str(), after.as_str()), ("a access 1", "a access 1, b access 1"));
    assert!(matches!(
        reader.ingest(&events(&["access c 192.0.2.1 07:00"]), now()),
        Err(AccessLogError::ReadOnly)
    ));
}

#[test]
fn readers_keep_reading_while_the_writer_seals() {
    let bench = Bench::small();
    bench.ingest(&["access a 192.0.2.1 07:00"]);
    let folder = bench.folder.path().to_owned();
    std::thread::scope(|scope| {
        let reading = scope.spawn(move || {
            let mut most = 0;
            for _ in 0..150 {
                let reader = EmbeddedAccessLog::open_read_only(&folder).unwrap();
                let answer = reader.who(&question(ALL), Limits::default(), now()).unwrap();
                let events = answer.accounts.iter().map(|line| line.events).sum::<u64>();
                assert!(events >= most, "{events} after {most}");
                most = events;
            }
        });
        while !reading.is_finished() {
            bench.ingest(&["access a 192.0.2.1 07:00", "access b 192.0.2.1 07:00"]);
        }
        reading.join().unwrap();
    });
}

#[test]
fn a_full_folder_refuses_and_takes_nothing() {
    let bench = Bench::with(Config { disk_bytes_max: Some(600), ..Config::default() });
    let mut stored = 0;
    let error = loop {
        match bench.log().ingest(&[event("access a 192.0.2.1 07:00")], now()) {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
    };

    assert!(error.to_string().starts_with("refused, nothing acknowledged: "), "{error}");
    assert!(stored > 0);
    assert_eq!(bench.who(ALL), format!("a access {stored}"));
}

const WORKS: u8 = 0;
const NO_SPACE: u8 = 1;
const NO_SYNC: u8 = 2;
const NO_SPACE_NO_TRUNCATE: u8 = 3;
static FAULT: AtomicU8 = AtomicU8::new(WORKS);

/// A file on a disk that fills up in the middle of a write.
struct Failing(fs::File);

impl Medium for Failing {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        match FAULT.load(Ordering::SeqCst) {
            NO_SPACE | NO_SPACE_NO_TRUNCATE => {
                self.0.append(&bytes[..bytes.len() / 2])?;
                Err(io::ErrorKind::StorageFull.into())
            }
            _ => self.0.append(bytes),
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        if FAULT.load(Ordering::SeqCst) == NO_SYNC {
            return Err(io::Error::other("lost"));
        }
        self.0.sync()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        if FAULT.load(Ordering::SeqCst) == NO_SPACE_NO_TRUNCATE {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0.truncate(length)
    }
}

/// A panic in the middle of a write, such as by a fault in the file system's layer.
struct Panicking(fs::File);

impl Medium for Panicking {
    fn append(&mut self, _: &[u8]) -> io::Result<()> {
        panic!("a fault within a write")
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.truncate(length)
    }
}

/// Whoever comes after a write that panicked is refused, not left to wait, and the folder opens again.
#[test]
fn a_panic_within_a_write_leaves_nobody_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { wrap_medium: |file| Box::new(Panicking(file)), ..Config::default() };
    let log = EmbeddedAccessLog::open(folder.path(), config).unwrap();
    let ingest = |writer: usize| {
        let batch = [event(&format!("access w{writer} 192.0.2.1 07:00 s{writer}/1"))];
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| log.ingest(&batch, now())))
    };

    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|writer| scope.spawn(move || ingest(writer))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });

    assert!(answers.iter().any(Result::is_err), "one of them led");
    for answer in answers.into_iter().flatten() {
        assert!(matches!(answer, Err(AccessLogError::Refused { .. })), "{answer:?}");
    }
    drop(log);
    assert_eq!(open(folder.path()).unwrap().opened().events, 0);
}

#[test]
fn a_failing_disk_refuses_and_what_was_acknowledged_stays() {
    let config = Config { wrap_medium: |file| Box::new(Failing(file)), ..Config::default() };
    let mut bench = Bench::with(config);
    let ingest = |bench: &Bench, text: &str| bench.log().ingest(&[event(text)], now());
    ingest(&bench, "access a 192.0.2.1 07:00 s/1").unwrap();

    for (fault, goes_on) in [(NO_SPACE, true), (NO_SYNC, false), (NO_SPACE_NO_TRUNCATE, false)] {
        FAULT.store(fault, Ordering::SeqCst);
        let refused = ingest(&bench, "access b 192.0.2.1 07:00 s/2");
        FAULT.store(WORKS, Ordering::SeqCst);
        assert!(matches!(refused, Err(AccessLogError::Refused { source: Some(_), .. })), "{fault}");
        assert_eq!(bench.who(ALL), "a access 1", "{fault}");
        let next = ingest(&bench, "access a 192.0.2.1 07:00 s/1");
        assert!(next.is_ok(), "a duplicate needs no disk, {fault}");
        if !goes_on {
            let next = ingest(&bench, "access b 192.0.2.1 07:00 s/2");
            assert!(matches!(next, Err(AccessLogError::Refused { .. })), "{fault}");
        }
        bench.reopen();
        assert_eq!(bench.who(ALL), "a access 1", "{fault}");
    }
    ingest(&bench, "access b 192.0.2.1 07:00 s/2").unwrap();
    bench.reopen();
    assert_eq!(bench.who(ALL), "a access 1, b access 1");
}

#[test]
fn many_who_write_at_once_share_syncs_and_each_is_answered() {
    let mut bench = Bench::with(Config { wal_events_max: 50, ..Config::default() });
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let log = bench.log();
            scope.spawn(move || {
                for seq in 0..40 {
                    let text = format!("access w{writer} 192.0.2.1 07:00 s{writer}/{seq}");
                    let outcome = log.ingest(&events(&[&text, &text]), now()).unwrap();
                    assert!(matches!(outcome[..], [IngestOutcome::Stored { .. }, IngestOutcome::Duplicate]));
                }
            });
        }
    });
    let expected: Vec<String> = (0..8).map(|writer| format!("w{writer} access 40")).collect();
    assert_eq!(bench.who(ALL), expected.join(", "));
    bench.reopen();
    assert_eq!(bench.who(ALL), expected.join(", "));
    assert_eq!(bench.log().opened().events, 320);
}
