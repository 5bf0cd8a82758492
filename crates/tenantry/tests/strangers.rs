//! What a stranger mistypes, leaves out or runs in another order: refused in words, with nothing left behind.

mod support;

use std::fs;

use serde_json::{Value, json};
use support::{Place, Served, customer_line};

const DEMO: &[&str] =
    &["demo", "--data", "demo", "--customers", "20", "--events", "500", "--no-serve", "--json"];

/// The problem object on the last line of standard error.
fn problem(err: &str) -> Value {
    let last = err.lines().last().unwrap_or_default();
    serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {err}"))
}

#[test]
fn a_mistyped_folder_is_no_new_installation() {
    let mut place = Place::new();
    let passphrase = place.write("passphrase", "correct horse battery\n");
    let account = "acct_01m804nqybe00atax3wjt55jbw";
    let cases: &[&[&str]] = &[
        &["ledger", "export", "--to", "export"],
        &["ledger", "key"],
        &["case", "list"],
        &["customer", "list"],
        &["account", "suspend", account, "--reason", "abuse"],
        &["export"],
        &["key", "make", "ops", "--scope", "gate"],
        &["key", "rotate-master"],
        &["staff", "list"],
        &["pack", "list"],
        &["lists", "list"],
        &["doctor"],
        &["doctor", "--rebuild"],
        &["backup", "--to", "backup", "--keys", "keys"],
        &["who", "--ip", "192.0.2.7", "--at", "2026-03-01T10:00:00Z"],
        &["access", "of", "--account", "a", "--at", "2026-03-01T10:00:00Z"],
        &["may"],
    ];
    for arguments in cases {
        let ran = place.run(&[arguments, &["--data", "nope"][..]].concat());

        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains("no installation in `nope`"), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains("next: ") && ran.err.contains("tenantry serve"), "{}", ran.err);
    }
    for made in ["nope", "export", "backup", "keys"] {
        assert!(!place.path(made).exists(), "{made}");
    }
    let as_json = problem(&place.run(&["doctor", "--data", "nope", "--json"]).err);
    assert_eq!(as_json["code"], "unusable");
    assert!(as_json["detail"].as_str().unwrap().contains("nope") && as_json["next"].is_string(), "{as_json}");

    place.variables.push(("TENANTRY_LISTS__FICTIONAL", "false".to_owned()));
    let without_lists = place.run(&["serve", "--data", "nope", "--listen", "127.0.0.1:0"]);
    assert_eq!(without_lists.code, 4, "{}", without_lists.err);
    assert!(without_lists.err.contains("no watchlists"), "{}", without_lists.err);
    assert!(!place.path("nope").exists(), "a server that never served leaves nothing behind");

    let nothing_there = ["restore", "--to", "nope", "--recovery", "absent", "--passphrase-file", &passphrase];
    assert_eq!(place.run(&nothing_there).code, 2);
    place.run(&["staff", "invite", "olga", "--role", "compliance-officer", "--data", "new"]).done();
    place.run(&["staff", "list", "--data", "new"]).done();
}

/// The space belongs to the data, from the first start on.
#[test]
fn what_a_demo_made_stays_a_demo_for_every_command() {
    let mut place = Place::new();
    let made = place.run(DEMO).done().json();
    assert_eq!(made["fictional_lists"], true);
    // Its invented list lies with it: no other command has to be told.
    place.variables.push(("TENANTRY_LISTS__FICTIONAL", "false".to_owned()));

    let key = place.run(&["key", "make", "ops", "--scope", "gate", "--data", "demo"]).done();
    let customers = place.run(&["customer", "list", "--data", "demo", "--json"]).done().json();
    let lists = place.run(&["lists", "list", "--data", "demo", "--json"]).done().json();
    let served = place.run(&["serve", "--data", "demo", "--listen", "127.0.0.1:0"]);
    let imported = place.run_with(&["import", "--data", "demo"], &customer_line(901, "Ada Ordinary", "US"));
    let account = place.run(&["account", "show", "account-901", "--data", "demo", "--json"]).done().json();
    let account = account["id"].as_str().unwrap();
    let suspend = ["account", "suspend", account, "--reason", "abuse", "--data", "demo", "--json"];
    let suspended = place.run(&suspend);

    assert!(key.out.starts_with("test_"), "{}", key.out);
    assert!(key.err.contains("It ends at "), "a key ends unless told otherwise: {}", key.err);
    assert_eq!(customers["livemode"], false, "{customers}");
    assert_eq!(lists["data"][0]["fictional"], true, "{lists}");
    assert_eq!(served.code, 2, "{}", served.err);
    assert!(
        served.err.contains("test data") && served.err.contains("tenantry demo --data demo"),
        "{}",
        served.err
    );
    assert_eq!(imported.code, 0, "{}", imported.err);
    assert_eq!(suspended.code, 0, "{}", suspended.err);

    fs::create_dir(place.path("empty")).unwrap();
    let no_list = place.run(&["demo", "--data", "other", "--lists", "empty", "--no-serve"]);
    assert_eq!(no_list.code, 2, "{}", no_list.err);
    assert!(no_list.err.contains("`empty` holds no list"), "{}", no_list.err);
    assert!(!place.path("other").exists());
}

/// SEC-01: a restore puts whole things in place or nothing, and says what is still missing.
#[test]
fn a_restore_is_whole_or_leaves_nothing_behind() {
    let place = Place::new().with_catalogue();
    place.run_with(&["import", "--data", "data"], &customer_line(1, "Ada Ordinary", "US")).done();
    let events = "{\"account\":\"account-1\",\"ip\":\"192.0.2.7\",\"at\":\"2026-03-01T10:00:00Z\",\"kind\":\"access\"}\n";
    place.run_with(&["access", "ingest", "--data", "data", "--in", "-", "--seal"], events).done();
    let passphrase = place.write("passphrase", "correct horse battery\n");
    let wrong = place.write("wrong", "another passphrase\n");
    let recovery = ["--recovery", "recovery", "--passphrase-file"];
    let backup = ["backup", "--data", "data", "--to", "backup", "--keys", "keys"];
    place.run(&[&backup[..], &recovery, &[&passphrase]].concat()).done();
    let restore = ["restore", "--from", "backup", "--keys", "keys", "--to"];

    let refused = place.run(&[&restore[..], &["again"], &recovery, &[&wrong]].concat());
    let left_by_refused = place.path("again").exists();
    let keyless = place.run(&[&restore[..], &["again"]].concat()).done();
    let completed = place.run(&[&["restore", "--to", "again"], &recovery[..], &[&passphrase]].concat());
    let record = place.run(&["export", "--data", "again", "--purpose", "restore drill"]).done();
    let segment = fs::read_dir(place.path("backup/access")).unwrap();
    let segment =
        segment.map(|entry| entry.unwrap().path()).find(|path| path.to_string_lossy().ends_with(".address"));
    let segment = segment.unwrap();
    let mut bytes = fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let damaged = place.run(&[&restore[..], &["third"]].concat());

    assert_eq!((refused.code, left_by_refused), (4, false), "{}", refused.err);
    assert!(
        keyless.err.contains("WITHOUT ITS MASTER KEY") && keyless.err.contains("--recovery"),
        "{}",
        keyless.err
    );
    assert_eq!(completed.code, 0, "{}", completed.err);
    assert!(record.out.contains("Ada Ordinary"));
    assert_eq!(damaged.code, 4, "{}", damaged.err);
    assert!(damaged.err.contains("access/") && damaged.err.contains("damaged"), "{}", damaged.err);
    assert!(!place.path("third").exists());
}

/// LOG-01, SEC-02: under a purpose the answer names who it was; without one, accounts and nobody else.
#[test]
fn who_names_persons_under_a_purpose_here_and_through_a_server() {
    let mut place = Place::new().with_catalogue();
    place.run_with(&["import", "--data", "data"], &customer_line(1, "Ada Ordinary", "US")).done();
    let events = "{\"account\":\"account-1\",\"ip\":\"192.0.2.7\",\"at\":\"2026-03-01T10:00:00Z\",\"kind\":\"access\"}\n";
    place.run_with(&["access", "ingest", "--data", "data", "--in", "-"], events).done();
    // Names are those that were true then, so the interval ends after the customer was known.
    let who =
        ["who", "--ip", "192.0.2.7", "--from", "2026-03-01T00:00:00Z", "--until", "2100-01-01T00:00:00Z"];
    let under = ["--purpose", "abuse report 7"];
    let lines = "{\"id\":1,\"ip\":\"192.0.2.7\",\"from\":\"2026-03-01T00:00:00Z\",\"until\":\"2100-01-01T00:00:00Z\"}\nnonsense\n";

    let accounts = place.run(&[&who[..], &["--data", "data"]].concat()).done().json();
    let named = place.run(&[&who[..], &under, &["--data", "data"]].concat()).done().json();
    let many = [&["who", "--in", "-", "--data", "data"], &under[..]].concat();
    let many = place.run_with(&many, lines).done().lines();
    let token =
        place.run(&["key", "make", "ops", "--scope", "access:read,ledger:read", "--data", "data"]).done().out;
    let key_here = place.run(&["ledger", "key", "--data", "data"]).done().out;
    let server =
        Served::start(place.command(&["serve", "--data", "data", "--listen", "127.0.0.1:0"]), "Serving");
    let url = format!("http://{}", server.address);
    place.variables.push(("TENANTRY_TOKEN", token.trim().to_owned()));
    let of = ["access", "of", "--account", "account-1", "--at", "2026-03-01T10:00:00Z", "--server", &url];
    let of = place.run(&of).done().json();
    let key_there = place.run(&["ledger", "key", "--server", &url]).done().out;
    let unread = place.run(&[&who[..], &["--server", &url, "--json"]].concat());
    let no_scheme = place.run(&[&who[..], &["--server", &server.address]].concat());
    let bad_address =
        place.run(&["who", "--ip", "nonsense", "--at", "2026-03-01T10:00:00Z", "--data", "data"]);

    assert!(accounts["accounts"][0].get("holder").is_none(), "{accounts}");
    let holder = &named["accounts"][0]["holder"];
    assert_eq!(holder["names"], json!(["Ada Ordinary"]), "{named}");
    assert!(holder["proofs"][0]["kind"].is_string() && holder["identification_now"].is_string(), "{holder}");
    assert_eq!(
        (&many[0]["id"], &many[0]["accounts"][0]["holder"]["names"][0]),
        (&json!(1), &json!("Ada Ordinary"))
    );
    assert_eq!(many[1]["error"]["code"], "not_json");
    assert_eq!(of["accounts"][0]["account"], "account-1", "{of}");
    assert_eq!(key_here, key_there);
    assert_eq!(unread.code, 3, "{}", unread.err);
    assert!(problem(&unread.err)["next"].is_string(), "{}", unread.err);
    assert_eq!(no_scheme.code, 2);
    assert!(no_scheme.err.contains(&format!("such as `{url}`")), "{}", no_scheme.err);
    assert!(bad_address.err.contains("IPv4 or IPv6"), "{}", bad_address.err);
}

/// LOG-02: an export without a checkpoint is not told to name the key that was named.
#[test]
fn what_was_given_is_not_asked_for_again() {
    let place = Place::new().with_catalogue();
    place.run_with(&["import", "--data", "data"], &customer_line(1, "Ada Ordinary", "US")).done();
    let key = place.run(&["ledger", "key", "--data", "data"]).done().out;
    let key = place.write("ledger.key", &key);
    place.run(&["ledger", "export", "--data", "data", "--to", "export"]).done();
    fs::remove_file(place.path("export/checkpoint")).unwrap();

    let verified = place.run(&["ledger", "verify", "--export", "export", "--key", &key]);
    let bad_line = place.run_with(&["may", "--data", "data"], "nonsense\n");

    assert_eq!(verified.code, 1);
    assert!(verified.out.contains("no checkpoint") && !verified.out.contains("--key"), "{}", verified.out);
    assert_eq!((bad_line.code, &bad_line.lines()[0]["error"]["code"]), (0, &json!("not_json")));
}

/// SEC-01: beside a server on a database server, commands read, back up and write.
#[test]
fn commands_work_beside_a_server_on_postgresql() {
    let Some(server) = testkit::platform::engine::postgres_server() else {
        eprintln!("left out: no PostgreSQL server is named");
        return;
    };
    let databases = testkit::platform::engine::Databases::on(&server);
    let (registry, keys) = databases.urls().unwrap();
    let mut place = Place::new();
    place.variables.push(("TENANTRY_STORE__URL", registry));
    place.variables.push(("TENANTRY_STORE__KEYS_URL", keys));
    let before = place.run(&["export", "--data", "data"]);
    assert_eq!(before.code, 2, "an empty database is no installation: {}", before.err);
    assert!(!place.path("data").exists());

    let _served =
        Served::start(place.command(&["serve", "--data", "data", "--listen", "127.0.0.1:0"]), "Serving");
    let cases: &[&[&str]] = &[
        &["backup", "--to", "backup", "--keys", "keys"],
        &["ledger", "export", "--to", "export"],
        &["staff", "list"],
        &["customer", "list"],
        &["key", "make", "ops", "--scope", "gate"],
        &["export"],
        &["doctor"],
    ];
    for arguments in cases {
        let ran = place.run(&[arguments, &["--data", "data"][..]].concat());
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
    }

    let empty = testkit::platform::engine::Databases::on(&server);
    let (registry, keys) = empty.urls().unwrap();
    place.variables.truncate(2);
    place.variables.push(("TENANTRY_STORE__URL", registry));
    place.variables.push(("TENANTRY_STORE__KEYS_URL", keys));
    place.run(&["migrate", "--data", "bare"]).done();
    place.run(&["restore", "--from", "backup", "--keys", "keys", "--to", "again"]).done();
}
