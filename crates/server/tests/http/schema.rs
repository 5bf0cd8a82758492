//! Holds answers against the document that is served: what it says of them is what they are.

use std::sync::OnceLock;

use axum::http::StatusCode;
use serde_json::Value;

pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::from_str(&server::openapi()).unwrap())
}

/// Follows a `$ref` of this document.
pub fn resolve(schema: &Value) -> &Value {
    match schema["$ref"].as_str() {
        Some(pointer) => {
            let found = document().pointer(pointer.trim_start_matches('#'));
            resolve(found.unwrap_or_else(|| panic!("{pointer} is not there")))
        }
        None => schema,
    }
}

/// The operation that a request goes to; templates with fewer parameters go first.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let asked: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let parts: Vec<&str> = template.split('/').collect();
        parts.len() == asked.len()
            && parts.iter().zip(&asked).all(|(part, asked)| part.starts_with('{') || part == asked)
    };
    let paths = document()["paths"].as_object().unwrap();
    let mut found: Vec<_> = paths.iter().filter(|(template, _)| fits(template)).collect();
    found.sort_by_key(|(template, _)| template.matches('{').count());
    found.first().map(|(_, item)| &item[method.to_lowercase()])
}

/// Panics where an answer in JSON is not what the document says of it.
pub fn check(method: &str, path: &str, status: StatusCode, body: &Value) {
    let Some(operation) = operation(method, path).filter(|operation| operation.is_object()) else { return };
    let responses = &operation["responses"];
    let response = match responses.get(status.as_str()) {
        Some(response) => response,
        None => {
            assert!(!status.is_success(), "{method} {path}: {status} is not in the document");
            &responses["default"]
        }
    };
    let content = resolve(response)["content"].as_object().unwrap();
    let schema = &content.values().next().unwrap()["schema"];
    if let Err(fault) = fits(schema, body, "") {
        panic!("{method} {path} answers {status} with what the document does not say: {fault}\n{body:#}");
    }
}

/// Whether a value is what a schema says, and has no member that it does not name.
fn fits(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let schema = resolve(schema);
    for word in ["anyOf", "oneOf"] {
        let Some(forms) = schema[word].as_array() else { continue };
        let faults: Vec<String> = forms.iter().filter_map(|form| fits(form, value, at).err()).collect();
        let fitting = forms.len() - faults.len();
        if fitting == 0 || (word == "oneOf" && fitting > 1) {
            return Err(format!("{fitting} forms fit at `{at}`: {}", faults.join("; ")));
        }
    }
    if let Some(only) = schema.get("const").filter(|only| *only != value) {
        return Err(format!("{value} at `{at}` is not {only}"));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        return Err(format!("{value} at `{at}` is not one of {words:?}"));
    }
    if let Some(kinds) = schema.get("type") {
        let kinds: Vec<&str> = match kinds {
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        };
        if !kinds.iter().any(|kind| is_a(value, kind)) {
            return Err(format!("`{at}` is no {}", kinds.join(" or ")));
        }
    }
    match value {
        Value::Object(members) => members_fit(schema, members, at),
        Value::Array(items) => items_fit(schema, items, at),
        _ => Ok(()),
    }
}

fn is_a(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

fn members_fit(schema: &Value, members: &serde_json::Map<String, Value>, at: &str) -> Result<(), String> {
    if schema.get("anyOf").or(schema.get("oneOf")).is_some() {
        return Ok(());
    }
    for (name, value) in members {
        let known = schema["properties"].get(name).or(schema.get("additionalProperties"));
        let known = known.ok_or_else(|| format!("`{name}` at `{at}` is not in the document"))?;
        fits(known, value, &format!("{at}/{name}"))?;
    }
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    match required.into_iter().find(|name| !members.contains_key(*name)) {
        Some(missing) => Err(format!("`{missing}` is missing at `{at}`")),
        None => Ok(()),
    }
}

fn items_fit(schema: &Value, items: &[Value], at: &str) -> Result<(), String> {
    for (number, item) in items.iter().enumerate() {
        let of_place = schema["prefixItems"].get(number);
        let known = of_place.unwrap_or(&schema["items"]);
        fits(known, item, &format!("{at}/{number}"))?;
    }
    Ok(())
}
