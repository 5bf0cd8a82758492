//! Events from files: plain, gzip, zstd, and bad ones.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod support;

use std::io::Write;

use accesslog::{IngestFilesError, LINE_MAX_BYTES, ingest_reader};
use domain::access::IngestReport;
use flate2::Compression;
use flate2::write::GzEncoder;
use support::{Bench, now};

const GOOD: &str = r#"{"account":"a","ip":"192.0.2.1","at":"2026-03-01T09:00:00Z","kind":"access"}"#;

fn run(bench: &Bench, input: &[u8]) -> (IngestReport, Vec<(u64, String)>, Result<(), IngestFilesError>) {
    let mut report = IngestReport::default();
    let mut problems = Vec::new();
    let result = ingest_reader(bench.log(), input, &now, &mut report, &mut |problem| {
        problems.push((problem.line, problem.error.code));
    });
    (report, problems, result)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn compression_is_told_by_content() {
    let text = format!("{GOOD}\n{GOOD}\n");
    let two_members = [gzip(text.as_bytes()), gzip(text.as_bytes())].concat();
    let two_frames =
        [zstd::encode_all(text.as_bytes(), 1).unwrap(), zstd::encode_all(text.as_bytes(), 1).unwrap()];
    let cases: [(&str, Vec<u8>, u64); 7] = [
        ("plain", text.clone().into_bytes(), 2),
        ("without a last line end", GOOD.as_bytes().to_vec(), 1),
        ("gzip", gzip(text.as_bytes()), 2),
        ("two gzip members", two_members, 4),
        ("zstd", two_frames[0].clone(), 2),
        ("two zstd frames", two_frames.concat(), 4),
        ("nothing", Vec::new(), 0),
    ];
    for (name, input, stored) in cases {
        let bench = Bench::new();
        let (report, problems, result) = run(&bench, &input);
        result.unwrap();
        assert_eq!((report.lines, report.stored, problems.len()), (stored, stored, 0), "{name}");
    }
}

#[test]
fn a_bad_line_is_named_by_its_number_and_the_run_goes_on() {
    let long = "x".repeat(LINE_MAX_BYTES + 1);
    let mut input = format!("\u{feff}{GOOD}\r\n\nnonsense\n{GOOD}\n{long}\n").into_bytes();
    input.extend(b"\xff\xfe\n");
    input.extend(format!("{GOOD}\n{{\"account\":1}}").bytes());
    let bench = Bench::new();

    let (report, problems, result) = run(&bench, &input);

    result.unwrap();
    let expected = [(3, "not_json"), (5, "too_long"), (6, "not_utf8"), (8, "bad_field")];
    assert_eq!(problems, expected.map(|(line, code)| (line, code.to_owned())));
    assert_eq!((report.stored, report.refused, report.lines), (3, 4, 7));
    assert_eq!(bench.who("192.0.2.1 at 09:00"), "a access 3");
}

#[test]
fn a_file_cut_in_the_middle_is_said_and_what_came_before_is_kept() {
    // Lines that do not compress to nothing, so that the cut leaves some whole.
    let text: String = (0..5_000)
        .map(|n: u64| {
            let name = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            format!("{}\n", GOOD.replace("\"a\"", &format!("\"a{name}\"")))
        })
        .collect();
    for input in [gzip(text.as_bytes()), zstd::encode_all(text.as_bytes(), 1).unwrap()] {
        let bench = Bench::new();
        let (report, _, result) = run(&bench, &input[..input.len() * 9 / 10]);
        assert!(matches!(result, Err(IngestFilesError::Input { .. })));
        assert!(report.stored <= 5_000);
    }
}

#[test]
fn the_same_file_twice_counts_once() {
    let line = |seq: u32| GOOD.replace('}', &format!(r#","source":"file","seq":{seq}}}"#));
    let text: String = (0..100).map(|seq| format!("{}\n", line(seq))).collect();
    let bench = Bench::small();

    let (first, ..) = run(&bench, text.as_bytes());
    let (second, ..) = run(&bench, text.as_bytes());

    assert_eq!((first.stored, first.duplicates), (100, 0));
    assert_eq!((second.stored, second.duplicates, second.lines), (0, 100, 100));
    assert_eq!(bench.who("192.0.2.1 at 09:00"), "a access 100");
}
