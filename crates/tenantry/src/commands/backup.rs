//! Backups: records in one folder, keys in another, so that neither alone tells anything (DESIGN 3.6).

mod accesses;

use std::fs;
use std::path::{Path, PathBuf};

use store::{
    BackupError, BackupForm, BackupPart, MigrateError, PostgresKeyStore, PostgresStore, SqliteKeyStore,
    SqliteStore, check_backup,
};
use vault::MasterKeys;

use super::data::Data;
use crate::config::Config;
use crate::exit::{Doing as _, Exit, Outcome, Stop};
use crate::streams;
use crate::wiring::Wired;
use crate::wiring::folder::DataFolder;
use crate::wiring::lists::{ListsNeeded, copy_versions};
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
    /// Records and accesses, as `backup --to` wrote them; left away to bring back the master key alone
    #[arg(long, value_name = "DIR", requires = "keys", required_unless_present = "recovery")]
    from: Option<PathBuf>,
    /// Wrapped keys, as `backup --keys` wrote them
    #[arg(long, value_name = "DIR", requires = "from")]
    keys: Option<PathBuf>,
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

/// Where versions of lists lie in a backup.
const LIST_VERSIONS: &str = "list_versions";

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
    accesses::back_up(&wired.folder.access(), &arguments.to)?;
    copy_versions(&wired.folder.list_versions(), &arguments.to.join(LIST_VERSIONS))?;
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

pub fn restore(arguments: &Restore) -> Outcome {
    let config = Config::read(arguments.config.as_deref(), &crate::config::variables())?;
    let folder = DataFolder::new(&arguments.to);
    let master_key = folder.master_key(&config);
    // All that can be wrong is found before anything is put in place.
    let recovered = match (&arguments.recovery, &arguments.passphrase_file) {
        (Some(recovery), Some(passphrase)) => Some(read_recovery(recovery, passphrase, &master_key)?),
        _ => None,
    };
    match (&arguments.from, &arguments.keys) {
        (Some(from), Some(keys)) => restore_records(&config, &folder, from, keys)?,
        _ if !Stores::exist(&config, &folder)? => {
            return Err(Stop::unusable(format!("`{}` holds no restored records", arguments.to.display()))
                .next("name the backup too: `--from DIR --keys DIR`"));
        }
        _ => {}
    }
    if let Some(recovered) = recovered {
        recovered.write_new(&master_key)?;
    }
    tell_restored(arguments, &master_key)
}

fn read_recovery(file: &Path, passphrase: &Path, master_key: &Path) -> Result<MasterKeys, Stop> {
    if master_key.exists() {
        let what = format!("there is a master key already: `{}`", master_key.display());
        return Err(
            Stop::unusable(what).next("leave `--recovery` away; `tenantry doctor` says whether it fits")
        );
    }
    let text = streams::read_text(file, 1 << 20)?;
    MasterKeys::import_recovery(&text, &read_passphrase(passphrase)?)
        .doing(format!("reading `{}`", file.display()))
        .map_err(|stop| {
            stop.next("name the recovery text and the passphrase that belong together; nothing was restored")
        })
}

/// Puts records, keys and accesses in place, or nothing.
fn restore_records(config: &Config, folder: &DataFolder, from: &Path, keys: &Path) -> Result<(), Stop> {
    refuse_used(folder.path())?;
    let form = if config.store.url.is_some() { BackupForm::Rows } else { BackupForm::Sqlite };
    check_backup(from, BackupPart::Registry, form)
        .and_then(|()| check_backup(keys, BackupPart::KeyStore, form))
        .and_then(|()| accesses::check(from))
        .map_err(advise)?;
    let was_there = folder.path().is_dir();
    folder.make()?;
    let to = folder.path();
    let restored = match (&config.store.url, &config.store.keys_url) {
        (Some(url), Some(keys_url)) => PostgresStore::restore(from, url.expose())
            .and_then(|()| PostgresKeyStore::restore(keys, keys_url.expose())),
        _ => SqliteStore::restore(from, to).and_then(|()| SqliteKeyStore::restore(keys, to)),
    };
    let restored = restored
        .map_err(advise)
        .and_then(|()| accesses::restore(from, &folder.access()))
        .and_then(|()| copy_versions(&from.join(LIST_VERSIONS), &folder.list_versions()));
    if restored.is_err() {
        clear(folder, was_there);
    }
    restored
}

/// Takes away what a restore that failed had made; none of it was there before. Why it failed is told, not this.
fn clear(folder: &DataFolder, was_there: bool) {
    if !was_there {
        let _ = fs::remove_dir_all(folder.path());
        return;
    }
    for file in [store::REGISTRY_FILE, store::KEYS_FILE, "registry.db.new", "keys.db.new", "LOCK"] {
        let _ = fs::remove_file(folder.path().join(file));
    }
    let _ = fs::remove_dir_all(folder.access());
    let _ = fs::remove_dir_all(folder.list_versions());
}

fn tell_restored(arguments: &Restore, master_key: &Path) -> Outcome {
    let to = arguments.to.display();
    let has_key = master_key.exists();
    let next = if has_key {
        format!("`tenantry doctor --data {to}`")
    } else {
        format!(
            "`tenantry restore --to {to} --recovery FILE --passphrase-file FILE` brings it back; or put your copy \
             to `{}` (mode 0600)",
            master_key.display()
        )
    };
    if arguments.json {
        streams::print_json(&serde_json::json!({
            "data": arguments.to, "master_key_there": has_key, "next": next,
        }))?;
        return Ok(Exit::Done);
    }
    if has_key {
        eprintln!("restored into `{to}`");
    } else {
        eprintln!("restored into `{to}` WITHOUT ITS MASTER KEY: no record in it can be opened yet");
    }
    eprintln!("  next: {next}");
    Ok(Exit::Done)
}

fn advise(error: BackupError) -> Stop {
    let next = match &error {
        BackupError::NotABackup { .. } => Some("name the folders that `tenantry backup` wrote"),
        BackupError::Damaged { .. } => Some("take an older backup; this one must not be relied on"),
        BackupError::NotEmpty { .. } => {
            Some("restore into a data folder or database of its own, then change over")
        }
        BackupError::Migrate(MigrateError::Newer { .. }) => {
            Some("restore into a database without tables, by the release that made the backup or a newer one")
        }
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
