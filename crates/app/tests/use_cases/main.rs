//! Use cases over a whole platform: real store, vault and access ledger, a clock set by hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod attribution;
mod cases;
mod contacts;
mod decisions;
mod keeping;
mod measures;
mod resellers;
mod sign_up;
mod watchlists;

use app::failure::{Failure, Refusal};

/// The refusal that a use case answered with.
#[track_caller]
fn refusal<T>(result: Result<T, Failure>) -> Refusal {
    match result {
        Err(Failure::Refused(refusal)) => refusal,
        Err(failure) => panic!("not a refusal: {failure:?}"),
        Ok(_) => panic!("it was accepted"),
    }
}
