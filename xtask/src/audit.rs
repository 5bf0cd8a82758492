//! Known vulnerabilities in the dependencies. Not a part of `check`: it needs the network, and what it
//! finds changes without a change of ours.

use anyhow::bail;

use crate::shell;
use crate::workspace::Workspace;

pub fn run(workspace: &Workspace) -> anyhow::Result<bool> {
    let tools: [(&str, &[&str]); 2] = [("audit", &["audit"]), ("deny", &["deny", "check", "advisories"])];
    let installed =
        tools.iter().find(|(tool, _)| shell::succeeds(workspace.cargo().args([tool, "--version"])));
    let Some((tool, arguments)) = installed else {
        bail!(
            "advisories were NOT checked: install `cargo-audit` or `cargo-deny` (`cargo install cargo-audit`)"
        )
    };
    let heard = shell::run_and_hear(workspace.cargo().args(*arguments))?;
    if heard.status.success() {
        return Ok(true);
    }
    if database_is_missing(&heard.text) {
        bail!("advisories were NOT checked: `cargo {tool}` could not get its database");
    }
    println!("`cargo {tool}` has found something; see above.");
    Ok(false)
}

/// Told from the words of the two tools, which have no exit code for it.
fn database_is_missing(text: &str) -> bool {
    let text = text.to_lowercase();
    [
        "couldn't fetch advisory database",
        "failed to fetch advisory database",
        "failed to load advisory database",
    ]
    .iter()
    .any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreachable_database_is_told_from_a_finding() {
        assert!(database_is_missing("error: couldn't fetch advisory database: git operation failed"));
        assert!(database_is_missing("[ERROR] failed to fetch advisory database https://example.org"));
        assert!(!database_is_missing(
            "Crate: time\nTitle: Potential segfault\nerror: 1 vulnerability found!"
        ));
    }
}
