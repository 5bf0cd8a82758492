use std::{fs, path::PathBuf};

use proptest::prelude::*;

use super::super::tests::read;
use super::*;

const BASE: &str = r#"{"id":"p1","schema":"Person","properties":{"name":["Anna Example"]},"datasets":["x"],"target":true}
{"id":"p2","schema":"Person","properties":{"name":["Boris Example"]},"datasets":["x"],"target":true}
{"id":"w1","schema":"CryptoWallet","properties":{"publicKey":["1abc"],"currency":["XBT"],"holder":["p1"]},"datasets":["x"]}
{"id":"d1","schema":"Passport","properties":{"number":["X123"],"country":["ir"],"holder":["p1"]},"datasets":["x"]}"#;

fn base() -> Watchlist {
    read(&[("x.json", BASE.as_bytes())]).lists.remove(0)
}

fn change(op: &str, entity: &str) -> String {
    format!("{{\"op\":\"{op}\",\"entity\":{entity}}}\n")
}

fn person(id: &str, name: &str) -> String {
    format!(
        "{{\"id\":\"{id}\",\"schema\":\"Person\",\"properties\":{{\"name\":[\"{name}\"]}},\"datasets\":[\"x\"],\"target\":true}}"
    )
}

#[test]
fn a_delta_adds_changes_and_removes_entries() {
    let changes = [
        change("ADD", &person("p3", "Cleo Example")),
        change("MOD", &person("p1", "Anna Sample")),
        change("DEL", r#"{"id":"p2"}"#),
        change("DEL", r#"{"id":"position-nobody-lists"}"#),
    ];

    let after = apply_delta(base(), "20240528", changes.concat().as_bytes()).unwrap();

    let names: Vec<&str> = after.entries.iter().map(Entry::caption).collect();
    assert_eq!(names, ["Anna Sample", "Cleo Example"]);
    assert_eq!(after.version, "20240528");
    assert_ne!(after.sha256, base().sha256);
    assert_eq!(
        (after.entries[0].wallets.len(), after.entries[0].identifiers.len()),
        (1, 1),
        "they have changes of their own"
    );
}

#[test]
fn wallets_and_documents_come_and_go_with_their_own_entities() {
    let changes = [
        change(
            "MOD",
            r#"{"id":"w1","schema":"CryptoWallet","properties":{"publicKey":["2def"],"holder":["p1"]}}"#,
        ),
        change("DEL", r#"{"id":"d1"}"#),
        // Before the entry it belongs to.
        change(
            "ADD",
            r#"{"id":"w9","schema":"CryptoWallet","properties":{"publicKey":["9xyz"],"holder":["p9"]}}"#,
        ),
        change("ADD", &person("p9", "Dora Example")),
    ];

    let after = apply_delta(base(), "v2", changes.concat().as_bytes()).unwrap();

    let anna = &after.entries[0];
    assert_eq!(
        (anna.wallets.len(), anna.wallets[0].address.as_str(), anna.identifiers.len()),
        (1, "2def", 0)
    );
    assert_eq!(after.entries[2].wallets[0].address, "9xyz");
}

#[test]
fn a_delta_of_another_version_is_refused_and_says_where() {
    for (text, what) in [
        (
            change("ADD", &person("p1", "A")),
            "change 1: `p1` is added and on the list already: the delta is of another version",
        ),
        (
            change("MOD", &person("p8", "A")),
            "change 1: `p8` is changed and not on the list: the delta is of another version",
        ),
        (
            change("PUT", &person("p8", "A")),
            "change 1: an operation that is none of `ADD`, `MOD`, `DEL`, or no entity with an id",
        ),
        (
            change("DEL", "{}"),
            "change 1: an operation that is none of `ADD`, `MOD`, `DEL`, or no entity with an id",
        ),
        ("{\"op\":\"DEL\",".to_owned(), "cut short at line 1: the last line is not whole"),
    ] {
        assert_eq!(apply_delta(base(), "v2", text.as_bytes()).unwrap_err().to_string(), what);
    }
}

#[test]
fn deltas_as_published_follow_each_other() {
    let Some(folder) = std::env::var_os("TENANTRY_LISTS").map(PathBuf::from) else {
        eprintln!("left out: TENANTRY_LISTS names no folder of real lists");
        return;
    };
    let folder = folder.join("ftm/opensanctions_delta_example");
    let mut list = Watchlist {
        id: "ftm".into(),
        title: String::new(),
        version: "0".into(),
        sha256: String::new(),
        entries: vec![],
    };
    let mut counts = Vec::new();
    for version in [
        "20240527134702-zbn",
        "20240527194702-wnk",
        "20240528014702-pfh",
        "20240528074703-npf",
        "20240528134729-3iv",
    ] {
        let changes = fs::read(folder.join(version).join("entities.delta.json")).unwrap();
        list = apply_delta(list, version, &changes).unwrap();
        counts.push(list.entries.len());
    }
    assert_eq!(counts, [0, 2, 3, 2, 3]);
}

proptest! {
    /// What a delta leads to is what the whole new file says.
    #[test]
    fn a_delta_comes_to_the_same_as_the_whole_new_file(
        before in prop::collection::btree_map(0u8..12, 0u8..4, 0..8),
        after in prop::collection::btree_map(0u8..12, 0u8..4, 0..8),
    ) {
        let entity = |id: &u8, name: &u8| person(&format!("p{id}"), &format!("Anna Example {}", ["A", "B", "C", "D"][usize::from(*name)]));
        let whole = |of: &std::collections::BTreeMap<u8, u8>| of.iter().map(|(id, name)| entity(id, name) + "\n").collect::<String>();
        let list_of = |text: &str| read(&[("x.json", text.as_bytes())]).lists.pop().map_or(Vec::new(), |list| list.entries);
        let mut changes = String::new();
        for (id, name) in &after {
            let op = match before.get(id) { None => "ADD", Some(old) if old != name => "MOD", Some(_) => continue };
            changes += &change(op, &entity(id, name));
        }
        for id in before.keys().filter(|id| !after.contains_key(id)) {
            changes += &change("DEL", &format!("{{\"id\":\"p{id}\"}}"));
        }
        let list = Watchlist { entries: list_of(&whole(&before)), ..base() };

        let mut changed = apply_delta(list, "v2", changes.as_bytes()).unwrap().entries;

        changed.sort_by(|a, b| a.entry_id.cmp(&b.entry_id));
        let mut expected = list_of(&whole(&after));
        expected.sort_by(|a, b| a.entry_id.cmp(&b.entry_id));
        prop_assert!(changed == expected);
    }
}
