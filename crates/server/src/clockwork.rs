//! What goes on without being asked: positions, tiles and checkpoints, the gate's table, answer log, messages,
//! access segments.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use app::actor::Actor;
use app::contact_proof;
use app::env::Platform;
use app::failure::Failure;
use app::ledger_log;
use app::rescreening::Rescreening;
use app::webhook::Telling;

use crate::problem::log_chain;
use crate::state::AppState;

/// How often each step is due.
const SEQUENCE_EVERY: Duration = Duration::from_millis(100);
const ANSWERS_EVERY: Duration = Duration::from_millis(10);
const MESSAGES_EVERY: Duration = Duration::from_secs(3);
const WEBHOOK_EVERY: Duration = Duration::from_millis(500);
const SEGMENTS_EVERY: Duration = Duration::from_secs(10);
/// A page each time, so that requests come between.
const RESCREENING_EVERY: Duration = Duration::from_millis(200);
/// Days are what timers count; an hour late changes nobody's answer.
const TIMERS_EVERY: Duration = Duration::from_secs(3_600);
/// Between two pages of customers. A million of them are gone through in about a minute.
const TIMERS_REST: Duration = Duration::from_millis(20);

/// Longest pause after a step failed again and again.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// The background loops. Dropping it stops them without waiting.
pub struct Clockwork {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Clockwork {
    /// Stops the loops, and waits until each has ended its round and the last answers are written.
    pub fn stop(mut self) {
        self.stop.store(true, Ordering::Release);
        for thread in self.threads.drain(..) {
            thread.thread().unpark();
            // A panic of a loop stands in the log already.
            let _ = thread.join();
        }
    }
}

impl Drop for Clockwork {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        for thread in &self.threads {
            thread.thread().unpark();
        }
    }
}

type Step = Box<dyn FnMut(&Platform) -> Result<(), Failure> + Send>;

/// Starts the loops on threads of their own: they wait for disks and mail servers, and never for each other.
pub fn clockwork(state: &AppState) -> Clockwork {
    let node = domain::fact::sealed_text::to_hex(&state.platform.ids.secret()[..8]);
    clockwork_as(&node, state)
}

/// The same under a name of this node. Who alone holds the store, such as by a folder's lock, takes the same name
/// after a restart and goes on sequencing at once; a node of another name first waits until the lease of the one
/// that died is over.
pub fn clockwork_as(node: &str, state: &AppState) -> Clockwork {
    let (platform, messenger) = (&state.platform, Arc::clone(&state.messenger));
    let keeper = Arc::clone(&state.list_keeper);
    let receiver = state.event_receiver.clone();
    let holder = node.to_owned();
    let (mut rescreening, mut telling) = (Rescreening::default(), Telling::default());
    let steps: [(&str, Duration, Step); 7] = [
        (
            "sequencer",
            SEQUENCE_EVERY,
            Box::new(move |platform| {
                ledger_log::sequence(platform, &holder)?;
                platform.gate.follow(platform)?;
                Ok(())
            }),
        ),
        (
            "answer log",
            ANSWERS_EVERY,
            Box::new(|platform| {
                platform.gate.flush_answers(platform)?;
                Ok(())
            }),
        ),
        (
            "messages",
            MESSAGES_EVERY,
            Box::new(move |platform| {
                platform.run(&Actor::system(), |env| contact_proof::deliver(env, &*messenger))?;
                Ok(())
            }),
        ),
        (
            "webhook",
            WEBHOOK_EVERY,
            Box::new(move |platform| {
                if let Some(receiver) = &receiver {
                    platform.run(&Actor::system(), |env| telling.advance(env, &**receiver))?;
                }
                Ok(())
            }),
        ),
        (
            "access segments",
            SEGMENTS_EVERY,
            Box::new(|platform| {
                platform.run(&Actor::system(), ledger_log::record_segment_roots)?;
                Ok(())
            }),
        ),
        (
            "rescreening",
            RESCREENING_EVERY,
            Box::new(move |platform| {
                platform.run(&Actor::system(), |env| rescreening.advance(env, &*keeper))?;
                Ok(())
            }),
        ),
        (
            "timers",
            TIMERS_EVERY,
            Box::new(|platform| {
                app::watchlist::stale::tell_stale(platform);
                platform.run(&Actor::system(), |env| {
                    app::customer::timers::advance_resting(env, &mut || std::thread::sleep(TIMERS_REST))?;
                    app::idempotency::forget_old(env)?;
                    app::session::forget_over(env)
                })?;
                Ok(())
            }),
        ),
    ];
    let stop = Arc::new(AtomicBool::new(false));
    let threads = steps
        .into_iter()
        .map(|(name, every, step)| {
            let (platform, stop) = (Arc::clone(platform), Arc::clone(&stop));
            let run = move || run(name, every, step, &platform, &stop);
            std::thread::Builder::new().name(name.to_owned()).spawn(run)
        })
        .collect::<Result<Vec<_>, _>>()
        .expect("the system has room for seven threads");
    Clockwork { stop, threads }
}

/// Runs a step again and again. After a failure it waits longer each time; what failed is logged when it is
/// new, and once a minute while it lasts.
fn run(name: &str, every: Duration, mut step: Step, platform: &Platform, stop: &AtomicBool) {
    let mut pause = every;
    let mut logged: Option<Instant> = None;
    while !stop.load(Ordering::Acquire) {
        match step(platform) {
            Ok(()) => {
                if logged.take().is_some() {
                    tracing::info!(step = name, "The background step `{name}` works again.");
                }
                pause = every;
            }
            Err(failure) => {
                if logged.is_none_or(|at| at.elapsed() > Duration::from_secs(60)) {
                    tracing::error!(step = name, "The background step `{name}` failed and is tried again.");
                    log_chain(&failure);
                    logged = Some(Instant::now());
                }
                pause = (pause * 2).min(PAUSE_MAX).max(every);
            }
        }
        std::thread::park_timeout(pause);
    }
    // What waits in memory goes out before the end.
    if let Err(failure) = step(platform) {
        log_chain(&failure);
    }
}
