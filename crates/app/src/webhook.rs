//! Events told to a server of the operator's, one after the other in the order of their positions, each at least once.

use domain::event::Event;
use domain::staff::Scope;
use jiff::{SignedDuration, Timestamp};

use crate::env::Env;
use crate::failure::Failure;
use crate::ledger_log;
use crate::message::Unsent;

/// Position of the last event that was told or passed over.
const TOLD_THROUGH: &str = "webhook-told-through";

/// Events of one round.
const ROUND: u32 = 100;

/// Events passed over at once when telling begins.
const PASSED_OVER: u32 = 10_000;

/// Pauses after the first failure and at most; in between they double.
const PAUSE: SignedDuration = SignedDuration::from_secs(1);
const PAUSE_MAX: SignedDuration = SignedDuration::from_mins(5);

/// Takes events outside. No answer means that the same event is told again; it never means that it arrived.
pub trait EventReceiver: Send + Sync {
    /// Whether events of this kind are for it.
    fn wants(&self, kind: &str) -> bool;

    fn receive(&self, position: u64, event: &Event, at: Timestamp) -> Result<(), Unsent>;
}

/// How it goes with telling.
#[derive(Debug, Default)]
pub struct Telling {
    failures: u32,
    not_before: Option<Timestamp>,
}

impl Telling {
    /// Tells what happened since, until the receiver takes one no more: that one comes first the next time, after a
    /// pause. Begins with what happens after it is first asked. Returns how many events were taken.
    pub fn advance(&mut self, env: &Env<'_>, receiver: &dyn EventReceiver) -> Result<u64, Failure> {
        env.actor.may_everywhere(Scope::EventsRead)?;
        let now = env.now();
        // One node tells, the one that gives the positions.
        if self.not_before.is_some_and(|then| now < then) || !ledger_log::sequences_here(env.platform) {
            return Ok(0);
        }
        let told = env.store().with_reading_tx(|tx| Ok::<_, Failure>(tx.find_setting(TOLD_THROUGH)?))?;
        let Some(through) = told.and_then(|text| text.parse().ok()) else {
            return begin(env).map(|()| 0);
        };
        let (mut reached, mut taken) = (through, 0);
        for (position, event) in env.store().log().list_events(through, ROUND)? {
            if receiver.wants(&event.kind) {
                if let Err(unsent) = receiver.receive(position, &event, now) {
                    self.failed(now, &event, &unsent);
                    break;
                }
                (self.failures, self.not_before) = (0, None);
                taken += 1;
            }
            reached = position;
        }
        if reached != through {
            put(env, reached)?;
        }
        Ok(taken)
    }

    fn failed(&mut self, now: Timestamp, event: &Event, unsent: &Unsent) {
        let pause = PAUSE.saturating_mul(1 << self.failures.min(16)).min(PAUSE_MAX);
        self.not_before = now.checked_add(pause).ok();
        self.failures = self.failures.saturating_add(1);
        if self.failures.is_power_of_two() {
            let (event, failures) = (event.id, self.failures);
            tracing::warn!(%event, failures, "The webhook did not take event `{event}`, and is asked again: {unsent}");
        }
    }
}

/// What happened before is for who polls.
fn begin(env: &Env<'_>) -> Result<(), Failure> {
    let mut last = 0;
    while let Some((position, _)) = env.store().log().list_events(last, PASSED_OVER)?.last() {
        last = *position;
    }
    put(env, last)
}

fn put(env: &Env<'_>, position: u64) -> Result<(), Failure> {
    env.store().with_tx(|tx| Ok::<_, Failure>(tx.put_setting(TOLD_THROUGH, &position.to_string())?))
}
