//! Accepting golden files and snapshots as the code writes them now.

use std::path::{Path, PathBuf};

use crate::workspace::Workspace;
use crate::{check, shell};

/// Tells tests that compare golden files to write them instead.
const BLESS: &str = "TENANTRY_BLESS";

/// Runs the tests, those named by `filters` or all, with golden files being written; then shows what
/// has changed, as accepting without looking proves nothing.
pub fn run(workspace: &Workspace, packages: &[String], filters: &[String]) -> anyhow::Result<bool> {
    let mut command = check::test_command(workspace, packages);
    command.args(filters).env(BLESS, "1").env("INSTA_UPDATE", "always").env("INSTA_FORCE_PASS", "1");
    let mut passed = shell::run(&mut command)?.success();

    if has_pending_snapshots(&workspace.root.join("crates"))? {
        // Snapshots inside source files are written by this tool only.
        let accepted = shell::succeeds(workspace.cargo().args(["insta", "accept", "--workspace"]));
        if !accepted {
            println!(
                "Snapshots inside source files wait: `cargo install cargo-insta`, then `cargo insta accept`."
            );
        }
        passed &= accepted;
    }
    println!("\nFiles that differ from the last commit:");
    let mut status = std::process::Command::new("git");
    status.args(["status", "--short"]).current_dir(&workspace.root);
    shell::run(&mut status)?;
    Ok(passed)
}

fn has_pending_snapshots(folder: &Path) -> anyhow::Result<bool> {
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.ends_with(".pending-snap") {
                return Ok(true);
            }
            if path.is_dir() && name != "target" {
                folders.push(path);
            }
        }
    }
    Ok(false)
}
