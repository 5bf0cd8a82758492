//! Use cases over a whole platform: real store, vault and access ledger, a clock set by hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod answers;
mod at_once;
mod attribution;
mod between;
mod bounds;
mod cases;
mod consequences;
mod contacts;
mod decisions;
mod erasing;
mod failing;
mod imports;
mod keeping;
mod measures;
mod notices;
mod rebuilding;
mod replays;
mod rescreening;
mod resellers;
mod shelf;
mod sign_up;
mod signing_in;
mod watchlists;
mod webhooks;

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

/// Everything above holds on PostgreSQL too: where a server is named, the same tests run again on it.
#[test]
fn all_of_it_holds_on_postgresql() {
    use testkit::platform::engine::{ENGINE, POSTGRES, postgres_server};
    if std::env::var_os(ENGINE).is_some() {
        return;
    }
    if postgres_server().is_none() {
        eprintln!("left out: {POSTGRES} names no server");
        return;
    }
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());

    let status = command.args(["--test-threads", "2"]).env(ENGINE, "postgres").status().unwrap();

    assert!(status.success());
}
