//! New ids and new randomness: ports, so that tests foresee them.

use uuid::Uuid;

pub trait Ids: Send + Sync {
    /// A UUIDv7, later than every one before it from the same source.
    fn next(&self) -> Uuid;

    /// Bytes nobody can guess.
    fn secret(&self) -> [u8; 32];
}
