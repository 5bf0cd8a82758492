//! Kills a writing platform again and again and checks after each kill that nothing acknowledged is lost.
//! Run by `cargo xtask soak [ROUNDS [SEED]]`; 200 rounds unless told.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use testkit::kill::{self, Acknowledged};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, folder, generation] = &arguments[..]
        && command == "child"
    {
        let Ok(generation) = generation.parse() else { return usage() };
        kill::run_child(Path::new(folder), generation);
        return ExitCode::FAILURE;
    }
    let number = |at: usize, default: u64| arguments.get(at).map_or(Ok(default), |text| text.parse());
    let (Ok(rounds), Ok(seed)) = (number(0, 200), number(1, 1)) else { return usage() };
    match soak(u32::try_from(rounds).unwrap_or(u32::MAX), seed) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("soak could not go on: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: soak [ROUNDS [SEED]]");
    ExitCode::from(2)
}

fn soak(rounds: u32, seed: u64) -> std::io::Result<bool> {
    let program = std::env::current_exe()?;
    let folder = tempfile::tempdir()?;
    let (mut all, mut points) = (Vec::new(), seed);
    let begin = Instant::now();
    for round in 0..rounds {
        points = points.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let sign_ups = 1 + (points >> 33) as usize % 40;
        let acknowledged = kill::run_and_kill(&program, folder.path(), 2 * round, sign_ups)?;
        let last = round + 1 == rounds;
        let whole = last || round % 10 == 9;
        all.extend(acknowledged.iter().cloned());
        let told: &[Acknowledged] = if whole { &all } else { &acknowledged };
        let checked = kill::check(folder.path(), 2 * round + 1, told, whole);
        println!(
            "round {:>3}: killed after {sign_ups:>2} sign-ups; {:>6} answers held: {} customers, {} cases, {} accesses{}",
            round + 1,
            told.len(),
            checked.customers,
            checked.resolved,
            checked.accesses,
            if whole { format!("; the ledger of {} leaves verifies", checked.leaves) } else { String::new() },
        );
        if !checked.faults.is_empty() {
            for fault in &checked.faults {
                println!("  {fault}");
            }
            println!("the folder is kept: {}", folder.keep().display());
            return Ok(false);
        }
    }
    println!("{rounds} kills in {:.0?}: nothing acknowledged was lost", begin.elapsed());
    Ok(true)
}
