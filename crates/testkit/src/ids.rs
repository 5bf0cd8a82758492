//! Ids and secrets that can be foreseen.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use app::clock::Clock;
use app::ids::Ids;
use ledger::hash::sha256;
use uuid::Uuid;

/// UUIDv7s of a clock and a counter: the same run gives the same ids. Each is later than those before it, also
/// when the clock goes back. Secrets are hashes of a counter: distinct, and no secret at all.
pub struct CountingIds {
    clock: Arc<dyn Clock>,
    next: AtomicU64,
    secrets: AtomicU64,
    latest_ms: AtomicU64,
}

impl CountingIds {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::starting_at(clock, 1)
    }

    /// Counts from `first`, for a second process that works on what a first one made.
    pub fn starting_at(clock: Arc<dyn Clock>, first: u64) -> Self {
        Self {
            clock,
            next: AtomicU64::new(first),
            secrets: AtomicU64::new(first),
            latest_ms: AtomicU64::new(0),
        }
    }
}

impl Ids for CountingIds {
    fn next(&self) -> Uuid {
        let now_ms = u64::try_from(self.clock.now().as_millisecond()).unwrap_or(0);
        let ms = self.latest_ms.fetch_max(now_ms, Ordering::AcqRel).max(now_ms);
        let count = u128::from(self.next.fetch_add(1, Ordering::AcqRel));
        // RFC 9562, 5.7: milliseconds, version 7, 12 bits, variant 0b10, 62 bits; the counter fills the last.
        Uuid::from_u128(u128::from(ms) << 80 | 0x7 << 76 | 0b10 << 62 | count)
    }

    fn secret(&self) -> [u8; 32] {
        let count = self.secrets.fetch_add(1, Ordering::AcqRel);
        sha256(format!("secret of a test, number {count}").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HandClock;
    use jiff::{SignedDuration, Timestamp};

    #[test]
    fn ids_rise_also_when_the_clock_goes_back() {
        let clock = Arc::new(HandClock::at(Timestamp::from_second(1_770_000_000).unwrap()));
        let ids = CountingIds::new(Arc::clone(&clock) as Arc<dyn Clock>);

        let first = ids.next();
        clock.advance(SignedDuration::from_hours(1));
        let second = ids.next();
        clock.advance(SignedDuration::from_hours(-2));
        let third = ids.next();

        assert!(first < second && second < third);
        assert_eq!(first.get_version_num(), 7);
        assert_eq!(first.get_variant(), uuid::Variant::RFC4122);
        assert_ne!(ids.secret(), ids.secret());
    }
}
