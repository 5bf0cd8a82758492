//! `lists update` from a publisher on a socket of this machine.

#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

mod support;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

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
    let mut head = String::new();
    let mut reader = BufReader::new(stream);
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap_or(0) > 0 {}
    let head = head.to_lowercase();
    if !head.starts_with("get /uk/") {
        let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        return;
    }
    let lines =
        (0..entries).map(|number| format!("\"x-{number}\",\"Person\",\"Anna Example {number}\",\"\"\n"));
    let file = format!("\"id\",\"schema\",\"name\",\"aliases\"\n{}", lines.collect::<String>());
    let from =
        head.lines().find_map(|line| line.strip_prefix("range: bytes=")?.trim_end_matches('-').parse().ok());
    let (status, first): (_, usize) = from.map_or(("200 OK", 0), |first| ("206 Partial Content", first));
    let (len, last, total) = (file.len() - first, file.len() - 1, file.len());
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: {len}\r\ncontent-range: bytes {first}-{last}/{total}\r\n\
         etag: \"{entries}\"\r\nconnection: close\r\n\r\n"
    );
    let until = if cut && first == 0 { file.len() / 2 } else { file.len() };
    let _ = stream.write_all(&file.as_bytes()[first..until]);
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
