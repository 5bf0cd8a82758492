//! Fits the screening engine anew: `cargo xtask train-screening [OPTIONS]`. Prints what it comes to and the constants.

use std::path::PathBuf;
use std::process::ExitCode;

use testkit::screening::train::{Options, rarity, train};

const USAGE: &str = "usage: train-screening [OPTIONS]
  --lists DIR     lists as published; else TENANTRY_LISTS
  --list ID       trained on; can be given several times (us-ofac-sdn, un-sc)
  --ordinary N    ordinary persons, and as many companies (10000)
  --varied N      misspelt listed names, and as many written otherwise (5000)
  --seed N        chooses others (1)
  --show N        print the N false alarms that count most, and as many that are missed (0)
  --rarity FILE   do nothing but count the words of this table anew";

struct Wanted {
    folder: Option<PathBuf>,
    lists: Vec<String>,
    ordinary: usize,
    varied: usize,
    seed: u64,
    shown: usize,
    rarity: Option<PathBuf>,
}

fn main() -> ExitCode {
    let Some(wanted) = parse(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let Some(folder) = &wanted.folder else {
        eprintln!("name a folder of lists with `--lists DIR` or in TENANTRY_LISTS");
        return ExitCode::from(2);
    };
    let done = match &wanted.rarity {
        Some(table) => std::fs::read_to_string(table)
            .and_then(|text| rarity::recount(&text, folder, wanted.seed))
            .and_then(|text| std::fs::write(table, text)),
        None => {
            let Wanted { lists, ordinary, varied, seed, shown, .. } = wanted;
            let lists =
                if lists.is_empty() { ["us-ofac-sdn", "un-sc"].map(str::to_owned).into() } else { lists };
            train(&Options { folder, lists, ordinary, varied, seed, shown })
                .map(|constants| print!("\n{constants}"))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("nothing was trained: {error}");
            ExitCode::FAILURE
        }
    }
}

/// `None` for what cannot be understood.
fn parse(mut arguments: impl Iterator<Item = String>) -> Option<Wanted> {
    let mut wanted = Wanted {
        folder: std::env::var_os("TENANTRY_LISTS").map(PathBuf::from),
        lists: Vec::new(),
        ordinary: 10_000,
        varied: 5_000,
        seed: 1,
        shown: 0,
        rarity: None,
    };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--lists" => wanted.folder = Some(arguments.next()?.into()),
            "--list" => wanted.lists.push(arguments.next()?),
            "--ordinary" => wanted.ordinary = arguments.next()?.parse().ok()?,
            "--varied" => wanted.varied = arguments.next()?.parse().ok()?,
            "--seed" => wanted.seed = arguments.next()?.parse().ok()?,
            "--show" => wanted.shown = arguments.next()?.parse().ok()?,
            "--rarity" => wanted.rarity = Some(arguments.next()?.into()),
            _ => return None,
        }
    }
    Some(wanted)
}
