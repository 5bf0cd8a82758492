//! The one binary: commands, configuration, wiring.
//!
//! The only crate that knows every adapter. What it must not hold: rules, SQL, or answers of its own.

#![deny(clippy::print_stdout, reason = "it panics when nobody reads on; `streams::say` does not")]

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

use exit::{Exit, Stop};

/// Know your cloud's customers: identify, screen, decide, record, and answer who was behind an address
///
/// Exit codes: 0 done; 1 the answer is no, or something checked is wrong; 2 arguments or configuration cannot be
/// used; 3 the platform refuses it; 4 the work could not be done (store, disk, lock, network).
///
/// With `--json`, what keeps a command from being done is one JSON object on the last line of standard error:
/// `{"code","detail","next"}`, where `next` says what to do about it or is null. Lines of the log
/// are JSON too, and only warnings unless `--log` asks for more.
#[derive(Debug, clap::Parser)]
#[command(name = "tenantry", version, max_term_width = 100)]
struct Arguments {
    /// What is logged on standard error, such as `info` or `store=debug`
    #[arg(long, global = true, value_name = "FILTER", env = "TENANTRY_LOG", display_order = 900)]
    log: Option<String>,
    /// Log lines as JSON
    #[arg(long, global = true, display_order = 901)]
    log_json: bool,
    #[command(subcommand)]
    command: commands::Command,
}

fn main() -> ExitCode {
    let as_json = std::env::args_os().any(|argument| argument == "--json");
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if as_json && error.use_stderr() => {
            let (what, next) = (error.to_string(), "`--help` says what there is");
            Stop::unusable(what.trim_start_matches("error: ").trim_end()).next(next).tell(true);
            return Exit::Unusable.into();
        }
        Err(error) => {
            // Help and version come this way too, with exit code 0; a closed pipe is no reason to fail.
            let _ = error.print();
            return if error.use_stderr() { Exit::Unusable.into() } else { Exit::Done.into() };
        }
    };
    if let Err(error) = start_log(&arguments, as_json) {
        Stop::unusable(format!("`--log` is not understood: {error}"))
            .next("name a level, such as `info`, or levels of parts, such as `warn,store=debug`")
            .tell(as_json);
        return Exit::Unusable.into();
    }
    match arguments.command.run() {
        Ok(exit) => exit.into(),
        Err(stop) => {
            stop.tell(as_json);
            stop.exit.into()
        }
    }
}

fn start_log(arguments: &Arguments, as_json: bool) -> Result<(), tracing_subscriber::filter::ParseError> {
    let unless_given = if as_json { "warn" } else { "warn,tenantry=info" };
    let filter = EnvFilter::builder().parse(arguments.log.as_deref().unwrap_or(unless_given))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(streams::is_watched());
    if arguments.log_json || as_json {
        log.json().init();
    } else {
        log.with_target(false).init();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_command_and_argument_says_what_it_is() {
        let mut silent = Vec::new();
        let mut commands = vec![(String::new(), Arguments::command())];
        while let Some((path, command)) = commands.pop() {
            let path = format!("{path} {}", command.get_name());
            if command.get_about().is_none() {
                silent.push(path.clone());
            }
            let arguments = command.get_arguments().filter(|argument| argument.get_help().is_none());
            silent.extend(arguments.map(|argument| format!("{path}: {}", argument.get_id())));
            commands.extend(command.get_subcommands().map(|below| (path.clone(), below.clone())));
        }

        assert_eq!(silent, Vec::<String>::new(), "without help");
    }
}
