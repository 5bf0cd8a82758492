//! What a customer says stands nowhere in clear: the binary as it is run, with its log at the most talkative, is
//! given values that nothing else holds, in their places and in wrong ones; then everything it wrote is searched.

#![expect(clippy::unwrap_used, reason = "helpers of tests stand outside test functions")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use domain::field::{AddressKind, Field, FieldValue, Identifier};
use domain::payment::PaymentMeans;
use domain::staff::Scope;
use serde_json::{Value, json};
use support::{Place, Served};
use testkit::fixture;
use testkit::platform::engine::{Databases, postgres_server};

/// Names, contacts, numbers, streets, free text, and parts of them, which would do harm too.
const PLANTED: &[&str] = &[
    "Xanthippe Zwetschgenkuchen",
    "Xanthippe",
    "Zwetschgenkuchen",
    "Ксантиппа Цвечгенкухен",
    "Ксантиппа",
    "xz-planted@quittenpost.example",
    "xz-planted",
    "+4930555010177",
    "30555010177",
    "Quittenweg 77",
    "Quittenweg",
    "Birnenhausen",
    "DE02120300000000202051",
    "PLANTED-ID-991",
    "PLANTEDID991",
    "1971-12-13",
    "Pflaumenmus für \"Kenner\"",
    "Pflaumenmus",
];

/// The refused bodies around a value: what parses and what does not, so that parsers have something to quote.
const BODIES: &[&str] = &[
    r#"@"#,
    r#""@""#,
    r#"{"@":"@"}"#,
    r#"{"kind":"@"}"#,
    r#"{"kind":"individual","@":1}"#,
    r#"{"kind":"individual","facts":[{"field":"@"}]}"#,
    r#"{"kind":"individual","facts":[{"field":"full_name","value":{"@":"@"}}]}"#,
    r#"{"kind":"individual","facts":[{"field":"email","value":{"email":"\"@\" @"}}]}"#,
    r#"{"kind":"individual","facts":[{"field":"telephone","value":{"telephone":"@ @"}}]}"#,
    r#"{"kind":"individual","facts":[{"field":"birth_date","value":{"date":"@"}}]}"#,
    r#"{"kind":"individual","facts":[{"field":"birth_date","value":{"text":"@"}}]}"#,
    r#"{"kind":"individual","facts":[{"field":"location_of_use","value":{"place":"@"}}]}"#,
    r#"{"kind":"individual","facts":[{"field":"citizenship","item":"@\u0007","value":{"place":"DE"}}]}"#,
    r#"{"kind":"individual","external_id":"@\u0007"}"#,
    r#"{"kind":"individual","reseller":"@","notice":"@"}"#,
    r#"{"kind":"individual","provider":"@"}"#,
    r#"{"kind":"individual","notice":"@","account":{"kind":"@","product":"@"}}"#,
    r#"{"kind":"individual","notice":"collection@1","account":{"kind":"standard","product":"@"}}"#,
    r#"{"kind":"entity","notice":"collection@1","ownership":[{"owner":"@","kind":"equity","share_ppm":"@"}]}"#,
    r#"{"kind":"entity","notice":"collection@1","ownership":[{"owner":"@","kind":"equity","share_ppm":1}]}"#,
    r#"{"kind":"individual","facts":"@"#,
    r#"{"subject":{"type":"account","id":"@"},"action":{"name":"pay","properties":{"@":"@"}},"context":{"@":"@"}}"#,
    r#"{"subject":{"type":"account","id":"@"},"action":{"name":"@"},"resource":{"type":"@","id":"@"}}"#,
    r#"{"subject":{"type":"@","id":"@"},"action":{"name":"pay"}}"#,
    r#"{"ip":"@","at":"@"}"#,
    r#"{"account":"@"}"#,
    r#"{"account":"@","from":"@","until":"2026-01-01T00:00:00Z"}"#,
    r#"{"account":"@","ip":"@","at":"2026-03-01T10:00:00Z","kind":"access"}"#,
    r#"{"account":"account-1","ip":"192.0.2.7","at":"@","kind":"@"}"#,
    r#"{"account":"account-1","ip":"192.0.2.7","at":"2026-03-01T10:00:00Z","kind":"@"}"#,
    r#"{"type":"@"}"#,
    r#"{"type":"customer","kind":"@"}"#,
    r#"{"type":"customer","kind":"individual","facts":[{"field":"email","value":{"email":"a \"@\" b"}}]}"#,
    r#"{"type":"person","customer":"@"}"#,
    r#"{"type":"ownership","customer":"@","owner":"@","kind":"equity","share_ppm":1}"#,
    r#"{"type":"product","code":"@","title":"@","classes":["@"],"site":"@"}"#,
    r#"{"handle":"@","password":"@"}"#,
    r#"{"customer":"@","kind":"@","reasons":["@"]}"#,
    r#"{"action":{"@":{"case":"@"}},"reason":"@"}"#,
];

const ROUTES: &[&str] = &[
    "/v1/customers",
    "/v1/import",
    "/v1/accounts",
    "/v1/cases",
    "/v1/drafts",
    "/v1/who",
    "/v1/access/of",
    "/v1/access/events",
    "/v1/sessions",
    "/access/v1/evaluation",
    "/access/v1/evaluations",
];

/// SEC-01, CIP-07, CIP-21: on the embedded store.
#[test]
fn what_a_customer_says_is_in_no_file_log_or_metric() {
    let place = Place::new();

    let said = exercise(place, &[]);

    assert_clean(&said);
}

/// SEC-01: on PostgreSQL, whose rows and whose own log of every change with its parameters are searched too.
#[test]
fn what_a_customer_says_is_in_no_row_or_log_of_postgresql() {
    let Some(server) = postgres_server() else {
        eprintln!("left out: no PostgreSQL server was named");
        return;
    };
    let databases = Databases::on(&server);
    databases.log_every_change();
    let (registry, keys) = databases.urls().unwrap();

    let mut said =
        exercise(Place::new(), &[("TENANTRY_STORE__URL", registry), ("TENANTRY_STORE__KEYS_URL", keys)]);

    let rows = databases.rows_as_text().join("\n");
    assert!(rows.contains("customer.enrolled"), "the rows are seen");
    said.push(("rows of PostgreSQL".to_owned(), rows));
    match databases.server_log() {
        Some(log) => {
            let log = String::from_utf8_lossy(&log).into_owned();
            assert!(log.contains("customer.enrolled"), "the log has changes and their parameters");
            said.push(("log of PostgreSQL".to_owned(), log));
        }
        None => eprintln!("left out: the log of the PostgreSQL server is not beside its data"),
    }
    assert_clean(&said);
}

/// A platform's life. Returns all that it said and wrote, by where.
fn exercise(mut place: Place, variables: &[(&'static str, String)]) -> Vec<(String, String)> {
    let (mail_port, refused) = refusing_mail_server();
    let metrics = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    place.variables.extend_from_slice(variables);
    place.variables.extend([
        ("TENANTRY_LOG", "trace".to_owned()),
        ("RUST_LOG", "trace".to_owned()),
        ("TENANTRY_METRICS_LISTEN", metrics.to_string()),
        ("TENANTRY_MAIL__HOST", "127.0.0.1".to_owned()),
        ("TENANTRY_MAIL__PORT", mail_port.to_string()),
        ("TENANTRY_MAIL__SECURITY", "none".to_owned()),
        ("TENANTRY_MAIL__FROM", "Provider <identity@provider.example>".to_owned()),
    ]);
    let place = place.with_catalogue();
    let scopes: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    let key = place.run(&["key", "make", "plane", "--scope", &scopes.join(","), "--data", "data"]).done();
    let key = key.out.trim().to_owned();

    let serve = place.command(&["serve", "--data", "data", "--listen", "127.0.0.1:0"]);
    let server = Served::start(serve, "Serving");
    let bearer = format!("Bearer {key}");
    let customer = in_their_places(&server, &bearer);
    refused.recv_timeout(Duration::from_secs(60)).expect("a code is sent by mail and refused");
    in_wrong_places(&server, &bearer, &customer);
    let counts = ask_metrics(&metrics.to_string());
    assert!(counts.contains("tenantry_"), "{counts}");
    let mut said = vec![("metrics".to_owned(), counts), ("the server".to_owned(), server.end())];
    assert!(said[1].1.contains("Answered any `unmatched` with 404"), "{}", said[1].1);

    by_command(&place, &customer, &mut said);
    files_under(&place.path(""), &mut |path, bytes| {
        said.push((path.display().to_string(), String::from_utf8_lossy(bytes).into_owned()));
    });
    said
}

fn sign_up(number: u64, name: &str) -> Value {
    let identifier = |value: &str| {
        let country = fixture::country("DE");
        FieldValue::Identifier(Identifier { scheme: "tax_id".into(), country, value: value.into() })
    };
    let bank = PaymentMeans::BankAccount {
        institution: "Sparkasse".into(),
        account_number: "DE02120300000000202051".into(),
        country: None,
    };
    let FieldValue::Address(mut address) = fixture::address(AddressKind::Residential, "Quittenweg 77", "DE")
    else {
        unreachable!("an address is made")
    };
    address.locality = "Birnenhausen".to_owned();
    let mut enrolment = fixture::individual(number, name, "DE");
    enrolment.facts.retain(|fact| fact.field == Field::LocationOfUse);
    for (field, value) in [
        (Field::FullName, fixture::text(name)),
        (Field::Email, fixture::email("xz-planted@quittenpost.example")),
        (Field::Telephone, fixture::telephone("+4930555010177")),
        (Field::Address, FieldValue::Address(address)),
        (Field::Payment, FieldValue::Payment(bank)),
        (Field::NationalId, identifier("PLANTED-ID-991")),
        (Field::BirthDate, FieldValue::Date("1971-12-13".parse().unwrap())),
        (Field::Purpose, fixture::text("Pflaumenmus für \"Kenner\"")),
    ] {
        enrolment.facts.push(fixture::fact(field, value));
    }
    serde_json::to_value(enrolment).unwrap()
}

/// What an operator does, rightly. Returns the customer's id.
fn in_their_places(server: &Served, bearer: &str) -> String {
    let headers = [("authorization", bearer), ("content-type", "application/json")];
    let post = |path: &str, body: Value| server.ask("POST", path, &headers, &body.to_string());
    let (status, enrolled) = post("/v1/customers", sign_up(1, PLANTED[0]));
    assert_eq!(status, 201, "{enrolled}");
    let (status, other) = post("/v1/customers", sign_up(2, "Ксантиппа Цвечгенкухен"));
    assert_eq!(status, 201, "{other}");
    let customer = enrolled["customer"]["id"].as_str().or(enrolled["id"].as_str()).unwrap().to_owned();
    let of = |rest: &str| format!("/v1/customers/{customer}{rest}");

    let (status, proof) = post(&of("/contact_proofs"), json!({ "channel": "email" }));
    assert_eq!(status, 201, "{proof}");
    let confirm = format!("/v1/contact_proofs/{}/confirm", proof["id"].as_str().unwrap());
    for planted in PLANTED {
        assert!((400..500).contains(&post(&confirm, json!({ "code": planted })).0));
    }
    post(&of("/screenings"), json!({}));
    post(&of("/verifications"), json!({}));
    for what in ["identification", "discrepancy", "review"] {
        post("/v1/cases", json!({ "customer": customer, "kind": what, "reasons": [] }));
    }
    for rest in ["", "/requirements", "/decisions", "/accounts"] {
        assert_eq!(server.ask("GET", &of(rest), &headers, "").0, 200, "{rest}");
    }
    let reading = [headers[0], ("tenantry-purpose", "answer to a request")];
    let (status, record) = server.ask("GET", &of("/record"), &reading, "");
    assert!(status == 200 && record.to_string().contains("Zwetschgenkuchen"), "{record}");
    let account = json!({ "type": "account", "id": "account-1" });
    post("/access/v1/evaluation", json!({ "subject": account, "action": { "name": "provision" } }));
    for list in ["/v1/customers", "/v1/cases", "/v1/drafts", "/v1/events"] {
        assert_eq!(server.ask("GET", list, &headers, "").0, 200, "{list}");
    }
    customer
}

/// What a careless caller sends: every value wherever it does not belong.
fn in_wrong_places(server: &Served, bearer: &str, customer: &str) {
    let base = [("authorization", bearer), ("content-type", "application/json")];
    for (number, planted) in (10..).zip(PLANTED) {
        let escaped = percent_encoded(planted);
        for path in [
            format!("/{escaped}"),
            format!("/v1/{escaped}/{escaped}"),
            format!("/v1/customers/{escaped}"),
            format!("/v1/customers/{customer}/{escaped}"),
            format!("/v1/customers?{escaped}={escaped}"),
            format!("/v1/customers?after={escaped}"),
            format!("/v1/customers?limit={escaped}&state={escaped}"),
            format!("/v1/customers?external_id={escaped}"),
            format!("/v1/cases?customer={escaped}&kind={escaped}"),
            format!("/v1/events?after={escaped}"),
            format!("/v1/ledger/tile/{escaped}"),
            format!("/v1/ledger/proofs?leaf={escaped}"),
        ] {
            server.ask("GET", &path, &base, "");
            server.ask("DELETE", &path, &base, "");
        }
        // An idempotency key that is taken is kept with the answer.
        let keyed = [base[0], base[1], ("idempotency-key", *planted)];
        let (status, _) =
            server.ask("POST", "/v1/customers", &keyed, &sign_up(number, "Somebody Else").to_string());
        assert_eq!(status, if planted.is_ascii() { 201 } else { 400 }, "{planted}");
        for header in [
            "authorization",
            "cookie",
            "user-agent",
            "referer",
            "origin",
            "content-type",
            "accept",
            "if-match",
            "x-forwarded-for",
            "x-planted",
        ] {
            let body = sign_up(3, "Somebody Else").to_string();
            let mut headers: Vec<_> = base.iter().copied().filter(|(name, _)| *name != header).collect();
            headers.push((header, planted));
            server.ask("POST", "/v1/customers", &headers, &body);
        }
    }
    // Every body to every route, with all values in turn.
    let pairs = BODIES.iter().flat_map(|body| ROUTES.iter().map(move |route| (body, route)));
    for ((body, route), planted) in pairs.zip(PLANTED.iter().cycle()) {
        server.ask("POST", route, &base, &filled(body, planted));
    }
}

/// A body with the value in its places.
fn filled(body: &str, planted: &str) -> String {
    let notice = ["collection@1", "\u{0}"];
    let body = body.replace(notice[0], notice[1]).replace('@', &planted.replace('"', "\\\""));
    body.replace(notice[1], fixture::NOTICE)
}

/// The same by commands, bad lines among good ones, and what is kept apart: exports and backups.
fn by_command(place: &Place, customer: &str, said: &mut Vec<(String, String)>) {
    let mut lines = String::new();
    for planted in PLANTED {
        for body in BODIES {
            lines.push_str(&filled(body, planted));
            lines.push('\n');
        }
        lines.push_str(&format!("{planted},{planted}\n"));
    }
    let with_input: &[&[&str]] = &[
        &["import", "--data", "data", "--out", "became"],
        &["access", "ingest", "--data", "data", "--in", "-"],
    ];
    for command in with_input {
        let ran = place.run_with(command, &lines);
        assert!(!ran.err.is_empty());
        said.push((command.join(" "), ran.out + &ran.err));
    }
    let commands: &[&[&str]] = &[
        &["customer", "list", "--data", "data", "--json"],
        &["customer", "record", customer, "--data", "data"],
        &["export", "--data", "data"],
        &["ledger", "export", "--data", "data", "--to", "ledger"],
        &["backup", "--data", "data", "--to", "backup", "--keys", "keys"],
        &["doctor", "--data", "data", "--rebuild"],
    ];
    for command in commands {
        let ran = place.run(command);
        said.push((command.join(" "), ran.out + &ran.err));
    }
    // In clear by intent, and only where the operator asked for it: the search would find it.
    let clear = place.run(&["export", "--data", "data", "--purpose", "yearly review"]).done();
    let found = found_in(&clear.out);
    assert!(found.contains("Xanthippe") && found.contains("1971-12-13"), "{found:?}");
    said.push(("export with a purpose, beside the export".to_owned(), clear.err));
}

#[track_caller]
fn assert_clean(said: &[(String, String)]) {
    let leaks: Vec<String> = said
        .iter()
        .filter_map(|(place, text)| {
            let found = found_in(text);
            let line = found.first().map(|first| {
                let line = text.lines().find(|line| line.contains(*first)).unwrap_or_default();
                line.chars().take(400).collect::<String>()
            });
            line.map(|line| format!("{place}: {found:?}, such as: {line}"))
        })
        .collect();

    assert!(leaks.is_empty(), "found in clear:\n{}", leaks.join("\n"));
}

/// Which planted values stand in a text, in any writing.
fn found_in(text: &str) -> BTreeSet<&'static str> {
    let lower = text.to_lowercase();
    let stands = |planted: &&str| {
        let small = planted.to_lowercase();
        let in_lower = [
            small.clone(),
            json_escaped(&small),
            json_escaped(planted).to_lowercase(),
            percent_encoded(&small).to_lowercase(),
            percent_encoded(planted).to_lowercase(),
            percent_encoded(planted).to_lowercase().replace("%20", "+"),
            hex::encode(planted),
            hex::encode(&small),
            planted.encode_utf16().map(|unit| format!("{unit:04x}")).collect(),
            format!("{:?}", planted.as_bytes()).trim_matches(['[', ']']).to_owned(),
        ];
        in_lower.iter().any(|writing| lower.contains(writing.as_str()))
            || [planted.as_bytes(), small.as_bytes()]
                .iter()
                .flat_map(|bytes| base64_within(bytes))
                .any(|writing| text.contains(&writing) || text.contains(&url_safe(&writing)))
    };
    PLANTED.iter().copied().filter(|planted| stands(planted)).collect()
}

fn json_escaped(text: &str) -> String {
    let escape = |unit: u16| match u8::try_from(unit) {
        Ok(b'"') => "\\\"".to_owned(),
        Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
        _ => format!("\\u{unit:04x}"),
    };
    text.encode_utf16().map(escape).collect()
}

fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// The characters of base64 (RFC 4648, 4) that depend on these bytes alone, wherever the text begins.
fn base64_within(bytes: &[u8]) -> [String; 3] {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    [0, 1, 2].map(|before| {
        let bit = |at: usize| {
            let byte = (at / 8).checked_sub(before).map_or(0, |at| bytes[at]);
            usize::from(byte >> (7 - at % 8) & 1)
        };
        let (first, end) = ((before * 8).div_ceil(6), (before + bytes.len()) * 8 / 6);
        let digit = |at: usize| (0..6).fold(0, |digit, offset| digit << 1 | bit(at * 6 + offset));
        (first..end).map(|at| char::from(DIGITS[digit(at)])).collect()
    })
}

fn url_safe(text: &str) -> String {
    text.replace('+', "-").replace('/', "_")
}

#[test]
fn the_search_sees_every_writing() {
    for text in [
        "a XANTHIPPE b",
        "n=xanthippe%20zwetschgenkuchen",
        "eGFudGhpcHBlLA==",
        "\"AFhhbnRoaXBwZQ==\"",
        "AABYYW50aGlwcGU=",
        "58616e746869707065",
        "\\x58616E746869707065",
        "[88, 97, 110, 116, 104, 105, 112, 112, 101]",
    ] {
        assert!(found_in(text).contains("Xanthippe"), "{text}");
    }
    for text in [
        "\\u041a\\u0441\\u0430\\u043d\\u0442\\u0438\\u043f\\u043f\\u0430",
        "%d0%9a%d1%81%d0%b0%d0%bd%d1%82%d0%b8%d0%bf%d0%bf%d0%b0",
    ] {
        assert!(found_in(text).contains("Ксантиппа"), "{text}");
    }
    assert!(found_in("Sokrates").is_empty());
}

/// A mail server that refuses every recipient and repeats all it knows of them. Tells of each refusal.
fn refusing_mail_server() -> (u16, Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, refused) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.write_all(b"220 mail.test ESMTP\r\n");
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            for line in lines.map_while(Result::ok) {
                let (answer, was_recipient) = match line.split([' ', ':']).next().unwrap_or_default() {
                    "EHLO" => ("250-mail.test\r\n250 8BITMIME".to_owned(), false),
                    "RCPT" => {
                        (format!("550 5.1.1 {line}: no Xanthippe Zwetschgenkuchen at Quittenweg 77"), true)
                    }
                    "QUIT" => ("221 bye".to_owned(), false),
                    _ => ("250 fine".to_owned(), false),
                };
                let _ = stream.write_all(format!("{answer}\r\n").as_bytes());
                if was_recipient {
                    let _ = sender.send(());
                }
            }
        }
    });
    (port, refused)
}

fn ask_metrics(address: &str) -> String {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.write_all(b"GET /metrics HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n").unwrap();
    std::io::read_to_string(socket).unwrap()
}

fn files_under(folder: &Path, see: &mut dyn FnMut(&PathBuf, &[u8])) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_under(&path, see);
        } else {
            see(&path, &fs::read(&path).unwrap());
        }
    }
}
