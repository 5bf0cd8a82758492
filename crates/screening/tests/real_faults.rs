//! Real list files that came in another order, twice, or in another encoding: the same lists, or a fault that is told.

#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

use std::{
    collections::BTreeSet,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use flate2::read::MultiGzDecoder;
use screening::{Collector, Lists};
use serde_json::Value;

/// Files, and by which tag their records are told from each other; lines where there is none.
const FILES: [(&str, &str); 13] = [
    ("ofac/sdn_2024-07-02.csv.gz", ""),
    ("ofac/cons/cons_prim.csv.gz", ""),
    ("ofac/sdn_xml_sample.xml", "sdnEntry"),
    ("un/un_consolidated_2026-02-27.xml.gz", "INDIVIDUAL"),
    ("eu/eu_fsf_xml_1_1_sample.xml", "sanctionEntity"),
    ("eu/eu_fsf_csv_partial.csv.gz", ""),
    ("eu/journal/32014R0224.csv", ""),
    ("uk/uk_sanctions_list_fcdo_2025-08-11.csv.gz", ""),
    ("uk/ofsi_conlist_sample.csv", ""),
    ("us_other/csl_sample_old_format.csv", ""),
    ("us_other/bis_denied_persons_2024-01.txt.gz", ""),
    ("us_other/dod_chinese_milcorps_sanctions.csv.gz", ""),
    ("ftm/entities.ftm.sample300.json.gz", ""),
];

struct Sample {
    name: &'static str,
    tag: &'static str,
    text: String,
}

fn samples() -> Vec<Sample> {
    let Some(folder) = std::env::var_os("TENANTRY_LISTS").map(PathBuf::from) else {
        eprintln!("left out: TENANTRY_LISTS names no folder of real lists");
        return Vec::new();
    };
    let of = |(name, tag)| Sample { name, tag, text: text_of(&folder.join(name)) };
    FILES.into_iter().map(of).collect()
}

fn text_of(path: &Path) -> String {
    let mut bytes = fs::read(path).unwrap();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let packed = std::mem::take(&mut bytes);
        MultiGzDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
    }
    String::from_utf8(bytes)
        .unwrap_or_else(|error| error.into_bytes().iter().map(|&byte| char::from(byte)).collect())
}

fn read(name: &str, bytes: &[u8]) -> Lists {
    let mut collector = Collector::new();
    collector.add(name, bytes);
    collector.finish()
}

/// What lists say, whatever the order in which they say it.
fn said(lists: &Lists) -> BTreeSet<String> {
    let entries = lists.lists.iter().flat_map(|list| list.entries.iter().map(|entry| (&list.id, entry)));
    let said = entries.map(|(list, entry)| {
        let mut value = serde_json::to_value(entry).unwrap();
        // Of several rows that say one, the first counts; of two parties under one id, the first keeps it.
        value["remarks"] = Value::Null;
        value["entry_id"] = entry.entry_id.split('~').next().into();
        // Of names of one standing, the first is the main one.
        for name in value["names"].as_array_mut().unwrap() {
            name["kind"] = name["kind"].as_str().unwrap().replace("primary", "alias").into();
        }
        sort(&mut value);
        format!("{list} {value}")
    });
    said.collect()
}

fn sort(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.iter_mut().for_each(sort);
            items.sort_by_key(Value::to_string);
        }
        Value::Object(fields) => fields.values_mut().for_each(sort),
        _ => {}
    }
}

/// The text with its records as `change` leaves them. A line within quotes stays with those before.
fn with_records(sample: &Sample, change: impl Fn(&mut Vec<&str>)) -> String {
    let Sample { tag, text, name } = sample;
    let (start, mut records, end) = if tag.is_empty() {
        let header = match name {
            name if name.ends_with(".json.gz") || name.contains("ofac/") => 0,
            name if name.contains("ofsi") => 2,
            _ => 1,
        };
        let mut lines = logical_lines(text);
        let rest = lines.split_off(header);
        let end = lines.last().map_or(0, |last| last.as_ptr() as usize - text.as_ptr() as usize + last.len());
        let (body, mark) = rest.into_iter().partition(|line: &&str| line.ends_with('\n'));
        (&text[..end], body, mark)
    } else {
        let (open, close) = (format!("<{tag}"), format!("</{tag}>"));
        let first = text.find(&open).unwrap();
        let last = text.rfind(&close).unwrap() + close.len();
        (&text[..first], text[first..last].split_inclusive(&close).collect(), vec![&text[last..]])
    };
    change(&mut records);
    [vec![start], records, end].concat().concat()
}

fn logical_lines(text: &str) -> Vec<&str> {
    let (mut lines, mut start, mut quoted) = (Vec::new(), 0, false);
    let is_json = text.starts_with('{');
    for (at, byte) in text.bytes().enumerate() {
        quoted ^= byte == b'"' && !is_json;
        if byte == b'\n' && !quoted {
            lines.push(&text[start..=at]);
            start = at + 1;
        }
    }
    lines.push(&text[start..]);
    lines
}

/// CIP-23: what a file says does not hang on the order of its records, nor on how often one stands there.
#[test]
fn records_in_another_order_or_twice_make_the_same_list() {
    for sample in &samples() {
        let whole = said(&read(sample.name, sample.text.as_bytes()));
        assert!(!whole.is_empty(), "{}", sample.name);
        let turned = with_records(sample, |records| records.reverse());
        let doubled = with_records(sample, |records| {
            let again = records.clone();
            records.extend(again);
        });

        for (how, text) in [("turned", turned), ("doubled", doubled)] {
            assert!(text.len() >= sample.text.len());
            let lists = read(sample.name, text.as_bytes());

            let told = lists.left_out.iter().any(|left_out| left_out.why.is_fault());
            let same = said(&lists);
            let differs = whole.symmetric_difference(&same).next();
            assert!(told || differs.is_none(), "{} {how}: {differs:?}", sample.name);
        }
    }
}

#[test]
fn a_file_in_utf_16_says_the_same() {
    for sample in &samples() {
        let whole = said(&read(sample.name, sample.text.as_bytes()));

        for unit in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes: Vec<u8> = sample.text.encode_utf16().flat_map(unit).collect();
            assert!(said(&read(sample.name, &bytes)) == whole, "{}", sample.name);
        }
    }
}

/// A byte of an older code page spoils the word it stands in and no other.
#[test]
fn a_stray_byte_changes_one_entry_at_most() {
    for sample in &samples() {
        let lists = read(sample.name, sample.text.as_bytes());
        let captions = lists.lists[0].entries.iter().map(|entry| entry.caption());
        let words =
            captions.flat_map(|name| name.split(' ').filter(|word| word.len() > 4 && word.is_ascii()));
        let places: Vec<usize> = words.filter_map(|word| sample.text.find(word)).take(9).collect();
        let at = places[places.len() / 2];
        let mut stray = sample.text.clone().into_bytes();
        stray[at + 2] = 0xe9;

        let spoilt = said(&read(sample.name, &stray));

        let whole = said(&lists);
        let differ = whole.difference(&spoilt).count();
        let is_utf8 = sample.text.chars().filter(|letter| !letter.is_ascii()).count() > 1;
        assert!(differ <= 1 || spoilt.is_empty() || !is_utf8, "{}: {differ} of {}", sample.name, whole.len());
    }
}
