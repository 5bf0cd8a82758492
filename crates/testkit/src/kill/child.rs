//! The process that is killed: sign-ups from two sides, decisions, accesses, the sequencer, all at once, without end.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use app::access::AccessLog;
use app::clock::Clock;
use app::customer::enrol::enrol;
use app::{draft, ledger_log};
use domain::access::{IngestOutcome, parse_event};
use domain::case::CaseKind;
use domain::draft::{CaseOutcome, DraftAction};

use super::Acknowledged;
use crate::{Platform, fixture};

/// Accesses in one batch.
const BATCH: u64 = 20;

/// Works until it is killed. Stops only when something fails: then it says why and exits with 1.
pub fn run(folder: &Path, generation: u32) {
    let access = accesslog::Config { wal_events_max: 400, ..accesslog::Config::default() };
    let platform = Platform::builder().with_access_config(access).open_in(folder, generation);
    let (officer, second) = (platform.officer(), platform.second_officer());
    let control_plane = platform.control_plane();
    let accesses = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = platform.next_number();
                    let enrolment = fixture::individual(number, "Ada Karenina", "DE");
                    let enrolled = platform.run(&control_plane, |env| enrol(env, &enrolment));
                    let enrolled = enrolled.expect("the sign-up is accepted");
                    let account = enrolled.account.expect("an account was asked for");
                    acknowledge(&Acknowledged::Enrolled {
                        customer: enrolled.customer.id.to_string(),
                        account: account.account.id.to_string(),
                        decision: account.decision.id.to_string(),
                    });
                    let case = platform.open_case(enrolled.customer.id, CaseKind::Identification).id;
                    let action = DraftAction::DecideCase {
                        case,
                        kind: Some(CaseKind::Identification),
                        outcome: CaseOutcome::InterimTerms,
                    };
                    let drafted =
                        platform.run(&officer, |env| draft::draft(env, action, "as the file shows"));
                    let drafted = drafted.expect("the draft is made");
                    platform.run(&second, |env| draft::approve(env, drafted.id)).expect("it is approved");
                    acknowledge(&Acknowledged::Resolved { case: case.to_string() });
                }
            });
        }
        scope.spawn(|| {
            loop {
                let first = accesses.fetch_add(BATCH, Ordering::Relaxed);
                let account = format!("busy-{generation}");
                let now = platform.clock.now();
                let events: Vec<_> = (first..first + BATCH)
                    .map(|seq| {
                        let line = format!(
                            r#"{{"account":"{account}","ip":"240.0.{}.{}","at":"{now}","kind":"access","source":"{account}","seq":{seq}}}"#,
                            (seq >> 8) & 0xff,
                            seq & 0xff
                        );
                        parse_event(&line).expect("the line is good")
                    })
                    .collect();
                let outcomes = platform.access_log().ingest(&events, now).expect("the batch is kept");
                assert!(outcomes.iter().all(|outcome| matches!(outcome, IngestOutcome::Stored { .. })));
                acknowledge(&Acknowledged::Accessed { account, first, last: first + BATCH - 1 });
            }
        });
        scope.spawn(|| {
            loop {
                let moved = ledger_log::sequence(platform.app(), "testkit").expect("the sequencer works");
                if let Some(moved) = moved.filter(|moved| moved.leaves > 0) {
                    acknowledge(&Acknowledged::Sequenced { size: moved.size });
                }
                std::thread::yield_now();
            }
        });
    });
}

/// One write of one line, so that lines of threads do not mix.
fn acknowledge(what: &Acknowledged) {
    let line = what.to_line() + "\n";
    let mut output = std::io::stdout().lock();
    if output.write_all(line.as_bytes()).and_then(|()| output.flush()).is_err() {
        std::process::exit(0);
    }
}
