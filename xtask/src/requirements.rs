//! Which requirements a test names, and which none does. A report: it fails nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::report::Outcome;
use crate::test_code;
use crate::workspace::Workspace;

pub fn report(workspace: &Workspace) -> anyhow::Result<Outcome> {
    let document = std::fs::read_to_string(workspace.root.join("docs/requirements.md"))
        .context("could not read `docs/requirements.md`")?;
    let table = ids_of_table(&document);
    let mut named = BTreeSet::new();
    for text in texts_of_tests(&workspace.root.join("crates"))? {
        named.extend(ids_in(&text, &families(&table)));
    }
    let unnamed: Vec<_> = table.difference(&named).cloned().collect();
    if !unnamed.is_empty() {
        println!("No test names these requirements:");
        for line in by_family(&unnamed) {
            println!("  {line}");
        }
    }
    let unknown: Vec<_> = named.difference(&table).cloned().collect();
    if !unknown.is_empty() {
        println!("Tests name what is not in the table: {}", unknown.join(", "));
    }
    Ok(Outcome::Noted(format!(
        "{} of {} requirements are named by tests",
        table.len() - unnamed.len(),
        table.len()
    )))
}

/// The ids in the first column of the table.
fn ids_of_table(document: &str) -> BTreeSet<String> {
    document
        .lines()
        .filter_map(|line| line.trim().strip_prefix('|')?.split('|').next())
        .map(str::trim)
        .filter(|cell| is_id(cell))
        .map(str::to_owned)
        .collect()
}

/// `LOG` of `LOG-02`.
fn families(ids: &BTreeSet<String>) -> BTreeSet<&str> {
    ids.iter().filter_map(|id| Some(id.split_once('-')?.0)).collect()
}

/// All ids of these families in the text; `UTF-16` and `SHA-256` are none.
fn ids_in(text: &str, families: &BTreeSet<&str>) -> BTreeSet<String> {
    text.split(|character: char| !character.is_ascii_alphanumeric() && character != '-')
        .filter(|word| {
            is_id(word) && word.split_once('-').is_some_and(|(family, _)| families.contains(family))
        })
        .map(str::to_owned)
        .collect()
}

/// Two to four capitals, a hyphen, two digits.
fn is_id(word: &str) -> bool {
    word.split_once('-').is_some_and(|(family, number)| {
        (2..=4).contains(&family.len())
            && family.bytes().all(|byte| byte.is_ascii_uppercase())
            && number.len() == 2
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// One line a family: `LOG-01 LOG-03`.
fn by_family(ids: &[String]) -> Vec<String> {
    let mut lines: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for id in ids {
        lines.entry(id.split('-').next().unwrap_or(id)).or_default().push(id);
    }
    lines.values().map(|ids| ids.join(" ")).collect()
}

/// Test code of all crates: files in `tests/` folders, `tests.rs`, items under `#[cfg(test)]`, modules
/// declared there, and the contract suites of `testkit`, which are run by the tests of the adapters.
fn texts_of_tests(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut files = Vec::new();
    collect_rust_files(folder, &mut files)?;
    let mut texts = Vec::new();
    let mut modules_of_tests = Vec::new();
    let mut sources = Vec::new();
    for file in files {
        let source =
            std::fs::read_to_string(&file).with_context(|| format!("could not read `{}`", file.display()))?;
        if is_test_file(file.strip_prefix(folder).unwrap_or(&file)) {
            texts.push(source);
            continue;
        }
        let found = test_code::find(&source);
        texts.extend(found.items.iter().map(|item| (*item).to_owned()));
        modules_of_tests.extend(found.modules.iter().map(|name| folder_of_modules(&file).join(name)));
        sources.push((file, source));
    }
    for (file, source) in sources {
        let stem = file.with_extension("");
        if modules_of_tests.iter().any(|module| stem.starts_with(module)) {
            texts.push(source);
        }
    }
    Ok(texts)
}

fn is_test_file(path: &Path) -> bool {
    let parts: Vec<_> = path.iter().filter_map(|part| part.to_str()).collect();
    let in_testkit = parts.first() == Some(&"testkit");
    parts.iter().any(|part| *part == "tests" || *part == "tests.rs")
        || (in_testkit && parts.iter().any(|part| part.trim_end_matches(".rs").contains("contract")))
}

/// `src/legal_hold/` for `src/legal_hold.rs`, `src/` for `src/lib.rs`.
fn folder_of_modules(file: &Path) -> PathBuf {
    match file.file_name().and_then(|name| name.to_str()) {
        Some("lib.rs" | "main.rs" | "mod.rs") => file.parent().unwrap_or(file).to_owned(),
        _ => file.with_extension(""),
    }
}

fn collect_rust_files(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("could not read `{}`", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                collect_rust_files(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(words: &[&str]) -> BTreeSet<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn the_table_gives_its_ids_and_nothing_else() {
        let document = "\
| Id | Requirement |
|---|---|
| LOG-02 | Tamper evidence, see SEC-01 |
|AI-01| Detect |
| LOG-021 | no id |
LOG-03 | not in the first column
";
        assert_eq!(ids_of_table(document), set(&["AI-01", "LOG-02"]));
    }

    #[test]
    fn the_table_of_this_repository_is_read() {
        let table = ids_of_table(include_str!("../../docs/requirements.md"));

        for id in ["DEF-01", "CIP-23", "LOG-02", "PCK-02", "OPS-01"] {
            assert!(table.contains(id), "{id}");
        }
        assert!(table.len() > 80, "{}", table.len());
    }

    #[test]
    fn ids_are_found_at_the_borders_of_words_only() {
        let families = BTreeSet::from(["LOG", "CIP", "AI"]);
        let cases = [
            ("/// LOG-02, CIP-23: altered rows are named.", &["LOG-02", "CIP-23"][..]),
            ("\"requirement\": \"AI-01\"", &["AI-01"]),
            ("(LOG-01/LOG-03)", &["LOG-01", "LOG-03"]),
            ("XLOG-02 LOG-021 LOG-2 log-02 LOG_02 LOG-02-a", &[]),
            ("UTF-16, ISO-86, CVE-20", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(ids_in(text, &families), set(expected), "{text}");
        }
    }

    #[test]
    fn files_of_tests_are_known_by_their_place() {
        for (path, expected) in [
            ("app/tests/sign_up.rs", true),
            ("domain/src/legal_hold/tests.rs", true),
            ("domain/src/legal_hold/tests/table.rs", true),
            ("testkit/src/contract/store.rs", true),
            ("testkit/src/store_contract.rs", true),
            ("testkit/src/platform.rs", false),
            ("domain/src/contract.rs", false),
            ("domain/src/legal_hold.rs", false),
        ] {
            assert_eq!(is_test_file(Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn test_code_is_gathered_from_every_place_it_may_stand() {
        let folder = std::env::temp_dir().join(format!("tenantry-xtask-{}", std::process::id()));
        let write = |path: &str, text: &str| {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("a/src/lib.rs", "// LOG-01\n#[cfg(test)]\nmod cases;\n");
        write("a/src/cases.rs", "// LOG-02");
        write("a/src/cases/more.rs", "// LOG-03");
        write(
            "a/src/noun.rs",
            "// LOG-04\n#[cfg(test)]\nmod table;\n#[cfg(test)] mod tests { /* LOG-05 */ }",
        );
        write("a/src/noun/table.rs", "// LOG-06");
        write("a/tests/whole.rs", "// LOG-07");
        write("a/tests/data.txt", "LOG-08");

        let texts = texts_of_tests(&folder).unwrap().concat();
        std::fs::remove_dir_all(&folder).unwrap();

        let ids = ids_in(&texts, &BTreeSet::from(["LOG"]));
        assert_eq!(ids, set(&["LOG-02", "LOG-03", "LOG-05", "LOG-06", "LOG-07"]));
    }

    #[test]
    fn unnamed_requirements_are_listed_by_family() {
        let ids = ["AI-01", "LOG-01", "LOG-03"].map(str::to_owned);

        assert_eq!(by_family(&ids), ["AI-01", "LOG-01 LOG-03"]);
    }
}
