//! A clock that stands still until somebody moves it.

use std::sync::atomic::{AtomicI64, Ordering};

use app::clock::Clock;
use jiff::{SignedDuration, Timestamp};

/// Shows what it was set to. Moving it backwards is allowed: clocks do that.
pub struct HandClock {
    microseconds: AtomicI64,
}

impl HandClock {
    pub fn at(now: Timestamp) -> Self {
        Self { microseconds: AtomicI64::new(now.as_microsecond()) }
    }

    pub fn set(&self, now: Timestamp) {
        self.microseconds.store(now.as_microsecond(), Ordering::Release);
    }

    /// Moves it forward, or back where the duration is negative. Returns what it shows then.
    pub fn advance(&self, by: SignedDuration) -> Timestamp {
        let by = i64::try_from(by.as_micros()).expect("a test moves the clock by less than 292,000 years");
        self.microseconds.fetch_add(by, Ordering::AcqRel);
        self.now()
    }

    pub fn advance_days(&self, days: i64) -> Timestamp {
        self.advance(SignedDuration::from_hours(24 * days))
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        let microseconds = self.microseconds.load(Ordering::Acquire);
        Timestamp::from_microsecond(microseconds).expect("the clock was set to a timestamp")
    }
}
