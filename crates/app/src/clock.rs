//! What time it is: a port, so that tests set it by hand.

use jiff::Timestamp;

pub trait Clock: Send + Sync {
    /// UTC, to the microsecond.
    fn now(&self) -> Timestamp;
}
