//! What is read of each real file. They are not in the repository: the folder is named by `TENANTRY_LISTS`, and
//! without it these tests say that they did nothing.

use std::{fs, path::PathBuf};

use screening::{Collector, Entry, Lists, NameKind, Watchlist};

fn read(names: &[&str]) -> Option<Lists> {
    let Some(folder) = std::env::var_os("TENANTRY_LISTS").map(PathBuf::from) else {
        eprintln!("left out: TENANTRY_LISTS names no folder of real lists");
        return None;
    };
    let mut collector = Collector::new();
    for name in names {
        let path = folder.join(name);
        if path.is_dir() {
            let mut paths: Vec<_> = fs::read_dir(path)
                .expect("a folder can be read")
                .map(|item| item.expect("so can its items").path())
                .collect();
            paths.sort();
            for path in paths {
                collector.add(&path.to_string_lossy(), &fs::read(&path).expect("a list file can be read"));
            }
        } else {
            collector.add(name, &fs::read(path).expect("the list file is there"));
        }
    }
    Some(collector.finish())
}

fn figures(list: &Watchlist) -> String {
    let count = |of: fn(&Entry) -> usize| list.entries.iter().map(of).sum::<usize>();
    let with = |has: fn(&Entry) -> bool| list.entries.iter().filter(|entry| has(entry)).count();
    let named =
        |kind| list.entries.iter().flat_map(|entry| &entry.names).filter(|name| name.kind == kind).count();
    let version = if list.version.starts_with("content") { "undated" } else { &list.version };
    let figures = [
        (list.entries.len(), "entries"),
        (count(|entry| entry.names.len()), "names"),
        (named(NameKind::WeakAlias), "weak"),
        (named(NameKind::Former), "former"),
        (with(|entry| !entry.birth_dates.is_empty()), "dated"),
        (count(|entry| entry.birth_spans.len()), "spans"),
        (with(|entry| !entry.countries.is_empty()), "placed"),
        (with(|entry| !entry.nationalities.is_empty()), "national"),
        (with(|entry| !entry.genders.is_empty()), "sexed"),
        (with(|entry| !entry.identifiers.is_empty()), "numbered"),
        (count(|entry| entry.identifiers.len()), "numbers"),
        (with(|entry| !entry.addresses.is_empty()), "addressed"),
        (count(|entry| entry.wallets.len()), "wallets"),
        (with(|entry| !entry.titles.is_empty()), "titled"),
    ];
    let figures =
        figures.iter().filter(|(figure, _)| *figure > 0).map(|(figure, name)| format!("{figure} {name}"));
    format!("{} {version}: {}", list.id, figures.collect::<Vec<_>>().join(", "))
}

/// Counted another way than by these parsers: entries, weak names of the remarks, dated, national, sexed and addressed
/// of the SDN list; entries, dated, national, sexed and numbered of the United Nations' list; entries of all others.
#[test]
fn every_real_file_comes_to_what_was_counted_in_it() {
    let sdn = [
        "ofac/sdn_2024-07-02.csv.gz",
        "ofac/alt_2025-01.csv.gz",
        "ofac/add_2025-01.csv.gz",
        "ofac/sdn_comments_2025-01.csv",
    ];
    let mut found = Vec::new();
    for names in [
        &sdn[..],
        &["ofac/cons"],
        &["ofac/sdn_xml_sample.xml"],
        &["un/un_consolidated_2026-02-27.xml.gz"],
        &["un/un_consolidated_2020.xml.gz"],
        &["eu/journal"],
        &["eu/eu_fsf_csv_partial.csv.gz"],
        &["eu/eu_fsf_xml_1_1_sample.xml"],
        &["uk/uk_sanctions_list_fcdo_2025-08-11.csv.gz"],
        &["uk/uk_sanctions_list_fcdo_2025-08-11.ods"],
        &["uk/ofsi_conlist_sample.csv"],
        &["us_other/csl_sample_old_format.csv"],
        &["us_other"],
        &["ftm/donations.ijson.gz"],
        &["ftm/entities.ftm.sample300.json.gz"],
    ] {
        let Some(lists) = read(names) else { return };
        found.extend(lists.lists.iter().map(figures));
        let faulty = lists.left_out.iter().filter(|left_out| left_out.why.is_fault()).count();
        assert_eq!(faulty, 0, "{:?}", lists.left_out);
    }
    insta::assert_snapshot!(found.join("\n"), @r"
    us-ofac-sdn undated: 15443 entries, 37635 names, 3739 weak, 632 former, 6809 dated, 214 spans, 14130 placed, 5260 national, 4352 sexed, 9940 numbered, 16348 numbers, 12698 addressed, 649 wallets
    us-ofac-cons undated: 442 entries, 1585 names, 69 weak, 144 former, 74 dated, 390 placed, 2 national, 2 sexed, 337 numbered, 743 numbers, 390 addressed
    us-ofac-sdn 2020-04-22: 8 entries, 35 names, 2 weak, 5 dated, 6 spans, 8 placed, 3 national, 1 sexed, 3 numbered, 6 numbers, 7 addressed
    un-sc 2026-02-27: 1003 entries, 4237 names, 642 weak, 53 former, 677 dated, 147 spans, 838 placed, 625 national, 54 sexed, 272 numbered, 454 numbers, 512 addressed, 166 titled
    un-sc 2018-10-29: 1093 entries, 4249 names, 620 weak, 47 former, 660 dated, 153 spans, 965 placed, 623 national, 59 sexed, 257 numbered, 408 numbers, 613 addressed, 164 titled
    eu-journal undated: 8015 entries, 22255 names, 402 weak, 72 former, 3834 dated, 194 spans, 2727 placed, 2712 national, 3701 sexed, 3486 numbered, 4567 numbers, 2929 addressed, 104 titled
    eu-fsf 2018-07-04: 93 entries, 703 names, 10 dated, 72 placed, 59 national, 12 sexed, 6 numbered, 9 numbers, 13 addressed, 2 titled
    eu-fsf 2020-04-15: 7 entries, 15 names, 4 dated, 1 spans, 3 placed, 3 national, 1 sexed, 2 numbered, 3 numbers, 2 addressed
    gb-uksl undated: 5300 entries, 5300 names
    gb-uksl undated: 5300 entries, 5300 names
    gb-ofsi 2020-04-27: 6 entries, 10 names, 6 dated, 1 placed, 1 national, 1 numbered, 1 numbers, 1 addressed
    us-csl-cap undated: 1 entries, 3 names, 1 placed, 1 numbered, 1 numbers, 1 addressed
    us-csl-dpl undated: 8 entries, 8 names, 6 placed, 8 addressed
    us-csl-dtc undated: 10 entries, 11 names
    us-csl-el undated: 22 entries, 26 names, 22 placed, 22 addressed
    us-csl-isn undated: 3 entries, 3 names
    us-csl-plc undated: 13 entries, 28 names, 13 dated, 5 placed, 5 addressed
    us-csl-sdn undated: 28 entries, 68 names, 7 dated, 25 placed, 3 national, 12 numbered, 15 numbers, 23 addressed
    us-csl-ssi undated: 26 entries, 125 names, 26 placed, 26 numbered, 69 numbers, 26 addressed
    us-csl-uvl undated: 4 entries, 4 names, 4 placed, 4 addressed
    ftm-us_state_terrorist_exclusion 2025-03-20: 10 entries, 13 names
    own-special_leg_source_files_section_1286 undated: 292 entries, 663 names, 150 placed
    own-special_leg_source_files_section_353 undated: 167 entries, 167 names, 167 placed
    us-bis-dpl undated: 579 entries, 586 names, 1 weak, 376 placed, 579 addressed
    us-csl-cap undated: 1 entries, 3 names, 1 placed, 1 numbered, 1 numbers, 1 addressed
    us-csl-dpl undated: 1 entries, 1 names, 1 placed, 1 addressed
    us-csl-dtc undated: 1 entries, 1 names
    us-csl-el undated: 1 entries, 7 names, 1 placed, 1 addressed
    us-csl-fse undated: 1 entries, 1 names, 1 dated, 1 placed, 1 national, 1 sexed, 1 numbered, 1 numbers, 1 addressed
    us-csl-isn undated: 1 entries, 1 names
    us-csl-meu undated: 1 entries, 1 names, 1 placed, 1 addressed
    us-csl-plc undated: 2 entries, 5 names, 2 dated, 1 placed, 1 addressed
    us-csl-sdn undated: 1 entries, 1 names, 1 dated, 1 placed, 1 national, 1 sexed, 1 numbered, 1 numbers, 1 addressed
    us-csl-ssi undated: 3 entries, 9 names, 3 placed, 3 numbered, 5 numbers, 3 addressed
    us-csl-uvl undated: 1 entries, 1 names, 1 placed, 1 addressed
    us-dod-1260h undated: 234 entries, 359 names, 7 former, 234 placed
    ftm-donations undated: 95 entries, 95 names, 83 placed
    ftm-sa_wiki_peps_v2 2024-03-14: 177 entries, 658 names, 2 former, 97 dated, 97 placed, 96 national, 110 sexed, 22 titled
    ");
}

/// BEL0174 and RUS1467 are designations without a name: there is nothing to compare, and it is told.
#[test]
fn what_is_passed_over_of_real_files_is_told() {
    let Some(lists) = read(&["uk", "ofac/cons", "us_other", "un", "eu/journal"]) else { return };

    let told = lists.passed_over.iter().map(|file| {
        let first = file.places.iter().take(2).map(|place| format!("{}: {}", place.at, place.what));
        let name = file.path.rsplit('/').next().unwrap_or_default();
        format!("{name} {}; {}", file.count, first.collect::<Vec<_>>().join("; "))
    });

    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "uk_sanctions_list_fcdo_2025-08-11.ods 2; entry `BEL0174`: no name, so that it is left out; entry `RUS1467`: no \
          name, so that it is left out"
        ]
    );
}

#[test]
fn of_one_list_in_two_forms_of_one_day_one_is_used_and_the_other_is_no_fault() {
    let files = ["uk/uk_sanctions_list_fcdo_2025-08-11.csv.gz", "uk/uk_sanctions_list_fcdo_2025-08-11.ods"];
    let Some(lists) = read(&files) else { return };

    assert_eq!((lists.lists.len(), lists.lists[0].entries.len()), (1, 5300));
    let [other] = lists.left_out.as_slice() else { panic!("{:?}", lists.left_out) };
    assert!(!other.why.is_fault(), "{other:?}");
}

/// A table may end after any of its lines, and many lack the last line break, so that a cut within the last cell of a
/// line is not told; whatever says where it ends must be whole.
#[test]
fn a_real_file_cut_at_every_thousandth_byte_is_never_taken_for_a_whole_one() {
    let Some(folder) = std::env::var_os("TENANTRY_LISTS").map(PathBuf::from) else {
        eprintln!("left out: TENANTRY_LISTS names no folder of real lists");
        return;
    };
    for name in [
        "ofac/sdn_xml_sample.xml",
        "ofac/cons/cons_alt.csv.gz",
        "ofac/sdn_comments_2025-01.csv",
        "un/un_consolidated_2026-02-27.xml.gz",
        "eu/eu_fsf_xml_1_1_sample.xml",
        "eu/eu_fsf_csv_partial.csv.gz",
        "eu/journal/32014R0224.csv",
        "uk/uk_sanctions_list_fcdo_2025-08-11.ods",
        "us_other/us_tel_sample.json",
        "us_other/csl_sample_old_format.csv",
        "us_other/bis_denied_persons_2024-01.txt.gz",
        "ftm/entities.ftm.sample300.json.gz",
    ] {
        let bytes = fs::read(folder.join(name)).unwrap();
        let is_table = name.ends_with(".csv");
        for cut in (1_000..bytes.trim_ascii_end().len()).step_by(1_000) {
            let mut collector = Collector::new();
            collector.add(name, &bytes[..cut]);
            let lists = collector.finish();
            let rest_of_line = bytes[cut..].split(|byte| *byte == b'\n').next().unwrap_or_default();
            let in_last_cell = is_table && (bytes[cut - 1] == b'\n' || !rest_of_line.contains(&b','));
            assert!(lists.lists.is_empty() || in_last_cell, "{name} cut at {cut}");
        }
    }
}
