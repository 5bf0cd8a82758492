//! What was asked for on the command line.

pub const HELP: &str = "\
Usage: cargo xtask TASK

  check [--package NAME]...        everything that must pass: format, clippy, tests, licences, map of crates;
                                   lists the requirement ids that no test names
  ci [--install] [--fsync] [--package NAME]...
                                   the same with a throw-away PostgreSQL; --install, or CI=true in the
                                   environment, installs what is missing
  bless [--package NAME]... [FILTER]...
                                   accept golden files and snapshots as the code writes them now
  audit                            look for known vulnerabilities in the dependencies
  bench [ARGUMENTS]                measure (release build)
  soak [ARGUMENTS]                 repeat the fault tests many times (release build)
  train-screening [ARGUMENTS]      fit the weights of the screening engine to lists (release build)
  with-postgres [--fsync] COMMAND  run a command with TENANTRY_TEST_POSTGRES naming a throw-away server

--package limits format, clippy and tests; --fsync lets the throw-away server write to the disk for real.
Tests on real watchlists take their folder from TENANTRY_LISTS.";

#[derive(Debug, PartialEq, Eq)]
pub enum Task {
    Help,
    Check { packages: Vec<String> },
    Ci { install: bool, fsync: bool, packages: Vec<String> },
    Bless { packages: Vec<String>, filters: Vec<String> },
    Audit,
    Bench { arguments: Vec<String> },
    Soak { arguments: Vec<String> },
    TrainScreening { arguments: Vec<String> },
    WithPostgres { fsync: bool, command: Vec<String> },
}

#[derive(Debug, PartialEq, Eq)]
pub struct Misused(String);

impl std::fmt::Display for Misused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Task, Misused> {
    let mut rest: Vec<String> = arguments.collect();
    if rest.is_empty() {
        return Err(Misused("no task given".to_owned()));
    }
    let name = rest.remove(0);
    let task = match name.as_str() {
        "help" | "--help" | "-h" => return Ok(Task::Help),
        "check" => Task::Check { packages: take_packages(&mut rest)? },
        "ci" => Task::Ci {
            install: take_flag(&mut rest, "--install"),
            fsync: take_flag(&mut rest, "--fsync"),
            packages: take_packages(&mut rest)?,
        },
        "bless" => {
            let packages = take_packages(&mut rest)?;
            if let Some(flag) = rest.iter().find(|argument| argument.starts_with('-')) {
                return Err(Misused(format!("`bless` does not know `{flag}`")));
            }
            Task::Bless { packages, filters: std::mem::take(&mut rest) }
        }
        "audit" => Task::Audit,
        "bench" => Task::Bench { arguments: take_passed_on(&mut rest) },
        "soak" => Task::Soak { arguments: take_passed_on(&mut rest) },
        "train-screening" => Task::TrainScreening { arguments: take_passed_on(&mut rest) },
        "with-postgres" => {
            let fsync = rest.first().is_some_and(|first| first == "--fsync");
            if fsync {
                rest.remove(0);
            }
            let command = take_passed_on(&mut rest);
            if command.is_empty() {
                return Err(Misused("`with-postgres` needs a command to run".to_owned()));
            }
            Task::WithPostgres { fsync, command }
        }
        _ => return Err(Misused(format!("no task `{name}`"))),
    };
    match rest.first() {
        Some(unknown) => Err(Misused(format!("`{name}` does not know `{unknown}`"))),
        None => Ok(task),
    }
}

fn take_flag(rest: &mut Vec<String>, flag: &str) -> bool {
    let before = rest.len();
    rest.retain(|argument| argument != flag);
    rest.len() < before
}

fn take_packages(rest: &mut Vec<String>) -> Result<Vec<String>, Misused> {
    let mut packages = Vec::new();
    while let Some(at) = rest.iter().position(|argument| argument == "--package" || argument == "-p") {
        if at + 1 == rest.len() {
            return Err(Misused(format!("`{}` needs a name", rest[at])));
        }
        packages.push(rest.remove(at + 1));
        rest.remove(at);
    }
    Ok(packages)
}

/// Everything that is left, as it stands; a `--` in front is only there for the reader.
fn take_passed_on(rest: &mut Vec<String>) -> Vec<String> {
    if rest.first().is_some_and(|first| first == "--") {
        rest.remove(0);
    }
    std::mem::take(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Task, Misused> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    fn owned(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn each_task_takes_its_own_arguments() {
        let cases = [
            ("check", Task::Check { packages: vec![] }),
            ("check --package a -p b", Task::Check { packages: owned(&["a", "b"]) }),
            ("ci --install", Task::Ci { install: true, fsync: false, packages: vec![] }),
            ("ci --package a --fsync", Task::Ci { install: false, fsync: true, packages: owned(&["a"]) }),
            ("bless openapi", Task::Bless { packages: vec![], filters: owned(&["openapi"]) }),
            ("soak -- --rounds 3", Task::Soak { arguments: owned(&["--rounds", "3"]) }),
            ("bench --quick", Task::Bench { arguments: owned(&["--quick"]) }),
            (
                "with-postgres cargo test --package store",
                Task::WithPostgres { fsync: false, command: owned(&["cargo", "test", "--package", "store"]) },
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(parsed(line), Ok(expected), "{line}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_and_named() {
        for (line, named) in [
            ("", "no task given"),
            ("frobnicate", "frobnicate"),
            ("check --fast", "--fast"),
            ("check --package", "--package"),
            ("ci now", "now"),
            ("bless --all", "--all"),
            ("audit --fix", "--fix"),
            ("with-postgres", "needs a command"),
        ] {
            let refusal = parsed(line).expect_err(line).to_string();
            assert!(refusal.contains(named), "{line}: {refusal}");
        }
    }
}
