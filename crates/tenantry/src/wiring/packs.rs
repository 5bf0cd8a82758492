//! The packs that come with the binary.

use app::pack::PackRecord;
use serde::Serialize;

/// One shipped pack: its text is its identity.
pub struct Shipped {
    text: &'static str,
}

/// In the order of their names.
pub const SHIPPED: &[Shipped] = &[
    Shipped { text: include_str!("../../../../packs/eu-eevidence.toml") },
    Shipped { text: include_str!("../../../../packs/eu-nis2-28.toml") },
    Shipped { text: include_str!("../../../../packs/in-certin.toml") },
    Shipped { text: include_str!("../../../../packs/restricted-lists.toml") },
    Shipped { text: include_str!("../../../../packs/us-eo13984-nprm.toml") },
    Shipped { text: include_str!("../../../../packs/us-eo13984-strict.toml") },
];

impl Shipped {
    /// `name@date`, as the text gives it.
    pub fn id(&self) -> &'static str {
        let line = self.text.lines().find(|line| line.starts_with("id "));
        line.and_then(|line| line.split('"').nth(1)).unwrap_or_default()
    }

    pub fn name(&self) -> &'static str {
        self.id().split('@').next().unwrap_or_default()
    }
}

/// What the configuration names beside what is in force. `packs.active` counts when a pack is first installed;
/// after that two persons decide (SEC-04), so a difference is no fault.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub key: &'static str,
    pub pack: String,
    pub what: &'static str,
}

/// Compares names or ids of the configuration with the packs of a registry. One that was never installed is put
/// in force by the next start, so it is no difference.
pub fn differences(named: &[String], installed: &[PackRecord]) -> Vec<Difference> {
    let is_named = |record: &&PackRecord, name: &str| {
        record.id == name || record.id.split('@').next().is_some_and(|known| known == name)
    };
    let difference = |pack: &str, what| Difference { key: "packs.active", pack: pack.to_owned(), what };
    let asleep = named.iter().filter(|name| {
        let mut known = installed.iter().filter(|record| is_named(record, name)).peekable();
        known.peek().is_some() && !known.any(|record| record.active)
    });
    let unnamed =
        installed.iter().filter(|record| record.active && !named.iter().any(|name| is_named(record, name)));
    asleep
        .map(|name| {
            difference(name, "named and not in force: draft `trust_pack`, and let a second person approve")
        })
        .chain(unnamed.map(|record| difference(&record.id, "in force and not named: it stays in force")))
        .collect()
}

pub fn texts() -> Vec<&'static str> {
    SHIPPED.iter().map(|pack| pack.text).collect()
}

#[cfg(test)]
mod tests {
    use app::pack::Trust;
    use domain::pack::Pack;

    use super::*;

    #[test]
    fn what_is_named_and_what_is_in_force_are_compared() {
        let record = |id: &str, active| PackRecord {
            id: id.to_owned(),
            text: String::new(),
            sha256: String::new(),
            trust: Trust::Shipped,
            active,
            checks: Vec::new(),
            installed_at: jiff::Timestamp::UNIX_EPOCH,
            installed_by: "system".to_owned(),
        };
        let installed = [record("a@2024-01-01", true), record("b@2024-01-01", false), record("c@1", true)];
        let cases: [(&[&str], &[&str]); 6] = [
            (&["a", "c"], &[]),
            (&["a@2024-01-01", "c@1"], &[]),
            (&["a", "b", "c"], &["b"]),
            (&["a"], &["c@1"]),
            (&["a", "c", "new"], &[]),
            (&["a@2025-01-01", "c"], &["a@2024-01-01"]),
        ];
        for (named, expected) in cases {
            let named: Vec<String> = named.iter().map(ToString::to_string).collect();
            let found: Vec<String> =
                differences(&named, &installed).into_iter().map(|difference| difference.pack).collect();
            assert_eq!(found, expected, "{named:?}");
        }
        assert_eq!(differences(&["a".to_owned()], &[]), [], "nothing is installed yet");
    }

    /// PCK-02: the shipped packs are in the binary.
    #[test]
    fn every_shipped_pack_is_read_and_known_by_its_name() {
        for shipped in SHIPPED {
            let pack = Pack::parse(shipped.text).unwrap();

            assert_eq!(pack.id.to_string(), shipped.id());
            assert_eq!(pack.id.name(), shipped.name());
        }
    }
}
