//! Backups of the embedded engine: one database file, copied while work goes on.

use std::fs;
use std::path::Path;

use super::{BackupError, Form, Manifest, Part, at, hash_of, make_folder, sync_folder};
use crate::folder_lock::FolderLock;
use crate::key_store::{KEYS_FILE, SqliteKeyStore};
use crate::migration::{KEYS, Migration, REGISTRY};
use crate::registry::SqliteStore;
use crate::sqlite::{Sqlite, overwrite};
use crate::sqlite_store::REGISTRY_FILE;
use app::store::StoreError;

impl SqliteStore {
    /// Copies the registry as it is now into a folder, in place of a backup that is there. Holds no keys.
    pub fn backup_to(&self, folder: &Path) -> Result<(), BackupError> {
        back_up(&self.engine, Part::Registry, folder, REGISTRY_FILE)
    }

    /// Puts the registry of a backup into a data folder that has none.
    pub fn restore(backup: &Path, folder: &Path) -> Result<(), BackupError> {
        restore(backup, folder, Part::Registry, REGISTRY_FILE, REGISTRY)
    }
}

impl SqliteKeyStore {
    /// Copies the key store into a folder of its own. The copy before is overwritten and removed: only the
    /// newest knows which keys are destroyed.
    pub fn backup_to(&self, folder: &Path) -> Result<(), BackupError> {
        back_up(&self.engine, Part::KeyStore, folder, KEYS_FILE)
    }

    /// Puts the key store of a backup into a data folder that has none.
    pub fn restore(backup: &Path, folder: &Path) -> Result<(), BackupError> {
        restore(backup, folder, Part::KeyStore, KEYS_FILE, KEYS)
    }
}

fn back_up(engine: &Sqlite, part: Part, folder: &Path, file: &str) -> Result<(), BackupError> {
    make_folder(folder)?;
    let (fresh, old, path) =
        (folder.join(format!("{file}.new")), folder.join(format!("{file}.old")), folder.join(file));
    // Left behind by a backup that was cut short.
    discard(&fresh)?;
    discard(&old)?;
    let applied = engine.applied().map_err(StoreError::from)?;
    engine.copy_to(&fresh).map_err(StoreError::from)?;
    if path.exists() {
        fs::rename(&path, &old).map_err(at(&path))?;
    }
    fs::rename(&fresh, &path).map_err(at(&path))?;
    let mut manifest = Manifest::new(part, Form::Sqlite, applied);
    manifest.files.insert(file.to_owned(), hash_of(&path)?);
    manifest.write(folder)?;
    discard(&old)
}

/// Overwrites and removes a file, if there is one.
fn discard(path: &Path) -> Result<(), BackupError> {
    overwrite(path).map_err(at(path))?;
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}

fn restore(
    backup: &Path,
    folder: &Path,
    part: Part,
    file: &str,
    known: &[Migration],
) -> Result<(), BackupError> {
    let manifest = Manifest::read(backup, part, Form::Sqlite)?;
    manifest.taken(known)?;
    let _lock = FolderLock::take(folder)?;
    let path = folder.join(file);
    if path.exists() {
        return Err(BackupError::NotEmpty { place: path.display().to_string() });
    }
    // Under another name until it is whole, so that a restore cut short leaves no half of a database.
    let fresh = folder.join(format!("{file}.new"));
    fs::copy(backup.join(file), &fresh).map_err(at(&fresh))?;
    fs::File::open(&fresh).and_then(|file| file.sync_all()).map_err(at(&fresh))?;
    fs::rename(&fresh, &path).map_err(at(&path))?;
    sync_folder(folder)
}
