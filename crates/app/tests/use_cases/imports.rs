//! The bulk way in: every line is answered, bad ones by code and place, and the run goes on.

use app::actor::Actor;
use app::import::{Imported, LINE_BYTES_MAX, import_line};
use domain::field::Field;
use testkit::{Platform, fixture};

fn import(platform: &Platform, line: &str) -> Imported {
    platform.run(&Actor::command(), |env| import_line(env, 7, line)).unwrap()
}

fn customer_line(number: u64, name: &str) -> serde_json::Value {
    let mut line = serde_json::to_value(fixture::individual(number, name, "DE")).unwrap();
    line["type"] = "customer".into();
    line["account"] = serde_json::json!({ "external_id": format!("account-{number}"), "kind": "standard", "product": fixture::PRODUCT });
    line
}

/// CIP-21: bad lines are answered with a stable code, and what they hold is not quoted back.
#[test]
fn bad_lines_are_answered_by_code() {
    let platform = Platform::new();
    import(&platform, &customer_line(1, "Ada Karenina").to_string());
    let mut nul = customer_line(2, "Ada\u{0}Karenina");
    let mut long = customer_line(3, &"x".repeat(5_000));
    let mut same = customer_line(4, "Bela Bartfai");
    same["external_id"] = "crm-1".into();
    let mut wrong_place = customer_line(5, "Carla Bianchi");
    wrong_place["facts"][2]["value"]["place"] = "XQ".into();
    let mut unknown_product = customer_line(6, "Carla Bianchi");
    unknown_product["account"]["product"] = "no-such".into();
    for line in [&mut nul, &mut long] {
        line["notice"] = fixture::NOTICE.into();
    }
    let cases = [
        ("".to_owned(), "not-json"),
        ("{".to_owned(), "not-json"),
        ("[]".to_owned(), "wrong-shape"),
        (r#"{"type":"spaceship"}"#.to_owned(), "line-refused"),
        (r#"{"type":"customer","kind":"individual"}"#.to_owned(), "notice-missing"),
        (format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000)), "not-json"),
        (format!("{{\"type\":\"{}\"}}", "x".repeat(LINE_BYTES_MAX)), "line-too-long"),
        (nul.to_string(), "value-refused"),
        (long.to_string(), "value-refused"),
        (same.to_string(), "in-use"),
        (wrong_place.to_string(), "line-refused"),
        (unknown_product.to_string(), "no-such-product"),
        (
            r#"{"type":"ownership","customer":"crm-404","owner":"a","kind":"equity","share_ppm":1}"#
                .to_owned(),
            "no-such-customer",
        ),
        (
            r#"{"type":"ownership","customer":"crm-1","owner":"a","kind":"equity","share_ppm":1}"#.to_owned(),
            "no-such-person",
        ),
        (
            r#"{"type":"ownership","customer":"crm-1","owner":"a","kind":"equity","share_ppm":-1}"#
                .to_owned(),
            "line-refused",
        ),
    ];
    for (line, code) in cases {
        let Imported::Refused { line: number, error } = import(&platform, &line) else {
            panic!("accepted: {}", &line[..line.len().min(80)])
        };
        assert_eq!((error.code.as_str(), number), (code, 7), "{}", &line[..line.len().min(120)]);
        assert!(!error.detail.contains("Karenina") && !error.detail.contains("Bianchi"), "{}", error.detail);
    }
}

/// CIP-21: the backlog is counted by state.
#[test]
fn the_backlog_is_counted_by_state() {
    let platform = Platform::new();
    for number in 1..=6 {
        let mut line = customer_line(number, "Ada Karenina");
        if number > 4 {
            line["facts"].as_array_mut().unwrap().retain(|fact| fact["field"] != Field::Address.as_str());
        }
        let imported = import(&platform, &line.to_string());
        assert!(matches!(imported, Imported::Added { kind: "customer", .. }), "{imported:?}");
    }

    let mut counts = platform.app().store.with_reading_tx(|tx| tx.count_customers_by_state()).unwrap();

    counts.sort();
    assert_eq!(counts, [("draft".to_owned(), 2), ("open".to_owned(), 4)]);
}

/// CIP-21: a line that is no text, or too long, is answered as that and not as bad JSON.
#[test]
fn lines_that_cannot_be_read_have_their_own_codes() {
    let platform = Platform::new();
    let long = vec![b'x'; LINE_BYTES_MAX + 1];
    for (line, code) in
        [(&b"{\"type\":\"\xff\"}"[..], "line-not-text"), (&long, "line-too-long"), (b"{", "not-json")]
    {
        let imported = platform.run(&Actor::command(), |env| import_line(env, 7, line)).unwrap();
        let Imported::Refused { error, .. } = imported else { panic!("it was taken") };
        assert_eq!(error.code, code);
    }
}
