//! Bodies, as the document shows them.

use domain::account::AccountKind;
use domain::case::CaseKind;
use serde::Serialize;
use serde_json::{Value, json};

use super::object;

mod answers;
mod nouns;
mod questions;
mod requests;
mod values;

fn text() -> Value {
    json!({ "type": "string" })
}

fn id(prefix: &str) -> Value {
    json!({ "type": "string", "pattern": format!("^{prefix}_[0-9a-hjkmnp-tv-z]{{26}}$") })
}

fn external_id() -> Value {
    json!({ "type": ["string", "null"], "minLength": 1, "maxLength": 200, "description": "The control plane's own name for it; unique." })
}

fn instant() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn day() -> Value {
    json!({ "type": "string", "format": "date" })
}

fn whole() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

fn list_of(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn words(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

/// The words of an enum, as it is serialised.
fn words_of<T: Serialize>(values: &[T]) -> Value {
    let words: Vec<Value> = values.iter().map(|value| json!(value)).collect();
    json!({ "type": "string", "enum": words })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn reason_code() -> Value {
    json!({ "type": "string", "pattern": "^[a-z0-9-]{2,64}$", "description": "A code, never personal data." })
}

/// The same, or null.
fn maybe(schema: Value) -> Value {
    let Some(kind) = schema.get("type").and_then(Value::as_str).map(str::to_owned) else {
        return json!({ "anyOf": [schema, { "type": "null" }] });
    };
    let mut schema = schema;
    schema["type"] = json!([kind, "null"]);
    if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        words.push(Value::Null);
    }
    schema
}

/// Strict: what is not named is refused.
fn request(members: &[(&str, Value)], required: &[&str]) -> Value {
    let mut schema = object(members, required);
    schema["additionalProperties"] = json!(false);
    schema
}

/// All members are there, but for those whose name ends in `?`.
fn answer(members: &[(&str, Value)]) -> Value {
    let plain: Vec<(&str, Value)> =
        members.iter().map(|(name, schema)| (name.trim_end_matches('?'), schema.clone())).collect();
    let required: Vec<&str> =
        members.iter().map(|(name, _)| *name).filter(|name| !name.ends_with('?')).collect();
    object(&plain, &required)
}

/// A noun as it is shown: its name, its members, `livemode`.
fn shown(noun: &str, members: &[(&str, Value)]) -> Value {
    let mut all = vec![("object", json!({ "type": "string", "const": noun }))];
    all.extend(members.iter().cloned());
    all.push(("livemode", flag()));
    answer(&all)
}

/// A list of a noun, and where it goes on.
fn list_shown(item: &str) -> Value {
    shown(
        "list",
        &[
            ("data", list_of(reference(item))),
            (
                "next",
                json!({ "type": ["string", "null"], "description": "`after` of the next page; null after the last." }),
            ),
        ],
    )
}

/// One of several forms, told apart by the word in `tag`; `shared` members are in each.
fn tagged(tag: &str, shared: &[(&str, Value)], forms: &[(&str, &[(&str, Value)])]) -> Value {
    let form = |(word, members): &(&str, &[(&str, Value)])| {
        let mut all = vec![(tag, json!({ "type": "string", "const": word }))];
        all.extend(members.iter().cloned());
        all.extend(shared.iter().cloned());
        answer(&all)
    };
    json!({ "oneOf": forms.iter().map(form).collect::<Vec<_>>() })
}

/// Every schema by its name.
pub fn all() -> Value {
    let mut all = serde_json::Map::new();
    for part in [values::all(), requests::all(), questions::all(), nouns::all(), answers::all()] {
        for (name, schema) in part.as_object().into_iter().flatten() {
            let before = all.insert(name.clone(), schema.clone());
            debug_assert!(before.is_none(), "two schemas are called `{name}`");
        }
    }
    Value::Object(all)
}

const ACCOUNT_KINDS: &[AccountKind] = &[
    AccountKind::Standard,
    AccountKind::Trial,
    AccountKind::Free,
    AccountKind::Complimentary,
    AccountKind::Reseller,
];

const CASE_KINDS: &[CaseKind] = &[
    CaseKind::Identification,
    CaseKind::ListHit,
    CaseKind::Discrepancy,
    CaseKind::Signatory,
    CaseKind::Redress,
    CaseKind::Closure,
    CaseKind::Reverification,
    CaseKind::Review,
];
