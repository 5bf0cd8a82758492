//! Events told to a server of the operator's, one after the other in the order of their positions, each at least once.
//!
//! A receiver that is away is waited for, however long. An event that it refuses again and again is set aside, so that
//! those behind it are told; it stays among the events to poll.

use domain::event::Event;
use domain::id::EventId;
use domain::staff::Scope;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::env::Env;
use crate::failure::Failure;
use crate::ledger_log;
use crate::message::Unsent;

/// Position of the last event that was told or passed over.
const TOLD_THROUGH: &str = "webhook-told-through";

/// What does not go well, as [`Troubles`] in JSON.
const TROUBLES: &str = "webhook-troubles";

/// Events of one round.
const ROUND: u32 = 100;

/// Events passed over at once when telling begins.
const PASSED_OVER: u32 = 10_000;

/// Pauses after the first failure and at most; in between they double.
const PAUSE: SignedDuration = SignedDuration::from_secs(1);
const PAUSE_MAX: SignedDuration = SignedDuration::from_mins(5);

/// Answers that an event is refused, after which it is set aside: with the pauses about half an hour.
const REFUSALS_MAX: u32 = 12;

/// Events set aside that are named; of more only their number stays.
const SET_ASIDE_NAMED_MAX: usize = 20;

/// Takes events outside. No answer means that the same event is told again; it never means that it arrived.
pub trait EventReceiver: Send + Sync {
    /// Whether events of this kind are for it.
    fn wants(&self, kind: &str) -> bool;

    /// [`Unsent::ForGood`] is a word about this event, [`Unsent::ForNow`] one about the receiver.
    fn receive(&self, position: u64, event: &Event, at: Timestamp) -> Result<(), Unsent>;
}

/// What does not go well with telling; on record, so that another process can say it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Troubles {
    /// The event that is told next, if it was not taken at first.
    pub waiting: Option<Untaken>,
    /// The newest last.
    pub set_aside: Vec<Untaken>,
    /// All that ever were.
    pub set_aside_count: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untaken {
    pub position: u64,
    pub event: EventId,
    /// When it was first told.
    pub since: Timestamp,
    /// What the receiver answered.
    pub why: String,
}

impl Troubles {
    fn wait(&mut self, untaken: Untaken) {
        let since = self.waiting.as_ref().filter(|before| before.position == untaken.position);
        let since = since.map_or(untaken.since, |before| before.since);
        self.waiting = Some(Untaken { since, ..untaken });
    }

    fn set_aside(&mut self) {
        self.set_aside.extend(self.waiting.take());
        self.set_aside_count += 1;
        let named_before = self.set_aside.len().saturating_sub(SET_ASIDE_NAMED_MAX);
        self.set_aside.drain(..named_before);
    }
}

/// What is on record of telling.
pub fn troubles(env: &Env<'_>) -> Result<Troubles, Failure> {
    env.actor.may_everywhere(Scope::EventsRead)?;
    let text = env.store().with_reading_tx(|tx| Ok::<_, Failure>(tx.find_setting(TROUBLES)?))?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// How it goes with telling.
#[derive(Debug, Default)]
pub struct Telling {
    failures: u32,
    /// Those of them that were about the event.
    refusals: u32,
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
        let before = troubles(env)?;
        let (mut reached, mut taken, mut troubles) = (through, 0, before.clone());
        for (position, event) in env.store().log().list_events(through, ROUND)? {
            if receiver.wants(&event.kind) {
                if let Err(unsent) = receiver.receive(position, &event, now) {
                    let why = unsent.to_string();
                    troubles.wait(Untaken { position, event: event.id, since: now, why });
                    if !self.gives_up(now, &event, &unsent) {
                        break;
                    }
                    troubles.set_aside();
                } else {
                    *self = Self::default();
                    troubles.waiting = None;
                    taken += 1;
                }
            }
            reached = position;
        }
        if reached != through || troubles != before {
            put(env, reached, &troubles)?;
        }
        Ok(taken)
    }

    /// Counts a failure. `true` when the event was refused once too often: those behind it are told at once.
    fn gives_up(&mut self, now: Timestamp, event: &Event, unsent: &Unsent) -> bool {
        let pause = PAUSE.saturating_mul(1 << self.failures.min(16)).min(PAUSE_MAX);
        self.not_before = now.checked_add(pause).ok();
        self.failures = self.failures.saturating_add(1);
        self.refusals += u32::from(matches!(unsent, Unsent::ForGood(_)));
        let (event, failures) = (event.id, self.failures);
        if self.refusals >= REFUSALS_MAX {
            *self = Self::default();
            tracing::warn!(%event, failures, "The webhook refused event `{event}`, which is set aside: {unsent}");
            return true;
        }
        if failures.is_power_of_two() {
            tracing::warn!(%event, failures, "The webhook did not take event `{event}`, and is asked again: {unsent}");
        }
        false
    }
}

/// What happened before is for who polls.
fn begin(env: &Env<'_>) -> Result<(), Failure> {
    let mut last = 0;
    while let Some((position, _)) = env.store().log().list_events(last, PASSED_OVER)?.last() {
        last = *position;
    }
    put(env, last, &Troubles::default())
}

fn put(env: &Env<'_>, position: u64, troubles: &Troubles) -> Result<(), Failure> {
    let troubles = serde_json::to_string(troubles).expect("troubles are plain JSON");
    env.store().with_tx(|tx| {
        tx.put_setting(TOLD_THROUGH, &position.to_string())?;
        Ok::<_, Failure>(tx.put_setting(TROUBLES, &troubles)?)
    })
}
