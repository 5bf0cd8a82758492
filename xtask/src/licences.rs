//! Licences, bans and sources of the dependency tree, by the rules in `deny.toml`.
//!
//! Reads the part of cargo-deny's format that the file uses, so that a check needs no tool that takes
//! minutes to build; whatever it does not understand it refuses.

use std::collections::BTreeSet;

use anyhow::{Context, bail};
use serde_json::Value;
use toml::Table;

use crate::report::Outcome;
use crate::spdx::Expression;
use crate::workspace::Workspace;

pub fn check(workspace: &Workspace) -> anyhow::Result<Outcome> {
    let text =
        std::fs::read_to_string(workspace.root.join("deny.toml")).context("could not read `deny.toml`")?;
    let rules = Rules::parse(&text)?;
    let packages = packages(&workspace.metadata(true)?)?;
    let complaints: Vec<String> =
        packages.iter().flat_map(|package| rules.complaints_about(package)).collect();
    for complaint in &complaints {
        println!("{complaint}");
    }
    Ok(if complaints.is_empty() {
        Outcome::Noted(format!("{} crates", packages.len()))
    } else {
        Outcome::Failed(format!("{} complaints about {} crates", complaints.len(), packages.len()))
    })
}

struct Package {
    name: String,
    version: String,
    licence: Option<String>,
    /// `None` for what lies in the file system.
    source: Option<String>,
    is_member: bool,
}

fn packages(metadata: &Value) -> anyhow::Result<Vec<Package>> {
    let list = |key: &str| metadata[key].as_array().with_context(|| format!("no `{key}` in the metadata"));
    let members: BTreeSet<_> = list("workspace_members")?.iter().filter_map(Value::as_str).collect();
    let text = |package: &Value, key: &str| package[key].as_str().map(str::to_owned);
    list("packages")?
        .iter()
        .map(|package| {
            Ok(Package {
                name: text(package, "name").context("a package without a name")?,
                version: text(package, "version").unwrap_or_default(),
                licence: text(package, "license"),
                source: text(package, "source"),
                is_member: package["id"].as_str().is_some_and(|id| members.contains(id)),
            })
        })
        .collect()
}

#[derive(Default)]
struct Rules {
    allowed_licences: BTreeSet<String>,
    /// Licences allowed for one crate only.
    exceptions: Vec<(String, BTreeSet<String>)>,
    /// Crates that do not say their licence well, and what it is.
    clarified: Vec<(String, String)>,
    /// Crates that may not be in the tree, and why.
    banned: Vec<(String, String)>,
    allowed_sources: BTreeSet<String>,
}

impl Rules {
    fn parse(text: &str) -> anyhow::Result<Self> {
        let file: Table = text.parse().context("`deny.toml` is not TOML")?;
        let licences = table(&file, "licenses")?;
        let bans = table(&file, "bans")?;
        let sources = table(&file, "sources")?;
        for key in ["unknown-registry", "unknown-git"] {
            if sources.get(key).and_then(toml::Value::as_str) != Some("deny") {
                bail!("`sources.{key}` must be \"deny\"");
            }
        }
        let mut rules = Self { allowed_licences: words(licences, "allow")?, ..Self::default() };
        for entry in entries(licences, "exceptions")? {
            rules.exceptions.push((crate_name(entry)?, words(as_table(entry)?, "allow")?));
        }
        for entry in entries(licences, "clarify")? {
            let expression = as_table(entry)?.get("expression").and_then(toml::Value::as_str);
            rules.clarified.push((
                crate_name(entry)?,
                expression.context("a clarification without `expression`")?.to_owned(),
            ));
        }
        for entry in entries(bans, "deny")? {
            let reason = entry.get("reason").and_then(toml::Value::as_str).unwrap_or("no reason given");
            rules.banned.push((crate_name(entry)?, reason.to_owned()));
        }
        rules
            .allowed_sources
            .extend(words(sources, "allow-registry")?.iter().map(|url| format!("registry+{url}")));
        rules.allowed_sources.extend(words(sources, "allow-git")?.iter().map(|url| format!("git+{url}")));
        Ok(rules)
    }

    fn complaints_about(&self, package: &Package) -> Vec<String> {
        [self.wrong_licence(package), self.ban(package), self.wrong_source(package)]
            .into_iter()
            .flatten()
            .map(|complaint| format!("{} {}: {complaint}", package.name, package.version))
            .collect()
    }

    fn wrong_licence(&self, package: &Package) -> Option<String> {
        let clarified =
            self.clarified.iter().find(|(name, _)| *name == package.name).map(|(_, expression)| expression);
        let Some(text) = clarified.or(package.licence.as_ref()) else {
            return Some("says no licence; clarify it in `deny.toml` after reading its files".to_owned());
        };
        let is_allowed = |id: &str| {
            self.allowed_licences.contains(id)
                || self.exceptions.iter().any(|(name, allowed)| *name == package.name && allowed.contains(id))
        };
        match Expression::parse(text) {
            Err(error) => Some(error.to_string()),
            Ok(expression) if expression.is_met_by(&is_allowed) => None,
            Ok(_) => Some(format!("licence `{text}` is not allowed")),
        }
    }

    fn ban(&self, package: &Package) -> Option<String> {
        let (_, reason) = self.banned.iter().find(|(name, _)| *name == package.name)?;
        Some(format!("is banned: {reason}"))
    }

    fn wrong_source(&self, package: &Package) -> Option<String> {
        match &package.source {
            None if package.is_member => None,
            None => Some("comes from a folder outside the workspace".to_owned()),
            // A git source carries `?branch=` and `#commit` after its address.
            Some(source)
                if self.allowed_sources.contains(source.split(['?', '#']).next().unwrap_or(source)) =>
            {
                None
            }
            Some(source) => Some(format!("comes from `{source}`")),
        }
    }
}

fn table<'a>(file: &'a Table, key: &str) -> anyhow::Result<&'a Table> {
    file.get(key).and_then(toml::Value::as_table).with_context(|| format!("`deny.toml` has no [{key}]"))
}

fn as_table(value: &toml::Value) -> anyhow::Result<&Table> {
    value.as_table().with_context(|| format!("`{value}` is not a table"))
}

/// An absent list is empty.
fn entries<'a>(table: &'a Table, key: &str) -> anyhow::Result<&'a [toml::Value]> {
    match table.get(key) {
        None => Ok(&[]),
        Some(value) => Ok(value.as_array().with_context(|| format!("`{key}` is not a list"))?),
    }
}

fn words(table: &Table, key: &str) -> anyhow::Result<BTreeSet<String>> {
    entries(table, key)?
        .iter()
        .map(|value| {
            Ok(value.as_str().with_context(|| format!("`{value}` in `{key}` is not a text"))?.to_owned())
        })
        .collect()
}

/// `"name"`, `{ crate = "name" }` or `{ name = "name" }`. A version would narrow a rule in a way this
/// check cannot follow, so it is refused rather than read wrongly.
fn crate_name(entry: &toml::Value) -> anyhow::Result<String> {
    let name = entry
        .as_str()
        .or_else(|| entry.get("crate").or_else(|| entry.get("name")).and_then(toml::Value::as_str))
        .with_context(|| format!("`{entry}` names no crate"))?;
    if name.contains(['@', ':', '=']) || entry.get("version").is_some() {
        bail!("`{entry}` names a version; only whole crates are understood here");
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

    const RULES: &str = r#"
        [licenses]
        allow = ["MIT", "Apache-2.0"]
        exceptions = [{ crate = "odd-one", allow = ["ISC"] }]
        [[licenses.clarify]]
        crate = "wordless"
        expression = "MIT"
        license-files = []
        [bans]
        deny = [{ crate = "openssl-sys", reason = "rustls instead" }, "left-pad"]
        [sources]
        unknown-registry = "deny"
        unknown-git = "deny"
        allow-registry = ["https://github.com/rust-lang/crates.io-index"]
        allow-git = ["https://example.org/good"]
    "#;

    fn package(name: &str, licence: Option<&str>, source: Option<&str>) -> Package {
        Package {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: licence.map(str::to_owned),
            source: source.map(str::to_owned),
            is_member: false,
        }
    }

    #[test]
    fn each_crate_is_held_to_the_rules() {
        let rules = Rules::parse(RULES).unwrap();
        let cases = [
            (package("serde", Some("MIT OR Apache-2.0"), Some(CRATES_IO)), ""),
            (package("copyleft", Some("GPL-3.0-only"), Some(CRATES_IO)), "`GPL-3.0-only` is not allowed"),
            (package("odd-one", Some("ISC"), Some(CRATES_IO)), ""),
            (package("other-one", Some("ISC"), Some(CRATES_IO)), "not allowed"),
            (package("wordless", None, Some(CRATES_IO)), ""),
            (package("silent", None, Some(CRATES_IO)), "says no licence"),
            (package("no-words", Some("see file!"), Some(CRATES_IO)), "not a licence expression"),
            (package("openssl-sys", Some("MIT"), Some(CRATES_IO)), "rustls instead"),
            (package("left-pad", Some("MIT"), Some(CRATES_IO)), "is banned"),
            (package("forked", Some("MIT"), Some("git+https://example.org/bad?branch=x#1234")), "comes from"),
            (package("kept", Some("MIT"), Some("git+https://example.org/good?rev=1#1234")), ""),
            (package("elsewhere", Some("MIT"), Some("registry+https://example.org/index")), "comes from"),
            (package("beside", Some("MIT"), None), "outside the workspace"),
        ];
        for (package, expected) in cases {
            let complaints = rules.complaints_about(&package).join("; ");
            assert_eq!(complaints.is_empty(), expected.is_empty(), "{}: {complaints}", package.name);
            assert!(complaints.contains(expected), "{}: {complaints}", package.name);
        }
    }

    #[test]
    fn a_member_of_the_workspace_needs_no_registry() {
        let rules = Rules::parse(RULES).unwrap();
        let member = Package { is_member: true, ..package("domain", Some("Apache-2.0"), None) };

        assert_eq!(rules.complaints_about(&member), Vec::<String>::new());
    }

    #[test]
    fn rules_that_would_be_read_wrongly_are_refused() {
        for (from, to) in [
            ("unknown-git = \"deny\"", "unknown-git = \"allow\""),
            ("unknown-registry = \"deny\"", ""),
            ("\"left-pad\"", "\"left-pad@1\""),
            ("[bans]", "[bands]"),
            ("\"MIT\", \"Apache", "1, \"Apache"),
        ] {
            assert!(Rules::parse(&RULES.replace(from, to)).is_err(), "{from} -> {to}");
        }
    }

    #[test]
    fn the_rules_of_this_repository_keep_copyleft_and_source_available_licences_out() {
        let rules = Rules::parse(include_str!("../../deny.toml")).unwrap();
        for licence in [
            "GPL-2.0-or-later",
            "GPL-3.0-only",
            "AGPL-3.0-only",
            "LGPL-3.0-only",
            "BUSL-1.1",
            "SSPL-1.0",
            "Elastic-2.0",
        ] {
            let complaints = rules.complaints_about(&package("any", Some(licence), Some(CRATES_IO)));
            assert!(!complaints.is_empty(), "{licence}");
        }
        for licence in ["MIT", "MPL-2.0", "MIT OR GPL-3.0-only"] {
            assert!(
                rules.complaints_about(&package("any", Some(licence), Some(CRATES_IO))).is_empty(),
                "{licence}"
            );
        }
    }
}
