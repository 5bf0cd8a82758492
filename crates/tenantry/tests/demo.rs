//! The demo, small, over a socket: what it prints is true.

#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

mod support;

use serde_json::Value;
use support::{Place, Served};

const ARGUMENTS: &[&str] =
    &["demo", "--data", "demo", "--customers", "50", "--events", "2000", "--listen", "127.0.0.1:0"];

/// One printed `curl` line as it would be sent.
struct Curl {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// Reads the lines as a shell would: single and double quotes, `$KEY` put in.
fn curls(served: &Served) -> Vec<Curl> {
    let export = served.said.lines().find_map(|line| line.strip_prefix("export KEY=")).unwrap();
    let lines = served.said.lines().filter(|line| line.starts_with("curl "));
    lines.map(|line| curl(&line.replace("$KEY", export), &served.address)).collect()
}

fn curl(line: &str, address: &str) -> Curl {
    let mut words: Vec<String> = Vec::new();
    let mut quote = None;
    let mut word = String::new();
    for character in line.chars().chain([' ']) {
        match (quote, character) {
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            (None, ' ') => words.push(std::mem::take(&mut word)),
            _ => word.push(character),
        }
    }
    let mut curl = Curl { method: "GET", path: String::new(), headers: Vec::new(), body: String::new() };
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-H" => {
                let header = words.next().unwrap();
                let (name, value) = header.split_once(": ").unwrap();
                curl.headers.push((name.to_owned(), value.to_owned()));
            }
            "-d" => (curl.method, curl.body) = ("POST", words.next().unwrap()),
            _ => {
                if let Some(path) = word.strip_prefix(&format!("http://{address}")) {
                    curl.path = path.to_owned();
                }
            }
        }
    }
    curl
}

fn send(served: &Served, curl: &Curl) -> Value {
    let headers: Vec<(&str, &str)> =
        curl.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (status, answer) = served.ask(curl.method, &curl.path, &headers, &curl.body);
    assert_eq!(status, 200, "{}: {answer}", curl.path);
    answer
}

/// LOG-01, CRT-08, PCK-01, SM-04, LOG-02: the five questions of the first contact have answers.
#[test]
fn the_five_printed_questions_have_answers_and_the_demo_is_used_again() {
    let place = Place::new();
    let mut served = Served::start(place.command(ARGUMENTS), "Ctrl-C stops it");
    assert!(served.said.contains("FICTIONAL list"), "{}", served.said);
    let curls_printed = curls(&served);
    assert_eq!(curls_printed.len(), 5, "{}", served.said);

    let answers: Vec<Value> = curls_printed.iter().map(|curl| send(&served, curl)).collect();

    let [who, may, due, touched, proof] = &answers[..] else { panic!("there are five") };
    let holder = &who["accounts"][0]["holder"];
    assert!(holder["names"][0].is_string(), "{who}");
    assert_eq!(who["fictional_lists"], true);
    assert!(may["decision"].is_boolean() && may["context"]["signature"].is_string(), "{may}");
    assert_eq!(may["context"]["livemode"], false, "nothing of a demo is live");
    assert!(due["requirements"][0]["citations"][0]["document"].is_string(), "{due}");
    assert!(touched["data"][0]["match"]["reason"].is_object(), "{touched}");
    assert!(proof["path"].is_array() && proof["checkpoint"].is_string(), "{proof}");

    let link = served.said.lines().find_map(|line| line.split_once("/sign-in#")).unwrap().1.to_owned();
    let body = format!("{{\"link_secret\":\"{link}\",\"password\":\"correct horse battery\"}}");
    let json = [("content-type", "application/json")];
    let (status, signed_in) = served.ask("POST", "/v1/sessions/from_link", &json, &body);
    let (again, _) = served.ask("POST", "/v1/sessions/from_link", &json, &body);
    assert!((200..300).contains(&status), "{signed_in}");
    assert!(again >= 400, "a link works once");
    assert_eq!(served.interrupt(), Some(0));

    let served = Served::start(place.command(ARGUMENTS), "Ctrl-C stops it");
    assert!(served.said.contains("as they were left"), "{}", served.said);
    assert!(served.said.contains("demo-officer at"), "who has a password keeps it: {}", served.said);
    for curl in &curls(&served) {
        send(&served, curl);
    }
    let (status, _) =
        served.ask("GET", &curls_printed[2].path, &[("authorization", &curls_printed[2].headers[0].1)], "");
    assert_eq!(status, 401, "the key of the earlier start has ended");
}

#[test]
fn a_folder_with_something_else_in_it_is_refused() {
    let place = Place::new();
    std::fs::create_dir(place.path("demo")).unwrap();
    place.write("demo/thesis.txt", "years of work");

    let refused = place.run(ARGUMENTS);

    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(refused.err.contains("no demo") && refused.err.contains("--data"), "{}", refused.err);
    assert!(place.path("demo/thesis.txt").exists());
}

#[test]
fn a_demo_that_was_cut_short_starts_over() {
    let place = Place::new();
    std::fs::create_dir(place.path("demo")).unwrap();
    place.write(
        "demo/DEMO",
        "{\"size\":{\"customers\":50,\"events\":2000},\"finished\":false,\"samples\":null}",
    );
    place.write("demo/registry.db", "half a database");

    place.run(&[ARGUMENTS, &["--no-serve"]].concat()).done();

    assert!(std::fs::read_to_string(place.path("demo/DEMO")).unwrap().contains("\"finished\": true"));
}

/// CIP-23: with real lists, some of the invented customers are on them.
#[test]
fn with_real_lists_the_answers_name_them() {
    let Some(lists) = std::env::var_os("TENANTRY_LISTS") else {
        eprintln!("left out: TENANTRY_LISTS names no folder of real lists");
        return;
    };
    let place = Place::new();
    let lists = lists.to_str().unwrap();

    let mut served =
        Served::start(place.command(&[ARGUMENTS, &["--lists", lists]].concat()), "Ctrl-C stops it");

    assert!(!served.said.contains("FICTIONAL") && served.said.contains("lists, eu-fsf"), "{}", served.said);
    let may = send(&served, &curls(&served)[1]);
    assert_eq!(may["context"]["fictional_lists"], false);
    assert!(may["context"]["versions"]["lists"].as_str().unwrap().contains("us-ofac-sdn"));
    assert_eq!(served.interrupt(), Some(0));
}
