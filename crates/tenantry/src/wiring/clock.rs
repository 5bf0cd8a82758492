//! The machine's clock: the one place that reads it.

use std::sync::atomic::{AtomicI64, Ordering};

use app::clock::Clock;
use jiff::Timestamp;

/// UTC to the microsecond. Never goes backwards while the process lives: after the machine's clock was set back
/// it stands still until that has caught up.
#[derive(Debug, Default)]
pub struct SystemClock {
    latest_us: AtomicI64,
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else asks")]
        let now_us = Timestamp::now().as_microsecond();
        let before_us = self.latest_us.fetch_max(now_us, Ordering::AcqRel);
        Timestamp::from_microsecond(now_us.max(before_us)).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_never_goes_backwards() {
        let clock = SystemClock::default();
        let first = clock.now();
        let future_us = first.as_microsecond() + 60_000_000;
        clock.latest_us.store(future_us, Ordering::Release);

        let after_a_jump = clock.now();

        assert_eq!(after_a_jump.as_microsecond(), future_us);
        assert_eq!(first.as_nanosecond() % 1_000, 0);
    }
}
