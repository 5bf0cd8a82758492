//! What the build machine runs: `check` with throw-away servers, and with what is missing installed.

use std::process::Command;

use anyhow::bail;

use crate::check::{self, LISTS, Setting, TEST_POSTGRES};
use crate::postgres::{Programs, ThrowAway};
use crate::report::{Outcome, Report};
use crate::shell;
use crate::workspace::Workspace;

pub struct Options {
    /// Install what is missing even outside a build machine.
    pub install: bool,
    /// Let the server write to the disk for real.
    pub fsync: bool,
    pub packages: Vec<String>,
}

pub fn run(workspace: &Workspace, options: Options, report: &mut Report) {
    let on_build_machine = matches!(std::env::var("CI").as_deref(), Ok("true" | "1"));
    let may_install = options.install || on_build_machine;

    report.step("tools", |_| ensure_tools(workspace, may_install));
    let mut settings = Vec::new();
    // Lives until all steps are done; it stops when dropped.
    let server = offer_postgres(&options, may_install, on_build_machine, report);
    settings.extend(server.as_ref().map(|server| (TEST_POSTGRES, server.url.clone())));
    settings.extend(lists_beside(workspace));
    check::run(workspace, &options.packages, &settings, report);
}

/// Runs a command with a server of its own.
pub fn with_postgres(workspace: &Workspace, fsync: bool, command: &[String]) -> anyhow::Result<bool> {
    let Some(programs) = Programs::find() else { bail!("{NO_POSTGRES}") };
    let Some((program, arguments)) = command.split_first() else { bail!("no command to run") };
    let server = ThrowAway::start(&programs, fsync)?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(&workspace.root).env(TEST_POSTGRES, &server.url);
    Ok(shell::run(&mut command)?.success())
}

const NO_POSTGRES: &str = "no PostgreSQL server programs in PATH or /usr/lib/postgresql; install `postgresql`, or run with --install";

fn ensure_tools(workspace: &Workspace, may_install: bool) -> anyhow::Result<Outcome> {
    let mut missing = Vec::new();
    for (tool, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if !shell::succeeds(workspace.cargo().args([tool, "--version"])) {
            missing.push(component);
        }
    }
    if missing.is_empty() {
        return Ok(Outcome::Passed);
    }
    let names = missing.join(" ");
    if !may_install {
        return Ok(Outcome::Failed(format!("missing: {names}; run `rustup component add {names}`")));
    }
    let added = shell::run(Command::new("rustup").args(["component", "add"]).args(&missing))?.success();
    Ok(if added {
        Outcome::Noted(format!("installed {names}"))
    } else {
        Outcome::Failed(format!("`rustup component add {names}` failed"))
    })
}

/// `None` when there is no server: a failure on the build machine, something left out elsewhere. A
/// server the caller names is used as it is.
fn offer_postgres(
    options: &Options,
    may_install: bool,
    on_build_machine: bool,
    report: &mut Report,
) -> Option<ThrowAway> {
    let mut server = None;
    report.step("postgresql", |_| {
        if std::env::var_os(TEST_POSTGRES).is_some_and(|value| !value.is_empty()) {
            return Ok(Outcome::Noted(format!("the server named in {TEST_POSTGRES}")));
        }
        if Programs::find().is_none() && may_install {
            install_postgres()?;
        }
        let Some(programs) = Programs::find() else {
            let why = NO_POSTGRES.to_owned();
            return Ok(if may_install || on_build_machine {
                Outcome::Failed(why)
            } else {
                Outcome::LeftOut(why)
            });
        };
        let started = ThrowAway::start(&programs, options.fsync)?;
        let note = format!("{}, throw-away, on port {}", programs.version(), started.port);
        server = Some(started);
        Ok(Outcome::Noted(note))
    });
    server
}

fn install_postgres() -> anyhow::Result<()> {
    for arguments in [&["update"][..], &["install", "--yes", "--no-install-recommends", "postgresql"]] {
        let mut command = if crate::postgres::is_root()? {
            Command::new("apt-get")
        } else {
            let mut command = Command::new("sudo");
            command.args(["--non-interactive", "--preserve-env=DEBIAN_FRONTEND", "apt-get"]);
            command
        };
        command
            .args(["--quiet=2", "--option", "Dpkg::Use-Pty=0"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive");
        if !shell::run(&mut command)?.success() {
            bail!("`apt-get {}` failed; install a PostgreSQL server by hand", arguments.join(" "));
        }
    }
    Ok(())
}

/// The lists lie beside the checkout on the build machine. A folder the caller names goes to the
/// tests by itself.
fn lists_beside(workspace: &Workspace) -> Option<Setting> {
    if std::env::var_os(LISTS).is_some_and(|value| !value.is_empty()) {
        return None;
    }
    let folder = workspace.root.join("../shared/lists").canonicalize().ok()?;
    let folder = folder.is_dir().then_some(folder)?;
    println!("\n{LISTS} is not set; taking `{}`", folder.display());
    Some((LISTS, folder.to_str()?.to_owned()))
}
