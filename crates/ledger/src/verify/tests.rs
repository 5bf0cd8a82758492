//! Exports that were tampered with, from clumsy to thorough (LOG-02).

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::canonical;
use crate::frontier::{Frontier, StoredTile};
use crate::hash::Hash;
use crate::leaf::{LEAF_VERSION, Leaf, commit_to};
use crate::note::Sign as _;
use crate::note::tests::TestSigner;
use crate::tile::{decode_bundle, push_entry};

/// An export in memory.
#[derive(Clone, Default)]
struct Files(BTreeMap<String, Vec<u8>>);

impl Export for Files {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.0.get(path).cloned()
    }

    fn list(&self, prefix: &str) -> Vec<String> {
        self.0.keys().filter(|path| path.starts_with(prefix)).cloned().collect()
    }
}

/// One record and its leaf, as a log would hold them.
#[derive(Clone)]
struct Item {
    leaf: Leaf,
    line: RecordLine,
}

const SHREDDED: u64 = 5;

fn item(index: u64, id: &str, amount: u64) -> Item {
    let salt = [u8::try_from(index % 251).unwrap(); 32];
    let record = json!({"amount": amount, "note": format!("record {id}")});
    let leaf = Leaf {
        v: LEAF_VERSION,
        id: id.into(),
        at: "2026-11-21T10:00:00Z".into(),
        kind: "decision.recorded".into(),
        subject: None,
        actor: "staff_1".into(),
        object: "dec_1".into(),
        version: 1,
        commitment: commit_to(&salt, &record).unwrap(),
    };
    let line = if index == SHREDDED {
        RecordLine::shredded(index, id)
    } else {
        RecordLine::held(index, id, &salt, record)
    };
    Item { leaf, line }
}

fn items(size: u64) -> Vec<Item> {
    (0..size).map(|index| item(index, &format!("leaf_{index}"), index)).collect()
}

fn signer() -> TestSigner {
    TestSigner::new("log.example", 1)
}

fn key() -> Vec<VerifyingKey> {
    vec![signer().verifying_key().clone()]
}

/// Files of a log with these items, its checkpoints at `checkpoints` kept.
fn export(items: &[Item], checkpoints: &[usize]) -> Files {
    let mut files = Files::default();
    let entries: Vec<_> = items.iter().map(|item| item.leaf.to_bytes().unwrap()).collect();
    let mut frontier = Frontier::new();
    let mut from = 0;
    for until in checkpoints.iter().copied().chain([items.len()]) {
        let batch = frontier.append(&entries[from..until]).unwrap();
        let note = Checkpoint::new("log.example", batch.head).unwrap().sign(&signer()).unwrap();
        let path =
            if until == items.len() { "checkpoint".to_owned() } else { format!("checkpoints/{until}") };
        files.0.insert(path, note.to_string().into_bytes());
        for StoredTile { tile, bytes } in batch.tiles {
            files.0.insert(tile.path(), bytes);
        }
        from = until;
    }
    write_lines(&mut files, items);
    files
}

fn write_lines(files: &mut Files, items: &[Item]) {
    for (number, items) in items.chunks(200).enumerate() {
        let lines: String = items.iter().map(|item| item.line.to_line().unwrap()).collect();
        files.0.insert(format!("records/{number:06}.ndjson"), lines.into_bytes());
    }
}

/// Replaces entries, and level-0 tiles too if `with_tiles`, by those of other items; the rest stays.
fn replace_entries(files: &mut Files, items: &[Item], with_tiles: bool) {
    let other = export(items, &[]);
    files
        .0
        .retain(|path, _| !(path.starts_with("tile/entries/") || with_tiles && path.starts_with("tile/0/")));
    for (path, bytes) in other.0 {
        if path.starts_with("tile/entries/") || (with_tiles && path.starts_with("tile/0/")) {
            files.0.insert(path, bytes);
        }
    }
}

/// Every tile as a forger would make it; checkpoints and records stay.
fn replace_all_tiles(files: &mut Files, items: &[Item]) {
    let other = export(items, &[]);
    files.0.retain(|path, _| !path.starts_with("tile/"));
    files.0.extend(other.0.into_iter().filter(|(path, _)| path.starts_with("tile/")));
}

fn renumber(items: &mut [Item]) {
    for (index, item) in (0..).zip(items) {
        item.line.index = index;
    }
}

fn first(files: &Files) -> (FaultKind, Option<u64>, Option<String>) {
    let report = verify(files, &key());
    let fault = report.first_fault.expect("a fault is found");
    (fault.what, fault.index, fault.leaf_id)
}

/// What a forger does to a list of items, and what must be found.
type Forgery = (&'static str, fn(&mut Vec<Item>), FaultKind, u64);

const FORGERIES: [Forgery; 8] = [
    ("altered", |items| items[300] = item(300, "leaf_300", 9), FaultKind::Altered, 300),
    ("removed", |items| drop(items.remove(300)), FaultKind::Removed, 300),
    ("removed first", |items| drop(items.remove(0)), FaultKind::Removed, 0),
    ("removed last", |items| drop(items.pop()), FaultKind::Removed, 699),
    ("inserted", |items| items.insert(300, item(300, "leaf_x", 9)), FaultKind::Inserted, 300),
    ("appended", |items| items.push(item(700, "leaf_x", 9)), FaultKind::Inserted, 700),
    ("swapped", |items| items.swap(300, 400), FaultKind::Reordered, 300),
    (
        "moved",
        |items| {
            let item = items.remove(300);
            items.insert(600, item);
        },
        FaultKind::Reordered,
        300,
    ),
];

#[test]
fn an_export_as_written_is_clean() {
    for (size, checkpoints) in [(0, vec![]), (1, vec![]), (256, vec![1, 255]), (700, vec![0, 100, 256, 513])]
    {
        let report = verify(&export(&items(size), &checkpoints), &key());

        let shredded = u64::from(size > SHREDDED);
        let expected = VerifyReport {
            size,
            verified: size - shredded,
            shredded,
            signature: SignatureCheck::Checked,
            first_fault: None,
            faults: 0,
        };
        assert_eq!(report, expected, "{size}");
        assert!(report.is_clean());
    }
}

#[test]
fn without_a_key_the_signature_is_not_checked_and_the_report_not_clean() {
    let report = verify(&export(&items(10), &[]), &[]);

    assert_eq!((report.faults, report.signature), (0, SignatureCheck::NotChecked));
    assert!(!report.is_clean());
}

#[test]
fn layout_of_the_record_lines_does_not_matter() {
    let mut files = export(&items(10), &[]);
    let loose = |line: &str| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        format!("{}\r\n\n", value.to_string().replace(",\"", " , \""))
    };
    let lines = String::from_utf8(files.0["records/000000.ndjson"].clone()).unwrap();
    files.0.insert("records/000000.ndjson".into(), lines.lines().map(loose).collect::<String>().into());

    assert!(verify(&files, &key()).is_clean());
}

/// LOG-02: edited entries, with their tiles left as they were.
#[test]
fn tampering_with_entries_names_the_first_and_what_was_done() {
    for (name, forge, what, index) in FORGERIES {
        let mut forged = items(700);
        let mut files = export(&forged, &[]);
        forge(&mut forged);
        replace_entries(&mut files, &forged, false);

        let (found, at, _) = first(&files);

        assert_eq!((found, at), (what, Some(index)), "{name}");
    }
}

/// LOG-02: edited entries and leaf hashes, with the records left as they were.
#[test]
fn tampering_with_entries_and_leaf_hashes_is_told_from_the_records() {
    for (name, forge, what, index) in FORGERIES {
        let mut forged = items(700);
        let mut files = export(&forged, &[]);
        forge(&mut forged);
        replace_entries(&mut files, &forged, true);

        let (found, at, _) = first(&files);

        assert_eq!((found, at), (what, Some(index)), "{name}");
    }
}

/// LOG-02: every tile made anew, the records left as they were.
#[test]
fn tampering_with_all_tiles_is_told_from_the_records() {
    for (name, forge, what, index) in FORGERIES {
        let mut forged = items(700);
        let mut files = export(&forged, &[]);
        forge(&mut forged);
        replace_all_tiles(&mut files, &forged);

        let (found, at, leaf_id) = first(&files);

        assert_eq!((found, at), (what, Some(index)), "{name}");
        if what == FaultKind::Removed {
            assert_eq!(leaf_id, Some(format!("leaf_{index}")), "{name}");
        }
    }
}

/// LOG-02: edited record lines, with or without new index numbers; the tree is untouched.
#[test]
fn tampering_with_record_lines_names_the_first_and_what_was_done() {
    for renumbered in [false, true] {
        for (name, forge, what, index) in FORGERIES {
            let mut forged = items(700);
            let mut files = export(&forged, &[]);
            forge(&mut forged);
            if renumbered {
                renumber(&mut forged);
            }
            write_lines(&mut files, &forged);

            let (found, at, leaf_id) = first(&files);

            assert_eq!((found, at), (what, Some(index)), "{name}, renumbered {renumbered}");
            let id =
                if matches!(what, FaultKind::Inserted) { "leaf_x".into() } else { format!("leaf_{index}") };
            assert_eq!(leaf_id, Some(id), "{name}, renumbered {renumbered}");
        }
    }
}

/// LOG-02: everything made anew but the signed checkpoint, which nobody can make.
#[test]
fn tampering_with_everything_is_found_and_earlier_checkpoints_narrow_it_down() {
    for (name, forge, _, index) in FORGERIES {
        let mut forged = items(700);
        let genuine = export(&forged, &[100, 299, 301, 550]);
        forge(&mut forged);
        renumber(&mut forged);
        let mut files = export(&forged, &[]);
        for (path, bytes) in &genuine.0 {
            if path.starts_with("checkpoint") {
                files.0.insert(path.clone(), bytes.clone());
            }
        }

        let report = verify(&files, &key());

        let fault = report.first_fault.unwrap();
        let from = fault.index.unwrap();
        assert!(from <= index && index <= from + 150, "{name}: {fault:?}");
    }
}

/// LOG-02: in a log of three levels, with every leaf hash spoiled as well, the hashes above still tell
/// the stretch, and within it the records tell the leaf.
#[test]
fn spoiled_leaf_hashes_do_not_point_at_entries_that_are_as_signed() {
    let mut forged = items(66_000);
    let mut files = export(&forged, &[]);
    forged[65_000] = item(65_000, "leaf_65000", 9);
    replace_entries(&mut files, &forged, false);
    let leaf_hashes = files.0.iter_mut().filter(|(path, _)| path.starts_with("tile/0/"));
    leaf_hashes.for_each(|(_, bytes)| bytes[0] ^= 1);

    let (what, index, _) = first(&files);

    // The first leaf hash of the tile is spoiled too, so the stretch of 256 is what can be known of the tree.
    assert_eq!(what, FaultKind::Altered);
    assert!((64_768..=65_000).contains(&index.unwrap()), "{index:?}");
}

#[test]
fn a_checkpoint_made_anew_fails_its_signature_and_earlier_ones_say_where() {
    let mut forged = items(700);
    let genuine = export(&forged, &[100, 299, 301]);
    forged[300] = item(300, "leaf_300", 9);
    let mut files = export(&forged, &[]);
    files.0.extend(genuine.0.into_iter().filter(|(path, _)| path.starts_with("checkpoints/")));
    let unsigned = String::from_utf8(files.0["checkpoint"].clone()).unwrap();
    let root = Checkpoint::open(unsigned.as_bytes(), &key()).unwrap().head.root;
    let other = TestSigner::new("log.example", 2);
    let head = TreeHead { size: 700, root };
    let note = Checkpoint::new("log.example", head).unwrap().sign(&other).unwrap();
    files.0.insert("checkpoint".into(), note.to_string().into());

    let report = verify(&files, &key());

    assert_eq!(report.signature, SignatureCheck::Bad);
    assert_eq!(report.faults, 2);
    let fault = report.first_fault.unwrap();
    assert_eq!((fault.what, fault.index), (FaultKind::CheckpointDiffers, Some(299)));
}

#[test]
fn a_log_cut_back_to_an_older_checkpoint_is_noticed() {
    let all = items(700);
    let mut files = export(&all[..500], &[]);
    let longer = export(&all, &[600]);
    files.0.insert("checkpoints/600".into(), longer.0["checkpoints/600"].clone());

    assert_eq!(first(&files), (FaultKind::Removed, Some(500), None));
}

#[test]
fn a_record_fault_is_named_for_what_it_is() {
    type Change = fn(&mut RecordLine);
    let cases: [(&str, Change, FaultKind); 6] = [
        ("no salt", |line| line.salt = None, FaultKind::Altered),
        ("no record", |line| line.record = None, FaultKind::Altered),
        (
            "neither",
            |line| {
                line.salt = None;
                line.record = None;
            },
            FaultKind::Altered,
        ),
        (
            "marked, salt kept",
            |line| {
                line.shredded = true;
                line.record = None;
            },
            FaultKind::Altered,
        ),
        ("marked, all kept", |line| line.shredded = true, FaultKind::Altered),
        (
            "other salt",
            |line| line.salt = RecordLine::held(0, "", &[9; 32], json!(1)).salt,
            FaultKind::Altered,
        ),
    ];
    for (name, change, what) in cases {
        let mut changed = items(20);
        let mut files = export(&changed, &[]);
        change(&mut changed[7].line);
        write_lines(&mut files, &changed);

        assert_eq!(first(&files), (what, Some(7), Some("leaf_7".into())), "{name}");
        assert_eq!(verify(&files, &key()).faults, 1, "{name}");
    }
}

#[test]
fn a_tile_that_differs_is_named_by_its_path_while_the_records_stand() {
    for path in ["tile/0/000", "tile/0/002.p/188", "tile/1/000.p/2"] {
        let mut files = export(&items(700), &[]);
        files.0.get_mut(path).unwrap()[40] ^= 1;
        let altered = verify(&files, &key());
        files.0.remove(path);
        let missing = verify(&files, &key());

        for (report, what) in [(altered, FaultKind::Altered), (missing, FaultKind::Missing)] {
            let fault = report.first_fault.unwrap();
            assert_eq!((fault.what, fault.index, fault.path.as_str()), (what, None, path));
            assert_eq!((report.faults, report.verified, report.shredded), (1, 699, 1));
        }
    }
}

#[test]
fn hostile_sizes_end_at_once() {
    for size in ["18446744073709551615", "9223372036854775808", "70000000"] {
        let mut files = export(&items(3), &[]);
        let text = String::from_utf8(files.0["checkpoint"].clone()).unwrap();
        files.0.insert("checkpoint".into(), text.replace("\n3\n", &format!("\n{size}\n")).into());

        let report = verify(&files, &key());

        assert_eq!(report.signature, SignatureCheck::Bad, "{size}");
        assert!(report.faults > 0);
    }
}

#[test]
fn the_report_is_json() {
    let mut changed = items(3);
    let mut files = export(&changed, &[]);
    changed[1].line.record = Some(json!({"amount": 2}));
    write_lines(&mut files, &changed);

    insta::assert_snapshot!(canonical::to_string(&verify(&files, &[])).unwrap(), @r#"{"faults":1,"first_fault":{"detail":"the record is not the one its leaf committed to","index":1,"leaf_id":"leaf_1","path":"records/000000.ndjson","what":"altered"},"shredded":0,"signature":"not_checked","size":3,"verified":2}"#);
}

#[test]
fn a_proof_from_an_export_stands_alone() {
    let items = items(300);
    let files = export(&items, &[]);
    let reader = |tile: crate::Tile| files.read(&tile.path());

    let proof = crate::Proof::build(&reader, &files.0["checkpoint"], 256, &items[256].leaf).unwrap();
    let text = serde_json::to_string(&proof).unwrap();
    let read: crate::Proof = serde_json::from_str(&text).unwrap();

    assert_eq!(read.verify(&key()).unwrap().leaf, items[256].leaf);
    assert!(read.verify(&[]).is_err());
    let elsewhere = crate::Proof { index: 255, ..read.clone() };
    assert!(elsewhere.verify(&key()).is_err());
    let larger = crate::Proof { size: 301, ..read.clone() };
    assert!(larger.verify(&key()).is_err());
    let altered = crate::Proof { leaf: read.leaf.replace("leaf_256", "leaf_255"), ..read };
    assert!(altered.verify(&key()).is_err());
    assert!(crate::Proof::build(&reader, &files.0["checkpoint"], 255, &items[256].leaf).is_err());
}

/// What the files mean: record lines as values, checkpoints without unknown signatures, the rest as bytes.
fn meaning(files: &Files) -> Vec<(String, Vec<String>)> {
    let of_file = |(path, bytes): (&String, &Vec<u8>)| {
        let lines = if path.starts_with("records/") {
            let lines =
                bytes.split(|byte| *byte == b'\n').filter(|line| !line.iter().all(u8::is_ascii_whitespace));
            lines
                .map(|line| match RecordLine::parse(line) {
                    Ok(line) => line.to_line().unwrap_or_else(|_| format!("{line:?} refused")),
                    Err(_) => format!("{line:?}"),
                })
                .collect()
        } else if let Ok(checkpoint) = Checkpoint::open(bytes, &key()) {
            vec![checkpoint.to_text()]
        } else {
            vec![Hash::of_leaf(bytes).to_string()]
        };
        (path.clone(), lines)
    };
    files.0.iter().map(of_file).collect()
}

#[derive(Debug, Clone)]
enum Damage {
    FlipByte,
    RemoveByte,
    InsertByte,
    SwapBytes,
    RemoveFile,
    EmptyFile,
    CutFile,
    RemovePart,
    SwapParts,
    RepeatPart,
    SwapFiles,
}

fn any_damage() -> impl Strategy<Value = Damage> {
    use Damage::*;
    prop::sample::select(vec![
        FlipByte, RemoveByte, InsertByte, SwapBytes, RemoveFile, EmptyFile, CutFile, RemovePart, SwapParts,
        RepeatPart, SwapFiles,
    ])
}

/// Parts of a file that a forger thinks in: entries of a bundle, lines, hashes.
fn parts(path: &str, bytes: &[u8]) -> Vec<Vec<u8>> {
    if path.starts_with("tile/entries/") {
        let with_length = |entry: &&[u8]| {
            let mut part = Vec::new();
            push_entry(&mut part, entry);
            part
        };
        decode_bundle(bytes).0.iter().map(with_length).collect()
    } else if path.starts_with("tile/") {
        bytes.chunks(32).map(<[u8]>::to_vec).collect()
    } else {
        bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
    }
}

fn damage(
    files: &mut Files,
    damage: &Damage,
    file: prop::sample::Index,
    at: [prop::sample::Index; 2],
    byte: u8,
) {
    let paths: Vec<_> = files.0.keys().cloned().collect();
    let path = file.get(&paths).clone();
    let bytes = files.0[&path].clone();
    let mut changed = bytes.clone();
    let mut parts = parts(&path, &bytes);
    let (one, two) = (at[0].index(bytes.len()), at[1].index(bytes.len()));
    let (part, other) = (at[0].index(parts.len()), at[1].index(parts.len()));
    match damage {
        Damage::FlipByte => changed[one] ^= byte.max(1),
        Damage::RemoveByte => drop(changed.remove(one)),
        Damage::InsertByte => changed.insert(one, byte),
        Damage::SwapBytes => changed.swap(one, two),
        Damage::EmptyFile => changed.clear(),
        Damage::CutFile => changed.truncate(one),
        Damage::RemovePart => {
            parts.remove(part);
            changed = parts.concat();
        }
        Damage::SwapParts => {
            parts.swap(part, other);
            changed = parts.concat();
        }
        Damage::RepeatPart => {
            let repeated = parts[part].clone();
            parts.insert(other, repeated);
            changed = parts.concat();
        }
        Damage::SwapFiles => {
            let other = at[0].get(&paths).clone();
            changed = files.0[&other].clone();
            files.0.insert(other, bytes);
        }
        Damage::RemoveFile => {}
    }
    if matches!(damage, Damage::RemoveFile) {
        files.0.remove(&path);
    } else {
        files.0.insert(path, changed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever is done to an export, it is found, unless the files still mean the same.
    #[test]
    fn no_damage_goes_unnoticed(
        size in prop::sample::select(vec![3_u64, 256, 300, 520]), how in any_damage(),
        file in any::<prop::sample::Index>(), at in any::<[prop::sample::Index; 2]>(), byte in any::<u8>(),
    ) {
        let genuine = export(&items(size), &[]);
        let mut files = genuine.clone();
        damage(&mut files, &how, file, at, byte);

        let report = verify(&files, &key());

        let same = meaning(&files) == meaning(&genuine);
        prop_assert_eq!(report.is_clean(), same, "{:?}", report);
    }

    /// One line removed, doubled or swapped is always named by its index and by what was done.
    #[test]
    fn one_line_out_of_place_is_always_named(one in 0..60_usize, two in 0..60_usize, renumbered in any::<bool>()) {
        let whole = items(60);
        let mut files = export(&whole, &[]);
        let check = |files: &mut Files, mut forged: Vec<Item>| {
            if renumbered { renumber(&mut forged); }
            write_lines(files, &forged);
            let (what, index, _) = first(files);
            (what, index.unwrap() as usize)
        };

        let mut removed = whole.clone();
        removed.remove(one);
        prop_assert_eq!(check(&mut files, removed), (FaultKind::Removed, one));
        if one != two {
            let mut swapped = whole;
            swapped.swap(one, two);
            prop_assert_eq!(check(&mut files, swapped), (FaultKind::Reordered, one.min(two)));
        }
    }
}
