//! Ids that grow and bytes that nobody can guess.

use std::sync::{Arc, Mutex, PoisonError};

use app::clock::Clock;
use app::ids::Ids;
use uuid::{Builder, Uuid};

/// UUIDv7 of our clock's milliseconds; within one millisecond a counter in the bits after it keeps the order.
pub struct OsIds {
    clock: Arc<dyn Clock>,
    latest: Mutex<(u64, u16)>,
}

/// The counter has twelve bits (RFC 9562, 6.2, method 1).
const COUNTER_MAX: u16 = 0x0fff;

impl OsIds {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, latest: Mutex::default() }
    }

    /// Milliseconds since 1970 and the counter, greater than ever before.
    fn step(&self) -> (u64, u16) {
        let now_ms = u64::try_from(self.clock.now().as_millisecond()).unwrap_or(0);
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        *latest = match *latest {
            (ms, counter) if now_ms <= ms && counter < COUNTER_MAX => (ms, counter + 1),
            // More than the counter holds in a millisecond: borrow the next one.
            (ms, _) if now_ms <= ms => (ms + 1, 0),
            _ => (now_ms, 0),
        };
        *latest
    }
}

impl Ids for OsIds {
    fn next(&self) -> Uuid {
        let (ms, counter) = self.step();
        let mut random = [0; 10];
        fill(&mut random);
        [random[0], random[1]] = counter.to_be_bytes();
        Builder::from_unix_timestamp_millis(ms, &random).into_uuid()
    }

    fn secret(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        fill(&mut bytes);
        bytes
    }
}

fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("an operating system that gives no randomness cannot run this at all");
}

#[cfg(test)]
mod tests {
    use super::super::clock::SystemClock;
    use super::*;

    #[test]
    fn ids_always_grow_and_are_version_7() {
        let ids = OsIds::new(Arc::new(SystemClock::default()));
        let made: Vec<Uuid> = (0..20_000).map(|_| ids.next()).collect();

        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(made.iter().all(|id| id.get_version_num() == 7));
        assert_ne!(ids.secret(), ids.secret());
    }
}
