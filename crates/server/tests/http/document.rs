use super::schema::{document, resolve};
use serde_json::Value;

/// Every operation, with its method and path.
fn operations() -> Vec<(String, &'static Value)> {
    let paths = document()["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .iter()
                .map(move |(method, operation)| (format!("{method} {path}"), operation))
        })
        .collect()
}

#[test]
fn every_operation_has_a_name_a_summary_and_says_how_it_fails() {
    let operations = operations();
    assert!(operations.len() > 60);
    for (name, operation) in operations {
        for word in ["operationId", "summary"] {
            assert!(operation[word].as_str().is_some_and(|text| text.len() > 4), "{name}: {word}");
        }
        let problem = resolve(&operation["responses"]["default"]);
        let schema = &problem["content"]["application/problem+json"]["schema"]["$ref"];
        assert_eq!(schema, "#/components/schemas/Problem", "{name}");
        let mut good =
            operation["responses"].as_object().unwrap().keys().filter(|code| code.starts_with('2'));
        assert!(good.next().is_some(), "{name} never succeeds");
    }
}

/// A client made from the document has a type for every answer and every part of it.
#[test]
fn no_answer_and_no_question_is_loose() {
    let mut faults = Vec::new();
    for (name, operation) in operations() {
        let responses = operation["responses"].as_object().unwrap();
        let mut contents: Vec<&Value> =
            responses.values().map(|response| &resolve(response)["content"]).collect();
        contents.push(&operation["requestBody"]["content"]);
        for content in contents {
            for (media, body) in content.as_object().into_iter().flatten() {
                if media.ends_with("json") {
                    look(&body["schema"], &format!("{name} {media}"), &mut faults);
                }
            }
        }
    }
    for (name, schema) in document()["components"]["schemas"].as_object().unwrap() {
        look(schema, name, &mut faults);
    }
    assert_eq!(faults, Vec::<String>::new());
}

/// Collects what says nothing: no type, an object without members, an array of anything.
fn look(schema: &Value, at: &str, faults: &mut Vec<String>) {
    if schema["$ref"].is_string() {
        resolve(schema);
        return;
    }
    for word in ["anyOf", "oneOf"] {
        if let Some(forms) = schema[word].as_array() {
            forms.iter().for_each(|form| look(form, at, faults));
            return;
        }
    }
    let is_a = |kind: &str| {
        schema["type"] == kind || schema["type"].as_array().is_some_and(|all| all.contains(&kind.into()))
    };
    if is_a("object") {
        let members = schema["properties"].as_object();
        let of_any_name = schema.get("additionalProperties").filter(|values| values.is_object());
        let has_members = members.is_some_and(|members| !members.is_empty());
        if !has_members && of_any_name.is_none() {
            faults.push(format!("{at}: an object of anything"));
        }
        for (name, member) in members.into_iter().flatten() {
            look(member, &format!("{at}/{name}"), faults);
        }
        if let Some(values) = of_any_name {
            look(values, &format!("{at}/*"), faults);
        }
    } else if is_a("array") {
        match (&schema["items"], schema["prefixItems"].as_array()) {
            (Value::Object(_), _) => look(&schema["items"], &format!("{at}[]"), faults),
            (_, Some(items)) => items.iter().for_each(|item| look(item, &format!("{at}[]"), faults)),
            _ => faults.push(format!("{at}: an array of anything")),
        }
    } else if schema["type"].is_null() {
        faults.push(format!("{at}: anything"));
    }
}
