//! Commands where a server holds the folder, and what they say to programs.

#![expect(clippy::unwrap_used, reason = "what fails in a helper fails the test")]

mod support;

use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};
use support::{Place, Served, customer_line};

/// A folder with one list of one name.
fn list_of(place: &Place, folder: &str, name: &str) {
    fs::create_dir_all(place.path(folder)).unwrap();
    let entry = json!({ "id": "x-1", "schema": "Person", "names": [name], "birth_date": "1961-02-03" });
    fs::write(place.path(folder).join("own.ndjson"), format!("{entry}\n")).unwrap();
}

/// CIP-23: everybody is compared when a list has other content, nobody when it has not.
#[test]
fn the_same_lists_loaded_twice_compare_nobody() {
    let mut place = Place::new().with_catalogue();
    place.run_with(&["import", "--data", "data"], &customer_line(1, "Ada Ordinary", "US")).done();
    list_of(&place, "lists", "Ada Ordinary");
    place.variables.push(("TENANTRY_LISTS__FICTIONAL", "false".to_owned()));
    let load =
        |place: &Place| place.run(&["lists", "load", "lists", "--data", "data", "--json"]).done().json();

    let first = load(&place);
    let again = load(&place);
    list_of(&place, "lists", "Ada Ordinaire");
    let changed = load(&place);
    let listed = place.run(&["lists", "list", "--data", "data", "--json"]).done().json();

    let come_to = |loaded: &Value| (loaded["new_versions"].as_u64(), loaded["customers_compared"].as_u64());
    assert_eq!(come_to(&first), (Some(1), Some(1)));
    assert_eq!(first["hits"], 1);
    assert_eq!(come_to(&again), (Some(0), Some(0)));
    assert_eq!(come_to(&changed), (Some(1), Some(1)));
    assert_eq!((&listed["version"], listed["data"].as_array().unwrap().len()), (&changed["version"], 1));
}

/// CIP-23: a list of the operator's own comes to those of the publishers; without a word all others would be gone.
#[test]
fn a_list_of_ones_own_is_loaded_beside_others() {
    let mut place = Place::new().with_catalogue();
    place.variables.push(("TENANTRY_LISTS__FICTIONAL", "false".to_owned()));
    list_of(&place, "lists", "Ada Ordinary");
    place.run(&["lists", "load", "lists", "--data", "data"]).done();
    fs::create_dir(place.path("mine")).unwrap();
    place.write("mine/debtors.csv", "id,name\n1,Grace Ordinary\n");

    let alone = place.run(&["lists", "load", "mine", "--data", "data"]);
    let beside = place.run(&["lists", "load", "mine", "--keep-others", "--data", "data", "--json"]);
    let listed = place.run(&["lists", "list", "--data", "data", "--json"]).done().json();

    assert_eq!(alone.code, 3, "{}", alone.err);
    assert!(
        alone.err.contains("`own-own` lost 100 %") && alone.err.contains("--keep-others"),
        "{}",
        alone.err
    );
    assert_eq!(beside.done().json()["lists"], 2);
    let ids: Vec<&Value> = listed["data"].as_array().unwrap().iter().map(|list| &list["list"]).collect();
    assert_eq!(ids, ["own-debtors", "own-own"]);
}

/// CIP-23: what would not be compared is named before the list is in force, and a person says that it may pass.
#[test]
fn a_list_with_faults_is_loaded_only_by_a_persons_word() {
    let mut place = Place::new().with_catalogue();
    place.variables.push(("TENANTRY_LISTS__FICTIONAL", "false".to_owned()));
    fs::create_dir(place.path("mine")).unwrap();
    place.write("mine/debtors.csv", "id,name,birth_date,alises\n1,Grace Ordinary,1961,Grazia\n2,,1970,\n");
    place.write("mine/notes.txt", "call them on Monday\n");
    place.write("mine/cut.ndjson", "{\"id\":\"7\",\"name\":\"Ada Ordinary\"}\n{\"id\":\"8\",\"na");
    let load = |more: &[&str]| place.run(&[&["lists", "load", "mine", "--data", "data"], more].concat());

    let refused = load(&[]);
    let listed = place.run(&["lists", "list", "--data", "data", "--json"]).done().json();
    let told = load(&["--take-the-rest"]).done();
    let counted = load(&["--take-the-rest", "--json"]).done().json();

    insta::assert_snapshot!(refused.err, @"
    tenantry: nothing was loaded, because of faults
    left out `cut.ndjson`: cut short at line 2: the last line is not whole
    left out `notes.txt`: not a list in a known format
    `debtors.csv`, line 1, `alises`: no field of a list, so that it is shown and not compared: rename it, or remove it
    `debtors.csv`, line 3, `name`: no name, so that it is left out: write one
      next: mend what is named, or load the rest without it: `--take-the-rest`
    ");
    assert_eq!((refused.code, listed["data"].as_array().unwrap().len()), (1, 0));
    insta::assert_snapshot!(told.out, @"
    1 lists in force, 1 of them new; 0 customers compared (0 only with what changed), 0 hits
    left out `cut.ndjson`: cut short at line 2: the last line is not whole
    left out `notes.txt`: not a list in a known format
    `debtors.csv`, line 1, `alises`: no field of a list, so that it is shown and not compared: rename it, or remove it
    `debtors.csv`, line 3, `name`: no name, so that it is left out: write one
    ");
    assert_eq!(
        (&counted["left_out"][0]["path"], &counted["passed_over"][0]["count"]),
        (&json!("cut.ndjson"), &json!(2))
    );
}

/// `tenantry … | head` ends well.
#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let place = Place::new();
    list_of(&place, "lists", "Ada Ordinary");
    let question = "{\"id\":1,\"names\":[\"Ada Ordinary\"]}\n";
    let questions = place.write("questions", &question.repeat(2_000));
    for arguments in [&["completions", "bash"][..], &["screen", "--lists", "lists", "--in", &questions]] {
        let mut command = place.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();

        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();

        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(ended.status.success() && !said.contains("pipe"), "{arguments:?}: {said}");
    }
}

/// CIP-24: a screening is made again though other lists are in force since; without the file of its list that is said.
#[test]
fn a_screening_is_made_again_from_lists_that_were_replaced() {
    let mut place = Place::new().with_catalogue();
    place.variables.push(("TENANTRY_LISTS__FICTIONAL", "false".to_owned()));
    list_of(&place, "lists", "Ada Ordinary");
    place.run(&["lists", "load", "lists", "--data", "data"]).done();
    place.run_with(&["import", "--data", "data"], &customer_line(1, "Ada Ordinary", "US")).done();
    let customers = place.run(&["customer", "list", "--data", "data", "--json"]).done().json();
    let customer = customers["data"][0]["id"].as_str().unwrap().to_owned();
    let screened = place.run(&["customer", "screen", &customer, "--data", "data", "--json"]).done().json();
    let screening = screened["data"][0]["id"].as_str().unwrap().to_owned();
    list_of(&place, "lists", "Ada Ordinaire");
    place.run(&["lists", "load", "lists", "--data", "data"]).done();
    let replay =
        |folder: &str| place.run(&["screen", "replay", &screening, "--data", folder, "--json"]).done().json();

    let same = replay("data");
    place.run(&["backup", "--data", "data", "--to", "backup", "--keys", "keys"]).done();
    place.run(&["restore", "--from", "backup", "--keys", "keys", "--to", "again"]).done();
    fs::copy(place.path("data/master.key"), place.path("again/master.key")).unwrap();
    let restored = replay("again");
    fs::remove_dir_all(place.path("data/list_versions")).unwrap();
    let missing = replay("data");

    assert_eq!((&same["outcome"], &same["same_engine"]), (&json!("same"), &json!(true)), "{same}");
    assert_eq!(same["hits"][0]["list"], "own-own");
    assert_eq!(restored["outcome"], "same", "{restored}");
    assert_eq!(missing["outcome"], "lists_not_kept", "{missing}");
    assert!(missing["missing_lists"][0].as_str().unwrap().starts_with("own-own@"), "{missing}");
}

/// CIP-21, CIP-23: what works on a folder works on a server, with the same answers.
#[test]
fn lists_and_lines_go_through_a_server() {
    let mut place = Place::new().with_catalogue();
    list_of(&place, "lists", "Yevgeny Orlovsky");
    let scopes = "customers:read,customers:write,lists:write,hits:judge";
    let token = place.run(&["key", "make", "ops", "--scope", scopes, "--data", "data"]).done().out;
    let pairs =
        "{\"id\":1,\"a\":{\"names\":[\"Ann Lee\"]},\"b\":{\"names\":[\"Anne Lee\"]}}\n{\"id\":2,\"a\":{}}\n";
    let queries = "{\"id\":1,\"names\":[\"Orlovsky, Yevgeny\"]}\nnonsense\n";
    let compared_here = place.run_with(&["compare"], pairs).done().out;
    let screened_here = place.run_with(&["screen", "--lists", "lists"], queries).done().out;
    let server =
        Served::start(place.command(&["serve", "--data", "data", "--listen", "127.0.0.1:0"]), "Serving");
    let url = format!("http://{}", server.address);
    place.variables.push(("TENANTRY_TOKEN", token.trim().to_owned()));

    let lines = [customer_line(1, "Yevgeny Orlovsky", "US"), "nonsense\n".to_owned()].concat();
    let imported = place.run_with(&["import", "--server", &url, "--json", "--out", "became"], &lines);
    let loaded = place.run(&["lists", "load", "lists", "--server", &url, "--json"]).done().json();
    let listed = place.run(&["lists", "list", "--server", &url]).done().out;
    let screened = place.run_with(&["screen", "--server", &url], queries).done().out;
    let compared = place.run_with(&["compare", "--server", &url], pairs).done().out;
    place.variables.push(("TENANTRY_SERVER", url.clone()));
    place.variables.push(("TENANTRY_LISTS", "nowhere".to_owned()));
    let by_variable =
        (place.run_with(&["screen"], queries).done().out, place.run_with(&["compare"], pairs).done().out);
    let here = place.run_with(&["screen", "--lists", "lists", "--threads", "1"], queries).done();
    drop(server);
    let unreachable = place.run_with(&["compare"], pairs);
    let on_threads = place.run_with(&["compare", "--threads", "1"], pairs).done().out;
    place.variables.truncate(place.variables.len() - 3);
    let kept = place.run(&["lists", "list", "--data", "data", "--json"]).done().json();

    assert_eq!(
        (imported.code, imported.json()),
        (0, json!({ "added": 1, "refused": 1 })),
        "{}",
        imported.err
    );
    let became = fs::read_to_string(place.path("became")).unwrap();
    assert_eq!(became.lines().count(), 2, "{became}");
    assert!(imported.err.contains("line 2: not-json"), "{}", imported.err);
    assert_eq!((&loaded["customers_compared"], &loaded["hits"]), (&json!(1), &json!(1)), "{loaded}");
    assert!(listed.contains("1 entries"), "{listed}");
    assert_eq!((&screened, &compared), (&screened_here, &compared_here));
    assert_eq!((&by_variable.0, &by_variable.1), (&screened_here, &compared_here));
    assert!(
        here.err.contains("loaded in"),
        "what is named is nearer than what a variable says: {}",
        here.err
    );
    assert_eq!((unreachable.code, on_threads), (4, compared_here), "{}", unreachable.err);
    assert_eq!(kept["version"], loaded["version"], "they are there after the server is gone");
}

#[test]
fn what_is_printed_for_people_is_there_for_programs() {
    let place = Place::new();

    let bash = place.run(&["completions", "bash"]).done().out;
    let as_json = place.run(&["completions", "bash", "--json"]).done().json();
    let small = ["demo", "--data", "demo", "--customers", "10", "--events", "100", "--json"];
    let made = place.run(&[&small[..], &["--no-serve"]].concat()).done().json();
    let mut served =
        Served::start(place.command(&[&small[..], &["--listen", "127.0.0.1:0"]].concat()), "\"questions\"");
    let announced = served.said.lines().find(|line| line.starts_with('{')).unwrap().to_owned();
    let announced: Value = serde_json::from_str(&announced).unwrap();

    assert_eq!(as_json, json!({ "shell": "bash", "script": bash }));
    assert_eq!(
        (&made["customers"], &made["fictional_lists"], &made["reused"]),
        (&json!(10), &json!(true), &json!(false))
    );
    assert_eq!(announced["questions"].as_array().unwrap().len(), 5);
    assert!(announced["key"].as_str().unwrap().starts_with("test_"), "{announced}");
    let link = announced["sign_in"][0]["link"].as_str().unwrap();
    assert!(link.starts_with(&format!("{}/sign-in#", announced["url"].as_str().unwrap())), "{link}");
    assert_eq!(served.interrupt(), Some(0));
}

/// SEC-04: which packs are in force two persons decide, not the configuration; it says where it differs.
#[test]
fn check_config_says_which_packs_differ_from_those_in_force() {
    let place = Place::new().with_catalogue();
    let config = "data = \"data\"\n[packs]\nactive = [\"in-certin\"]\n";
    let config = place.write("tenantry.toml", config);

    let fresh = place.run(&["check-config", "--json"]).done().json();
    let same = place.run(&["check-config", "--data", "data", "--json"]).done().json();
    let other = place.run(&["check-config", "--config", &config]).done().out;
    let as_json = place.run(&["check-config", "--config", &config, "--json"]).done().json();

    assert_eq!((&fresh["differs"], &same["differs"]), (&json!([]), &json!([])));
    let packs: Vec<&str> =
        as_json["differs"].as_array().unwrap().iter().map(|one| one["pack"].as_str().unwrap()).collect();
    assert_eq!(packs, ["in-certin", "restricted-lists@2026-11-22", "us-eo13984-nprm@2024-01-29"]);
    assert!(other.contains("`packs.active`: pack `in-certin` is named and not in force"), "{other}");
    assert!(other.contains("the configuration can be used"), "a difference is no fault: {other}");
}
