//! Bad lines among good ones, each with the code that it must be answered with.

use serde_json::{Value, json};

use screening::trial::Random;

/// A line that must be refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoiled {
    /// From 1.
    pub line: u64,
    pub code: &'static str,
}

type Spoil = fn(&mut Value);

const WAYS: &[(&str, Spoil)] = &[
    ("line-refused", |line| line["type"] = json!("spaceship")),
    ("line-refused", |line| line["kind"] = json!(7)),
    ("line-refused", |line| line["facts"][1]["value"] = json!({ "place": "XQ" })),
    ("line-refused", |line| line["facts"][0]["field"] = json!("shoe_size")),
    ("notice-missing", |line| line["notice"] = Value::Null),
    ("no-such-product", |line| line["account"]["product"] = json!("no-such")),
    ("no-such-customer", |line| line["reseller"] = json!("crm-nobody")),
    ("value-refused", |line| line["facts"][0]["value"] = json!({ "text": "Ada\u{0}" })),
];

/// Puts a bad copy after one customer in `every`, so that the good lines still find what they refer to.
pub fn spoil(lines: &[String], every: usize, seed: u64) -> (Vec<String>, Vec<Spoiled>) {
    let mut random = Random::new(seed ^ 0x0073_706f_696c);
    let (mut all, mut spoiled) = (Vec::new(), Vec::new());
    for line in lines {
        all.push(line.clone());
        let Ok(mut copy) = serde_json::from_str::<Value>(line) else { continue };
        if copy["type"] != "customer" || random.below(every.max(1)) != 0 {
            continue;
        }
        let number = spoiled.len();
        copy["external_id"] = json!(format!("bad-{number:06}"));
        copy["account"]["external_id"] = json!(format!("bad-cloud-{number:06}"));
        let way = random.below(WAYS.len() + 2);
        let (text, code) = match WAYS.get(way) {
            Some((code, spoil)) => {
                spoil(&mut copy);
                (copy.to_string(), *code)
            }
            // Cut off, and the same customer once more.
            None if way == WAYS.len() => (line.chars().take(line.len() / 3).collect(), "not-json"),
            None => (line.clone(), "in-use"),
        };
        all.push(text);
        spoiled.push(Spoiled { line: all.len() as u64, code });
    }
    (all, spoiled)
}
