//! From a sign-up to its recorded, durable decision, with several clients at once.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use app::customer::enrol::enrol;
use app::ledger_log;

use super::Latencies;
use crate::platform::Builder;
use crate::{Platform, fixture};

pub struct Measured {
    pub clients: usize,
    pub took: Duration,
    pub latencies: Latencies,
}

/// Lets clients sign up for so long, while the sequencer works as in a server. Each sign-up is an individual with
/// complete data and one account, compared with the lists.
pub fn measure(builder: Builder, clients: usize, run_for: Duration) -> Measured {
    let platform = builder.build();
    let actor = platform.control_plane();
    let all = Mutex::new(Vec::new());
    let over = AtomicBool::new(false);
    let begin = Instant::now();
    let mut took = Duration::ZERO;
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..clients)
            .map(|_| {
                scope.spawn(|| {
                    let mut own = Vec::new();
                    while begin.elapsed() < run_for {
                        let number = platform.next_number();
                        let enrolment = fixture::individual(number, &format!("Ada Karenina {number}"), "DE");
                        let asked_at = Instant::now();
                        let enrolled = platform.run(&actor, |env| enrol(env, &enrolment));
                        own.push(asked_at.elapsed());
                        assert!(
                            enrolled.is_ok_and(|enrolled| enrolled.account.is_some()),
                            "a decision was made"
                        );
                    }
                    all.lock().expect("no client panicked").extend(own);
                })
            })
            .collect();
        scope.spawn(|| {
            while !over.load(Ordering::Acquire) {
                sequence(&platform);
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        for worker in workers {
            worker.join().expect("a client goes on to the end");
        }
        took = begin.elapsed();
        over.store(true, Ordering::Release);
    });
    let latencies = Latencies::new(all.into_inner().expect("no client panicked"));
    Measured { clients, took, latencies }
}

fn sequence(platform: &Platform) {
    ledger_log::sequence(platform.app(), "bench").expect("the sequencer works");
}
