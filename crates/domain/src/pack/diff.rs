//! What differs between two packs, entry by entry.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Pack, entry_path};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    Added,
    Removed,
    Changed,
}

/// One entry that is not the same in two packs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub kind: ChangeKind,
    /// Such as `retention.identity`; `@` and a day where the entry has one of its own.
    pub path: String,
    pub before: Option<serde_json::Value>,
    pub after: Option<serde_json::Value>,
}

/// What changes from `before` to `after`, in the order of paths. A pack compared with itself differs in
/// nothing.
pub fn diff(before: &Pack, after: &Pack) -> Vec<Change> {
    let (mut old, new) = (by_path(before), by_path(after));
    let mut changes = Vec::new();
    for (path, value) in new {
        let earlier = old.remove(&path);
        let kind = match &earlier {
            None => ChangeKind::Added,
            Some(earlier) if *earlier == value => continue,
            Some(_) => ChangeKind::Changed,
        };
        changes.push(Change { kind, path, before: earlier, after: Some(value) });
    }
    let removed = old.into_iter().map(|(path, value)| Change {
        kind: ChangeKind::Removed,
        path,
        before: Some(value),
        after: None,
    });
    changes.extend(removed);
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    changes
}

fn by_path(pack: &Pack) -> BTreeMap<String, serde_json::Value> {
    let head = [
        ("title", Some(pack.title.clone())),
        ("status", Some(pack.status.as_str().to_owned())),
        ("time_zone", Some(pack.time_zone.name().to_owned())),
        ("effective_from", pack.effective_from.map(|day| day.to_string())),
        ("effective_until", pack.effective_until.map(|day| day.to_string())),
        ("builds_on", pack.builds_on.clone()),
    ];
    let head = head.into_iter().filter_map(|(path, value)| Some((path.to_owned(), value?.into())));
    let entries = pack.entries().map(|(table, _, entry)| {
        let path = entry_path(table, entry);
        let path = entry.effective_from().map_or_else(|| path.clone(), |from| format!("{path}@{from}"));
        (path, entry.to_json())
    });
    head.chain(entries).collect()
}
