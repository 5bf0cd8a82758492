//! Delta files beside the FollowTheMoney list that they continue, laid out as published: each in a folder named by its
//! version, next to the folder of the list's version or to the list itself.

use std::collections::{BTreeMap, BTreeSet};

use super::{DeltaError, apply_delta};
use crate::{
    entry::Watchlist,
    formats::{
        LeftOut, NotRead,
        draft::{Draft, File, order_of},
    },
};

/// Deltas of one folder and what its index says there are.
#[derive(Default)]
pub struct Chain {
    /// By version, in whose order they follow each other.
    deltas: BTreeMap<String, Delta>,
    published: BTreeSet<String>,
}

struct Delta {
    path: String,
    changes: String,
}

/// Where a file lies: the folder that versions lie in, and the version that its own folder is named by.
fn place(path: &str) -> (&str, Option<&str>) {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let (above, name) = folder.rsplit_once('/').unwrap_or(("", folder));
    if is_version(name) { (above, Some(name)) } else { (folder, None) }
}

/// Such as `20240527134702-zbn`: an instant, and a mark that tells builds of one second apart.
fn is_version(name: &str) -> bool {
    let (instant, mark) = name.split_once('-').unwrap_or((name, ""));
    instant.len() == 14
        && instant.bytes().all(|byte| byte.is_ascii_digit())
        && mark.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Takes in a delta file.
pub fn add(chains: &mut BTreeMap<String, Chain>, file: &File<'_>) -> Result<(), NotRead> {
    let (folder, Some(version)) = place(file.path) else { return Err(NotRead::NoVersion) };
    let delta = Delta { path: file.path.to_owned(), changes: file.text.to_owned() };
    chains.entry(folder.to_owned()).or_default().deltas.insert(version.to_owned(), delta);
    Ok(())
}

/// Takes in an index of deltas: `{"versions": {"20240527134702-zbn": …}}`.
pub fn add_index(chains: &mut BTreeMap<String, Chain>, file: &File<'_>) -> Result<(), NotRead> {
    let index: serde_json::Value = serde_json::from_str(file.text).map_err(|_| NotRead::Unknown)?;
    let versions = index.get("versions").and_then(serde_json::Value::as_object).ok_or(NotRead::Unknown)?;
    let chain = chains.entry(place(file.path).0.to_owned()).or_default();
    chain.published.extend(versions.keys().filter(|version| is_version(version)).cloned());
    Ok(())
}

/// Takes the lists to the last version that their deltas lead to. A delta that does not fit ends its chain, and is named
/// with all that follow it.
pub fn apply(chains: BTreeMap<String, Chain>, drafts: &mut Vec<Draft>, left_out: &mut Vec<LeftOut>) {
    for (folder, chain) in chains {
        let bases =
            drafts.iter().enumerate().filter(|(_, draft)| draft.is_ftm() && place(&draft.path).0 == folder);
        let base = bases.map(|(at, draft)| (version_of(draft).to_owned(), at)).max();
        match base {
            Some((version, at)) => {
                let base = drafts.swap_remove(at);
                drafts.push(chain.apply(base, version, left_out));
            }
            None => {
                let deltas = chain.deltas.into_values();
                left_out.extend(deltas.map(|delta| LeftOut { path: delta.path, why: NotRead::NoMainFile }));
            }
        }
    }
}

/// As its folder names it; else the day of its last change.
fn version_of(draft: &Draft) -> &str {
    place(&draft.path).1.or(draft.date.as_deref()).unwrap_or_default()
}

impl Chain {
    fn apply(self, mut base: Draft, from: String, left_out: &mut Vec<LeftOut>) -> Draft {
        let mut at = from.clone();
        let mut broken: Option<String> = None;
        for (version, delta) in self.deltas {
            let applied = match &broken {
                Some(why) => Err(NotRead::not_fitting(&base.id, why)),
                None => check_place(&base, &version, &from)
                    .and_then(|()| check_gap(&base, &self.published, (&at, &version)))
                    .and_then(|()| advance(&mut base, &version, &delta.changes)),
            };
            match applied {
                Ok(()) => at = version,
                Err(why) => {
                    if !matches!(why, NotRead::OlderVersion { .. }) && broken.is_none() {
                        broken = Some(format!("it follows version `{version}`, which was left out"));
                    }
                    left_out.push(LeftOut { path: delta.path, why });
                }
            }
        }
        base
    }
}

/// Whether a delta comes after the list that it shall change.
fn check_place(base: &Draft, version: &str, from: &str) -> Result<(), NotRead> {
    let is_one_day = !is_version(from) && order_of(version) == order_of(from);
    match () {
        () if is_one_day => {
            let what = "it may be in the list already: put the list in a folder named by its version";
            Err(NotRead::not_fitting(&base.id, what))
        }
        () if !follows(version, from) => {
            Err(NotRead::OlderVersion { list: base.id.clone(), version: version.to_owned() })
        }
        () => Ok(()),
    }
}

/// Whether the index names a version in between that nobody brought.
fn check_gap(base: &Draft, published: &BTreeSet<String>, (from, to): (&str, &str)) -> Result<(), NotRead> {
    let is_between = |version: &&String| version.as_str() < to && follows(version, from);
    match published.iter().find(is_between) {
        Some(missing) => {
            Err(NotRead::not_fitting(&base.id, &format!("the delta of version `{missing}` is missing")))
        }
        None => Ok(()),
    }
}

/// Whether a version comes after another, which may name no more than its day.
fn follows(version: &str, from: &str) -> bool {
    if is_version(from) { version > from } else { order_of(version) > order_of(from) }
}

fn advance(base: &mut Draft, version: &str, changes: &str) -> Result<(), NotRead> {
    let list = Watchlist {
        id: base.id.clone(),
        title: base.title.clone(),
        version: String::new(),
        sha256: base.sha256.clone(),
        entries: base.entries.clone(),
    };
    let changed = apply_delta(list, version, changes.as_bytes()).map_err(|error| match error {
        DeltaError::NotRead(why) => why,
        other => NotRead::not_fitting(&base.id, &other.to_string()),
    })?;
    base.date = Some(changed.version);
    base.order = order_of(version);
    base.sha256 = changed.sha256;
    base.entries = changed.entries;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{formats::Lists, formats::tests::read};

    fn person(id: &str, changed: &str) -> String {
        format!(
            "{{\"id\":\"{id}\",\"schema\":\"Person\",\"properties\":{{\"name\":[\"Anna {id}\"]}},\"datasets\":[\"x\"],\
             \"target\":true,\"last_change\":\"{changed}\"}}\n"
        )
    }

    fn added(id: &str) -> String {
        format!("{{\"op\":\"ADD\",\"entity\":{}}}\n", person(id, "2024-05-28T00:00:00").trim_end())
    }

    fn read_all(files: &[(&str, &str)]) -> Lists {
        let files: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
        read(&files)
    }

    const INDEX: &str = r#"{"versions": {
        "20240527194702-wnk": "https://…", "20240528014702-pfh": "https://…", "20240528134729-3iv": "https://…"
    }}"#;

    /// A list and its deltas as a publisher lays them out come to the last version, which names every change since.
    #[test]
    fn deltas_beside_a_list_take_it_to_their_version() {
        let base = person("p1", "2024-05-26T00:00:00");
        for path in [
            "x/20240527134702-zbn/entities.ftm.json",
            "x/entities.ftm.json",
            "20240527134702-zbn/entities.ftm.json",
        ] {
            let folder = if path.starts_with('x') { "x/" } else { "" };
            let at = |version: &str| format!("{folder}{version}/entities.delta.json");
            let (old, first, second) =
                (at("20240525134702-old"), at("20240527194702-wnk"), at("20240528014702-pfh"));
            let (p0, p2, p3) = (added("p0"), added("p2"), added("p3"));

            let lists = read_all(&[(&second, &p3), (path, &base), (&old, &p0), (&first, &p2)]);

            let list = &lists.lists[0];
            let ids: Vec<&str> = list.entries.iter().map(|entry| entry.entry_id.as_str()).collect();
            assert_eq!((list.id.as_str(), list.version.as_str()), ("ftm-x", "20240528014702-pfh"), "{path}");
            assert_eq!(ids, ["p1", "p2", "p3"], "{path}");
            assert_eq!((lists.left_out.len(), lists.left_out[0].path.as_str()), (1, old.as_str()), "{path}");
            let again = read_all(&[(path, &base), (&first, &p2)]);
            assert_ne!(again.lists[0].sha256, list.sha256, "another version has another hash");
        }
    }

    /// What does not fit is named, with all that follow it; the list stays at the version before.
    #[test]
    fn a_delta_that_does_not_fit_is_named() {
        let base = person("p1", "2024-05-27T10:00:00");
        let (base_path, day_path) = ("x/20240527134702-zbn/entities.ftm.json", "x/entities.ftm.json");
        let (again, more) = (added("p1"), added("p2"));
        let (one, two) =
            ("x/20240527194702-wnk/entities.delta.json", "x/20240528134729-3iv/entities.delta.json");
        let fitting = |what: &str| format!("a delta that does not fit `ftm-x`: {what}");
        type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, Vec<String>);
        let cases: [Case<'_>; 6] = [
            (
                &[(base_path, &base), (one, &again), (two, &more)],
                "2024-05-27",
                vec![
                    fitting(
                        "change 1: `p1` is added and on the list already: the delta is of another version",
                    ),
                    fitting("it follows version `20240527194702-wnk`, which was left out"),
                ],
            ),
            (
                &[(base_path, &base), (one, &more), (two, ""), ("x/delta.json", INDEX)],
                "20240527194702-wnk",
                vec![fitting("the delta of version `20240528014702-pfh` is missing")],
            ),
            (
                &[(day_path, &base), (one, &more)],
                "2024-05-27",
                vec![fitting("it may be in the list already: put the list in a folder named by its version")],
            ),
            (
                &[(base_path, &base), ("y/20240527194702-wnk/entities.delta.json", &more)],
                "2024-05-27",
                vec!["no list in its folder that it belongs to".to_owned()],
            ),
            (
                &[(base_path, &base), ("x/entities.delta.json", &more)],
                "2024-05-27",
                vec!["a delta in no folder that is named by its version".to_owned()],
            ),
            (&[(base_path, &base), (one, ""), (two, "")], "20240528134729-3iv", vec![]),
        ];
        for (files, version, expected) in cases {
            let lists = read_all(files);

            let why: Vec<String> = lists.left_out.iter().map(|left_out| left_out.why.to_string()).collect();
            assert_eq!((lists.lists[0].version.as_str(), why), (version, expected));
        }
    }
}
