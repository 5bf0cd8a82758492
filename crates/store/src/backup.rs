//! Backups of the registry and of the key store, each apart from the other (DESIGN 3.6).
//!
//! A backup is a folder with a manifest that names its files, their hashes and the migrations they have taken,
//! so that a damaged or newer backup is noticed before anything is restored.

mod postgres;
mod sqlite;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use app::store::StoreError;

use crate::migration::{Applied, MigrateError, Migration};
use crate::registry::OpenError;

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("`{path}` cannot be used")]
    Io {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error("`{folder}` holds no backup of this kind: {detail}")]
    NotABackup { folder: String, detail: String },
    #[error("`{file}` of the backup was changed or damaged since it was made")]
    Damaged { file: String },
    #[error("`{place}` holds records already; restore into an empty one")]
    NotEmpty { place: String },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Migrate(#[from] MigrateError),
}

/// What is backed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Registry,
    KeyStore,
}

impl Part {
    fn manifest_file(self) -> &'static str {
        match self {
            Self::Registry => "registry.json",
            Self::KeyStore => "keys.json",
        }
    }
}

/// Which engine wrote a backup; another cannot read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// One database file.
    Sqlite,
    /// A file of JSON lines for each table.
    Rows,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub part: Part,
    pub form: Form,
    pub migrations: Vec<Taken>,
    /// SHA-256 of each file, hexadecimal.
    pub files: BTreeMap<String, String>,
}

/// One migration that the backup's database had taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    pub version: i64,
    pub name: String,
    pub checksum: String,
}

impl Manifest {
    fn new(part: Part, form: Form, applied: Vec<Applied>) -> Self {
        let taken = |Applied { version, name, checksum }: Applied| Taken { version, name, checksum };
        let migrations = applied.into_iter().map(taken).collect();
        Self { part, form, migrations, files: BTreeMap::new() }
    }

    /// Writes the manifest last, so that a backup cut short is none.
    fn write(&self, folder: &Path) -> Result<(), BackupError> {
        let text = serde_json::to_string_pretty(self).expect("a manifest has a JSON form");
        let path = folder.join(self.part.manifest_file());
        let fresh = folder.join(format!("{}.new", self.part.manifest_file()));
        let written = File::create(&fresh).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.map_err(at(&fresh))?;
        fs::rename(&fresh, &path).map_err(at(&path))?;
        sync_folder(folder)
    }

    /// Reads a manifest and holds every file to its hash.
    fn read(folder: &Path, part: Part, form: Form) -> Result<Self, BackupError> {
        let refuse =
            |detail: String| BackupError::NotABackup { folder: folder.display().to_string(), detail };
        let path = folder.join(part.manifest_file());
        let text = fs::read_to_string(&path)
            .map_err(|error| refuse(format!("`{}`: {error}", part.manifest_file())))?;
        let manifest: Self = serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))?;
        if manifest.part != part || manifest.form != form {
            return Err(refuse("it was made by another engine or of another part".to_owned()));
        }
        for (file, hash) in &manifest.files {
            // A name that leads out of the folder is none of ours.
            let is_plain = Path::new(file).components().count() == 1 && Path::new(file).file_name().is_some();
            if !is_plain || hash_of(&folder.join(file))? != *hash {
                return Err(BackupError::Damaged { file: file.clone() });
            }
        }
        Ok(manifest)
    }

    /// The known migrations that the backup had taken; newer or changed ones are an error.
    fn taken<'a>(&self, known: &'a [Migration]) -> Result<Vec<&'a Migration>, BackupError> {
        let applied = |taken: &Taken| Applied {
            version: taken.version,
            name: taken.name.clone(),
            checksum: taken.checksum.clone(),
        };
        let applied: Vec<_> = self.migrations.iter().map(applied).collect();
        let pending = crate::migration::pending(known, &applied)?;
        let is_taken = |step: &&Migration| !pending.iter().any(|other| other.version == step.version);
        Ok(known.iter().filter(is_taken).collect())
    }
}

/// Holds every file of a part of a backup to its hash, so that nothing of a damaged one is put in place.
pub fn check(folder: &Path, part: Part, form: Form) -> Result<(), BackupError> {
    Manifest::read(folder, part, form).map(|_| ())
}

fn at(path: &Path) -> impl Fn(std::io::Error) -> BackupError {
    let path = path.display().to_string();
    move |source| match source.kind() {
        std::io::ErrorKind::StorageFull => BackupError::Store(StoreError::DiskFull),
        _ => BackupError::Io { path: path.clone(), source },
    }
}

fn make_folder(folder: &Path) -> Result<(), BackupError> {
    fs::create_dir_all(folder).map_err(at(folder))
}

/// A new file that only its owner may read.
fn make_file(path: &Path) -> Result<File, BackupError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(at(path))
}

fn sync_folder(folder: &Path) -> Result<(), BackupError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))
}

fn hash_of(path: &Path) -> Result<String, BackupError> {
    let mut file = File::open(path).map_err(at(path))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 65_536];
    loop {
        match file.read(&mut buffer).map_err(at(path))? {
            0 => return Ok(hex(&hasher.finalize())),
            count => hasher.update(&buffer[..count]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}
