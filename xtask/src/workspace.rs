//! The checkout this task runs in.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use serde_json::Value;

pub struct Workspace {
    pub root: PathBuf,
}

impl Workspace {
    /// The folder above `xtask/`. `cargo run` says where that is now; a checkout may have moved
    /// since the task was compiled.
    pub fn find() -> anyhow::Result<Self> {
        let manifest_folder = std::env::var_os("CARGO_MANIFEST_DIR")
            .unwrap_or_else(|| OsString::from(env!("CARGO_MANIFEST_DIR")));
        let root = Path::new(&manifest_folder).parent().context("xtask lies in no folder")?.to_owned();
        if !root.join("Cargo.toml").is_file() {
            bail!("no workspace in `{}`; run `cargo xtask` inside the checkout", root.display());
        }
        Ok(Self { root })
    }

    /// The same `cargo` that started this task, in the root of the workspace.
    pub fn cargo(&self) -> Command {
        let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// What `cargo metadata` says; with `dependencies` also of every crate in the tree.
    pub fn metadata(&self, dependencies: bool) -> anyhow::Result<Value> {
        let mut command = self.cargo();
        command.args(["metadata", "--format-version", "1"]);
        if !dependencies {
            command.arg("--no-deps");
        }
        let output = command.stderr(Stdio::inherit()).output().context("could not run `cargo metadata`")?;
        if !output.status.success() {
            bail!("`cargo metadata` failed");
        }
        serde_json::from_slice(&output.stdout).context("`cargo metadata` answered something else than JSON")
    }
}
