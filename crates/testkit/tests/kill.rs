//! A process killed at any point loses nothing it acknowledged: 20 rounds here, 200 by `cargo xtask soak`.

use std::path::Path;

use testkit::kill;

/// LOG-01, LOG-02: after each kill every acknowledged sign-up, decision and access is there, once; in the end the
/// ledger verifies.
#[test]
fn twenty_kills_lose_nothing_acknowledged() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let program = Path::new(env!("CARGO_BIN_EXE_soak"));
    let mut all = Vec::new();
    for round in 0..20 {
        let sign_ups = 1 + (round as usize * 7 + 3) % 12;

        let acknowledged =
            kill::run_and_kill(program, folder.path(), 2 * round, sign_ups).expect("the child runs");

        assert!(acknowledged.len() >= sign_ups);
        let whole = round % 10 == 9;
        all.extend(acknowledged.iter().cloned());
        let told = if whole { &all } else { &acknowledged };
        let checked = kill::check(folder.path(), 2 * round + 1, told, whole);
        assert!(checked.faults.is_empty(), "round {round}: {:?}", checked.faults);
    }
}
