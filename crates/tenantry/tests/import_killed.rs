//! A large import that is killed in the middle and run again.

mod support;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};
use support::Place;
use testkit::population::{Shape, generate, spoil};

/// CIP-21: killed in the middle of a large file and run again from the start, an import has each customer once,
/// and every bad line is answered by its number and code.
#[test]
fn an_import_that_was_killed_is_run_again_without_doubles() {
    let place = Place::new();
    place.run(&["migrate", "--data", "data"]).done();
    let provider = ["provider", "add", "--name", "Example Cloud", "--country", "US", "--existed-before-rule"];
    place.run(&[&provider[..], &["--data", "data"]].concat()).done();
    let until = "2026-11-01T00:00:00Z".parse().unwrap();
    let shape = Shape { customers: 400, events: 400, ..Shape::new(7, until) };
    let good = generate(&shape).import;
    let (lines, spoiled) = spoil(&good, 10, 7);
    assert!(spoiled.len() > 20);

    let mut first = place.command(&["import", "--data", "data"]);
    let mut first = first.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = first.stdin.take().unwrap();
    // The pipe holds little, so once this is written the child has taken nearly all of it and works.
    input.write_all((lines[..lines.len() / 2].join("\n") + "\n").as_bytes()).unwrap();
    first.kill().unwrap();
    first.wait().unwrap();
    let again = place
        .run_with(&["import", "--data", "data", "--json", "--out", "became"], &(lines.join("\n") + "\n"));

    let became = std::fs::read_to_string(place.path("became")).unwrap();
    let became: Vec<Value> = became.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let added = became.iter().filter(|answer| answer["id"].is_string()).count();
    let refused = became.len() - added;
    assert_eq!((again.code, became.len()), (1, lines.len()), "{}", again.err);
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
