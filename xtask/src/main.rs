//! The project's own tasks, run as `cargo xtask …`: what must pass, golden files, measurements.
//!
//! Knows the workspace only by its files and by what `cargo` says of it; uses no crate of it.

mod arguments;
mod audit;
mod bless;
mod check;
mod ci;
mod crate_map;
mod licences;
mod postgres;
mod report;
mod requirements;
mod shell;
mod spdx;
mod test_code;
mod test_counts;
mod workspace;

use std::process::{Command, ExitCode};

use arguments::Task;
use report::Report;
use workspace::Workspace;

fn main() -> ExitCode {
    let task = match arguments::parse(std::env::args().skip(1)) {
        Ok(task) => task,
        Err(error) => {
            eprintln!("{error}\n\n{}", arguments::HELP);
            return ExitCode::from(2);
        }
    };
    match run(task) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `Ok(false)` when the task ran and something did not pass.
fn run(task: Task) -> anyhow::Result<bool> {
    if let Task::Help = task {
        println!("{}", arguments::HELP);
        return Ok(true);
    }
    let workspace = Workspace::find()?;
    match task {
        Task::Help => Ok(true),
        Task::Check { packages } => {
            let mut report = Report::default();
            check::run(&workspace, &packages, &[], &mut report);
            Ok(report.close())
        }
        Task::Ci { install, fsync, packages } => {
            let mut report = Report::default();
            ci::run(&workspace, ci::Options { install, fsync, packages }, &mut report);
            Ok(report.close())
        }
        Task::Bless { packages, filters } => bless::run(&workspace, &packages, &filters),
        Task::Audit => audit::run(&workspace),
        Task::Bench { arguments } => testkit_binary(&workspace, "bench", &arguments),
        Task::Soak { arguments } => testkit_binary(&workspace, "soak", &arguments),
        Task::TrainScreening { arguments } => testkit_binary(&workspace, "train_screening", &arguments),
        Task::WithPostgres { fsync, command } => ci::with_postgres(&workspace, fsync, &command),
    }
}

/// Builds and runs a binary of `testkit`, optimised: what it measures must be what operators run.
fn testkit_binary(workspace: &Workspace, name: &str, arguments: &[String]) -> anyhow::Result<bool> {
    let mut command: Command = workspace.cargo();
    command.args(["run", "--release", "--package", "testkit", "--bin", name, "--"]).args(arguments);
    Ok(shell::run(&mut command)?.success())
}
