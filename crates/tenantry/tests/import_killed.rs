//! A large import that is killed in the middle and run again.

mod support;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::Place;
use testkit::population::{Shape, generate, spoil};

/// How long anything here may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(120);

/// CIP-21: killed in the middle of a large file and run again from the start, an import has each customer once,
/// and every bad line is answered by its number and code.
#[test]
fn an_import_that_was_killed_is_run_again_without_doubles() {
    let place = Place::new();
    let provider = ["provider", "add", "--name", "Example Cloud", "--country", "US", "--existed-before-rule"];
    place.run(&[&provider[..], &["--data", "data"]].concat()).done();
    let until = "2026-11-01T00:00:00Z".parse().unwrap();
    let shape = Shape { customers: 400, events: 400, ..Shape::new(7, until) };
    let good = generate(&shape).import;
    let (lines, spoiled) = spoil(&good, 10, 7);
    assert!(spoiled.len() > 20);
    let text = lines.join("\n") + "\n";

    let mut first = place.command(&["import", "--data", "data", "--out", "first"]);
    let mut first = first.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = first.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || {
        // Fails once the child is gone.
        let _ = input.write_all(text.as_bytes());
        std::thread::park_timeout(PATIENCE);
    });
    let begun = Instant::now();
    while std::fs::metadata(place.path("first")).map_or(0, |file| file.len()) == 0 {
        assert!(begun.elapsed() < PATIENCE, "the first answers come");
        std::thread::sleep(Duration::from_millis(20));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    feeder.thread().unpark();
    feeder.join().unwrap();
    let again = place
        .run_with(&["import", "--data", "data", "--json", "--out", "became"], &(lines.join("\n") + "\n"));

    let became = std::fs::read_to_string(place.path("became")).unwrap();
    let became: Vec<Value> = became.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let added = became.iter().filter(|answer| answer["id"].is_string()).count();
    let refused = became.len() - added;
    assert_eq!((again.code, became.len()), (0, lines.len()), "{}", again.err);
    assert_eq!(again.json(), json!({ "added": added, "refused": refused }));
    assert!(added > good.len() / 3 && refused > spoiled.len() + 20, "{added} added, {refused} refused");
    let bad: BTreeSet<u64> = spoiled.iter().map(|bad| bad.line).collect();
    for bad in &spoiled {
        let answer = &became[bad.line as usize - 1];
        assert_eq!((&answer["line"], &answer["error"]["code"]), (&json!(bad.line), &json!(bad.code)));
    }
    let had_before = |answer: &&Value| answer["error"]["code"] == "in-use";
    let good_answers = became.iter().filter(|answer| !bad.contains(&answer["line"].as_u64().unwrap()));
    for answer in good_answers.filter(|answer| answer["error"].is_object()) {
        // A reseller that is registered again stays as it is.
        assert!(had_before(&answer), "{answer}");
    }
    let customers = place.run(&["export", "--data", "data"]).done().lines();
    let ids: BTreeSet<&str> =
        customers.iter().map(|line| line["customer"]["external_id"].as_str().unwrap()).collect();
    assert_eq!((customers.len(), ids.len()), (400, 400));
    assert!(customers.iter().all(|line| line["accounts"].as_array().unwrap().len() == 1));
    assert_eq!(place.run(&["doctor", "--data", "data", "--json"]).done().json()["well"], true);
}
