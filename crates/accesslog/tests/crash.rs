//! A writer killed at random points, by `kill -9`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod support;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use accesslog::{Config, EmbeddedAccessLog};
use app::access::AccessLog;
use domain::access::{AccessEvent, Limits, When, WhoQuestion, parse_event};
use support::now;

const FOLDER: &str = "ACCESSLOG_CRASH_FOLDER";
const BEGIN: &str = "ACCESSLOG_CRASH_BEGIN";

/// How often the writer is killed; `ACCESSLOG_CRASH_ROUNDS` for more.
fn rounds() -> u32 {
    std::env::var("ACCESSLOG_CRASH_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(20)
}

fn config() -> Config {
    Config { wal_events_max: 40, ..Config::default() }
}

/// An event that is a row of some answer: accesses from a few addresses, and leases of an address each.
fn numbered(seq: u64) -> AccessEvent {
    let kind = ["access", "lease_start", "admin", "lease_end"][(seq % 4) as usize];
    let of = if kind == "lease_end" { seq - 2 } else { seq };
    let net = if seq.is_multiple_of(2) { 0 } else { 1 + of / 50_000 };
    let line = format!(
        r#"{{"account":"a{}","ip":"10.{net}.{}.{}","at":"2026-03-01T08:{:02}:{:02}.{:06}Z","kind":"{kind}","source":"s","seq":{seq}}}"#,
        of % 5,
        of / 200 % 250,
        of % 200,
        seq / 60 % 60,
        seq % 60,
        seq % 1_000_000,
    );
    parse_event(&line).unwrap()
}

/// Not a test by itself: the writer that the test below starts and kills.
#[test]
fn child_that_writes_until_it_is_killed() {
    let (Ok(folder), Ok(begin)) = (std::env::var(FOLDER), std::env::var(BEGIN)) else { return };
    let log = EmbeddedAccessLog::open(Path::new(&folder), config()).unwrap();
    let mut seq: u64 = begin.parse().unwrap();
    loop {
        let batch: Vec<_> = (seq..seq + 1 + seq % 7).map(numbered).collect();
        seq += batch.len() as u64;
        log.ingest(&batch, now()).unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "through {}", seq - 1).unwrap();
        out.flush().unwrap();
    }
}

/// Starts the writer, reads a number of acknowledgements, kills it, and gives the last one that came.
fn write_and_kill(folder: &Path, begin: u64, acknowledgements: u32) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_writes_until_it_is_killed", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(BEGIN, begin.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut through = begin - 1;
    let mut count = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let Some(number) = line.strip_prefix("through ").and_then(|number| number.parse().ok()) else {
            continue;
        };
        through = number;
        count += 1;
        if count == acknowledgements {
            // It goes on writing meanwhile; what it still acknowledges is read to the end.
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    through
}

/// LOG-01: nothing acknowledged is lost and nothing counts twice, also when the source sends again.
#[test]
fn killed_at_any_point_nothing_acknowledged_is_lost_or_doubled() {
    let folder = tempfile::tempdir().unwrap();
    let mut through: u64 = 0;
    for round in 0..rounds() {
        let begin = through.saturating_sub(9).max(1);
        let acknowledgements = 1 + (round * 7_919) % 61;
        through = through.max(write_and_kill(folder.path(), begin, acknowledgements));

        let reader = EmbeddedAccessLog::open_read_only(folder.path()).unwrap();
        let read = stored(&reader);
        let log = EmbeddedAccessLog::open(folder.path(), config()).unwrap();
        let stored = stored(&log);
        let count = log.opened().events;
        assert!(count >= through, "round {round}: {count} of {through}");
        let once: HashMap<u64, u32> = (1..=count).map(|seq| (seq, 1)).collect();
        assert!(stored == once, "round {round}: not each of the {count} events once");
        assert!(read == once, "round {round}: a reader saw something else");
        assert!(log.verify().unwrap().is_empty(), "round {round}");
    }
    assert!(through > 100, "{through}");
}

/// How often each sequence number is a row of an answer, by address; by account there must be as many.
fn stored(log: &EmbeddedAccessLog) -> HashMap<u64, u32> {
    let limits = Limits { rows_max: usize::MAX, ..Limits::default() };
    let mut counts = HashMap::new();
    let everywhere = WhoQuestion { network: "10.0.0.0/8".parse().unwrap(), port: None, when: When::Ever };
    let by_address = log.who(&everywhere, limits, now()).unwrap().accounts;
    for row in by_address.iter().flat_map(|line| line.rows.iter().flatten()) {
        *counts.entry(row.seq.unwrap()).or_default() += 1;
    }
    let by_account: usize = (0..5)
        .flat_map(|number| log.of(&support::about(&format!("a{number}")), limits, now()).unwrap().accounts)
        .map(|line| line.rows.map_or(0, |rows| rows.len()))
        .sum();
    assert_eq!(by_account, counts.values().sum::<u32>() as usize);
    counts
}
