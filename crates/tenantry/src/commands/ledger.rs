//! The ledger: its key, its export, and the verifier that needs nothing but the export (LOG-02).

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Component, Path, PathBuf};

use app::ledger_log::{self, ExportSink};
use ledger::VerifyingKey;
use ledger::verify::{Export, SignatureCheck, VerifyReport, verify};

use super::data::Data;
use crate::exit::{Doing as _, Exit, Outcome, Stop};
use crate::progress::Progress;
use crate::reach::{Reach, Request};
use crate::streams::{self, say};
use crate::wiring::lists::ListsNeeded;
use crate::wiring::stores::Access;

/// Export the ledger and verify it
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Verify an export, without a data folder or a server
    ///
    /// Names the first record that was altered, removed, inserted or reordered. Exits with 1 when anything is
    /// wrong, and without `--key`, since then signatures are not checked.
    Verify {
        /// The folder that `ledger export` wrote
        #[arg(long, value_name = "DIR")]
        export: PathBuf,
        /// The key that signs checkpoints, as `ledger key` prints it; from somebody you trust, not from the export
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// The report as JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Write the ledger to a folder: checkpoints, tiles, records
    ///
    /// Holds what records hold: personal data stays sealed in it, states and decisions do not. Works beside a
    /// server, then up to its newest checkpoint.
    Export {
        #[command(flatten)]
        data: Data,
        /// A folder that is not there yet, or empty
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// The result as JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Print the key that verifies checkpoints
    Key {
        #[command(flatten)]
        reach: Reach,
    },
}

pub fn run(command: &Command) -> Outcome {
    match command {
        Command::Verify { export, key, json } => verify_export(export, key.as_deref(), *json),
        Command::Export { data, to, json } => write_export(data, to, *json),
        Command::Key { reach } => print_key(reach),
    }
}

fn verify_export(folder: &Path, key: Option<&Path>, json: bool) -> Outcome {
    if !folder.is_dir() {
        return Err(Stop::unusable(format!("`{}` is no folder", folder.display()))
            .next("name the folder that `tenantry ledger export --to` wrote"));
    }
    let known = match key {
        Some(path) => vec![read_key(path)?],
        None => Vec::new(),
    };
    let report = verify(&ExportFolder(folder.to_owned()), &known);
    if json {
        streams::print_json(&report)?;
    } else {
        tell(&report, !known.is_empty());
    }
    Ok(if report.is_clean() { Exit::Done } else { Exit::No })
}

fn read_key(path: &Path) -> Result<VerifyingKey, Stop> {
    let text = streams::read_text(path, 4_096)?;
    text.parse().map_err(|error| {
        Stop::unusable(format!("`{}`: {error}", path.display())).next("`tenantry ledger key` prints the key")
    })
}

fn tell(report: &VerifyReport, has_key: bool) {
    say!("{} leaves: {} records verified, {} shredded", report.size, report.verified, report.shredded);
    match report.signature {
        SignatureCheck::Checked => say!("the checkpoint's signature is right"),
        SignatureCheck::NotChecked if has_key => {
            say!("no signature was checked: the export holds no checkpoint that can be read");
        }
        SignatureCheck::NotChecked => {
            say!("signatures were not checked: name the ledger's key with `--key FILE`");
        }
        SignatureCheck::Bad => say!("the checkpoint's signature is wrong, or by another key"),
    }
    if let Some(fault) = &report.first_fault {
        let place = fault.index.map_or_else(String::new, |index| format!(" at index {index}"));
        let leaf = fault.leaf_id.as_ref().map_or_else(String::new, |leaf| format!(", `{leaf}`"));
        let what = serde_json::to_value(fault.what).ok();
        let what = what.as_ref().and_then(serde_json::Value::as_str).unwrap_or("fault");
        say!("first of {}: {what}{place}{leaf} in `{}`: {}", report.faults, fault.path, fault.detail);
    } else {
        say!("nothing is altered, removed, inserted or reordered");
    }
}

/// An export on disk. Paths come from the export itself, so those that lead out of it are not followed.
struct ExportFolder(PathBuf);

impl ExportFolder {
    fn file(&self, path: &str) -> Option<PathBuf> {
        let relative = Path::new(path);
        let stays = relative.components().all(|part| matches!(part, Component::Normal(_)));
        stays.then(|| self.0.join(relative))
    }

    fn walk(&self, folder: &Path, prefix: &str, found: &mut Vec<String>) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let Some(name) = path.strip_prefix(&self.0).ok().and_then(Path::to_str) else { continue };
            let name = name.replace('\\', "/");
            if path.is_dir() {
                if name.starts_with(prefix) || prefix.starts_with(&name) {
                    self.walk(&path, prefix, found);
                }
            } else if name.starts_with(prefix) {
                found.push(name);
            }
        }
    }
}

impl Export for ExportFolder {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        fs::read(self.file(path)?).ok()
    }

    fn list(&self, prefix: &str) -> Vec<String> {
        let mut found = Vec::new();
        self.walk(&self.0, prefix, &mut found);
        found
    }

    fn open(&self, path: &str) -> Option<Box<dyn BufRead + '_>> {
        Some(Box::new(BufReader::new(File::open(self.file(path)?).ok()?)))
    }
}

/// Writes each file where its path says.
struct FolderSink(PathBuf);

impl ExportSink for FolderSink {
    fn write(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let file = self.0.join(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, bytes)
    }
}

fn write_export(data: &Data, to: &Path, json: bool) -> Outcome {
    // With the lock, what is not sequenced yet comes along; beside a server its newest checkpoint counts.
    let wired = match data.open(Access::Writing, ListsNeeded::No) {
        Err(stop) if stop.held_by_another => data.open(Access::Reading, ListsNeeded::No)?,
        opened => opened?,
    };
    wired.settle()?;
    let was_there = to.is_dir();
    make_empty(to)?;
    let progress = Progress::counting("records");
    let exported = ledger_log::export(&wired.platform, &mut FolderSink(to.to_owned()), &mut |done, _| {
        progress.set(done);
    });
    progress.end();
    if exported.is_err() {
        // Half of an export would pass for a damaged one.
        let _ = fs::remove_dir_all(to);
        if was_there {
            let _ = fs::create_dir(to);
        }
    }
    let size = exported?;
    if json {
        streams::print_json(&serde_json::json!({ "to": to, "size": size }))?;
    } else {
        eprintln!("{size} records in `{}`", to.display());
        eprintln!("verify them with `tenantry ledger verify --export {} --key FILE`", to.display());
    }
    Ok(Exit::Done)
}

/// Makes a folder to write to; one with something in it is refused.
fn make_empty(folder: &Path) -> Result<(), Stop> {
    fs::create_dir_all(folder).doing(format!("making `{}`", folder.display()))?;
    let mut entries = fs::read_dir(folder).doing(format!("reading `{}`", folder.display()))?;
    if entries.next().is_some() {
        return Err(Stop::unusable(format!("`{}` is not empty", folder.display()))
            .next("name a folder that is empty or not there yet"));
    }
    Ok(())
}

fn print_key(reach: &Reach) -> Outcome {
    let key = if reach.server.is_some() {
        let answer = reach.ask(Request::get("/v1/ledger/key"))?;
        String::from_utf8(answer.body).doing("reading the answer")?.trim().to_owned()
    } else {
        let wired = reach.data.open(Access::Reading, ListsNeeded::No)?;
        ledger_log::verifying_key(&wired.platform)?.to_string()
    };
    if reach.json {
        streams::print_json(&serde_json::json!({ "key": key }))?;
    } else {
        say!("{key}");
    }
    Ok(Exit::Done)
}
