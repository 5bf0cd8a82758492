//! Measures what the product claims, and says on what: `cargo xtask bench [OPTIONS]`.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use testkit::bench::{gate, gate_http, in_ms, machine, screening, sign_up};
use testkit::platform::Builder;
use testkit::platform::engine::postgres_server;

const USAGE: &str = "usage: bench [OPTIONS]
  --seconds N     each run lasts so long (10)
  --clients A,B   clients at once (1,8,64)
  --accounts N    accounts of the gate's table (1000000)
  --measures N    measures above them (10000)
  --only WHAT     sign-up, gate, gate-http or screening
  --runs N        runs of the gate over HTTP and of screening, of which the median is told (5)
  --lists DIR     lists as published for screening; else TENANTRY_LISTS, else left out
  --names N       names of the list that is made of them (1000000)
  --postgres URL  a server for throw-away databases; else TENANTRY_TEST_POSTGRES, else left out
  --small         a quick look: 2 seconds, 20000 accounts, 500 measures, 50000 names";

/// What can be measured alone.
const PARTS: [&str; 4] = ["sign-up", "gate", "gate-http", "screening"];

struct Options {
    seconds: u64,
    clients: Vec<usize>,
    accounts: u64,
    measures: u64,
    only: Option<String>,
    runs: usize,
    postgres: Option<String>,
    lists: Option<PathBuf>,
    names: usize,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, folder, accounts, measures] = &arguments[..]
        && command == "fill"
        && let (Ok(accounts), Ok(measures)) = (accounts.parse(), measures.parse())
    {
        gate::fill(Path::new(folder), accounts, measures);
        return ExitCode::SUCCESS;
    }
    if let [command, folder, accounts, measures] = &arguments[..]
        && command == "fill-served"
        && let (Ok(accounts), Ok(measures)) = (accounts.parse(), measures.parse())
    {
        gate_http::fill(Path::new(folder), accounts, measures);
        return ExitCode::SUCCESS;
    }
    if arguments == ["resident"] {
        return match screening::print_resident(std::io::stdin()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let Some(options) = parse(arguments.into_iter()) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    println!("machine: {}", machine::description());
    let run_for = Duration::from_secs(options.seconds);
    let wanted = |what: &str| options.only.as_deref().is_none_or(|only| only == what);
    if wanted("sign-up") {
        println!("\nsign-up to recorded durable decision, the sequencer running beside it");
        println!("| store | clients | sign-ups | per second | median ms | p99 ms |");
        println!("|---|---|---|---|---|---|");
        for &clients in &options.clients {
            print("SQLite", &sign_up::measure(Builder::default().on_files(), clients, run_for));
        }
        match &options.postgres {
            Some(server) => {
                for &clients in &options.clients {
                    let builder = Builder::default().on_postgres(server);
                    print("PostgreSQL", &sign_up::measure(builder, clients, run_for));
                }
            }
            None => println!("PostgreSQL was left out: no server was named"),
        }
    }
    if wanted("gate")
        && let Err(error) = measure_gate(&options, run_for)
    {
        eprintln!("the gate was not measured: {error}");
        return ExitCode::FAILURE;
    }
    if wanted("gate-http")
        && let Err(error) =
            gate_http::measure(options.accounts, options.measures, options.runs, options.seconds)
    {
        eprintln!("the gate was not measured over HTTP: {error}");
        return ExitCode::FAILURE;
    }
    if wanted("screening")
        && let Err(error) = measure_screening(&options, run_for)
    {
        eprintln!("screening was not measured: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn measure_screening(options: &Options, run_for: Duration) -> std::io::Result<()> {
    let Some(folder) = &options.lists else {
        println!("\nscreening was left out: no folder of lists was named");
        return Ok(());
    };
    let Options { names, runs, .. } = *options;
    screening::measure(&screening::Options { folder, names, run_for, runs })
}

fn measure_gate(options: &Options, run_for: Duration) -> std::io::Result<()> {
    let folder = tempfile::tempdir()?;
    let filling = Instant::now();
    let filled = Command::new(std::env::current_exe()?)
        .arg("fill")
        .arg(folder.path())
        .args([options.accounts.to_string(), options.measures.to_string()])
        .status()?;
    if !filled.success() {
        return Err(std::io::Error::other("the store could not be filled"));
    }
    let filled_in = filling.elapsed();
    let measured = gate::measure(folder.path(), options.accounts, options.measures, run_for);
    println!("\ngate in process, answers written to the log beside it");
    println!(
        "| accounts | measures | start-up s | memory MiB | threads | answers | refused, log full | per second | median ms | p99 ms |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    println!(
        "| {} | {} | {:.2} | {} | {} | {} | {} | {} | {} | {} |",
        measured.accounts,
        measured.measures,
        measured.started_in.as_secs_f64(),
        measured.table_mib,
        measured.threads,
        measured.latencies.count(),
        measured.refused,
        per_second(measured.latencies.count(), measured.took),
        in_ms(measured.latencies.permille(500)),
        in_ms(measured.latencies.permille(990)),
    );
    println!("the store was filled in {:.1} s, directly and not by sign-ups", filled_in.as_secs_f64());
    Ok(())
}

fn print(store: &str, measured: &sign_up::Measured) {
    println!(
        "| {store} | {} | {} | {} | {} | {} |",
        measured.clients,
        measured.latencies.count(),
        per_second(measured.latencies.count(), measured.took),
        in_ms(measured.latencies.permille(500)),
        in_ms(measured.latencies.permille(990)),
    );
}

fn per_second(count: usize, took: Duration) -> u128 {
    count as u128 * 1_000 / took.as_millis().max(1)
}

/// `None` for what cannot be understood.
fn parse(mut arguments: impl Iterator<Item = String>) -> Option<Options> {
    let mut options = Options {
        seconds: 10,
        clients: vec![1, 8, 64],
        accounts: 1_000_000,
        measures: 10_000,
        only: None,
        runs: 5,
        postgres: postgres_server(),
        lists: std::env::var_os("TENANTRY_LISTS").map(PathBuf::from),
        names: 1_000_000,
    };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--small" => {
                (options.seconds, options.accounts, options.measures) = (2, 20_000, 500);
                options.names = 50_000;
            }
            "--lists" => options.lists = Some(arguments.next()?.into()),
            "--names" => options.names = arguments.next()?.parse().ok()?,
            "--seconds" => options.seconds = arguments.next()?.parse().ok()?,
            "--accounts" => options.accounts = arguments.next()?.parse().ok()?,
            "--measures" => options.measures = arguments.next()?.parse().ok()?,
            "--runs" => options.runs = arguments.next()?.parse().ok().filter(|runs| *runs > 0)?,
            "--postgres" => options.postgres = Some(arguments.next()?),
            "--only" => {
                options.only = Some(arguments.next().filter(|what| PARTS.contains(&what.as_str()))?);
            }
            "--clients" => {
                let numbers: Result<Vec<usize>, _> = arguments.next()?.split(',').map(str::parse).collect();
                options.clients = numbers.ok()?;
            }
            _ => return None,
        }
    }
    Some(options)
}
