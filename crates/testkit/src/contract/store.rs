//! What every registry must do (DESIGN section 3): one unit of work, versions, order, positions.

mod customers;
mod fixtures;
mod log;
mod reference;
mod traces;
mod units;

use app::store::Store;

/// A registry to hold to the contract.
pub struct Candidate<'a> {
    /// Each call gives an empty store of its own.
    pub open: &'a dyn Fn() -> Box<dyn Store>,
    /// Whether two units of work may be open at once; an embedded store runs one after the other.
    pub writers_overlap: bool,
}

/// Runs the whole contract.
///
/// # Panics
/// When the store breaks the contract; the message says where.
pub fn check(candidate: &Candidate<'_>) {
    let open = candidate.open;
    reference::check(open);
    customers::check(open);
    traces::check(open);
    units::check(open);
    log::check(open);
    if candidate.writers_overlap {
        log::check_overlapping(open);
    }
}
