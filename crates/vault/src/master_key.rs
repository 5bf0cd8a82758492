//! Master keys: what wraps every other key. They lie outside the key store, in a file or a secret store.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use zeroize::Zeroizing;

use crate::cipher::{Cipher, CipherFailed, KEY_LEN, KeyBytes, random_key};

/// More than any file of master keys; a longer one is something else.
const FILE_LEN_MAX: u64 = 16 * 1024;

/// 32 bytes that wrap keys. Never printed; overwritten when dropped.
pub struct MasterKey {
    id: String,
    bytes: KeyBytes,
    cipher: Cipher,
}

/// The master key in use, and older ones that only read until rotation is done.
pub struct MasterKeys {
    pub current: MasterKey,
    pub older: Vec<MasterKey>,
}

/// Where master keys come from.
pub enum Source {
    /// A file that only its owner may read: a key a line in hexadecimal or base64, the one in use first, `#`
    /// before a remark. It is made on first start; rotation replaces it.
    File(PathBuf),
    /// Keys kept elsewhere. Rotation then means to give a new key as the current one and the one before as an
    /// older one; when it is done the older one can go.
    Given(MasterKeys),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a master key: 32 bytes, as 64 hexadecimal digits or in base64")]
pub struct NotAMasterKey;

#[derive(Debug, thiserror::Error)]
pub enum MasterKeyFileError {
    #[error("the master key file `{path}` cannot be read")]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "the master key file `{path}` may be used by others than its owner (mode {mode:04o}): run `chmod 600` on it"
    )]
    TooOpen { path: PathBuf, mode: u32 },
    #[error("line {line} of the master key file `{path}` is wrong")]
    Malformed {
        path: PathBuf,
        line: usize,
        #[source]
        source: NotAMasterKey,
    },
    #[error("the master key file `{path}` holds no key")]
    Empty { path: PathBuf },
    #[error("the master key file `{path}` cannot be written")]
    Unwritable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("no new master key could be made")]
    NoRandomness,
}

impl MasterKey {
    pub fn from_bytes(bytes: &[u8; KEY_LEN]) -> Self {
        let mut own = KeyBytes::default();
        own.copy_from_slice(bytes);
        Self::new(own)
    }

    /// Reads 64 hexadecimal digits, or base64 with or without padding.
    pub fn parse(text: &str) -> Result<Self, NotAMasterKey> {
        let text = text.trim();
        let mut bytes = KeyBytes::default();
        if text.len() == 2 * KEY_LEN {
            hex::decode_to_slice(text, bytes.as_mut_slice()).map_err(|_| NotAMasterKey)?;
        } else {
            let engine = if text.ends_with('=') { STANDARD } else { STANDARD_NO_PAD };
            let decoded = Zeroizing::new(engine.decode(text).map_err(|_| NotAMasterKey)?);
            if decoded.len() != KEY_LEN {
                return Err(NotAMasterKey);
            }
            bytes.copy_from_slice(&decoded);
        }
        Ok(Self::new(bytes))
    }

    pub(crate) fn generate() -> Result<Self, CipherFailed> {
        random_key().map(Self::new)
    }

    fn new(bytes: KeyBytes) -> Self {
        let hash = digest(&SHA256, bytes.as_slice());
        Self { id: hex::encode(&hash.as_ref()[..8]), cipher: Cipher::new(&bytes), bytes }
    }

    /// The start of the key's SHA-256 in hexadecimal: tells keys apart and gives nothing away.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn cipher(&self) -> &Cipher {
        &self.cipher
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY_LEN] {
        &self.bytes
    }

    fn copy(&self) -> Self {
        Self::from_bytes(&self.bytes)
    }
}

impl MasterKeys {
    pub fn only(current: MasterKey) -> Self {
        Self { current, older: Vec::new() }
    }

    pub(crate) fn find(&self, id: &str) -> Option<&MasterKey> {
        self.all().find(|key| key.id == id)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &MasterKey> {
        std::iter::once(&self.current).chain(&self.older)
    }

    /// The same keys behind a new one.
    pub(crate) fn under(&self, current: MasterKey) -> Self {
        Self { current, older: self.all().map(MasterKey::copy).collect() }
    }

    pub(crate) fn without_older(&self) -> Self {
        Self::only(self.current.copy())
    }

    /// `None` when there is no such file.
    pub fn read(path: &Path) -> Result<Option<Self>, MasterKeyFileError> {
        let unreadable = |source| MasterKeyFileError::Unreadable { path: path.to_owned(), source };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        if let Some(mode) = too_open(&file).map_err(unreadable)? {
            return Err(MasterKeyFileError::TooOpen { path: path.to_owned(), mode });
        }
        // Room for all of it at once: growing would leave a copy of the keys behind.
        let mut text = Zeroizing::new(String::with_capacity(FILE_LEN_MAX as usize));
        file.take(FILE_LEN_MAX).read_to_string(&mut text).map_err(unreadable)?;
        let mut keys = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            keys.push(MasterKey::parse(line).map_err(|source| MasterKeyFileError::Malformed {
                path: path.to_owned(),
                line: index + 1,
                source,
            })?);
        }
        let mut keys = keys.into_iter();
        let current = keys.next().ok_or_else(|| MasterKeyFileError::Empty { path: path.to_owned() })?;
        Ok(Some(Self { current, older: keys.collect() }))
    }

    /// Writes the keys to a file that is not there yet; one that is there stays as it is.
    pub fn write_new(&self, path: &Path) -> Result<(), MasterKeyFileError> {
        self.write_beside(path, |written, path| fs::hard_link(written, path))
    }

    /// Puts the keys in the place of those in the file, in one step.
    pub(crate) fn replace(&self, path: &Path) -> Result<(), MasterKeyFileError> {
        self.write_beside(path, |written, path| fs::rename(written, path))
    }

    fn write_beside(
        &self,
        path: &Path,
        put: impl FnOnce(&Path, &Path) -> io::Result<()>,
    ) -> Result<(), MasterKeyFileError> {
        static WRITTEN: AtomicU64 = AtomicU64::new(0);
        let (process, count) = (std::process::id(), WRITTEN.fetch_add(1, Ordering::Relaxed));
        let written = path.with_extension(format!("new-{process}-{count}"));
        let result =
            self.write_to(&written).and_then(|()| put(&written, path)).and_then(|()| sync_folder_of(path));
        // Gone already when it was moved.
        let _ = fs::remove_file(&written);
        result.map_err(|source| MasterKeyFileError::Unwritable { path: path.to_owned(), source })
    }

    fn write_to(&self, path: &Path) -> io::Result<()> {
        // One that a killed process left behind.
        if let Err(error) = fs::remove_file(path)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        let mut file = private_file(path)?;
        file.write_all(
            b"# Master keys of tenantry. Who has this file and the key store reads everything;\n",
        )?;
        file.write_all(
            b"# who loses it reads nothing. The first key is in use, others wait for rotation to end.\n",
        )?;
        for key in self.all() {
            let mut line = Zeroizing::new([0; 44]);
            STANDARD.encode_slice(key.bytes(), line.as_mut_slice()).map_err(io::Error::other)?;
            file.write_all(line.as_slice())?;
            file.write_all(b"\n")?;
        }
        file.sync_all()
    }
}

#[cfg(unix)]
fn private_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// The file's mode, when it allows anything but reading and writing by its owner.
#[cfg(unix)]
fn too_open(file: &File) -> io::Result<Option<u32>> {
    use std::os::unix::fs::MetadataExt as _;
    let mode = file.metadata()?.mode() & 0o7777;
    Ok((mode & !0o600 != 0).then_some(mode))
}

#[cfg(not(unix))]
fn too_open(_: &File) -> io::Result<Option<u32>> {
    Ok(None)
}

/// Without it a new name in a folder may be lost with the power.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
