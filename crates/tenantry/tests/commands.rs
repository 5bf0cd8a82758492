//! Commands from end to end, over a temporary folder.

mod support;

use std::fs;

use serde_json::{Value, json};
use support::{Place, Served, change_byte, customer_line};

#[test]
fn help_says_what_there_is() {
    let place = Place::new();
    let mut help = String::new();
    let commands: &[&[&str]] = &[
        &[],
        &["serve"],
        &["check-config"],
        &["migrate"],
        &["doctor"],
        &["backup"],
        &["restore"],
        &["import"],
        &["export"],
        &["may"],
        &["customer"],
        &["account"],
        &["case"],
        &["decide"],
        &["pack"],
        &["hold"],
        &["hold", "place"],
        &["measure"],
        &["provider"],
        &["product"],
        &["staff"],
        &["staff", "invite"],
        &["key"],
        &["screen"],
        &["compare"],
        &["access"],
        &["access", "ingest"],
        &["who"],
        &["ledger"],
        &["ledger", "verify"],
        &["lists"],
        &["demo"],
    ];
    for command in commands {
        let mut arguments = command.to_vec();
        arguments.push("--help");
        let ran = place.run(&arguments).done();
        help.push_str(&format!("==> tenantry {}\n{}\n", arguments.join(" "), ran.out));
    }
    insta::assert_snapshot!(help);
}

#[test]
fn unusable_arguments_exit_with_2_and_what_to_do_next() {
    let place = Place::new();
    let cases: &[&[&str]] = &[
        &["no-such-command"],
        &["screen", "--lists", "nowhere", "--in", "absent"],
        &["ledger", "verify", "--export", "absent"],
        &["who", "--data", ".", "--ip", "10.0.0.1", "--from", "2026-01-01T00:00:00Z"],
        &["import", "--in", "absent"],
        &["screen"],
    ];
    for arguments in cases {
        let ran = place.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert!(!ran.err.is_empty());
    }
}

#[test]
fn a_configuration_is_checked_fault_by_fault() {
    let place = Place::new();
    let file = place.write("tenantry.toml", "listen = \"nowhere\"\n[mail]\nhots = \"x\"\n");
    let good = place.write("good.toml", "listen = \"127.0.0.1:1\"\n");

    let bad = place.run(&["check-config", "--config", &file]);
    let as_json = place.run(&["check-config", "--config", &file, "--json"]);
    let good = place.run(&["check-config", "--config", &good]);
    let refused = place.run(&["doctor", "--config", &file]);

    assert_eq!((bad.code, good.code, refused.code), (2, 0, 2));
    assert!(bad.out.contains("tenantry.toml:1: `listen`"), "{}", bad.out);
    assert!(bad.out.contains("tenantry.toml:3: `mail.hots`"), "{}", bad.out);
    assert_eq!(as_json.json()["faults"][0]["line"], 1);
    assert!(refused.err.contains("next:"), "{}", refused.err);
}

#[test]
fn parties_are_screened_and_compared_line_by_line() {
    let place = Place::new();
    fs::create_dir(place.path("lists")).unwrap();
    let own = "{\"id\":\"x-1\",\"schema\":\"Person\",\"names\":[\"Yevgeny Orlovsky\"],\"birth_date\":\"1961-02-03\"}\n";
    fs::write(place.path("lists/own.ndjson"), own).unwrap();
    let queries = concat!(
        "{\"id\":1,\"schema\":\"Person\",\"names\":[\"Orlovsky, Yevgeny\"]}\n",
        "nonsense\n",
        "{\"id\":\"b\",\"names\":[\"Jane Ordinary\"]}\n",
    );

    let one = place.run_with(&["screen", "--lists", "lists", "--threads", "1", "--timing"], queries).done();
    let four = place.run_with(&["screen", "--lists", "lists", "--threads", "4", "--json"], queries).done();
    let as_ofac = ["screen", "--lists", "lists", "--mode", "ofac", "--threshold", "0.8"];
    let as_ofac = place.run_with(
        &as_ofac,
        "{\"id\":1,\"names\":[\"Evgeny Orlovski\"]}\n{\"id\":2,\"names\":[\"Yevgeny\"]}\n",
    );
    let pairs = "{\"id\":1,\"a\":{\"names\":[\"Ann Kowalenko\"]},\"b\":{\"names\":[\"Anne Kowalenko\"]}}\n{\"id\":2,\"a\":{}}\n";
    let compared = place.run_with(&["compare"], pairs).done().lines();

    let answers = one.lines();
    assert_eq!(answers.len(), 3);
    assert_eq!((&answers[0]["id"], &answers[0]["hits"][0]["entry_id"]), (&json!(1), &json!("x-1")));
    assert!(answers[0]["elapsed_us"].is_u64() && answers[0]["hits"][0]["score"].is_f64());
    assert_eq!(answers[1]["error"]["code"], "not_json");
    assert_eq!(answers[2], json!({ "id": "b", "hits": [], "elapsed_us": answers[2]["elapsed_us"] }));
    assert_eq!(four.lines()[0]["hits"], answers[0]["hits"]);
    let as_ofac = as_ofac.done().lines();
    assert_eq!(
        (&as_ofac[0]["mode"], &as_ofac[1]["hits"][0]["score"]),
        (&json!("ofac"), &json!(1.0)),
        "{as_ofac:?}"
    );
    let misspelt = as_ofac[0]["hits"][0]["score"].as_f64().unwrap();
    assert!((0.8..1.0).contains(&misspelt), "{misspelt}");
    let summary: Value = serde_json::from_str(four.err.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&summary["queries"], &summary["errors"], &summary["entries"]),
        (&json!(3), &json!(1), &json!(1))
    );
    assert_eq!(compared[0]["match"], json!(true), "{}", compared[0]);
    assert_eq!(compared[1]["error"]["code"], "missing_field");
}

/// CIP-23: the operator sees on the lists at hand what a threshold finds and what it costs.
#[test]
fn lists_are_tried_without_some_of_their_aliases() {
    let place = Place::new();
    fs::create_dir(place.path("lists")).unwrap();
    let own = concat!(
        "{\"id\":\"x-1\",\"schema\":\"Person\",\"names\":[\"Yevgeny Orlovsky\",\"Evgenij Orlovskij\"]}\n",
        "{\"id\":\"x-2\",\"schema\":\"Company\",\"names\":[\"Severny Vektor OOO\",\"Northern Vector LLC\"]}\n",
    );
    fs::write(place.path("lists/own.ndjson"), own).unwrap();
    let tried = ["lists", "self-test", "--lists", "lists", "--ordinary", "50", "--plot", "plot.svg"];

    let told = place.run(&tried).done();
    let as_json = place.run(&[&tried[..], &["--json", "--false-alarms", "0.05"]].concat()).done().json();
    let unknown = place.run(&[&tried[..], &["--list", "nowhere"]].concat());

    assert!(told.out.contains("person ") && told.out.contains("threshold 0.01, of own"), "{}", told.out);
    assert_eq!((&as_json["rows"][0]["kind"], &as_json["rows"][0]["aliases"]), (&json!("person"), &json!(1)));
    assert_eq!(as_json["rows"][0]["at"][0]["false_alarms"], json!(0.05));
    assert!(fs::read_to_string(place.path("plot.svg")).unwrap().starts_with("<svg"));
    assert!(unknown.code == 4 && unknown.err.contains("no list `nowhere`"), "{}", unknown.err);
}

/// LOG-02, CIP-21: what came in is asked for, exported, and every byte of it is vouched for.
#[test]
fn from_import_to_a_verified_ledger() {
    let place = Place::new().with_catalogue();
    let lines = [
        customer_line(1, "Ada Ordinary", "US"),
        customer_line(2, "Bela Ordinary", "HU"),
        "{\"type\":\"customer\",\"kind\":\"nonsense\"}\n".to_owned(),
        customer_line(2, "Bela Again", "HU"),
    ];
    let imported =
        place.run_with(&["import", "--data", "data", "--json", "--out", "became"], &lines.concat());
    let became = fs::read_to_string(place.path("became")).unwrap();
    let became: Vec<Value> = became.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(imported.code, 0, "every line is answered: {}", imported.err);
    assert_eq!(imported.json(), json!({ "added": 2, "refused": 2 }));
    assert!(became[0]["id"].as_str().unwrap().starts_with("cus_"));
    assert_eq!((&became[2]["line"], &became[2]["error"]["code"]), (&json!(3), &json!("line-refused")));
    assert!(became[3]["error"].is_object());

    let question = |account: &str| {
        json!({
            "id": account, "subject": { "type": "account", "id": account }, "action": { "name": "provision" },
            "resource": { "type": "region", "id": "us-east" }, "context": { "enforces_conditions": true },
        })
    };
    let questions = format!("{}\n{}\n{{}}\nnonsense\n", question("account-1"), question("account-2"));
    let asked = place.run_with(&["may", "--data", "data"], &questions);
    let answers = asked.lines();
    assert_eq!((asked.code, answers.len()), (0, 4), "every line is answered: {}", asked.err);
    for (answer, id) in answers.iter().zip(["account-1", "account-2"]) {
        assert_eq!(answer["id"], id);
        assert!(answer["decision"].is_boolean(), "{answer}");
    }
    assert!(answers[2]["decision"] == false || answers[2]["error"].is_object(), "{}", answers[2]);
    assert_eq!(answers[3]["error"]["code"], "not_json");

    let events = concat!(
        "{\"account\":\"account-1\",\"ip\":\"192.0.2.7\",\"at\":\"2026-03-01T10:00:00Z\",\"kind\":\"access\",\"source\":\"s\",\"seq\":1}\n",
        "bad\n",
        "{\"account\":\"account-2\",\"ip\":\"198.51.100.0/24\",\"at\":\"2026-03-01T10:00:00Z\",\"kind\":\"lease_start\",\"source\":\"s\",\"seq\":2}\n",
    );
    let events = place.write("events", events);
    let taken = ["access", "ingest", "--data", "data", "--in", &events, "--json"];
    assert_eq!(place.run(&taken).done().json()["stored"], 2);
    assert_eq!(place.run(&taken).done().json()["duplicates"], 2, "the same events count once");
    let who = place
        .run(&["who", "--data", "data", "--ip", "192.0.2.7", "--at", "2026-03-01T10:05:00Z"])
        .done()
        .json();
    assert_eq!(
        (&who["accounts"][0]["account"], &who["accounts"][0]["because"]),
        (&json!("account-1"), &json!("access"))
    );
    let batch = "{\"id\":7,\"ip\":\"198.51.100.9\",\"at\":\"2026-03-02T00:00:00Z\"}\n{\"id\":8,\"account\":\"account-1\"}\n{}\n";
    let batch = place.run_with(&["who", "--data", "data", "--in", "-"], batch).done().lines();
    assert_eq!(batch[0]["accounts"][0]["because"], "lease");
    assert_eq!(batch[1]["accounts"][0]["events"], 1);
    assert_eq!(batch[2]["error"]["code"], "missing_field");
    let of = place.run(&["access", "of", "--data", "data", "--account", "account-1", "--rows"]).done().json();
    assert_eq!(of["accounts"][0]["rows"][0]["ip"], "192.0.2.7");
    let shared = place.run(&["access", "shared", "--data", "data", "--account", "account-1"]).done().json();
    assert_eq!(shared["accounts"], json!([]));

    place.run(&["ledger", "export", "--data", "data", "--to", "export"]).done();
    let key = place.run(&["ledger", "key", "--data", "data"]).done().out;
    let key = place.write("key", &key);
    let verify = ["ledger", "verify", "--export", "export", "--key", &key, "--json"];
    let clean = place.run(&verify).done().json();
    assert_eq!((&clean["signature"], &clean["faults"]), (&json!("checked"), &json!(0)));
    assert!(clean["verified"].as_u64().unwrap() > 10);
    let unchecked = place.run(&["ledger", "verify", "--export", "export"]);
    assert_eq!(unchecked.code, 1, "without a key nothing vouches for the checkpoint");
    assert!(unchecked.out.contains("--key FILE"), "{}", unchecked.out);

    change_byte(&place.path("export/records/000000000000.ndjson"), "customer.enrolled");
    let altered = place.run(&verify);
    assert_eq!(altered.code, 1);
    let fault = &altered.json()["first_fault"];
    assert_eq!(fault["what"], "altered", "{fault}");
    assert!(fault["leaf_id"].as_str().unwrap().starts_with("leaf_"), "{fault}");
    assert!(place.run(&verify[..verify.len() - 1]).out.contains("altered at index"), "people are told too");

    let doctor = place.run(&["doctor", "--data", "data", "--json"]).done().json();
    assert_eq!(doctor["well"], true, "{doctor}");
}

/// SEC-01: records and keys are backed up apart, and only both together open.
#[test]
fn a_backup_is_restored_from_its_two_halves() {
    let place = Place::new().with_catalogue();
    place.run_with(&["import", "--data", "data"], &customer_line(1, "Ada Ordinary", "US")).done();
    let customer = place.run(&["customer", "list", "--data", "data", "--json"]).done().json();
    let customer = customer["data"][0]["id"].as_str().unwrap().to_owned();
    let events = "{\"account\":\"account-1\",\"ip\":\"192.0.2.7\",\"at\":\"2026-03-01T10:00:00Z\",\"kind\":\"access\"}\n";
    place.run_with(&["access", "ingest", "--data", "data", "--in", "-", "--seal"], events).done();

    place.run(&["backup", "--data", "data", "--to", "backup", "--keys", "keys"]).done();
    let keys_inside =
        fs::read_dir(place.path("backup")).unwrap().any(|entry| entry.unwrap().file_name() == "keys.db");
    let together = place.run(&["backup", "--data", "data", "--to", "one", "--keys", "one"]);
    let into_used = place.run(&["restore", "--from", "backup", "--keys", "keys", "--to", "data"]);
    place.run(&["restore", "--from", "backup", "--keys", "keys", "--to", "again"]).done();
    let without_master = place.run(&["doctor", "--data", "again"]);
    fs::copy(place.path("data/master.key"), place.path("again/master.key")).unwrap();
    let well = place.run(&["doctor", "--data", "again", "--json"]).done().json();
    let read = ["customer", "record", &customer, "--data", "again", "--purpose", "restore drill", "--json"];
    let record = place.run(&read).done();
    let who = place
        .run(&["who", "--data", "again", "--ip", "192.0.2.7", "--at", "2026-03-01T10:00:00Z"])
        .done()
        .json();

    assert!(!keys_inside);
    assert_eq!((together.code, into_used.code), (2, 2));
    assert_eq!(without_master.code, 4);
    assert!(without_master.err.contains("master key"), "{}", without_master.err);
    assert_eq!(well["well"], true);
    assert!(record.out.contains("Ada Ordinary"));
    assert_eq!(who["accounts"][0]["account"], "account-1");
    change_byte(&place.path("backup/registry.db"), "SQLite format");
    let damaged = place.run(&["restore", "--from", "backup", "--keys", "keys", "--to", "third"]);
    assert_eq!(damaged.code, 4, "{}", damaged.err);
    assert!(damaged.err.contains("damaged"), "{}", damaged.err);
}

/// SEC-01: the master key is changed, and comes back from its recovery text.
#[test]
fn a_master_key_is_rotated_and_recovered_from_its_text() {
    let place = Place::new().with_catalogue();
    place.run_with(&["import", "--data", "data"], &customer_line(1, "Ada Ordinary", "US")).done();
    let passphrase = place.write("passphrase", "correct horse battery\n");
    let before = fs::read_to_string(place.path("data/master.key")).unwrap();
    let recovery = ["--recovery", "recovery", "--passphrase-file", &passphrase];

    let rotated = place.run(&["key", "rotate-master", "--data", "data", "--json"]).done().json();
    place
        .run(&[&["backup", "--data", "data", "--to", "backup", "--keys", "keys"], &recovery[..]].concat())
        .done();
    place
        .run(&[&["restore", "--from", "backup", "--keys", "keys", "--to", "again"], &recovery[..]].concat())
        .done();
    let exported = place.run(&["export", "--data", "again", "--purpose", "restore drill"]).done();
    let wrong = place.write("wrong", "another passphrase");
    let refused = place.run(&[
        "restore",
        "--from",
        "backup",
        "--keys",
        "keys",
        "--to",
        "third",
        "--recovery",
        "recovery",
        "--passphrase-file",
        &wrong,
    ]);

    assert!(rotated["rewrapped"].as_u64().unwrap() > 3, "{rotated}");
    assert_ne!(fs::read_to_string(place.path("data/master.key")).unwrap(), before);
    assert!(exported.out.contains("Ada Ordinary"));
    assert_eq!(refused.code, 4, "{}", refused.err);
    assert!(refused.err.contains("passphrase"), "{}", refused.err);
}

/// PCK-01: an operator's pack counts once it is signed by a trusted key.
#[test]
fn a_pack_is_signed_verified_compared_and_installed() {
    let mut place = Place::new();
    place.run(&["migrate", "--data", "data"]).done();
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs/in-certin.toml");
    let text = fs::read_to_string(shipped).unwrap();
    let id = text.lines().find(|line| line.starts_with("id ")).unwrap();
    let own = place.write("own.toml", &text.replace(id, "id = \"own-rules@2026-01-01\""));

    let signed = place.run(&["pack", "sign", &own, "--key", "signing.key", "--json"]).done().json();
    let key = signed["public_key"].as_str().unwrap().to_owned();
    let verified = place.run(&["pack", "verify", &own, "--key", &key]);
    let other_key = place.run(&["pack", "verify", &own, "--key", &"0".repeat(64)]);
    let same = place.run(&["pack", "diff", shipped, shipped]);
    let differs = place.run(&["pack", "diff", shipped, &own, "--json"]);
    let untrusted = place.run(&["pack", "install", &own, "--data", "data"]);
    place.variables.push(("TENANTRY_PACKS__TRUSTED_KEYS", format!("[\"{key}\"]")));
    let installed = place.run(&["pack", "install", &own, "--data", "data", "--json"]).done().json();
    let listed = place.run(&["pack", "list", "--data", "data", "--json"]).done().json();
    fs::write(&own, fs::read_to_string(&own).unwrap().replace("India", "Indiana")).unwrap();
    let changed = place.run(&["pack", "verify", &own]);

    assert_eq!((verified.code, other_key.code, changed.code), (0, 1, 1));
    assert_eq!((same.code, differs.code), (0, 0), "an id is no entry: {}", differs.out);
    assert_eq!(untrusted.code, 3);
    assert!(untrusted.err.contains("bad-signature"), "{}", untrusted.err);
    assert_eq!(installed["active"], false, "it waits for two persons: {installed}");
    assert_eq!(listed["data"].as_array().unwrap().len(), 7);
}

/// SEC-04: no command on the machine itself drafts or approves.
#[test]
fn a_command_neither_drafts_nor_approves() {
    let place = Place::new().with_catalogue();
    place.run_with(&["import", "--data", "data"], &customer_line(1, "Ada Ordinary", "US")).done();
    let cases = place.run(&["case", "list", "--data", "data", "--all", "--json"]).done().json();
    let customer = place.run(&["customer", "list", "--data", "data", "--json"]).done().json();
    let customer = customer["data"][0]["id"].as_str().unwrap().to_owned();
    let hold = ["hold", "place", &customer, "--data", "data", "--reference", "case 7", "--json"];
    let placed = place.run(&hold).done().json();
    let again = place.run(&hold).done().json();
    let hold = placed["id"].as_str().unwrap();

    let released = place.run(&["hold", "release", hold, "--data", "data", "--reason", "matter closed"]);
    let approved = place.run(&["decide", "approve", "dft_01m804nqybe00atax3wjt55jbw", "--data", "data"]);

    assert!(cases["data"].is_array());
    assert_eq!(again["id"], placed["id"], "placing it twice changes nothing");
    assert_eq!((released.code, approved.code), (3, 3));
    assert!(released.err.contains("person-needed") && released.err.contains("--server"), "{}", released.err);
}

#[test]
fn what_is_secret_is_shown_once_and_reading_takes_a_purpose() {
    let place = Place::new().with_catalogue();
    place.run_with(&["import", "--data", "data"], &customer_line(1, "Ada Ordinary", "US")).done();
    let key = place.run(&["key", "make", "shipper", "--scope", "access:write", "--data", "data"]).done();
    let keys = place.run(&["key", "list", "--data", "data", "--json"]).done();
    let invited =
        place.run(&["staff", "invite", "olga", "--role", "compliance-officer", "--data", "data"]).done();
    let exported = place.run(&["export", "--data", "data"]).done();
    let customer = exported.lines()[0]["customer"]["id"].as_str().unwrap().to_owned();
    let without = place.run(&["customer", "record", &customer, "--data", "data"]);
    let in_clear = place.run(&["export", "--data", "data", "--purpose", "yearly review"]).done();

    let secret = key.out.trim();
    assert!(secret.starts_with("live_"), "{secret}");
    assert!(!keys.out.contains(secret));
    assert!(invited.out.starts_with("http://127.0.0.1:8080/sign-in#"), "{}", invited.out);
    assert!(!exported.out.contains("Ada"), "without a purpose nothing is in clear");
    assert_eq!(without.code, 3);
    assert!(without.err.contains("--purpose"), "{}", without.err);
    assert!(in_clear.out.contains("Ada Ordinary"));
}

#[test]
fn beside_a_server_commands_read_on_and_write_through_it() {
    let mut place = Place::new().with_catalogue();
    place.run_with(&["import", "--data", "data"], &customer_line(1, "Ada Ordinary", "US")).done();
    let key = place.run(&[
        "key",
        "make",
        "ops",
        "--scope",
        "customers:read,customers:write,holds:write,gate",
        "--data",
        "data",
    ]);
    let token = key.done().out.trim().to_owned();
    let mut server =
        Served::start(place.command(&["serve", "--data", "data", "--listen", "127.0.0.1:0"]), "Serving");
    let customers = place.run(&["customer", "list", "--data", "data", "--json"]).done().json();
    let customer = customers["data"][0]["id"].as_str().unwrap().to_owned();
    let hold = ["hold", "place", &customer, "--reference", "case 7", "--json"];

    let refused = place.run(&[&hold[..], &["--data", "data"]].concat());
    let no_token = place.run(&[&hold[..], &["--server", &format!("http://{}", server.address)]].concat());
    place.variables.push(("TENANTRY_TOKEN", token));
    place.variables.push(("TENANTRY_SERVER", format!("http://{}", server.address)));
    let placed = place.run(&hold).done().json();
    let may = "{\"id\":1,\"subject\":{\"type\":\"account\",\"id\":\"account-1\"},\"action\":{\"name\":\"pay\"},\"resource\":{\"type\":\"x\",\"id\":\"y\"}}\n";
    let may = place.run_with(&["may"], may).done().lines();
    let doctor = place.run(&["doctor", "--data", "data", "--json"]).done().json();
    let exported = place.run(&["ledger", "export", "--data", "data", "--to", "export"]);
    let stopped = server.interrupt();
    place.variables.truncate(2);
    let after = place.run(&["doctor", "--data", "data", "--rebuild"]);

    assert_eq!((refused.code, no_token.code), (4, 2));
    assert!(refused.err.contains(&server.address) && refused.err.contains("--server"), "{}", refused.err);
    assert!(placed["id"].as_str().unwrap().starts_with("hold_"));
    assert!(may[0]["decision"].is_boolean(), "{}", may[0]);
    assert_eq!(doctor["well"], true, "{doctor}");
    assert_eq!(exported.code, 0, "{}", exported.err);
    assert_eq!(stopped, Some(0));
    assert_eq!(after.code, 0, "the folder is free again: {}", after.err);
}
