//! One process at a time works in a data folder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;

use crate::registry::OpenError;

/// Held until dropped; the operating system lets go of it when the process dies.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the lock of a folder, making the folder where there is none.
    pub fn take(folder: &Path) -> Result<Self, OpenError> {
        let path = folder.join("LOCK");
        let io = |source| OpenError::Io { path: path.display().to_string(), source };
        fs::create_dir_all(folder).map_err(io)?;
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse { folder: folder.display().to_string() }),
            Err(TryLockError::Error(source)) => Err(io(source)),
        }
    }
}
