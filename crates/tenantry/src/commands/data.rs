//! What commands over a data folder share: where it is, how it is configured, how it is opened.

use std::path::PathBuf;

use crate::config::{self, Config};
use crate::exit::Stop;
use crate::wiring::Wired;
use crate::wiring::folder::DataFolder;
use crate::wiring::lists::ListsNeeded;
use crate::wiring::stores::Access;

#[derive(Debug, Clone, Default, clap::Args)]
pub struct Data {
    /// The data folder; else what the configuration says, else `tenantry-data`
    #[arg(long, value_name = "DIR", env = "TENANTRY_DATA", help_heading = "Data")]
    pub data: Option<PathBuf>,
    /// The configuration; else `tenantry.toml` in the data folder, if there is one
    #[arg(long, value_name = "FILE", env = "TENANTRY_CONFIG", help_heading = "Data")]
    pub config: Option<PathBuf>,
}

impl Data {
    /// The configuration as file and environment give it, with the folder of the command line over it.
    pub fn config(&self) -> Result<Config, Stop> {
        let mut config = Config::read(self.config_file().as_deref(), &self.variables())?;
        if let Some(data) = &self.data {
            config.data.clone_from(data);
        }
        Ok(config)
    }

    /// The file that is read, if any.
    pub fn config_file(&self) -> Option<PathBuf> {
        let beside = |folder: &PathBuf| Some(folder.join("tenantry.toml")).filter(|file| file.is_file());
        self.config.clone().or_else(|| self.data.as_ref().and_then(beside))
    }

    /// `TENANTRY_DATA` was read already.
    pub fn variables(&self) -> config::Variables {
        let mut variables = config::variables();
        variables.retain(|(name, _)| name != "TENANTRY_DATA");
        variables
    }

    pub fn folder(&self) -> Result<DataFolder, Stop> {
        Ok(DataFolder::new(&self.config()?.data))
    }

    pub fn open(&self, how: Access, lists: ListsNeeded) -> Result<Wired, Stop> {
        Wired::open(self.config()?, how, lists)
    }
}
