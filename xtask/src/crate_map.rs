//! The map of crates: which crate of the workspace may use which, held against the manifests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::Value;
use toml::Table;

use crate::report::Outcome;
use crate::workspace::Workspace;

/// The map, as data: `xtask/crate-map.toml`.
const MAP: &str = include_str!("../crate-map.toml");

pub fn check(workspace: &Workspace) -> anyhow::Result<Outcome> {
    let map = CrateMap::parse(MAP)?;
    let metadata = workspace.metadata(false)?;
    let complaints = map.complaints_about(&crates(&metadata)?);
    for complaint in &complaints {
        println!("{complaint}");
    }
    Ok(if complaints.is_empty() {
        Outcome::Noted(format!("{} crates", map.arrows.len()))
    } else {
        Outcome::Failed(format!("{} not on the map (xtask/crate-map.toml)", complaints.len()))
    })
}

struct CrateMap {
    arrows: BTreeMap<String, BTreeSet<String>>,
    tests_may_use: BTreeSet<String>,
}

/// A crate as its manifest has it, with what it uses of the workspace.
#[derive(Debug, Default)]
struct Crate {
    name: String,
    uses: BTreeSet<String>,
    tests_use: BTreeSet<String>,
}

impl CrateMap {
    /// Refuses a map that names a crate without a line of its own, or goes in circles.
    fn parse(text: &str) -> anyhow::Result<Self> {
        let file: Table = text.parse().context("the map of crates is not TOML")?;
        let arrows = file.get("arrows").and_then(toml::Value::as_table).context("the map has no [arrows]")?;
        let arrows = arrows
            .iter()
            .map(|(name, used)| {
                Ok((name.clone(), names(used).with_context(|| format!("arrows of `{name}`"))?))
            })
            .collect::<anyhow::Result<BTreeMap<_, _>>>()?;
        let tests_may_use = match file.get("tests").and_then(|tests| tests.get("also")) {
            Some(also) => names(also).context("`tests.also`")?,
            None => BTreeSet::new(),
        };
        let named = arrows.values().flatten().chain(&tests_may_use);
        if let Some(unknown) = named.into_iter().find(|name| !arrows.contains_key(*name)) {
            bail!("the map names `{unknown}`, which has no line of its own");
        }
        let map = Self { arrows, tests_may_use };
        map.refuse_circles()?;
        Ok(map)
    }

    /// Takes away crates that use nothing that is left; what cannot be taken away is a circle.
    fn refuse_circles(&self) -> anyhow::Result<()> {
        let mut left: BTreeSet<&String> = self.arrows.keys().collect();
        loop {
            let before = left.len();
            let still: BTreeSet<&String> = left
                .iter()
                .copied()
                .filter(|name| self.arrows[*name].iter().any(|used| left.contains(used)))
                .collect();
            left = still;
            if left.is_empty() {
                return Ok(());
            }
            if left.len() == before {
                bail!("arrows go in a circle among {left:?}");
            }
        }
    }

    fn complaints_about(&self, crates: &[Crate]) -> Vec<String> {
        let mut complaints = Vec::new();
        for Crate { name, uses, tests_use } in crates {
            let Some(allowed) = self.arrows.get(name) else {
                complaints.push(format!("crate `{name}` is not on the map"));
                continue;
            };
            for used in uses.difference(allowed) {
                complaints.push(format!("`{name}` uses `{used}`"));
            }
            for used in tests_use
                .iter()
                .filter(|used| !allowed.contains(*used) && !self.tests_may_use.contains(*used))
            {
                complaints.push(format!("the tests of `{name}` use `{used}`"));
            }
        }
        for name in self.arrows.keys().filter(|name| !crates.iter().any(|found| found.name == **name)) {
            complaints.push(format!("the map has a crate `{name}` that the workspace has not"));
        }
        complaints
    }
}

fn names(value: &toml::Value) -> anyhow::Result<BTreeSet<String>> {
    let list = value.as_array().context("is not a list")?;
    list.iter().map(|name| Ok(name.as_str().context("holds something else than names")?.to_owned())).collect()
}

/// Reads the members from `cargo metadata --no-deps`. A dependency belongs to the workspace when its
/// path does, under whatever name it is used.
fn crates(metadata: &Value) -> anyhow::Result<Vec<Crate>> {
    let packages = metadata["packages"].as_array().context("no `packages` in the metadata")?;
    let mut name_by_folder = BTreeMap::new();
    for package in packages {
        let manifest = package["manifest_path"].as_str().context("a package without a manifest")?;
        let folder = Path::new(manifest).parent().context("a manifest in no folder")?;
        name_by_folder.insert(folder, package["name"].as_str().context("a package without a name")?);
    }
    packages
        .iter()
        .map(|package| {
            let mut found =
                Crate { name: package["name"].as_str().unwrap_or_default().to_owned(), ..Crate::default() };
            for dependency in package["dependencies"].as_array().context("a package without dependencies")? {
                let Some(name) =
                    dependency["path"].as_str().and_then(|path| name_by_folder.get(Path::new(path)))
                else {
                    continue;
                };
                let in_tests_only = dependency["kind"].as_str() == Some("dev");
                let uses = if in_tests_only { &mut found.tests_use } else { &mut found.uses };
                uses.insert((*name).to_owned());
            }
            Ok(found)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL_MAP: &str = r#"
        [arrows]
        terms = []
        domain = ["terms"]
        server = ["domain"]
        testkit = ["domain"]
        [tests]
        also = ["testkit"]
    "#;

    fn crate_using(name: &str, uses: &[&str], tests_use: &[&str]) -> Crate {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Crate { name: name.to_owned(), uses: owned(uses), tests_use: owned(tests_use) }
    }

    fn small_workspace() -> Vec<Crate> {
        vec![
            crate_using("terms", &[], &[]),
            crate_using("domain", &["terms"], &["testkit"]),
            crate_using("server", &[], &["domain", "testkit"]),
            crate_using("testkit", &["domain"], &[]),
        ]
    }

    #[test]
    fn crates_use_only_what_the_map_allows() {
        let workspace =
            Workspace { root: Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned() };
        let metadata = workspace.metadata(false).unwrap();

        let complaints = CrateMap::parse(MAP).unwrap().complaints_about(&crates(&metadata).unwrap());

        assert!(complaints.is_empty(), "not on the map: {complaints:?}");
    }

    #[test]
    fn an_arrow_that_is_not_on_the_map_is_named() {
        let map = CrateMap::parse(SMALL_MAP).unwrap();
        let cases = [
            (crate_using("terms", &["domain"], &[]), "`terms` uses `domain`"),
            (crate_using("terms", &["testkit"], &[]), "`terms` uses `testkit`"),
            (crate_using("terms", &[], &["server"]), "the tests of `terms` use `server`"),
            (crate_using("console", &[], &[]), "crate `console` is not on the map"),
        ];
        for (found, expected) in cases {
            let mut crates = small_workspace();
            crates.retain(|other| other.name != found.name);
            crates.push(found);
            assert_eq!(map.complaints_about(&crates), [expected]);
        }
        assert_eq!(map.complaints_about(&small_workspace()), Vec::<String>::new());
    }

    #[test]
    fn a_crate_that_is_gone_is_named() {
        let complaints = CrateMap::parse(SMALL_MAP).unwrap().complaints_about(&small_workspace()[..3]);

        assert_eq!(complaints, ["the map has a crate `testkit` that the workspace has not"]);
    }

    #[test]
    fn a_map_that_contradicts_itself_is_refused() {
        for (text, why) in [
            ("arrows = 1", "no [arrows]"),
            ("[arrows]\na = \"b\"", "arrows of `a`"),
            ("[arrows]\na = [1]", "arrows of `a`"),
            ("[arrows]\na = [\"b\"]", "names `b`"),
            ("[arrows]\na = []\n[tests]\nalso = [\"b\"]", "names `b`"),
            ("[arrows]\na = [\"a\"]", "circle"),
            ("[arrows]\na = [\"b\"]\nb = [\"c\"]\nc = [\"a\"]\nd = [\"a\"]", "circle"),
        ] {
            let error = CrateMap::parse(text).err().map(|error| error.to_string());
            assert!(error.as_ref().is_some_and(|error| error.contains(why)), "{text}: {error:?}");
        }
    }

    #[test]
    fn a_renamed_dependency_and_one_of_tests_are_told_apart() {
        let metadata = serde_json::json!({ "packages": [
            { "name": "domain", "manifest_path": "/w/crates/domain/Cargo.toml", "dependencies": [
                { "name": "terms", "rename": "words", "kind": null, "path": "/w/crates/terms" },
                { "name": "testkit", "rename": null, "kind": "dev", "path": "/w/crates/testkit" },
                { "name": "serde", "rename": null, "kind": null },
            ] },
            { "name": "terms", "manifest_path": "/w/crates/terms/Cargo.toml", "dependencies": [] },
            { "name": "testkit", "manifest_path": "/w/crates/testkit/Cargo.toml", "dependencies": [
                { "name": "domain", "rename": null, "kind": "build", "path": "/w/crates/domain" },
            ] },
        ] });

        let crates = crates(&metadata).unwrap();

        assert_eq!(crates[0].uses, BTreeSet::from(["terms".to_owned()]));
        assert_eq!(crates[0].tests_use, BTreeSet::from(["testkit".to_owned()]));
        assert_eq!(crates[2].uses, BTreeSet::from(["domain".to_owned()]));
    }
}
