//! All that must pass before a change goes in.

use std::process::Command;

use crate::report::{Outcome, Report};
use crate::test_counts::TestCounts;
use crate::workspace::Workspace;
use crate::{crate_map, licences, requirements, shell};

/// Where tests find a PostgreSQL server they may fill with databases of their own.
pub const TEST_POSTGRES: &str = "TENANTRY_TEST_POSTGRES";
/// Where tests find the real watchlists, which are not part of this repository.
pub const LISTS: &str = "TENANTRY_LISTS";

/// A variable of the environment and its value.
pub type Setting = (&'static str, String);

/// Runs every step; `packages` limits format, clippy and tests, empty means all. The settings go to
/// the tests on top of this task's own environment.
pub fn run(workspace: &Workspace, packages: &[String], settings: &[Setting], report: &mut Report) {
    if !is_set(TEST_POSTGRES, settings) {
        report.leave_out(format!(
            "tests on PostgreSQL, as {TEST_POSTGRES} is not set (`cargo xtask ci` starts a server)"
        ));
    }
    if !is_set(LISTS, settings) {
        report.leave_out(format!("tests on real watchlists, as {LISTS} is not set"));
    }
    report.step("format", |_| format(workspace, packages));
    report.step("clippy", |_| clippy(workspace, packages));
    report.step("tests", |tests| run_tests(workspace, packages, settings, tests));
    report.step("doc tests", |tests| run_doc_tests(workspace, packages, settings, tests));
    report.step("licences", |_| licences::check(workspace));
    report.step("map of crates", |_| crate_map::check(workspace));
    report.step("requirements", |_| requirements::report(workspace));
}

fn is_set(name: &str, settings: &[Setting]) -> bool {
    settings.iter().any(|(set, _)| *set == name)
        || std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

fn format(workspace: &Workspace, packages: &[String]) -> anyhow::Result<Outcome> {
    let mut command = workspace.cargo();
    command.arg("fmt");
    if packages.is_empty() {
        command.arg("--all");
    }
    for package in packages {
        command.args(["--package", package]);
    }
    command.args(["--", "--check", "--files-with-diff"]);
    Ok(passed_or(shell::run(&mut command)?.success(), "the files above differ; run `cargo fmt --all`"))
}

fn clippy(workspace: &Workspace, packages: &[String]) -> anyhow::Result<Outcome> {
    let mut command = workspace.cargo();
    command.args(["clippy", "--quiet", "--all-targets"]);
    choose(&mut command, packages);
    command.args(["--", "-D", "warnings"]);
    Ok(passed_or(shell::run(&mut command)?.success(), "see above"))
}

fn run_tests(
    workspace: &Workspace,
    packages: &[String],
    settings: &[Setting],
    tests: &mut TestCounts,
) -> anyhow::Result<Outcome> {
    let mut command = test_command(workspace, packages);
    command.envs(settings.iter().map(|(name, value)| (name, value)));
    counted(&mut command, tests)
}

/// Nextest where it is installed, which runs each test in a process of its own; else `cargo test`.
pub fn test_command(workspace: &Workspace, packages: &[String]) -> Command {
    let mut command = workspace.cargo();
    if has_nextest(workspace) {
        command.args(["nextest", "run", "--config-file", "xtask/nextest.toml", "--no-tests", "pass"]);
    } else {
        command.args(["test", "--all-targets", "--no-fail-fast"]);
    }
    choose(&mut command, packages);
    command
}

fn has_nextest(workspace: &Workspace) -> bool {
    shell::succeeds(workspace.cargo().args(["nextest", "--version"]))
}

fn run_doc_tests(
    workspace: &Workspace,
    packages: &[String],
    settings: &[Setting],
    tests: &mut TestCounts,
) -> anyhow::Result<Outcome> {
    let documented = libraries(workspace, packages)?;
    if documented.is_empty() {
        return Ok(Outcome::LeftOut("no library among these packages".to_owned()));
    }
    let mut command = workspace.cargo();
    command.args(["test", "--doc", "--quiet", "--no-fail-fast"]);
    choose(&mut command, &documented);
    command.envs(settings.iter().map(|(name, value)| (name, value)));
    counted(&mut command, tests)
}

/// The packages that have a library: `cargo test --doc` refuses the others.
fn libraries(workspace: &Workspace, packages: &[String]) -> anyhow::Result<Vec<String>> {
    let metadata = workspace.metadata(false)?;
    let has_library = |package: &&serde_json::Value| {
        let targets = package["targets"].as_array().map(Vec::as_slice).unwrap_or_default();
        targets.iter().any(|target| target["doctest"].as_bool() == Some(true))
    };
    let all = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names = all.iter().filter(has_library).filter_map(|package| package["name"].as_str());
    Ok(names
        .filter(|name| packages.is_empty() || packages.iter().any(|package| package == name))
        .map(str::to_owned)
        .collect())
}

/// Runs tests and adds up their results. A run that fails without naming a failed test, because
/// something did not compile, counts as one failed test: "0 failed" would be read as success.
fn counted(command: &mut Command, tests: &mut TestCounts) -> anyhow::Result<Outcome> {
    let heard = match shell::run_and_hear(command) {
        Ok(heard) => heard,
        Err(error) => {
            tests.failed += 1;
            return Err(error);
        }
    };
    let mut counts = TestCounts::read(&heard.text);
    let passed = heard.status.success() && counts.failed == 0;
    if !passed && counts.failed == 0 {
        counts.failed = 1;
    }
    *tests += counts;
    Ok(if passed { Outcome::Noted(counts.to_string()) } else { Outcome::Failed(counts.to_string()) })
}

fn choose(command: &mut Command, packages: &[String]) {
    if packages.is_empty() {
        command.arg("--workspace");
    }
    for package in packages {
        command.args(["--package", package]);
    }
}

fn passed_or(passed: bool, complaint: &str) -> Outcome {
    if passed { Outcome::Passed } else { Outcome::Failed(complaint.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted_from(script: &str) -> (Outcome, TestCounts) {
        let mut tests = TestCounts::default();
        let outcome = counted(Command::new("sh").args(["-c", script]), &mut tests).unwrap();
        (outcome, tests)
    }

    #[test]
    fn results_are_counted_and_judged_by_status_and_count() {
        let result =
            "test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0s";

        let (outcome, tests) = counted_from(&format!("echo '{result}'"));

        assert!(matches!(outcome, Outcome::Noted(_)));
        assert_eq!(tests, TestCounts { passed: 2, failed: 0, skipped: 1 });
    }

    #[test]
    fn a_run_that_does_not_get_to_its_tests_counts_as_one_failure() {
        let (outcome, tests) = counted_from("echo 'error: could not compile' >&2; exit 101");

        assert!(matches!(outcome, Outcome::Failed(_)));
        assert_eq!(tests.failed, 1);
    }
}
