//! `lists update` from a publisher on a socket of this machine.

#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

mod support;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use support::Place;

/// Serves one file of so many entries under any path that names the list of the United Kingdom, hangs up in the middle
/// of the first answer to each new number of entries, and knows nothing else.
fn publisher(entries: Arc<Mutex<usize>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut cut_for = 0;
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            let entries = *entries.lock().unwrap();
            answer(&stream, entries, cut_for != entries);
            cut_for = entries;
        }
    });
    url
}

fn answer(mut stream: &TcpStream, entries: usize, cut: bool) {
    let head = head_of(stream);
    if !head.starts_with("get /uk/") {
        let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        return;
    }
    let file = file_of(entries);
    let first = from_of(&head);
    let status = if first > 0 { "206 Partial Content" } else { "200 OK" };
    let (len, last, total) = (file.len() - first, file.len() - 1, file.len());
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: {len}\r\ncontent-range: bytes {first}-{last}/{total}\r\n\
         etag: \"{entries}\"\r\nconnection: close\r\n\r\n"
    );
    let until = if cut && first == 0 { file.len() / 2 } else { file.len() };
    let _ = stream.write_all(&file.as_bytes()[first..until]);
}

fn head_of(stream: &TcpStream) -> String {
    let mut head = String::new();
    let mut reader = BufReader::new(stream);
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap_or(0) > 0 {}
    head.to_lowercase()
}

/// The place from which on a file is asked for.
fn from_of(head: &str) -> usize {
    let from =
        head.lines().find_map(|line| line.strip_prefix("range: bytes=")?.trim_end_matches('-').parse().ok());
    from.unwrap_or(0)
}

fn file_of(entries: usize) -> String {
    let lines =
        (0..entries).map(|number| format!("\"x-{number}\",\"Person\",\"Anna Example {number}\",\"\"\n"));
    format!("\"id\",\"schema\",\"name\",\"aliases\"\n{}", lines.collect::<String>())
}

/// CIP-23: a broken download is taken up; a list that shrank waits for a person, whose word is on the ledger; lists of
/// others stay in force.
#[test]
fn a_list_that_shrank_waits_for_a_person() {
    let mut place = Place::new().with_catalogue();
    let entries = Arc::new(Mutex::new(40));
    place.variables.push(("TENANTRY_LISTS__MIRROR", publisher(Arc::clone(&entries))));
    fs::create_dir(place.path("lists")).unwrap();
    fs::write(
        place.path("lists/own.ndjson"),
        "{\"id\":\"7\",\"schema\":\"Person\",\"names\":[\"Ada Ordinary\"]}\n",
    )
    .unwrap();
    place.run(&["lists", "load", "lists", "--data", "data"]).done();
    let update =
        |more: &[&str]| place.run(&[&["lists", "update", "--data", "data", "--json"], more].concat());
    let counts = || -> Vec<(String, u64)> {
        let listed = place.run(&["lists", "list", "--data", "data", "--json"]).done().json();
        let one =
            |list: &Value| (list["list"].as_str().unwrap().to_owned(), list["entry_count"].as_u64().unwrap());
        let mut all: Vec<_> = listed["data"].as_array().unwrap().iter().map(one).collect();
        all.sort();
        all
    };

    let first = update(&[]);
    let after_first = counts();
    let published = after_first.iter().find(|(id, _)| id != "own-own").unwrap().0.clone();
    *entries.lock().unwrap() = 24;
    let stopped = update(&[]);
    let after_stop = counts();
    let of_another = update(&["--let-shrink", "own-own"]);
    let let_pass = update(&["--let-shrink", &published, "--let-shrink", "own-own"]);
    let after_pass = counts();
    *entries.lock().unwrap() = 20;
    let fewer = update(&[]);
    let said = place.run(&["lists", "list", "--data", "data"]).done().out;

    assert_eq!(first.code, 1, "two publishers have nothing: {}", first.err);
    let failed: Vec<Value> =
        first.json()["failed"].as_array().unwrap().iter().map(|one| one["publisher"].clone()).collect();
    assert_eq!((failed, &first.json()["lists"]), (vec![json!("us-ofac"), json!("un")], &json!(2)));
    assert_eq!(after_first.iter().map(|(_, count)| *count).sum::<u64>(), 41);
    for stopped in [stopped, of_another] {
        assert_eq!(stopped.code, 3, "{}", stopped.err);
        assert!(
            stopped.err.contains("list-shrank") && stopped.err.contains("lost 40 % of its entries"),
            "{}",
            stopped.err
        );
        assert!(stopped.err.contains("--let-shrink LIST"), "{}", stopped.err);
    }
    assert_eq!(after_stop, after_first, "nothing changed");
    assert_eq!((let_pass.code, after_pass.iter().map(|(_, count)| *count).sum::<u64>()), (1, 25));
    assert_eq!(fewer.code, 1, "a few less are none too many: {}", fewer.err);
    assert!(said.contains("block: no pack in force says what it means"), "{said}");
    place.run(&["ledger", "export", "--data", "data", "--to", "export"]).done();
    let records = fs::read_dir(place.path("export/records"))
        .unwrap()
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let events: String = records.collect();
    assert!(
        events.contains("watchlist.shrinkage-let-pass") && events.contains("entries-now-24"),
        "who let it pass is on record"
    );
}

/// Serves the list of the United Kingdom in so many bytes, of its first answer the first half and then nothing more, and
/// notes from where on it was asked for.
fn stalling_publisher(file: Arc<String>, asked_from: Arc<Mutex<Vec<usize>>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let (file, asked_from) = (Arc::clone(&file), Arc::clone(&asked_from));
            std::thread::spawn(move || {
                let head = head_of(&stream);
                if !head.starts_with("get /uk/") {
                    let gone = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                    let _ = stream.write_all(gone.as_bytes());
                    return;
                }
                let from = from_of(&head);
                let is_first = {
                    let mut asked_from = asked_from.lock().unwrap();
                    asked_from.push(from);
                    asked_from.len() == 1
                };
                let status = if from > 0 { "206 Partial Content" } else { "200 OK" };
                let (len, last, total) = (file.len() - from, file.len() - 1, file.len());
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status}\r\ncontent-length: {len}\r\ncontent-range: bytes {from}-{last}/{total}\r\n\
                     etag: \"one\"\r\nconnection: close\r\n\r\n"
                );
                let until = if is_first { total / 2 } else { total };
                let _ = stream.write_all(&file.as_bytes()[from..until]);
                if is_first {
                    std::thread::park();
                }
            });
        }
    });
    url
}

/// CIP-23: a download goes on where a process was killed, and what comes of it is what one in one piece comes to.
#[test]
fn a_killed_download_is_taken_up_by_the_next_command() {
    const ENTRIES: usize = 300;
    let mut place = Place::new().with_catalogue();
    let remarks = "so it was said ".repeat(1_000);
    let lines = (0..ENTRIES).map(|number| format!("x-{number},Anna Example {number},{remarks}\n"));
    let file = Arc::new(format!("id,name,remarks\n{}", lines.collect::<String>()));
    let asked_from = Arc::new(Mutex::new(Vec::new()));
    let url = stalling_publisher(Arc::clone(&file), Arc::clone(&asked_from));
    place.variables.push(("TENANTRY_LISTS__MIRROR", url));
    let update = ["lists", "update", "--data", "data", "--json", "--give-up-after", "60"];
    let note = place.path("data/downloads/uk@uk-sanctions-list.csv.note");

    let mut killed = place.command(&update).spawn().unwrap();
    while !note.exists() {
        assert!(killed.try_wait().unwrap().is_none(), "the command waits for the rest");
        std::thread::sleep(Duration::from_millis(5));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let updated = place.run(&update);
    let listed = place.run(&["lists", "list", "--data", "data", "--json"]).done().json();

    assert_eq!(updated.json()["lists"], 1, "{}", updated.err);
    let asked_from = asked_from.lock().unwrap().clone();
    assert!(
        matches!(asked_from[..], [0, rest] if rest >= 1 << 20 && rest <= file.len() / 2),
        "{asked_from:?}"
    );
    assert_eq!(listed["data"][0]["entry_count"], ENTRIES);
    fs::create_dir(place.path("whole")).unwrap();
    fs::write(place.path("whole/uk-sanctions-list.csv"), &*file).unwrap();
    place.run(&["lists", "load", "whole", "--data", "data"]).done();
    let whole = place.run(&["lists", "list", "--data", "data", "--json"]).done().json();
    assert_eq!(whole["data"][0]["sha256"], listed["data"][0]["sha256"]);
    assert_eq!(fs::read_dir(place.path("data/downloads")).unwrap().count(), 0, "nothing is left");
}
