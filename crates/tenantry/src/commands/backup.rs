//! Backups: records in one folder, keys in another, so that neither alone tells anything (DESIGN 3.6).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use store::{BackupError, PostgresKeyStore, PostgresStore, SqliteKeyStore, SqliteStore};

use vault::MasterKeys;

use super::data::Data;
use crate::config::Config;
use crate::exit::{Doing as _, Exit, Outcome, Stop};
use crate::streams;
use crate::wiring::Wired;
use crate::wiring::folder::DataFolder;
use crate::wiring::lists::ListsNeeded;
use crate::wiring::stores::{Access, Stores};

#[derive(Debug, clap::Args)]
pub struct Backup {
    #[command(flatten)]
    data: Data,
    /// Where records and accesses go; a backup that is there is replaced
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Where wrapped keys go, on another disk; only the newest copy is kept
    #[arg(long, value_name = "DIR")]
    keys: PathBuf,
    /// Also write the master key under a passphrase here, for whoever keeps it safe
    #[arg(long, value_name = "FILE", requires = "passphrase_file")]
    recovery: Option<PathBuf>,
    /// Holds the passphrase, at least 12 characters
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The result as JSON on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub struct Restore {
    /// Records and accesses, as `backup --to` wrote them
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Wrapped keys, as `backup --keys` wrote them
    #[arg(long, value_name = "DIR")]
    keys: PathBuf,
    /// A data folder that is not there yet, or empty but for `master.key`
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// The configuration, where the stores are not embedded
    #[arg(long, value_name = "FILE", env = "TENANTRY_CONFIG")]
    config: Option<PathBuf>,
    /// The master key under a passphrase, as `backup --recovery` wrote it
    #[arg(long, value_name = "FILE", requires = "passphrase_file")]
    recovery: Option<PathBuf>,
    /// Holds the passphrase
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The result as JSON on standard output
    #[arg(long)]
    json: bool,
}

pub fn backup(arguments: &Backup) -> Outcome {
    if arguments.to == arguments.keys {
        return Err(Stop::unusable("records and keys would lie in one folder")
            .next("name another folder, on another disk, with `--keys DIR`"));
    }
    let wired = match arguments.data.open(Access::Writing, ListsNeeded::No) {
        Err(stop) if stop.held_by_another => arguments.data.open(Access::Reading, ListsNeeded::No)?,
        opened => opened?,
    };
    // Records before keys: a key that is missing loses a record, a key too many loses nothing.
    match &wired.stores {
        Stores::Sqlite { registry, .. } => registry.backup_to(&arguments.to)?,
        Stores::Postgres { registry, .. } => registry.backup_to(&arguments.to)?,
    }
    copy_accesses(&wired.folder.access(), &arguments.to.join("access"))?;
    match &wired.stores {
        Stores::Sqlite { keys, .. } => keys.backup_to(&arguments.keys)?,
        Stores::Postgres { keys, .. } => keys.backup_to(&arguments.keys)?,
    }
    if let (Some(recovery), Some(passphrase)) = (&arguments.recovery, &arguments.passphrase_file) {
        let text = wired.vault.export_recovery(&read_passphrase(passphrase)?)?;
        fs::write(recovery, text).doing(format!("writing `{}`", recovery.display()))?;
    }
    told(&wired, arguments)
}

fn read_passphrase(file: &Path) -> Result<String, Stop> {
    Ok(streams::read_text(file, 4_096)?.trim_end_matches(['\r', '\n']).to_owned())
}

fn told(wired: &Wired, arguments: &Backup) -> Outcome {
    let master_key = wired.folder.master_key(&wired.config);
    if arguments.json {
        streams::print_json(&serde_json::json!({
            "records": arguments.to, "keys": arguments.keys, "master_key": master_key,
        }))?;
    } else {
        eprintln!("records and accesses in `{}`", arguments.to.display());
        eprintln!("wrapped keys in `{}`", arguments.keys.display());
        eprintln!(
            "  next: keep `{}` as well, apart from both: without it nothing opens",
            master_key.display()
        );
    }
    Ok(Exit::Done)
}

/// Copies the access folder while its writer goes on: first the log, then the manifest that says which of its
/// rows still count, then the segments the manifest names. Segments never change, so one that is there stays.
fn copy_accesses(from: &Path, to: &Path) -> Result<(), Stop> {
    let copying = || format!("copying `{}` to `{}`", from.display(), to.display());
    fs::create_dir_all(to).doing(copying())?;
    let names = names_in(from).doing(copying())?;
    // A log from an older backup would say that its rows are missing from the manifest.
    for old in names_in(to).doing(copying())?.iter().filter(|name| is_log(name)) {
        fs::remove_file(to.join(old)).doing(copying())?;
    }
    for name in names.iter().filter(|name| is_log(name)) {
        copy(&from.join(name), &to.join(name)).doing(copying())?;
    }
    copy(&from.join("manifest"), &to.join("manifest")).doing(copying())?;
    for name in names_in(from).doing(copying())?.iter().filter(|name| is_segment(name)) {
        if !to.join(name).exists() {
            copy(&from.join(name), &to.join(name)).doing(copying())?;
        }
    }
    Ok(())
}

fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    let names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    names.collect()
}

fn is_log(name: &str) -> bool {
    name.starts_with("wal-")
}

fn is_segment(name: &str) -> bool {
    name.ends_with(".address") || name.ends_with(".account")
}

/// Under another name until it is whole. A file that is gone meanwhile was replaced by one that comes later.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let fresh = to.with_extension("copying");
    match fs::copy(from, &fresh) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        copied => copied?,
    };
    fs::File::open(&fresh)?.sync_all()?;
    fs::rename(&fresh, to)
}

pub fn restore(arguments: &Restore) -> Outcome {
    let Restore { from, keys, to, .. } = arguments;
    let config = Config::read(arguments.config.as_deref(), &crate::config::variables())?;
    refuse_used(to)?;
    let folder = DataFolder::new(to);
    folder.make()?;
    let restored = match (&config.store.url, &config.store.keys_url) {
        (Some(url), Some(keys_url)) => PostgresStore::restore(from, url.expose())
            .and_then(|()| PostgresKeyStore::restore(keys, keys_url.expose())),
        _ => SqliteStore::restore(from, to).and_then(|()| SqliteKeyStore::restore(keys, to)),
    };
    restored.map_err(advise)?;
    let accesses = from.join("access");
    if accesses.is_dir() {
        copy_accesses(&accesses, &folder.access())?;
    }
    let master_key = folder.master_key(&config);
    if let (Some(recovery), Some(passphrase)) = (&arguments.recovery, &arguments.passphrase_file) {
        let text = streams::read_text(recovery, 1 << 20)?;
        MasterKeys::import_recovery(&text, &read_passphrase(passphrase)?)?.write_new(&master_key)?;
    }
    let has_key = master_key.exists();
    if arguments.json {
        streams::print_json(&serde_json::json!({ "data": to, "master_key_there": has_key }))?;
    } else {
        eprintln!("restored into `{}`", to.display());
        if has_key {
            eprintln!("  next: `tenantry doctor --data {}`", to.display());
        } else {
            eprintln!(
                "  next: put the master key to `{}` (mode 0600), then run `tenantry doctor`",
                master_key.display()
            );
        }
    }
    Ok(Exit::Done)
}

fn advise(error: BackupError) -> Stop {
    let next = match &error {
        BackupError::NotABackup { .. } => Some("name the folders that `tenantry backup` wrote"),
        BackupError::Damaged { .. } => Some("take an older backup; this one must not be relied on"),
        BackupError::NotEmpty { .. } => Some("restore into a data folder of its own, then change over"),
        _ => None,
    };
    let stop = Stop::from(error);
    match next {
        Some(next) => stop.next(next),
        None => stop,
    }
}

/// Nothing is ever restored over records.
fn refuse_used(folder: &Path) -> Result<(), Stop> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    let foreign = entries
        .filter_map(Result::ok)
        .find(|entry| !matches!(entry.file_name().to_str(), Some("master.key" | "tenantry.toml" | "lists")));
    match foreign {
        Some(entry) => Err(Stop::unusable(format!(
            "`{}` holds `{}` already",
            folder.display(),
            entry.file_name().to_string_lossy()
        ))
        .next("name a data folder that is not there yet")),
        None => Ok(()),
    }
}
