//! That intake, sealing and questions keep up; figures are printed, not asserted but for gross failures.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod support;

use std::time::{Duration, Instant};

use accesslog::{Config, EmbeddedAccessLog, ingest_reader};
use app::access::AccessLog;
use domain::access::{IngestReport, Limits};
use support::{about, now, question};

const EVENTS: u64 = 200_000;

fn line(number: u64) -> String {
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let account = spread % 5_000 * (spread % 7) / 7;
    let ip = if number.is_multiple_of(3) {
        format!("2001:db8:{:x}::{:x}", spread % 300, spread % 50)
    } else {
        format!("10.{}.{}.{}", spread % 8, spread / 8 % 250, spread / 2000 % 250)
    };
    let kind = ["access", "access", "admin", "lease_start"][(number % 4) as usize];
    let (minute, second) = (number / 60 % 60, number % 60);
    let hour = number * 11 / EVENTS;
    format!(
        r#"{{"account":"acct_{account}","ip":"{ip}","port":{},"at":"2026-03-01T{hour:02}:{minute:02}:{second:02}.{:06}Z","kind":"{kind}","action":"compute.list","source":"edge-1","seq":{number}}}"#,
        1024 + spread % 60_000,
        spread % 1_000_000
    )
}

/// LOG-03: 10,000 events a second is the aim on a small host; this is a development build.
#[test]
fn two_hundred_thousand_events_are_taken_sealed_and_asked_for() {
    let text: String = (0..EVENTS).map(|number| line(number) + "\n").collect();
    let folder = tempfile::tempdir().unwrap();
    let config = Config { wal_events_max: 50_000, ..Config::default() };
    let log = EmbeddedAccessLog::open(folder.path(), config.clone()).unwrap();
    let timed = |name: &str, work: &mut dyn FnMut()| {
        let begun = Instant::now();
        work();
        let took = begun.elapsed();
        println!("{name}: {took:?}");
        took
    };

    let mut report = IngestReport::default();
    let intake = timed("parsed, stored and sealed", &mut || {
        ingest_reader(&log, text.as_bytes(), &now, &mut report, &mut |problem| panic!("{problem:?}"))
            .unwrap();
    });
    let asked = timed("1,000 questions about an address", &mut || {
        for number in 0..1_000 {
            let asked =
                format!("10.{}.{}.{} from 00:00 until 12:00", number % 8, number / 8 % 250, number % 250);
            log.who(&question(&asked), Limits::default(), now()).unwrap();
        }
    });
    timed("one about all addresses", &mut || {
        let answer =
            log.who(&question("0.0.0.0/0 from 00:00 until 12:00"), Limits::default(), now()).unwrap();
        assert!(!answer.accounts.is_empty());
    });
    timed("100 about an account", &mut || {
        for number in 0..100 {
            log.of(&about(&format!("acct_{number}")), Limits::default(), now()).unwrap();
        }
    });
    drop(log);
    let reopened = timed("opened anew", &mut || {
        assert_eq!(EmbeddedAccessLog::open(folder.path(), config.clone()).unwrap().opened().events, EVENTS);
    });
    let bytes: u64 =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    println!("{} bytes an event, both orders", bytes / EVENTS);

    assert_eq!(report.stored, EVENTS);
    assert!(
        intake < Duration::from_secs(120)
            && asked < Duration::from_secs(60)
            && reopened < Duration::from_secs(30)
    );
}
