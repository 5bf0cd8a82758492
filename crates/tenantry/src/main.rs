//! The one binary: commands, configuration, wiring.
//!
//! The only crate that knows every adapter. What it must not hold: rules, SQL, or answers of its own.

mod commands;
mod config;
mod demo;
mod exit;
mod progress;
mod reach;
mod remote_lines;
mod serving;
mod streams;
mod wiring;

use std::process::ExitCode;

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

use exit::Exit;

/// Know your cloud's customers: identify, screen, decide, record, and answer who was behind an address
///
/// Exit codes: 0 done; 1 the answer is no, or something checked is wrong; 2 arguments or configuration cannot be
/// used; 3 the platform refuses it; 4 the work could not be done (store, disk, lock, network).
#[derive(Debug, clap::Parser)]
#[command(name = "tenantry", version, max_term_width = 100)]
struct Arguments {
    /// What is logged on standard error, such as `info` or `store=debug`
    #[arg(
        long,
        global = true,
        value_name = "FILTER",
        env = "TENANTRY_LOG",
        default_value = "warn,tenantry=info"
    )]
    log: String,
    /// Log lines as JSON
    #[arg(long, global = true)]
    log_json: bool,
    #[command(subcommand)]
    command: commands::Command,
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version come this way too, with exit code 0; a closed pipe is no reason to fail.
            let _ = error.print();
            return if error.use_stderr() { Exit::Unusable.into() } else { Exit::Done.into() };
        }
    };
    if let Err(error) = start_log(&arguments) {
        eprintln!("tenantry: `--log` is not understood: {error}");
        return Exit::Unusable.into();
    }
    match arguments.command.run() {
        Ok(exit) => exit.into(),
        Err(stop) => {
            stop.tell();
            stop.exit.into()
        }
    }
}

fn start_log(arguments: &Arguments) -> Result<(), tracing_subscriber::filter::ParseError> {
    let filter = EnvFilter::builder().parse(&arguments.log)?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(streams::is_watched());
    if arguments.log_json {
        log.json().init();
    } else {
        log.with_target(false).init();
    }
    Ok(())
}
