//! Accesses in a backup: copied while their writer goes on, each file with its hash.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};
use store::BackupError;

use crate::exit::{Doing as _, Stop};

/// Where they lie in a backup.
const FOLDER: &str = "access";

/// Says which files there are. Written last, so that a copy cut short is none.
const MANIFEST: &str = "accesses.json";

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    /// SHA-256 of each file, hexadecimal.
    files: BTreeMap<String, String>,
}

/// Copies an access folder into a backup. Segments never change, so one that is there stays.
pub fn back_up(from: &Path, backup: &Path) -> Result<(), Stop> {
    let to = backup.join(FOLDER);
    let copying = || format!("copying `{}` to `{}`", from.display(), to.display());
    remove(&backup.join(MANIFEST)).doing(copying())?;
    copy_beside_writer(from, &to).doing(copying())?;
    let mut files = BTreeMap::new();
    for name in names_in(&to).doing(copying())? {
        let hash = hash_of(&to.join(&name)).doing(copying())?;
        files.insert(name, hash);
    }
    let fresh = backup.join("accesses.json.new");
    fs::write(&fresh, serde_json::to_vec_pretty(&Manifest { files })?)
        .and_then(|()| File::open(&fresh)?.sync_all())
        .and_then(|()| fs::rename(&fresh, backup.join(MANIFEST)))
        .doing(copying())
}

/// First the log, then the manifest that says which of its rows still count, then the segments the manifest names.
fn copy_beside_writer(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    let names = names_in(from)?;
    // A log from an older backup would say that its rows are missing from the manifest.
    for old in names_in(to)?.iter().filter(|name| is_log(name)) {
        fs::remove_file(to.join(old))?;
    }
    for name in names.iter().filter(|name| is_log(name)) {
        copy(&from.join(name), &to.join(name))?;
    }
    copy(&from.join("manifest"), &to.join("manifest"))?;
    for name in names_in(from)?.iter().filter(|name| is_segment(name)) {
        if !to.join(name).exists() {
            copy(&from.join(name), &to.join(name))?;
        }
    }
    Ok(())
}

/// Holds every file of a backup to its hash.
pub fn check(backup: &Path) -> Result<(), BackupError> {
    for (name, hash) in &read_manifest(backup)?.files {
        let is_plain = Path::new(name).components().count() == 1 && Path::new(name).file_name().is_some();
        let found = if is_plain { hash_of(&backup.join(FOLDER).join(name)).ok() } else { None };
        if found.as_ref() != Some(hash) {
            return Err(BackupError::Damaged { file: format!("{FOLDER}/{name}") });
        }
    }
    Ok(())
}

/// Puts the files that the manifest names into a folder. They were checked before.
pub fn restore(backup: &Path, to: &Path) -> Result<(), Stop> {
    let copying = || format!("copying accesses to `{}`", to.display());
    fs::create_dir_all(to).doing(copying())?;
    for name in read_manifest(backup)?.files.keys() {
        copy(&backup.join(FOLDER).join(name), &to.join(name)).doing(copying())?;
    }
    Ok(())
}

fn read_manifest(backup: &Path) -> Result<Manifest, BackupError> {
    let refuse = |detail: String| BackupError::NotABackup { folder: backup.display().to_string(), detail };
    let text = fs::read(backup.join(MANIFEST)).map_err(|error| refuse(format!("`{MANIFEST}`: {error}")))?;
    serde_json::from_slice(&text).map_err(|error| refuse(format!("`{MANIFEST}`: {error}")))
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
    File::open(&fresh)?.sync_all()?;
    fs::rename(&fresh, to)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn hash_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = digest::Context::new(&digest::SHA256);
    let mut buffer = vec![0; 65_536];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(hasher.finish())),
            count => hasher.update(&buffer[..count]),
        }
    }
}
