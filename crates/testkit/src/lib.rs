//! A whole platform over its real parts, a clock set by hand, fixtures, and the contracts that every adapter of
//! a port keeps.

pub mod bench;
pub mod clock;
pub mod contract;
pub mod fixture;
pub mod ids;
pub mod key_store;
pub mod kill;
pub mod mailbox;
pub mod platform;
pub mod population;
pub mod screening;

pub use clock::HandClock;
pub use ids::CountingIds;
pub use mailbox::Mailbox;
pub use platform::Platform;
