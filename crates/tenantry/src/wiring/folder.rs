//! What lies where in a data folder.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::exit::{Doing as _, Stop};

/// A data folder: `registry.db`, `keys.db`, `master.key`, `access/`, `lists/`,
/// `lists.index`, `list_versions/`, `downloads/`, `LOCK`.
#[derive(Debug, Clone)]
pub struct DataFolder {
    path: PathBuf,
}

impl DataFolder {
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn access(&self) -> PathBuf {
        self.path.join("access")
    }

    pub fn lists(&self) -> PathBuf {
        self.path.join("lists")
    }

    /// The index of those, made at the start after they were loaded.
    pub fn list_index(&self) -> PathBuf {
        self.path.join("lists.index")
    }

    /// Every version of a list that was ever in force, for who asks what it said then.
    pub fn list_versions(&self) -> PathBuf {
        self.path.join("list_versions")
    }

    /// Lists on their way from their publishers.
    pub fn downloads(&self) -> PathBuf {
        self.path.join("downloads")
    }

    pub fn master_key(&self, config: &Config) -> PathBuf {
        config.keys.master_key_file.clone().unwrap_or_else(|| self.path.join("master.key"))
    }

    /// Makes the folder, for its owner alone, if there is none.
    pub fn make(&self) -> Result<(), Stop> {
        if self.path.is_dir() {
            return Ok(());
        }
        make_private(&self.path).doing(format!("making `{}`", self.path.display()))
    }

    /// A folder that nobody made is most likely a mistyped one.
    pub fn absent(&self) -> Stop {
        Stop::unusable(format!("there is no installation in `{}`", self.path.display())).next(
            "name its folder with `--data DIR`; `tenantry serve --data DIR`, `tenantry demo` or `tenantry staff \
             invite HANDLE --role administrator --data DIR` begins a new one",
        )
    }

    /// Notes where the process that holds the folder serves, for whoever finds it held.
    pub fn note_address(&self, address: Option<SocketAddr>) -> std::io::Result<()> {
        let text = address.map_or_else(String::new, |address| {
            format!("http://{address} (process {})\n", std::process::id())
        });
        fs::write(self.path.join("LOCK"), text)
    }

    /// What the holder of the folder noted; `None` if it serves nothing.
    pub fn noted_address(&self) -> Option<String> {
        let text = fs::read_to_string(self.path.join("LOCK")).ok()?;
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}

#[cfg(unix)]
fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make_private(path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(path)
}
